// Package sqlstore is what the two engines have in common: the SQL of every record, written once, and the migrations.
//
// An engine opens connections, decides what runs in one transaction, and answers for commits. Inside a transaction it
// makes a [Tx], runs the caller's function on it, calls [Tx.Finish] as the last thing before the commit, and hands out
// [Tx.Changes] after it.
//
// What is changed or deleted of many rows is looked up first, "WHERE key IN (SELECT key …)": of a table whose rows lie in
// the order of its key, SQLite would else read the whole tenant.
//
// Writers never provoke an error of the database to learn something: after one, a PostgreSQL transaction is dead. They
// insert "on conflict do nothing" and look at the number of rows.
package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Conn runs statements inside one transaction.
type Conn interface {
	// Exec answers how many rows were written.
	Exec(query string, args ...any) (int64, error)
	Query(query string, args ...any) (*sql.Rows, error)
}

// Dialect is where the engines' SQL differs.
type Dialect struct {
	// ForUpdate is appended to a SELECT whose rows are to be held until the commit.
	ForUpdate string
	// Notify, if any, is run in each transaction that changes the feed.
	Notify string
	// Gather leaves audit entries to the engine, which writes those of many transactions at once with WriteEntries.
	Gather bool
	// Alone: transactions that write run one after the other, so that what one of them has read stays until it commits.
	Alone bool
}

// ErrConflict is the fault of a transaction that lost a race against another one. The engine runs it again, and the
// second run finds what the first could not see.
var ErrConflict = errors.New("lost a race against another transaction")

// errText is what a record with impossible text is refused with.
var errText = errors.New("text must be UTF-8 without NUL")

// storable says whether every engine can store the text as it is. PostgreSQL can store neither NUL nor broken UTF-8,
// so SQLite must not either.
func storable(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return false
		}
	}
	return true
}

// unix is a time as it is stored; 0 is the zero time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// seconds scans what unix stored.
type seconds struct{ t *time.Time }

// Scan reads Unix seconds.
func (s seconds) Scan(src any) error {
	v, ok := src.(int64)
	if !ok {
		return fmt.Errorf("scanning a time: unexpected %T", src)
	}
	*s.t = time.Time{}
	if v != 0 {
		*s.t = time.Unix(v, 0).UTC()
	}
	return nil
}

// hash scans 32 bytes; NULL is the zero hash.
type hash struct{ h *[32]byte }

// Scan reads the bytes.
func (h hash) Scan(src any) error {
	*h.h = [32]byte{}
	if src == nil {
		return nil
	}
	b, ok := src.([]byte)
	if !ok || len(b) != len(h.h) {
		return fmt.Errorf("scanning a hash: unexpected %T of %d bytes", src, len(b))
	}
	copy(h.h[:], b)
	return nil
}

// set scans what scope.Set.String wrote.
type set struct{ s *scope.Set }

// Scan reads the names.
func (s set) Scan(src any) error {
	names, ok := src.(string)
	if !ok {
		return fmt.Errorf("scanning scopes: unexpected %T", src)
	}
	var err error
	*s.s, err = parseScopes(names)
	return err
}

// blob never is nil, which would be stored as NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// book is a tenant as the key of the audit and refusal books, where the zero tenant is the vendor.
func book(in id.Tenant) []byte {
	b := in.Bytes()
	return b[:]
}

// one reads the only row of a query, or says that there is none.
func one[T any](t *Tx, scan func(*sql.Rows, *T) error, what, query string, args ...any) (T, error) {
	var v, zero T
	found, err := t.row(func(rows *sql.Rows) error { return scan(rows, &v) }, what, query, args...)
	if err != nil {
		return zero, err
	}
	if !found {
		return zero, fmt.Errorf("reading %s: %w", what, store.ErrNotFound)
	}
	return v, nil
}

// many reads all rows of a query.
func many[T any](t *Tx, scan func(*sql.Rows, *T) error, what, query string, args ...any) ([]T, error) {
	if t.fault != nil {
		return nil, t.fault
	}
	rows, err := t.conn.Query(query, args...)
	if err != nil {
		return nil, t.fail("reading "+what, err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, t.fail("reading "+what, err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail("reading "+what, err)
	}
	return list, nil
}

// limit is how many rows a list answers that asks for n.
func limit(n int) int {
	if n <= 0 {
		return 100
	}
	return n
}
