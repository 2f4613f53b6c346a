package sqlstore

import (
	"database/sql"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	personColumns        = `id, login, password_hash, created`
	selectPerson         = `SELECT ` + personColumns + ` FROM persons WHERE id = $1`
	selectPersonByLogin  = `SELECT ` + personColumns + ` FROM persons WHERE login = $1`
	selectOtherWithLogin = `SELECT 1 FROM persons WHERE login = $1 AND id <> $2`
	insertPerson         = `INSERT INTO persons (` + personColumns + `) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	updatePerson         = `UPDATE persons SET login = $2, password_hash = $3 WHERE id = $1`
	selectTenantsOf      = `SELECT ` + tenantColumns + ` FROM tenants
		WHERE id IN (SELECT tenant FROM users WHERE person = $1 AND NOT disabled) ORDER BY content_url`
)

func scanPerson(rows *sql.Rows, p *store.Person) error {
	return rows.Scan(&p.ID, &p.Login, &p.PasswordHash, seconds{&p.Created})
}

// Person reads a person.
func (t *Tx) Person(person id.Person) (store.Person, error) {
	return one(t, scanPerson, "a person", selectPerson, person)
}

// PersonByLogin reads the person who logs in by that name.
func (t *Tx) PersonByLogin(login string) (store.Person, error) {
	if !storable(login) {
		return store.Person{}, fmt.Errorf("reading a person: %w", store.ErrNotFound)
	}
	return one(t, scanPerson, "a person", selectPersonByLogin, login)
}

// TenantsOfPerson are the tenants in which the person has an enabled user, by content URL.
func (t *Tx) TenantsOfPerson(person id.Person) ([]store.Tenant, error) {
	return many(t, scanTenant, "a person's tenants", selectTenantsOf, person)
}

// AddPerson adds a person.
func (t *Tx) AddPerson(p store.Person) error {
	if !storable(p.Login, p.PasswordHash) {
		return fmt.Errorf("adding a person: %w", errText)
	}
	n, err := t.exec("adding a person", insertPerson, p.ID, p.Login, p.PasswordHash, unix(p.Created))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a person: %w", store.ErrTaken)
	}
	t.changed(store.PersonRecord(p.ID), store.LoginRecord(p.Login))
	return nil
}

// UpdatePerson writes all of a person but when they were created.
func (t *Tx) UpdatePerson(p store.Person) error {
	if !storable(p.Login, p.PasswordHash) {
		return fmt.Errorf("changing a person: %w", errText)
	}
	old, err := one(t, scanPerson, "a person", selectPerson+t.dialect.ForUpdate, p.ID)
	if err != nil {
		return err
	}
	taken, err := t.exists("persons", selectOtherWithLogin, p.Login, p.ID)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("changing a person: %w", store.ErrTaken)
	}
	if _, err := t.exec("changing a person", updatePerson, p.ID, p.Login, p.PasswordHash); err != nil {
		return err
	}
	t.changed(store.PersonRecord(p.ID), store.LoginRecord(old.Login), store.LoginRecord(p.Login))
	return nil
}
