package access_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "prokura/internal/access"
	"prokura/internal/govern"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

func counted(w *world) (out []store.Use) {
	w.WritesBehind()
	w.OK(w.Store.View(ctx, func(r store.Reader) (err error) {
		out, err = r.Uses(w.Acme.ID, w.Acme.App.Client, w.Clock.Now().AddDate(0, 0, -200))
		return err
	}))
	return out
}

func TestUse_is_counted_by_client_method_and_day(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, claims{"scp": []string{readUsr}})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 25 {
				if err := w.Uses(s.Token, "get_users_on_site"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	want(t, w.Uses(s.Token, "update_user"), refusal.ScopeNotGranted) // what is refused is no use
	day := w.Clock.Now().UTC().Truncate(24 * time.Hour)
	use := store.Use{Tenant: w.Acme.ID, Client: w.Acme.App.Client, Day: day, Catalog: "analytics", Method: "get_users_on_site", Calls: 200}
	if d := cmp.Diff([]store.Use{use}, counted(w), cmp.Comparer(func(a, b store.Use) bool { return a == b })); d != "" {
		t.Error(d)
	}
	w.Clock.Advance(24 * time.Hour)
	s = w.SignsIn(w.Acme.App, claims{"scp": []string{readUsr}})
	w.OK(w.Uses(s.Token, "get_users_on_site"))
	if got := counted(w); len(got) != 2 || got[1].Calls != 1 || !got[1].Day.Equal(day.AddDate(0, 0, 1)) {
		t.Errorf("the next day: %+v", got)
	}
}

func TestUsage_says_which_scopes_were_needed(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, claims{"scp": []string{readUsr}})
	for range 3 {
		w.OK(w.Uses(s.Token, "get_users_on_site"))
	}
	w.WritesBehind()
	held := scope.NewSet(scopeOf(readUsr), scopeOf("tableau:users:update"))
	u, err := w.Usage(ctx, w.Acme.ID, w.Acme.App.Client, held, govern.UsageDays)
	w.OK(err)
	if len(u.Calls) != govern.UsageDays || u.Calls[govern.UsageDays-1] != 3 || u.Unused.String() != "tableau:users:update" {
		t.Errorf("calls %v, unused %s", u.Calls[govern.UsageDays-1:], u.Unused)
	}
	if len(u.Methods) != 1 || u.Methods[0].ID != "get_users_on_site" || u.Methods[0].Method == nil || u.Methods[0].Calls != 3 {
		t.Errorf("methods %+v", u.Methods)
	}
	if len(u.Scopes) != 2 || u.Scopes[0].Calls[govern.UsageDays-1] != 3 || !u.Scopes[1].Last.IsZero() {
		t.Errorf("scopes %+v", u.Scopes)
	}
	other, err := w.Usage(ctx, w.Beta.ID, w.Acme.App.Client, held, govern.UsageDays)
	w.OK(err)
	if len(other.Methods) != 0 || other.Unused.Len() != 2 {
		t.Errorf("another tenant sees %+v", other)
	}
}

// An idle tally goes when no token can refer to it any more, and no count is lost before.
func TestUse_forgets_who_calls_no_more(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, claims{"scp": []string{readUsr}})
	w.OK(w.Uses(s.Token, "get_users_on_site"))
	counted(w)
	counted(w)
	if n := w.Tallies(); n != 1 {
		t.Errorf("%d tallies while the token lives", n)
	}
	w.Clock.Advance(49 * time.Hour)
	if counted(w); w.Tallies() != 0 {
		t.Error("a tally that nobody can use is kept")
	}
}

// Counting a call: at most 20 ns and no allocation, beside an addition to one counter that all share.
func BenchmarkCount(b *testing.B) {
	cat := testworld.Analytics()
	m, _ := cat.Method("get_users_on_site")
	var a Access
	c := &Caller{}
	b.Run("count", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			a.Count(c, cat, m)
		}
	})
	b.Run("floor", func(b *testing.B) {
		var n atomic.Uint32
		b.ReportAllocs()
		for b.Loop() {
			n.Add(1)
		}
	})
}

func TestUse_counting_allocates_nothing(t *testing.T) {
	cat := testworld.Analytics()
	m, _ := cat.Method("get_users_on_site")
	var a Access
	c := &Caller{}
	a.Count(c, cat, m)
	if n := testing.AllocsPerRun(1000, func() { a.Count(c, cat, m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
