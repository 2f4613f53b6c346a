package sqlstore

import (
	"database/sql"
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	loginColumns = `hash, person, tenant, created, seen, expires`
	selectLogin  = `SELECT ` + loginColumns + ` FROM logins WHERE hash = $1`
	selectLogins = `SELECT ` + loginColumns + ` FROM logins WHERE person = $1 ORDER BY created DESC, hash`
	insertLogin  = `INSERT INTO logins (` + loginColumns + `) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
	deleteLogin  = `DELETE FROM logins WHERE hash = $1`
	deleteLogins = `DELETE FROM logins WHERE person = $1`
	touchLogin   = `UPDATE logins SET seen = $2 WHERE hash = $1 AND seen < $2`
	countUsersOf = `SELECT count(*) FROM users WHERE person = $1`
	linkColumns  = `hash, kind, tenant, user_id, person, created, expires, used`
	selectLink   = `SELECT ` + linkColumns + ` FROM links WHERE hash = $1`
	insertLink   = `INSERT INTO links (` + linkColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`
	useLink      = `UPDATE links SET used = $2 WHERE hash = $1 AND used = 0`
	endUserLinks = `UPDATE links SET used = $3 WHERE tenant = $1 AND user_id = $2 AND used = 0`
	endLinksOf   = `UPDATE links SET used = $2 WHERE person = $1 AND used = 0`
	endSetUp     = `UPDATE links SET used = $2 WHERE kind = $1 AND used = 0`
)

func scanLogin(rows *sql.Rows, l *store.Login) error {
	return rows.Scan(hash{&l.Hash}, &l.Person, &l.Tenant, seconds{&l.Created}, seconds{&l.Seen}, seconds{&l.Expires})
}

func scanLink(rows *sql.Rows, l *store.Link) error {
	return rows.Scan(hash{&l.Hash}, &l.Kind, &l.Tenant, &l.User, &l.Person, seconds{&l.Created}, seconds{&l.Expires},
		seconds{&l.Used})
}

// Login reads a login by the hash of its cookie.
func (t *Tx) Login(hash [32]byte) (store.Login, error) {
	return one(t, scanLogin, "a login", selectLogin, hash[:])
}

// ListLogins lists a person's logins, newest first.
func (t *Tx) ListLogins(person id.Person) ([]store.Login, error) {
	return many(t, scanLogin, "logins", selectLogins, person)
}

// CountUsersOf counts a person's users in all tenants.
func (t *Tx) CountUsersOf(person id.Person) (int, error) {
	return t.count("users of a person", countUsersOf, person)
}

// AddLogin adds a login.
func (t *Tx) AddLogin(l store.Login) error {
	if _, err := t.Person(l.Person); err != nil {
		return err
	}
	n, err := t.exec("adding a login", insertLogin, l.Hash[:], l.Person, l.Tenant, unix(l.Created), unix(l.Seen),
		unix(l.Expires))
	if err == nil && n == 0 {
		err = fmt.Errorf("adding a login: %w", store.ErrTaken)
	}
	return err
}

// DeleteLogin deletes a login.
func (t *Tx) DeleteLogin(hash [32]byte) error {
	n, err := t.exec("deleting a login", deleteLogin, hash[:])
	if err == nil && n == 0 {
		err = fmt.Errorf("deleting a login: %w", store.ErrNotFound)
	}
	return err
}

// DeleteLogins deletes all logins of a person.
func (t *Tx) DeleteLogins(person id.Person) (int, error) {
	n, err := t.exec("deleting logins", deleteLogins, person)
	return int(n), err
}

// TouchLogin notes that a login was seen. What is gone meanwhile is passed over.
func (t *Tx) TouchLogin(hash [32]byte, at time.Time) error {
	_, err := t.exec("noting the use of a login", touchLogin, hash[:], unix(at))
	return err
}

// Link reads a one-time link, used or not.
func (t *Tx) Link(hash [32]byte) (store.Link, error) {
	return one(t, scanLink, "a link", selectLink, hash[:])
}

// AddLink adds a one-time link.
func (t *Tx) AddLink(l store.Link) error {
	if !l.User.IsZero() {
		if _, err := t.User(l.Tenant, l.User); err != nil {
			return err
		}
	}
	if !l.Person.IsZero() {
		if _, err := t.Person(l.Person); err != nil {
			return err
		}
	}
	n, err := t.exec("adding a link", insertLink, l.Hash[:], string(l.Kind), l.Tenant, l.User, l.Person, unix(l.Created),
		unix(l.Expires), unix(l.Used))
	if err == nil && n == 0 {
		err = fmt.Errorf("adding a link: %w", store.ErrTaken)
	}
	return err
}

// UseLink uses a link up: of any number of callers, the update lets one through (A093).
func (t *Tx) UseLink(hash [32]byte, at time.Time) error {
	n, err := t.exec("using a link", useLink, hash[:], unix(at))
	if err != nil || n > 0 {
		return err
	}
	if _, err := t.Link(hash); err != nil {
		return err
	}
	return fmt.Errorf("using a link: %w", store.ErrUsed)
}

// EndLinks uses up the links of a user and of a person; where neither is named, those for setting up.
func (t *Tx) EndLinks(in id.Tenant, user id.User, person id.Person, at time.Time) error {
	if user.IsZero() && person.IsZero() {
		_, err := t.exec("ending links", endSetUp, string(store.SetUpLink), unix(at))
		return err
	}
	if _, err := t.exec("ending links", endUserLinks, in, user, unix(at)); err != nil {
		return err
	}
	_, err := t.exec("ending links", endLinksOf, person, unix(at))
	return err
}
