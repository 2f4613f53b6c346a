package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"prokura/internal/store"
)

// testA247: of processes that migrate at once, one does it and the others wait for it, or are told that the database is
// in use; and one that is stopped in the middle leaves what the next can go on from.
func testA247(t *testing.T, db Database) {
	short, cancel := context.WithTimeout(ctx, time.Microsecond)
	defer cancel()
	<-short.Done()
	if _, err := db.Migrate(short); err == nil {
		t.Error("a migration that was stopped said that it was done")
	}
	errs := together(4, func(int) error {
		n, err := db.Migrate(ctx)
		if err == nil && n == 0 {
			t.Error("no step was applied")
		}
		return err
	})
	n := won(t, errs, store.ErrInUse)
	if n == 0 || db.Shared && n != 4 {
		t.Errorf("%d of 4 migrated", n)
	}
	addTenant(t, open(t, db, Options{KeepSchema: true}), "t")
}

// testA248: a schema that does not fit is never tried, and what is said about it is exact.
func testA248(t *testing.T, db Database) {
	if _, err := db.Open(Options{KeepSchema: true}); !errors.Is(err, store.ErrSchema) {
		t.Errorf("opening an empty database without migrating: %v, want %v", err, store.ErrSchema)
	}
	if s, err := db.Open(Options{}); err != nil {
		t.Fatal(err)
	} else if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	for _, c := range []struct{ what, breaking, mending, want string }{
		{"a newer schema", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, true)",
			"DELETE FROM goose_db_version WHERE version_id = 4711",
			"the database has migration 4711, this program knows them up to 7; run the newer program that migrated it, " +
				"or restore the backup made before"},
		{"an edited migration", "UPDATE schema_sums SET name = sum, sum = '" + zeros + "' WHERE version = 1",
			"UPDATE schema_sums SET sum = name, name = '0001_first.sql' WHERE version = 1",
			"migration 0001_first.sql was edited after it was applied: the database has SHA-256 " + zeros},
		{"a migration without its sum", "UPDATE schema_sums SET version = 99 WHERE version = 2", "UPDATE schema_sums SET version = 2 WHERE version = 99",
			"migration 2 is half done; restore the backup made before it"},
		{"a sum without its migration", "UPDATE goose_db_version SET is_applied = false WHERE version_id = 1",
			"UPDATE goose_db_version SET is_applied = true WHERE version_id = 1",
			"migration 0001_first.sql is half done; restore the backup made before it"},
	} {
		exec := func(statement string) {
			t.Helper()
			if _, err := db.Raw(t).Exec(statement); err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
		}
		exec(c.breaking)
		for _, keep := range []bool{false, true} {
			s, err := db.Open(Options{KeepSchema: keep})
			if err == nil {
				_ = s.Close()
			}
			if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want …%s", c.what, err, c.want)
			}
		}
		if _, err := db.Migrate(ctx); !errors.Is(err, store.ErrSchema) {
			t.Errorf("%s: migrating: %v, want %v", c.what, err, store.ErrSchema)
		}
		exec(c.mending)
	}
	open(t, db, Options{KeepSchema: true})
}
