package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"prokura/internal/store"
	"prokura/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database {
		path := filepath.Join(t.TempDir(), "a b?#%", "prokura.db")
		return storetest.Database{
			Open: func(o storetest.Options) (store.Store, error) {
				return asStore(Open(context.Background(), Options{Path: path, Clock: o.Clock, KeepSchema: o.KeepSchema, Queue: o.Queue}))
			},
			Migrate: func(ctx context.Context) (int, error) {
				list, err := Migrate(ctx, path)
				return len(list), err
			},
			Raw: func(t *testing.T) *sql.DB { return rawDB(t, path) },
		}
	})
}

// asStore keeps a nil pointer from becoming a store that is not nil.
func asStore(s *Store, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// rawDB opens the file beside the store, which no other process could.
func rawDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := connect(path, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
