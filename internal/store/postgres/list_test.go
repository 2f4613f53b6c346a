package postgres

import (
	"context"
	"testing"

	"prokura/internal/store"
	"prokura/internal/store/storetest"
)

func BenchmarkListAuthorizations(b *testing.B) {
	url := server.Schema(b)
	storetest.BenchmarkListAuthorizations(b, storetest.Database{Open: func(storetest.Options) (store.Store, error) {
		return asStore(Open(context.Background(), Options{URL: url}))
	}})
}
