package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	installURLColumns = `client, sum, redirect_uri, scope, optional, first, last, count, installed`
	selectInstallURLs = `SELECT ` + installURLColumns + ` FROM install_urls WHERE client = $1 ORDER BY last DESC, sum`
	countInstallURL   = `UPDATE install_urls SET count = count + $3, last = CASE WHEN last < $4 THEN $4 ELSE last END,
		installed = CASE WHEN installed < $5 THEN $5 ELSE installed END
		WHERE client = $1 AND sum = $2`
	insertInstallURL = `INSERT INTO install_urls (` + installURLColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT DO NOTHING`
	boundInstallURLs = `DELETE FROM install_urls WHERE client = $1 AND sum IN
		(SELECT sum FROM install_urls WHERE client = $1 AND sum <> $2 ORDER BY ` + installedFrom + ` DESC, ` + howOften + ` DESC, last DESC, sum LIMIT 1000 OFFSET $3)`
	// installedFrom tells a URL that users installed the app from, who were logged in, from one that anybody can make up.
	installedFrom = `CASE WHEN installed > 0 THEN 1 ELSE 0 END`
	// howOften tells a URL that people use from one that somebody made up: what was seen once goes before what was seen often.
	howOften      = `CASE WHEN count >= 100 THEN 3 WHEN count >= 10 THEN 2 WHEN count > 1 THEN 1 ELSE 0 END`
	selectTallies = `SELECT client, day, kind, count FROM tallies WHERE client = $1 AND day >= $2 ORDER BY day, kind`
	addTally      = `INSERT INTO tallies (client, day, kind, count) VALUES ($1, $2, $3, $4)
		ON CONFLICT (client, day, kind) DO UPDATE SET count = tallies.count + excluded.count`
)

func scanInstallURL(rows *sql.Rows, u *store.InstallURL) error {
	return rows.Scan(&u.Client, hash{&u.Sum}, &u.RedirectURI, &u.Scope, &u.Optional, seconds{&u.First}, seconds{&u.Last},
		&u.Count, seconds{&u.Installed})
}

func scanTally(rows *sql.Rows, v *store.Tally) error {
	return rows.Scan(&v.Client, seconds{&v.Day}, &v.Kind, &v.Count)
}

// InstallURLs lists the install URLs that were seen of a client, newest first.
func (t *Tx) InstallURLs(client id.Client) ([]store.InstallURL, error) {
	return many(t, scanInstallURL, "install URLs", selectInstallURLs, client)
}

// Tallies lists the counts of a client from a day on.
func (t *Tx) Tallies(client id.Client, from time.Time) ([]store.Tally, error) {
	return many(t, scanTally, "tallies", selectTallies, client, unix(from))
}

// CountInstallURL counts an install URL that was seen. Of a client that is gone meanwhile nothing is counted.
func (t *Tx) CountInstallURL(u store.InstallURL) error {
	if !storable(u.RedirectURI, u.Scope, u.Optional) {
		return fmt.Errorf("counting an install URL: %w", errText)
	}
	count := u.Count
	if u.Installed.IsZero() {
		count = max(count, 1) // it was opened; where it was installed from, that may have been counted before
	}
	n, err := t.exec("counting an install URL", countInstallURL, u.Client, u.Sum[:], count, unix(u.Last), unix(u.Installed))
	if err != nil || n > 0 {
		return err
	}
	// The client's row is held, so that two who insert do not both find room for the last.
	if err := t.lockClient(u.Client); err != nil {
		return passOver(err)
	}
	n, err = t.exec("counting an install URL", insertInstallURL, u.Client, u.Sum[:], u.RedirectURI, u.Scope, u.Optional,
		unix(u.First), unix(u.Last), max(count, 1), unix(u.Installed))
	if err != nil {
		return err
	}
	if n == 0 { // somebody inserted it before we held the client
		_, err = t.exec("counting an install URL", countInstallURL, u.Client, u.Sum[:], count, unix(u.Last), unix(u.Installed))
		return err
	}
	_, err = t.exec("counting install URLs", boundInstallURLs, u.Client, u.Sum[:], store.MaxInstallURLs-1)
	return err
}

// AddTally adds to the count of a kind of event on a day. Of a client that is gone meanwhile nothing is counted.
func (t *Tx) AddTally(v store.Tally) error {
	if !storable(v.Kind) {
		return fmt.Errorf("counting events: %w", errText)
	}
	if err := t.needClient(v.Client); err != nil {
		return passOver(err)
	}
	_, err := t.exec("counting events", addTally, v.Client, unix(v.Day), v.Kind, max(v.Count, 1))
	return err
}

func passOver(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
