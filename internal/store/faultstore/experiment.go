package faultstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
)

// Bench is a database on a disk whose calls go through a trigger, and a memory that reads its feed, as of a node among
// others.
type Bench struct {
	Store   Deaf
	Trigger *Trigger
	Clock   *clock.Fake

	t      *testing.T
	path   string
	inner  *sqlite.Store
	memory *feed.Memory
}

// NewBench makes an empty database.
func NewBench(t *testing.T) *Bench {
	t.Helper()
	b := &Bench{t: t, path: filepath.Join(t.TempDir(), "p.db"), Trigger: &Trigger{},
		Clock: clock.NewFake(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}
	b.open()
	t.Cleanup(func() { _ = b.inner.Close() })
	return b
}

func (b *Bench) open() {
	b.t.Helper()
	inner, err := sqlite.Open(b.t.Context(), sqlite.Options{Path: b.path, Clock: b.Clock})
	if err != nil {
		b.t.Fatal(err)
	}
	b.inner = inner
	b.Store = Deaf{Store: New(inner, b.Trigger.Plan), Trigger: b.Trigger}
	b.memory = feed.New(feed.Config{Store: b.Store, Clock: b.Clock, Log: slog.New(slog.DiscardHandler)})
	b.sync()
}

// sync lets memory read the feed, and checks that it then stands where the database does.
func (b *Bench) sync() {
	b.t.Helper()
	if err := b.memory.Sync(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if got, want := b.memory.Head(), b.head(); got != want {
		b.t.Errorf("memory is at %v, the database at %v", got, want)
	}
}

func (b *Bench) head() mark.Number {
	b.t.Helper()
	head, err := b.inner.Head(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return head
}

// Experiment is one operation of a service on a world of its own.
type Experiment struct {
	In     id.Tenant // whose book tells of it; zero: the vendor's own
	Action string
	Do     func(context.Context) error

	Session mark.Subject // a token from before the operation
	Void    bool         // the operation ends it
	Lost    bool         // the operation takes scopes from it
	Other   mark.Subject // one that the operation does not touch

	Again refusal.Code // what is answered who asks again for what was done; empty: it is done again
	Adds  bool         // done again, it adds one more
}

// Each makes the experiment with each of its calls of the store failing, in both ways, and once with none. Prepare
// makes the world: what it does itself does not fail. It must be made of the same calls each time.
func Each(t *testing.T, prepare func(*testing.T, *Bench) Experiment) {
	t.Helper()
	for _, o := range []Outcome{NotDone, Done} {
		for n := 1; ; n++ {
			b := NewBench(t)
			hit, fired := b.try(prepare(t, b), n, o)
			if t.Failed() {
				t.Fatalf("call %d (%s %s) had outcome %d", n, hit.Method, hit.Action, o)
			}
			if !fired {
				if n == 1 {
					t.Fatal("no call of the store was made")
				}
				break
			}
		}
	}
}

func (b *Bench) try(e Experiment, n int, o Outcome) (hit Call, fired bool) {
	b.t.Helper()
	before, at, entries := b.state(), b.head(), b.entries(e)
	b.Trigger.Arm(n, o)
	err := e.Do(b.t.Context())
	hit, fired = b.Trigger.Disarm()

	once := b.state()
	done := once != before
	switch {
	case !fired && (err != nil || !done):
		b.t.Fatalf("where nothing fails: %v, done: %v", err, done)
	case fired && err == nil:
		b.t.Error("a call failed, and it is said to be done")
	case fired && hit.Method == "Do" && done != (o == Done):
		b.t.Errorf("done: %v", done)
	case fired && !errors.Is(err, ErrInjected):
		b.t.Errorf("%v does not tell the log of the cause", err)
	case fired:
		if leak := Leak(err); leak != nil {
			b.t.Error(leak)
		}
	}
	b.judge(e, at, done)

	again := e.Do(b.t.Context())
	twice := b.state()
	switch {
	case (!done || e.Again == "") && again != nil:
		b.t.Errorf("asking again is answered %v", again)
	case done && e.Again != "" && (again == nil || refusal.Of(again).First().Code != e.Again):
		b.t.Errorf("asking again is answered %v, want %s", again, e.Again)
	case done && (twice == once) == e.Adds:
		b.t.Errorf("asking again changes %s\nto %s", once, twice)
	}
	want := entries
	for _, committed := range []bool{done, again == nil} {
		if committed {
			want++
		}
	}
	if got := b.entries(e); got != want {
		b.t.Errorf("%d more entries in the book, want %d", got-entries, want-entries)
	}
	b.judge(e, at, true)

	if err := b.inner.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open()
	if reopened := b.state(); reopened != twice {
		b.t.Errorf("opened again, it is %s\nwant %s", reopened, twice)
	}
	b.judge(e, at, true)
	if err := b.inner.Close(); err != nil {
		b.t.Fatal(err)
	}
	return hit, fired
}

// judge checks what memory says of the tokens from before.
func (b *Bench) judge(e Experiment, at mark.Number, done bool) {
	b.t.Helper()
	b.sync()
	j := b.memory.Judge(&e.Session, at)
	if j.Void != (e.Void && done) || (j.Lost.Len() > 0) != (e.Lost && done) {
		b.t.Errorf("done: %v; the session is void: %v, has lost %s", done, j.Void, j.Lost)
	}
	if j := b.memory.Judge(&e.Other, at); j.Void || j.Lost.Len() > 0 {
		b.t.Error("a session that it has nothing to do with is touched")
	}
}

// entries counts the acts in the book.
func (b *Bench) entries(e Experiment) (n int) {
	b.t.Helper()
	b.view(func(r store.Reader) error {
		list, err := r.ListAudit(e.In, id.Entry{}, 1000)
		for _, one := range list {
			if one.Act.Action == e.Action {
				n++
			}
		}
		return err
	})
	return n
}

// state is what the database holds, for comparing.
func (b *Bench) state() string {
	b.t.Helper()
	var s strings.Builder
	b.view(func(r store.Reader) error {
		tenants, err := r.ListTenants(store.Page{})
		if err != nil {
			return err
		}
		for _, one := range tenants {
			if err := write(&s, r, one); err != nil {
				return err
			}
		}
		keys, err := r.ListKeys()
		fmt.Fprintf(&s, "%+v\n", keys)
		if err != nil {
			return err
		}
		return writeClients(&s, r)
	})
	return s.String()
}

func write(s *strings.Builder, r store.Reader, of store.Tenant) error {
	users, err := r.ListUsers(of.ID, store.Page{})
	if err != nil {
		return err
	}
	fmt.Fprintf(s, "%+v\n%+v\n", of, users)
	groups, err := r.ListGroups(of.ID, store.Page{})
	if err != nil {
		return err
	}
	for _, g := range groups {
		members, err := r.ListMembers(of.ID, g.ID, store.Page{})
		if err != nil {
			return err
		}
		fmt.Fprintf(s, "%+v\n%+v\n", g, members)
	}
	apps, err := r.ListConnectedApps(of.ID, store.Page{})
	if err != nil {
		return err
	}
	for _, a := range apps {
		app, err := r.ConnectedApp(of.ID, a.Client)
		if err != nil {
			return err
		}
		fmt.Fprintf(s, "%+v\n", app)
	}
	return writeInstalled(s, r, of.ID, users)
}

// writeInstalled writes what a tenant decided on registered apps, and what its users may do and are logged in with.
func writeInstalled(s *strings.Builder, r store.Reader, in id.Tenant, users []store.User) error {
	authorizations, err := r.ListAuthorizations(in, store.AuthorizationFilter{}, store.Page{})
	if err != nil {
		return err
	}
	grants, err := r.ListGrants(in, store.GrantFilter{}, store.Page{})
	if err != nil {
		return err
	}
	roles, err := r.ListRoles(in, store.Page{})
	if err != nil {
		return err
	}
	entitlements, err := r.ListEntitlements(in)
	if err != nil {
		return err
	}
	fmt.Fprintf(s, "%+v\n%+v\n%+v\n%+v\n", authorizations, grants, roles, entitlements)
	for _, u := range users {
		for _, a := range authorizations {
			c, err := r.Consent(in, u.ID, a.Client)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			fmt.Fprintf(s, "%+v\n", c)
		}
		if u.Person.IsZero() {
			continue
		}
		person, err := r.Person(u.Person)
		if err != nil {
			return err
		}
		logins, err := r.ListLogins(u.Person)
		if err != nil {
			return err
		}
		fmt.Fprintf(s, "%+v\n%+v\n", person, logins)
	}
	return nil
}

func writeClients(s *strings.Builder, r store.Reader) error {
	clients, err := r.ListClients(id.Tenant{}, store.Page{})
	if err != nil {
		return err
	}
	for _, c := range clients {
		versions, err := r.ClientVersions(c.ID, 0, 0)
		if err != nil {
			return err
		}
		fmt.Fprintf(s, "%+v\n%+v\n", c, versions)
	}
	return nil
}

func (b *Bench) view(fn func(store.Reader) error) {
	b.t.Helper()
	if err := b.inner.View(b.t.Context(), fn); err != nil {
		b.t.Fatal(err)
	}
}
