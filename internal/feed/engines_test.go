package feed_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/store/postgres"
	"prokura/internal/store/sqlite"
	"prokura/internal/testpg"
)

var server *testpg.Server // set by TestMain

func TestMain(m *testing.M) {
	runtime.LockOSThread() // the server dies with the thread that started it
	s, err := testpg.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
		os.Exit(1)
	}
	server = s
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent(), goleak.Cleanup(func(code int) {
		if err := s.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "testpg:", err)
			code = 1
		}
		os.Exit(code)
	}))
}

// The same rules as in the model, on the real engines, in whatever order comes: apps are revoked and authorized anew
// and roles change, while tokens are issued from memory and from the database, and nodes hear of it when chance lets
// them.

var tenant = nth[id.Tenant](1)

// branch is one process: its store, its memory and its records.
type branch struct {
	store  store.Store
	memory *feed.Memory
	apps   *feed.Cache[id.Client, store.ConnectedApp]
	users  *feed.Cache[id.User, store.User]
}

func newBranch(t *testing.T, s store.Store, local bool) *branch {
	t.Helper()
	b := &branch{store: s, memory: feed.New(feed.Config{Store: s, Clock: clock.System{}, Log: quiet(t), Local: local})}
	b.apps = feed.NewCache(b.memory, 10, func(k id.Client, _ store.ConnectedApp) []store.RecordName {
		return []store.RecordName{store.ConnectedAppRecord(k), store.TenantGoneRecord(tenant)}
	})
	b.users = feed.NewCache(b.memory, 10, func(k id.User, _ store.User) []store.RecordName {
		return []store.RecordName{store.UserRecord(tenant, k), store.TenantGoneRecord(tenant)}
	})
	sync1(t, b.memory)
	return b
}

// token is what was issued, and what the user's role was then.
type token struct {
	subject mark.Subject
	at      mark.Number
	role    string
}

var (
	theApp  = nth[id.Client](1)
	theUser = nth[id.User](1)
)

func (b *branch) fromMemory(ctx context.Context) (token, error) {
	at := b.memory.Head()
	app, err := b.apps.Get(ctx, theApp, func(ctx context.Context) (a store.ConnectedApp, err error) {
		err = b.store.View(ctx, func(r store.Reader) error { a, err = r.ConnectedApp(tenant, theApp); return err })
		return a, err
	})
	if err != nil {
		return token{}, err
	}
	u, err := b.users.Get(ctx, theUser, func(ctx context.Context) (u store.User, err error) {
		err = b.store.View(ctx, func(r store.Reader) error { u, err = r.User(tenant, theUser); return err })
		return u, err
	})
	return sign(app, u, at), err
}

func (b *branch) fromDatabase(ctx context.Context) (out token, err error) {
	err = b.store.Do(ctx, act("session.begin"), func(tx store.Tx) error {
		app, err := tx.ConnectedApp(tenant, theApp)
		if err != nil {
			return err
		}
		u, err := tx.User(tenant, theUser)
		out = sign(app, u, tx.Head())
		return err
	})
	return out, err
}

func sign(app store.ConnectedApp, u store.User, at mark.Number) token {
	if app.Revoked {
		return token{}
	}
	return token{mark.Subject{Tenant: tenant, Client: theApp, Authorization: app.Authorization, User: u.ID}, at, u.Roles[0]}
}

func act(action string) audit.Act {
	return audit.Act{Tenant: tenant, Actor: audit.Operator, Action: action}
}

// revoke revokes the app's authorization, and authorizes it anew in a second act. It answers the one that ended.
func (b *branch) revoke(ctx context.Context) (ended id.Authorization, err error) {
	until := time.Now().Add(48 * time.Hour)
	err = b.store.Do(ctx, act("connected_app.revoke"), func(tx store.Tx) error {
		// Two who read the record before either writes it would lose one change.
		if err := tx.LockTenant(tenant); err != nil {
			return err
		}
		app, err := tx.ConnectedApp(tenant, theApp)
		if err != nil {
			return err
		}
		if ended = app.Authorization; app.Revoked {
			return store.ErrUsed
		}
		app.Revoked = true
		tx.Mark(mark.Subject{Authorization: app.Authorization}, nil, until)
		return tx.UpdateConnectedApp(app)
	})
	return ended, err
}

func (b *branch) authorize(ctx context.Context) error {
	return b.store.Do(ctx, act("connected_app.authorize"), func(tx store.Tx) error {
		if err := tx.LockTenant(tenant); err != nil {
			return err
		}
		app, err := tx.ConnectedApp(tenant, theApp)
		if err != nil {
			return err
		}
		app.Revoked, app.Authorization = false, entropy.ID[id.Authorization]()
		return tx.UpdateConnectedApp(app)
	})
}

func (b *branch) takeRole(ctx context.Context, role string) error {
	return b.store.Do(ctx, act("user.update"), func(tx store.Tx) error {
		u, err := tx.User(tenant, theUser)
		if err != nil {
			return err
		}
		u.Roles = []string{role}
		tx.Mark(mark.Subject{User: theUser}, nil, time.Now().Add(48*time.Hour))
		return tx.UpdateUser(u)
	})
}

