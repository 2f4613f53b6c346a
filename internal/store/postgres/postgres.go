// Package postgres keeps the store in a PostgreSQL schema, for several nodes.
//
// Transactions are READ COMMITTED, and read the feed's head first: facts read after it are never older than it. Reads
// alone are REPEATABLE READ, so that they see one state. Nothing is gathered: each write is its own transaction, and
// the row lock of the feed's head puts the commits of those that mark in the order of their numbers.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"prokura/internal/clock"
	"prokura/internal/store"
	"prokura/internal/store/sqlstore"
)

// Options say which database is opened, and how.
type Options struct {
	// URL is a connection string in either of PostgreSQL's forms. Its search_path says which schema is used.
	URL string
	// Clock is what entries and changes are dated by; nil is the machine's.
	Clock clock.Clock
	// Log takes what the operator should know; nil is silence.
	Log *slog.Logger
	// KeepSchema refuses a database that must be migrated, instead of migrating it.
	KeepSchema bool
	// Connections is how many are opened at most, beside the one that listens; 0 is 20. A quarter is kept for reading.
	Connections int
	// Queue is how many writes may wait or run; 0 is 1024. When it is full for 100 ms, store.ErrOverloaded is answered.
	Queue int
}

// Store is an open database.
type Store struct {
	db        *sql.DB
	clock     clock.Clock
	log       *slog.Logger
	entries   sqlstore.Entries
	queue     chan struct{} // has an element for each write that waits or runs
	writing   chan struct{} // and one for each that runs
	sequence  sequence
	committed atomic.Pointer[func([]store.Change)]
	identity  atomic.Pointer[string]
	listener  *listener
	failed    chan struct{}
	closed    atomic.Bool
}

var _ store.Store = (*Store)(nil)

var dialect = sqlstore.Dialect{ForUpdate: " FOR UPDATE", Notify: "NOTIFY " + channel}

// Open opens the database.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Connections <= 0 {
		o.Connections = 20
	}
	if o.Queue <= 0 {
		o.Queue = 1024
	}
	cfg, err := parse(o.URL)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, cfg, o.KeepSchema); err != nil {
		return nil, fmt.Errorf("opening the PostgreSQL database: %w", err)
	}
	s := &Store{
		clock: o.Clock, log: o.Log, failed: make(chan struct{}),
		queue: make(chan struct{}, o.Queue), writing: make(chan struct{}, max(1, o.Connections*3/4)),
	}
	s.db = stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(s.identify))
	s.db.SetMaxOpenConns(o.Connections)
	s.db.SetMaxIdleConns(o.Connections)
	if err := s.Ping(ctx); err != nil {
		s.db.Close()
		return nil, fmt.Errorf("opening the PostgreSQL database: %w", err)
	}
	s.listener = listen(cfg, o.Log)
	return s, nil
}

func parse(url string) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("reading the PostgreSQL URL: it is malformed") // the cause may quote the password
	}
	// The simple protocol would have the client write values into the SQL.
	if cfg.DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
		return nil, errors.New("reading the PostgreSQL URL: the simple protocol is not supported")
	}
	cfg.RuntimeParams["application_name"] = "prokura"
	// A session that hangs in a transaction would hold the feed's head against all nodes.
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	// Every join here looks up few rows by an index. A plan that fits all parameters does not know how few, and would rather
	// read a whole tenant, in order or into a hash.
	cfg.RuntimeParams["enable_mergejoin"], cfg.RuntimeParams["enable_hashjoin"] = "off", "off"
	return cfg, nil
}

// prepare checks and migrates the database.
func prepare(ctx context.Context, cfg *pgx.ConnConfig, keep bool) error {
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	var encoding string
	if err := db.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s, want UTF8", encoding)
	}
	apply := sqlstore.Migrate
	if keep {
		apply = sqlstore.Status
	}
	e, err := engine()
	if err != nil {
		return err
	}
	list, err := apply(ctx, db, e)
	if err != nil {
		return err
	}
	return sqlstore.Current(list)
}

// engine tells the migrator about PostgreSQL. Migrators lock a row of a table, since advisory locks are not to be had
// in every database that speaks PostgreSQL's protocol.
func engine() (sqlstore.Engine, error) {
	locker, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(100*time.Millisecond, 3000),
		lock.WithTableUnlockTimeout(100*time.Millisecond, 600))
	if err != nil {
		return sqlstore.Engine{}, fmt.Errorf("preparing to migrate: %w", err)
	}
	return sqlstore.Engine{
		Dialect:  goose.DialectPostgres,
		Locker:   locker,
		Render:   func(source string) string { return source },
		HasTable: `SELECT to_regclass($1) IS NOT NULL`,
		Snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	}, nil
}

// Status is the list of migrations, with those marked that the database has.
func Status(ctx context.Context, url string) ([]sqlstore.Migration, error) {
	return with(ctx, url, sqlstore.Status)
}

// Migrate applies the migrations that the database lacks.
func Migrate(ctx context.Context, url string) ([]sqlstore.Migration, error) {
	return with(ctx, url, sqlstore.Migrate)
}

func with(ctx context.Context, url string,
	do func(context.Context, *sql.DB, sqlstore.Engine) ([]sqlstore.Migration, error)) ([]sqlstore.Migration, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, err
	}
	e, err := engine()
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	return do(ctx, db, e)
}

// Committed registers what is told of changes.
func (s *Store) Committed(hook func([]store.Change)) { s.committed.Store(&hook) }

// Failed is never closed: after a failed commit the database itself knows what is durable.
func (s *Store) Failed() <-chan struct{} { return s.failed }

// Woken is signalled when a transaction of any node committed changes, and when the listening connection was new.
func (s *Store) Woken() <-chan struct{} { return s.listener.woken }

// Ping reads and begins to write.
func (s *Store) Ping(ctx context.Context) error {
	return s.Tend(ctx, func(store.Upkeep) error { return nil })
}

// Close waits for what is under way.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.listener.stop()
	for range cap(s.queue) { // who holds an element is still writing
		s.queue <- struct{}{}
	}
	return s.db.Close()
}
