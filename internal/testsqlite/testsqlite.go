// Package testsqlite makes SQLite databases for tests: migrated once for a test binary, and copied.
package testsqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"prokura/internal/store/sqlite"
)

// empty is a database that has the schema and nothing else.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "testsqlite")
	if err != nil {
		return nil, fmt.Errorf("making a directory: %w", err)
	}
	path := filepath.Join(dir, "p.db")
	_, err = sqlite.Migrate(context.Background(), path)
	content, err2 := os.ReadFile(path) // whole: closing the database has emptied its log
	return content, errors.Join(err, err2, os.RemoveAll(dir))
})

// File is the path of the database in a directory, which is made where there is none yet: with the newest schema, and empty.
func File(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "p.db")
	if _, err := os.Stat(path); err == nil {
		return path
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	content, err := empty()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
