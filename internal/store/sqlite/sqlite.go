// Package sqlite keeps the store in one SQLite file: WAL, synchronous=FULL, one process, one writer.
//
// Beside the database NAME lie NAME-wal and NAME-shm, which belong to it, NAME.lock, which keeps a second process out,
// and NAME.commits, which tells how many commits the database has seen (see epoch.go).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver named "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"prokura/internal/clock"
	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/store/sqlstore"
)

// Options say which database is opened, and how.
type Options struct {
	// Path of the database file. It and its directory are made where they are missing, for this user only.
	Path string
	// Clock is what entries and changes are dated by; nil is the machine's.
	Clock clock.Clock
	// Log takes what the operator should know; nil is silence.
	Log *slog.Logger
	// KeepSchema refuses a database that must be migrated, instead of migrating it.
	KeepSchema bool
	// Queue is how many writes may wait for the writer; 0 is 1024. When it is full for 100 ms, store.ErrOverloaded
	// is answered.
	Queue int
}

// Store is an open database.
type Store struct {
	path    string
	clock   clock.Clock
	log     *slog.Logger
	lock    *os.File
	writer  *writer
	readers *readers
	head    atomic.Pointer[mark.Number]
	failed  chan struct{}
	closed  chan struct{} // closed by Close when everything has ended
	closing atomic.Bool
}

var _ store.Store = (*Store)(nil)

// dialect: SQLite has one writer, so no row is ever held against another, and members share a transaction.
var dialect = sqlstore.Dialect{Gather: true, Alone: true}

var engine = sqlstore.Engine{
	Dialect:  goose.DialectSQLite3,
	Render:   render,
	HasTable: `SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1`,
}

// render writes a migration in SQLite's types. STRICT tables refuse a value of another type, as PostgreSQL does.
func render(source string) string {
	return strings.NewReplacer("BYTEA", "BLOB", "BIGINT", "INTEGER", "BOOLEAN", "INTEGER", ` COLLATE "C"`, "",
		"/* sqlite:", "", " */;", ";").Replace(source)
}

// Open opens the database, or makes it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Queue <= 0 {
		o.Queue = 1024
	}
	path, lock, err := claim(o.Path)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, clock: o.Clock, log: o.Log, lock: lock, failed: make(chan struct{}), closed: make(chan struct{})}
	if err := s.open(ctx, o); err != nil {
		lock.Close()
		if c := code(err); c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB {
			err = fmt.Errorf("%w; restore a backup", err)
		}
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return s, nil
}

// claim makes the files where they are missing, and takes the lock.
func claim(path string) (string, *os.File, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", nil, fmt.Errorf("finding the database: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", nil, fmt.Errorf("making the directory of the database: %w", err)
	}
	lock, err := takeLock(path + ".lock")
	if err != nil {
		return "", nil, err
	}
	// Made by us, so that nobody else can read it; SQLite gives its other files the same permissions.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		lock.Close()
		return "", nil, fmt.Errorf("making the database: %w", err)
	}
	return path, lock, f.Close()
}

func (s *Store) open(ctx context.Context, o Options) error {
	db, err := connect(s.path, false)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	err = s.prepare(ctx, db, o)
	if err == nil {
		s.writer, err = newWriter(ctx, s, db, o.Queue)
	}
	if err != nil {
		db.Close()
		return err
	}
	s.readers, err = newReaders(s.path)
	if err != nil {
		_ = s.writer.close() // the error that matters is the first
		return err
	}
	go s.writer.run()
	return nil
}

// prepare checks and migrates the database, and begins a new epoch where it is an older copy.
func (s *Store) prepare(ctx context.Context, db *sql.DB, o Options) error {
	if err := checkPragmas(ctx, db); err != nil {
		return err
	}
	if err := s.checkPages(ctx, db); err != nil {
		return err
	}
	apply := sqlstore.Migrate
	if o.KeepSchema {
		apply = sqlstore.Status
	}
	list, err := apply(ctx, db, engine)
	if err != nil {
		return err
	}
	return sqlstore.Current(list)
}

// connect makes a pool. What it asks for is read back by checkPragmas, because SQLite ignores what it does not know.
func connect(path string, readOnly bool) (*sql.DB, error) {
	q := url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)"},
		"_dqs":    {"0"}, "_defensive": {"1"},
	}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		// 64 MiB at most, as far as the database has so much; readers have SQLite's usual 2. What is written lies all over the
		// indexes of hashes, and of the one connection that writes no other takes the pages away: with 8 MiB each refresh read
		// ten of them anew.
		q.Add("_pragma", "cache_size(-65536)")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return db, nil
}

func checkPragmas(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct{ name, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"busy_timeout", "5000"},
	} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("reading %s: %w", p.name, err)
		}
		if got != p.want {
			return fmt.Errorf("%s is %s, want %s: without it a commit could be lost (is this a network file system?)",
				p.name, got, p.want)
		}
	}
	return nil
}

// checkPages looks for broken pages, for five seconds at most, so that a large database does not hold up the start.
func (s *Store) checkPages(ctx context.Context, db *sql.DB) error {
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var found string
	err := db.QueryRowContext(limited, "PRAGMA quick_check(1)").Scan(&found)
	switch {
	case err != nil && limited.Err() != nil && ctx.Err() == nil:
		s.log.Info("the database is too large to check all of it at the start", "path", s.path)
		return nil
	case err != nil:
		return fmt.Errorf("checking the database: %w", err)
	case found != "ok":
		return fmt.Errorf("the database is corrupt: %s; restore a backup", found)
	}
	return nil
}

// Status is the list of migrations, with those marked that the database has. It changes nothing in it, but needs it for
// itself.
func Status(ctx context.Context, path string) ([]sqlstore.Migration, error) {
	return alone(ctx, path, sqlstore.Status)
}

// Migrate applies the migrations that the database lacks.
func Migrate(ctx context.Context, path string) ([]sqlstore.Migration, error) {
	return alone(ctx, path, sqlstore.Migrate)
}

func alone(ctx context.Context, path string,
	do func(context.Context, *sql.DB, sqlstore.Engine) ([]sqlstore.Migration, error)) ([]sqlstore.Migration, error) {
	path, lock, err := claim(path)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	db, err := connect(path, false)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	list, err := do(ctx, db, engine)
	return list, errors.Join(err, db.Close())
}
