package registry

import (
	"errors"
	"log/slog"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/store"
)

// TestClient_in_memory_is_as_new_as_the_database, and what is gone is gone from it, also with the account that owned it.
func TestClient_in_memory_is_as_new_as_the_database(t *testing.T) {
	a := newApps(t)
	memory := feed.New(feed.Config{Store: a.store, Clock: a.clock, Log: slog.New(slog.DiscardHandler), Local: true})
	a.ok(memory.Sync(ctx))
	cache := feed.NewCache[id.Client, store.Client](memory, MaxCachedClients, ClientRecords)
	a.Registry = New(Config{Store: a.store, Clock: a.clock, Catalogs: a.catalogs, Clients: cache})
	c, other := a.create(draft()), a.create(draft())
	get := func() store.Client {
		t.Helper()
		got, err := a.Client(ctx, c.ID)
		a.ok(err)
		if cache.Len() == 0 {
			t.Error("nothing is held")
		}
		return got
	}
	if get().Version != 1 {
		t.Error("another version")
	}
	d := draft()
	d.Name = "other"
	_, err := a.UpdateClient(ctx, audit.Operator, Everybody(), c.ID, 0, d)
	a.ok(err)
	if got := get(); got.Version != 2 || got.Registration.Name != "other" {
		t.Errorf("%+v", got)
	}
	s, value, err := a.CreateClientSecret(ctx, audit.Operator, Everybody(), c.ID)
	a.ok(err)
	if got := get(); len(got.Secrets) != 1 {
		t.Errorf("%+v", got)
	}
	a.ok(a.DeleteClientSecret(ctx, audit.Operator, Everybody(), c.ID, s.ID))
	if got := get(); len(got.Secrets) != 0 {
		t.Errorf("a deleted secret %s is in memory: %+v", value, got)
	}
	_, err = a.SwitchClient(ctx, audit.Operator, c.ID, false)
	a.ok(err)
	if !get().Disabled {
		t.Error("enabled in memory")
	}
	a.ok(a.DeleteClient(ctx, audit.Operator, Everybody(), c.ID))
	if _, err := a.Client(ctx, c.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := a.Client(ctx, other.ID); err != nil {
		t.Error(err)
	}
	a.ok(a.store.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error { return tx.DeleteTenant(a.in) }))
	if got, err := a.Client(ctx, other.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%+v %v", got, err)
	}
}
