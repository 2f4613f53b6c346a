package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"prokura/internal/store"
	"prokura/internal/store/storetest"
)

func BenchmarkListAuthorizations(b *testing.B) {
	path := filepath.Join(b.TempDir(), "store.db")
	storetest.BenchmarkListAuthorizations(b, storetest.Database{Open: func(storetest.Options) (store.Store, error) {
		return asStore(Open(context.Background(), Options{Path: path}))
	}}, func() error { return nil })
}
