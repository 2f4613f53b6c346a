package feed_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/store"
)

type sessionID = id.Session

func TestCache_dropsWhatAChangeNames(t *testing.T) {
	db := newDatabase()
	a, b := db.node(), db.node()
	ma, _ := memory(t, a), memory(t, b)
	sync1(t, ma)
	a.commit(map[string]string{"app 1": "one"})
	a.commit(map[string]string{"app 2": "two"})
	cache := feed.NewCache(ma, 10, named)
	get := func(name string) string {
		v, err := cache.Get(t.Context(), name, a.fact(name))
		if err != nil {
			t.Fatalf("Get(%s): %v", name, err)
		}
		return v
	}
	get("app 1")
	get("app 2")
	b.commit(map[string]string{"app 1": "uno"})
	if got := get("app 1"); got != "one" {
		t.Errorf("a change that was not read yet: %q", got)
	}
	sync1(t, ma)
	if got := cache.Len(); got != 1 {
		t.Errorf("%d records are kept, want the one that no change named", got)
	}
	if got := get("app 1"); got != "uno" {
		t.Errorf("after the change: %q", got)
	}
	a.commit(map[string]string{"app 2": "due"})
	if got := get("app 2"); got != "due" {
		t.Errorf("after this node's own change: %q", got)
	}
}

func TestCache_keepsNoNo(t *testing.T) {
	db := newDatabase()
	n := db.node()
	m := memory(t, n)
	cache := feed.NewCache(m, 10, named)
	if _, err := cache.Get(t.Context(), "app", unknown); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get = %v", err)
	}
	n.commit(map[string]string{"app": "here"})
	if v, err := cache.Get(t.Context(), "app", n.fact("app")); v != "here" || err != nil {
		t.Errorf("Get = %q, %v after it was made", v, err)
	}
}

func TestCache_isBoundedAndForgetsTheLeastUsed(t *testing.T) {
	m := memory(t, newDatabase().node())
	cache := feed.NewCache(m, 3, named)
	loads := map[string]int{}
	get := func(name string) {
		cache.Get(t.Context(), name, func(context.Context) (string, error) { loads[name]++; return name, nil })
	}
	for _, name := range []string{"a", "b", "c", "a", "d", "a", "b"} {
		get(name)
	}
	if got := cache.Len(); got != 3 {
		t.Errorf("%d records, want 3", got)
	}
	if loads["a"] != 1 || loads["b"] != 2 {
		t.Errorf("loads %v; want the least used forgotten first", loads)
	}
}

func TestCache_aRecordThatChangedWhileItWasLoadedIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		n := db.node()
		m := memory(t, n)
		sync1(t, m)
		n.commit(map[string]string{"app": "old"})
		cache := feed.NewCache(m, 10, named)
		gate := make(chan struct{})
		db.pause = func(at string) {
			if at == "answer app" { // the old value was read
				<-gate
			}
		}
		var all sync.WaitGroup
		all.Go(func() {
			if v, _ := cache.Get(t.Context(), "app", n.fact("app")); v != "old" {
				t.Errorf("a load that began before the change: %q", v)
			}
		})
		synctest.Wait()
		n.commit(map[string]string{"app": "new"})
		all.Go(func() {
			if v, _ := cache.Get(t.Context(), "app", n.fact("app")); v != "new" {
				t.Errorf("a load that was asked for after the change: %q, want it not to join the one from before", v)
			}
		})
		synctest.Wait()
		close(gate)
		all.Wait()
		if v, _ := cache.Get(t.Context(), "app", unknown); v != "new" {
			t.Errorf("kept is %q", v)
		}
	})
}

func TestCache_oneLoadForAllWhoAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t, newDatabase().node())
		cache := feed.NewCache(m, 10, named)
		gate, loads := make(chan struct{}), 0
		load := func(ctx context.Context) (string, error) {
			loads++
			<-gate
			return "value", ctx.Err()
		}
		first, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { cache.Get(first, "k", load) })
		synctest.Wait()
		leave() // whoever loads for all may not take the others' answer along
		for range 20 {
			all.Go(func() {
				if v, err := cache.Get(t.Context(), "k", load); v != "value" || err != nil {
					t.Errorf("Get = %q, %v", v, err)
				}
			})
		}
		synctest.Wait()
		close(gate)
		all.Wait()
		if loads != 1 {
			t.Errorf("%d loads, want 1", loads)
		}
	})
}

func TestCache_refusesWhatIsTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t, newDatabase().node())
		one, two := feed.NewCache(m, 100, named), feed.NewCache(m, 100, named)
		gate := make(chan struct{})
		load := func(context.Context) (string, error) { <-gate; return "value", nil }
		var all sync.WaitGroup
		for i := range 16 { // of all caches together
			c := one
			if i%2 == 0 {
				c = two
			}
			all.Go(func() { c.Get(t.Context(), fmt.Sprint(i), load) })
		}
		synctest.Wait()
		if _, err := one.Get(t.Context(), "one too many", load); !errors.Is(err, store.ErrOverloaded) {
			t.Errorf("the 17th load: %v, want ErrOverloaded after 100 ms", err)
		}
		close(gate)
		all.Wait()
		if v, err := one.Get(t.Context(), "one too many", load); v != "value" || err != nil {
			t.Errorf("when there is room again: %q, %v", v, err)
		}
	})
}

func TestCache_aPanicOfALoadReachesOnlyItsCaller(t *testing.T) {
	m := memory(t, newDatabase().node())
	cache := feed.NewCache(m, 10, named)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		cache.Get(t.Context(), "k", func(context.Context) (string, error) { panic("broken") })
	}()
	for range 20 { // no place is lost either
		if v, err := cache.Get(t.Context(), "k", func(context.Context) (string, error) { return "v", nil }); v != "v" || err != nil {
			t.Fatalf("Get afterwards = %q, %v", v, err)
		}
	}
}

// A fill waits for nobody, and what it read is kept unless a change named it meanwhile.
func TestCache_fillWaitsForNobody(t *testing.T) {
	db := newDatabase()
	a := db.node()
	m := memory(t, a)
	sync1(t, m)
	a.commit(map[string]string{"app": "one"})
	cache := feed.NewCache(m, 10, named)
	gate, began, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_, err := cache.Get(t.Context(), "app", func(ctx context.Context) (string, error) {
			close(began)
			<-gate
			return a.fact("app")(ctx)
		})
		if err != nil {
			t.Error(err)
		}
	}()
	<-began
	v, err := cache.Fill("app", func() (string, error) {
		v, err := a.fact("app")(t.Context())
		a.commit(map[string]string{"app": "two"})
		return v, err
	})
	if err != nil || v != "one" {
		t.Errorf("while another loads: %q, %v", v, err)
	}
	if v, ok := cache.Peek("app"); ok {
		t.Errorf("%q is kept, which a change named while it was read", v)
	}
	close(gate)
	<-done
	if _, err := cache.Fill("app", func() (string, error) { return a.fact("app")(t.Context()) }); err != nil {
		t.Error(err)
	}
	if v, ok := cache.Peek("app"); !ok || v != "two" {
		t.Errorf("Peek = %q, %v", v, ok)
	}
	if _, err := cache.Fill("app", func() (string, error) { t.Error("read what memory has"); return "", nil }); err != nil {
		t.Error(err)
	}
}
