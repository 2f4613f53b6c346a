package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"prokura/internal/store"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Engine is what the migrator must know of an engine.
type Engine struct {
	Dialect goose.Dialect
	Locker  lock.Locker // nil: the engine lets only one process in
	// Render makes the engine's SQL of a migration.
	Render func(source string) string
	// HasTable answers whether the table named by $1 exists.
	HasTable string
	// Snapshot is how a transaction begins that sees one state of the schema.
	Snapshot *sql.TxOptions
}

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string // such as "0001_first.sql"
	Applied bool
	source  string
	sum     string // of the source, which is the same for both engines
}

// Migrations are the steps that this program knows, in order.
func Migrations() ([]Migration, error) { return load(embedded, "migrations") }

func load(from fs.FS, dir string) ([]Migration, error) {
	names, err := fs.Glob(from, dir+"/*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing migrations: %w", err)
	}
	var list []Migration
	for _, file := range names {
		source, err := fs.ReadFile(from, file)
		if err != nil {
			return nil, fmt.Errorf("reading migration %s: %w", file, err)
		}
		name := path.Base(file)
		digits, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || version != int64(len(list)+1) {
			return nil, fmt.Errorf("migration %s: want number %d", name, len(list)+1)
		}
		sum := sha256.Sum256(source)
		list = append(list, Migration{Version: version, Name: name, source: string(source), sum: hex.EncodeToString(sum[:])})
	}
	return list, nil
}

// Status is the list of steps, with those marked that the database has. It fails with store.ErrSchema, and says what
// is the matter, where the database has a step that this program does not know, lacks one in the middle, or has one
// that was edited since (A248).
func Status(ctx context.Context, db *sql.DB, e Engine) ([]Migration, error) {
	known, err := Migrations()
	if err != nil {
		return nil, err
	}
	return status(ctx, db, e, known)
}

func status(ctx context.Context, db *sql.DB, e Engine, known []Migration) ([]Migration, error) {
	// Both in one state: another process may be migrating.
	tx, err := db.BeginTx(ctx, e.Snapshot)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	defer tx.Rollback()
	sums, err := readSums(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	numbers, err := readNumbers(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	newest := int64(len(known))
	for version := range numbers {
		if version > newest {
			return nil, fmt.Errorf("%w: the database has migration %d, this program knows them up to %d; "+
				"run the newer program that migrated it, or restore the backup made before", store.ErrSchema, version, newest)
		}
		if version > 0 && sums[version] == "" {
			return nil, fmt.Errorf("%w: migration %d is half done; restore the backup made before it",
				store.ErrSchema, version)
		}
	}
	list := append([]Migration(nil), known...)
	for i, m := range list {
		sum, applied := sums[m.Version]
		if applied && sum != m.sum {
			return nil, fmt.Errorf("%w: migration %s was edited after it was applied: the database has SHA-256 %s, "+
				"this program %s", store.ErrSchema, m.Name, sum, m.sum)
		}
		if applied && (!numbers[m.Version] || i > 0 && !list[i-1].Applied) {
			return nil, fmt.Errorf("%w: migration %s is half done; restore the backup made before it",
				store.ErrSchema, m.Name)
		}
		list[i].Applied = applied
	}
	return list, nil
}

// Current refuses a database that lacks a step.
func Current(list []Migration) error {
	for _, m := range list {
		if !m.Applied {
			return fmt.Errorf("%w: migration %s is missing; run prokura migrate", store.ErrSchema, m.Name)
		}
	}
	return nil
}

// Migrate applies the steps that the database lacks, each in a transaction of its own, and never backwards. Two at once
// are safe: the second waits for the first, and finds nothing to do (A247).
func Migrate(ctx context.Context, db *sql.DB, e Engine) ([]Migration, error) {
	known, err := Migrations()
	if err != nil {
		return nil, err
	}
	return migrate(ctx, db, e, known)
}

func migrate(ctx context.Context, db *sql.DB, e Engine, known []Migration) ([]Migration, error) {
	list, err := status(ctx, db, e, known)
	if err != nil || Current(list) == nil {
		return list, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	if e.Locker != nil {
		options = append(options, goose.WithLocker(e.Locker))
	}
	for _, m := range known {
		options = append(options, goose.WithGoMigrations(goose.NewGoMigration(m.Version, &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error { return m.apply(ctx, tx, e) },
		}, nil)))
	}
	p, err := goose.NewProvider(e.Dialect, db, nil, options...)
	if err != nil {
		return nil, fmt.Errorf("preparing to migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return nil, fmt.Errorf("migrating: %w", err)
	}
	return status(ctx, db, e, known)
}

func (m Migration) apply(ctx context.Context, tx *sql.Tx, e Engine) error {
	if _, err := tx.ExecContext(ctx, e.Render(m.source)); err != nil {
		return fmt.Errorf("migration %s: %w", m.Name, err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO schema_sums (version, name, sum) VALUES ($1, $2, $3)`,
		m.Version, m.Name, m.sum)
	if err != nil {
		return fmt.Errorf("migration %s: %w", m.Name, err)
	}
	return nil
}

// readSums are the sums of the steps that were applied.
func readSums(ctx context.Context, tx *sql.Tx, e Engine) (map[int64]string, error) {
	sums := map[int64]string{}
	err := readTable(ctx, tx, e, "schema_sums", `SELECT version, sum FROM schema_sums`, func(rows *sql.Rows) error {
		var version int64
		var sum string
		err := rows.Scan(&version, &sum)
		sums[version] = sum
		return err
	})
	return sums, err
}

// readNumbers are the steps that goose holds for applied.
func readNumbers(ctx context.Context, tx *sql.Tx, e Engine) (map[int64]bool, error) {
	numbers := map[int64]bool{}
	query := `SELECT version_id FROM ` + goose.DefaultTablename + ` WHERE is_applied`
	err := readTable(ctx, tx, e, goose.DefaultTablename, query, func(rows *sql.Rows) error {
		var version int64
		err := rows.Scan(&version)
		numbers[version] = true
		return err
	})
	return numbers, err
}

func readTable(ctx context.Context, tx *sql.Tx, e Engine, table, query string, scan func(*sql.Rows) error) error {
	var there bool
	if err := tx.QueryRowContext(ctx, e.HasTable, table).Scan(&there); err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	if !there {
		return nil
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("reading %s: %w", table, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("reading %s: %w", table, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", table, err)
	}
	return nil
}
