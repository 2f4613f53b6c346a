package postgres

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	"prokura/internal/store"
	"prokura/internal/store/storetest"
	"prokura/internal/testpg"
)

var server *testpg.Server // set by TestMain

func TestMain(m *testing.M) { testpg.Main(m, &server) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database {
		url := server.Schema(t)
		return storetest.Database{
			Open: func(o storetest.Options) (store.Store, error) {
				return asStore(Open(context.Background(), Options{URL: url, Clock: o.Clock, KeepSchema: o.KeepSchema, Queue: o.Queue}))
			},
			Migrate: func(ctx context.Context) (int, error) {
				list, err := Migrate(ctx, url)
				return len(list), err
			},
			Raw:    func(t *testing.T) *sql.DB { return rawDB(t, url) },
			Shared: true,
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

func rawDB(t *testing.T, url string) *sql.DB {
	t.Helper()
	cfg, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*cfg)
	t.Cleanup(func() { db.Close() })
	return db
}