func TestEngines_whatEndedIsDeadAndWhatStandsLives(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "prokura.db")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		shuffle(t, []*branch{newBranch(t, s, true)})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := server.Schema(t)
		var branches []*branch
		for range 2 {
			s, err := postgres.Open(t.Context(), postgres.Options{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			branches = append(branches, newBranch(t, s, false))
		}
		shuffle(t, branches)
	})
}

func shuffle(t *testing.T, branches []*branch) {
	ctx := t.Context()
	err := branches[0].store.Do(ctx, act("tenant.create"), func(tx store.Tx) error {
		now := time.Now().UTC().Truncate(time.Second)
		return errors.Join(
			tx.AddTenant(store.Tenant{ID: tenant, Name: "My company", ContentURL: "mycodotcom", Plan: "enterprise", Created: now}),
			tx.AddUser(store.User{Tenant: tenant, ID: theUser, Name: "u", Roles: []string{"role 0"}, Created: now}),
			tx.AddConnectedApp(store.ConnectedApp{Tenant: tenant, Client: theApp, Name: "app", Enabled: true, AllScopes: true,
				Authorization: entropy.ID[id.Authorization](), Created: now}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range branches {
		sync1(t, b.memory)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)

	var mu sync.Mutex
	var tokens []token                   // held: mu
	ended := map[id.Authorization]bool{} // held: mu
	keep := func(k token, err error) {
		if err != nil && !errors.Is(err, store.ErrOverloaded) {
			t.Errorf("issuing: %v", err)
		}
		if k.role != "" {
			mu.Lock()
			defer mu.Unlock()
			tokens = append(tokens, k)
		}
	}
	var all sync.WaitGroup
	for i, b := range branches {
		n := uint64(i)
		all.Go(func() { // issues
			r := rand.New(rand.NewPCG(seed, n))
			for range 300 {
				if b.memory.CaughtUp() && r.IntN(4) > 0 {
					keep(b.fromMemory(ctx))
				} else {
					keep(b.fromDatabase(ctx))
				}
			}
		})
		all.Go(func() { // revokes, and authorizes anew
			r := rand.New(rand.NewPCG(seed, n+10))
			for range 25 {
				was, err := b.revoke(ctx)
				if err == nil {
					mu.Lock()
					ended[was] = true
					for _, k := range tokens {
						if k.subject.Authorization == was && !b.memory.Judge(&k.subject, k.at).Void {
							t.Errorf("its revocation was answered here, and a token made at %v lives", k.at)
						}
					}
					mu.Unlock()
					err = b.authorize(ctx)
				}
				if err != nil && !errors.Is(err, store.ErrUsed) {
					t.Errorf("revoking: %v", err)
				}
				if r.IntN(2) == 0 {
					runtime.Gosched()
				}
			}
		})
		all.Go(func() { // hears of it
			r := rand.New(rand.NewPCG(seed, n+20))
			for range 60 {
				mu.Lock()
				var k token
				if len(tokens) > 0 {
					k = tokens[r.IntN(len(tokens))]
				}
				dead := ended[k.subject.Authorization]
				mu.Unlock()
				sync1(t, b.memory) // began after the revocation was answered, wherever that was
				if j, err := check(ctx, b.memory, &k.subject, k.at); err != nil || dead && !j.Void {
					t.Errorf("a token made at %v, its authorization ended %v: %v, %v", k.at, dead, j, err)
				}
			}
		})
	}
	all.Go(func() { // takes roles
		for i := range 25 {
			if err := branches[0].takeRole(ctx, fmt.Sprint("role ", i+1)); err != nil {
				t.Errorf("taking a role: %v", err)
			}
		}
	})
	all.Wait()

	var standing id.Authorization
	err = branches[0].store.View(ctx, func(r store.Reader) error {
		app, err := r.ConnectedApp(tenant, theApp)
		standing = app.Authorization
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range branches {
		sync1(t, b.memory)
		for _, k := range tokens {
			j, err := check(ctx, b.memory, &k.subject, k.at)
			if err != nil {
				t.Fatalf("node %d: %v", i, err)
			}
			if stands := k.subject.Authorization == standing; !j.Void && (!stands || k.role != "role 25") {
				t.Errorf("node %d: a token of %q made at %v lives, its authorization stands %v", i, k.role, k.at, stands)
			}
		}
		if !b.memory.CaughtUp() {
			t.Errorf("node %d never reaches its own last mark", i)
		}
		for how, issue := range map[string]func(context.Context) (token, error){"memory": b.fromMemory, "the database": b.fromDatabase} {
			k, err := issue(ctx)
			if err != nil || k.role != "role 25" {
				t.Fatalf("node %d: issued from %s in the end: %+v, %v", i, how, k, err)
			}
			for _, other := range branches {
				if j, err := check(ctx, other.memory, &k.subject, k.at); err != nil || j.Void {
					t.Errorf("what node %d issues from %s in the end does not live: %v, %v", i, how, j, err)
				}
			}
		}
	}
	t.Logf("%d tokens, %d authorizations ended, the head is %v", len(tokens), len(ended), branches[0].memory.Head())
}
