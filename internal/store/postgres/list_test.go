package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	"prokura/internal/store"
	"prokura/internal/store/storetest"
)

func BenchmarkListAuthorizations(b *testing.B) {
	url := server.Schema(b)
	storetest.BenchmarkListAuthorizations(b, storetest.Database{Open: func(storetest.Options) (store.Store, error) {
		return asStore(Open(context.Background(), Options{URL: url}))
	}}, func() error {
		cfg, err := parse(url)
		if err != nil {
			return err
		}
		db := stdlib.OpenDB(*cfg)
		_, err = db.Exec("ANALYZE")
		return errors.Join(err, db.Close())
	})
}
