package access_test

import (
	"context"
	"errors"
	"testing"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/faultstore"
	"prokura/internal/testworld"
)

// faulty is a world in which all store calls of the uses go through a trigger.
type faulty struct {
	*world
	trigger faultstore.Trigger
	alone   bool // memory is told of every change, as where one process has the database to itself; else it reads the feed
	people  *directory.Directory
}

func newFaulty(t *testing.T, alone bool) *faulty {
	t.Helper()
	f := &faulty{alone: alone}
	f.world = testworld.New(t, testworld.Options{Catalogs: testworld.InForce("analytics"), Access: func(c *Config, sealer *seal.Sealer) { f.through(t, c, sealer) }})
	f.Acme = f.NewTenant("acme")
	return f
}

// through puts the trigger between the uses and services, and the database.
func (f *faulty) through(t *testing.T, c *Config, sealer *seal.Sealer) {
	t.Helper()
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	through := faultstore.New(c.Store, f.trigger.Plan)
	c.Store = through
	if !f.alone {
		c.Store = faultstore.Deaf{Store: through, Trigger: &f.trigger}
	}
	c.Memory = feed.New(feed.Config{Store: c.Store, Clock: c.Clock, Log: c.Log, Local: f.alone})
	ok(c.Memory.Sync(ctx))
	var err error
	c.Keys, err = keyring.Open(ctx, keyring.Options{Store: c.Store, Sealer: sealer, Clock: c.Clock, Issuer: issuer})
	ok(err)
	c.Registry = registry.New(registry.Config{Store: c.Store, Clock: c.Clock, Sealer: sealer, Catalogs: c.Catalogs})
	f.people = directory.New(directory.Config{Store: c.Store, Clock: c.Clock, Catalogs: c.Catalogs})
}

// entries counts the acts in acme's book and the vendor's own.
func (f *faulty) entries(action string) int {
	f.T.Helper()
	n := 0
	f.OK(f.Store.View(ctx, func(r store.Reader) error {
		for _, in := range []id.Tenant{f.Acme.ID, {}} {
			list, err := r.ListAudit(in, id.Entry{}, 1000)
			if err != nil {
				return err
			}
			for _, e := range list {
				if e.Act.Action == action {
					n++
				}
			}
			if in == (id.Tenant{}) || len(list) == 0 {
				break
			}
		}
		return nil
	}))
	return n
}

// caughtUp checks that memory, once it has read the feed, stands where the database does.
func (f *faulty) caughtUp() {
	f.T.Helper()
	f.OK(f.Memory.Sync(ctx))
	head, err := f.Store.Head(ctx)
	f.OK(err)
	if got := f.Memory.Head(); got != head || !f.Memory.CaughtUp() {
		f.T.Errorf("memory is at %v, the database at %v", got, head)
	}
}

// ours checks that an error is a failure of ours, which decides nothing and shows nothing.
func ours(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("it is said to be done")
		return
	}
	if !errors.Is(err, faultstore.ErrInjected) {
		t.Errorf("%v does not tell the log of the cause", err)
	}
	if leak := faultstore.Leak(err); leak != nil {
		t.Error(leak)
	}
	switch k := refusal.Of(err).First().Definition().Kind; k {
	case refusal.Internal, refusal.Unavailable, refusal.Exhausted, refusal.Stale:
	default:
		t.Errorf("a failure of ours is answered as a decision: %v", err)
	}
}

// eachFault runs an experiment with every store call of it failing, in both ways, with both kinds of memory. The
// experiment answers whether a call failed: it is run until none is left.
func eachFault(t *testing.T, least int, experiment func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool)) {
	for _, alone := range []bool{true, false} {
		for _, o := range []faultstore.Outcome{faultstore.NotDone, faultstore.Done} {
			for n := 1; ; n++ {
				f := newFaulty(t, alone)
				hit, fired := experiment(f, n, o)
				if t.Failed() {
					t.Fatalf("with memory alone %v, where call %d (%s %s) has outcome %d", alone, n, hit.Method, hit.Action, o)
				}
				f.OK(f.Store.Close())
				if !fired {
					if n <= least {
						t.Fatalf("only %d calls of the store were made, want at least %d", n-1, least)
					}
					break
				}
			}
		}
	}
}

// TestA221_sign_in: an assertion is honored at most once in all, however often it is sent again, and exactly once where
// nothing came of the first time.
func TestA221_sign_in(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scp   []string
		least int
	}{
		{"decided on memory", []string{readUsr}, 4},
		{"with a scope that the app does not have, so that memory reads the feed first", []string{readUsr, "tableau:views:embed"}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eachFault(t, tt.least, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
				by := f.NewApp(f.Acme.ID, &[]string{readUsr})
				in := SignInRequest{ContentURL: "acme", Assertion: f.JWT(by, claims{"scp": tt.scp})}
				var held []SignedIn
				try := func() error {
					s, err := f.SignIn(ctx, in)
					if err == nil {
						held = append(held, s)
					} else if s.Token != "" {
						t.Error("a failure carries a token")
					}
					return err
				}
				f.trigger.Arm(n, o)
				err := try()
				hit, fired := f.trigger.Disarm()
				if fired {
					ours(t, err)
				} else {
					f.OK(err)
				}
				burned := f.entries("session.sign_in")
				honored := 1
				lost := fired && o == faultstore.Done && hit.Method == "Do"
				if lost {
					honored = 0 // it was used up, and nobody was told: the caller signs a new one
				}
				if (burned == 1) != (lost || !fired) {
					t.Errorf("%d sign-ins are in the book", burned)
				}
				err = try()
				if burned == 1 {
					want(t, err, refusal.AssertionReplayed)
				} else {
					f.OK(err)
				}
				want(t, try(), refusal.AssertionReplayed)
				f.caughtUp()
				f.Restart()
				want(t, try(), refusal.AssertionReplayed)
				if got := f.entries("session.sign_in"); got != 1 || len(held) != honored {
					t.Errorf("honored %d times, %d times in the book", len(held), got)
				}
				for _, s := range held {
					f.OK(f.Uses(s.Token, "get_users_on_site"))
				}
				f.SignsIn(by, claims{"scp": tt.scp}) // who signs a new assertion gets in
				return hit, fired
			})
		})
	}
}

// TestA093_while_the_store_is_down: what was used up is not honored again, and what was not is not honored either: memory
// does not stand in for the database.
func TestA093_while_the_store_is_down(t *testing.T) {
	for _, alone := range []bool{true, false} {
		f := newFaulty(t, alone)
		used := SignInRequest{ContentURL: "acme", Assertion: f.JWT(f.Acme.App, nil)}
		s, err := f.SignIn(ctx, used)
		f.OK(err)
		unused := SignInRequest{ContentURL: "acme", Assertion: f.JWT(f.Acme.App, nil)}
		f.trigger.Down(true)
		for _, in := range []SignInRequest{used, unused, used, unused} {
			s, err := f.SignIn(ctx, in)
			ours(t, err)
			if s.Token != "" {
				t.Error("a token is given out while the store is down")
			}
		}
		ours(t, f.SignOut(ctx, s.Token, ""))
		f.OK(f.Uses(s.Token, "get_users_on_site")) // it was not signed out, and calls need no database
		f.trigger.Down(false)
		f.caughtUp()
		_, err = f.SignIn(ctx, used)
		want(t, err, refusal.AssertionReplayed)
		_, err = f.SignIn(ctx, unused)
		f.OK(err)
		if got := f.entries("session.sign_in"); got != 2 {
			t.Errorf("%d sign-ins are in the book, want 2", got)
		}
	}
}

// TestA221_what_ends_sessions: where it is said to be done, or was done and said not to be, the session is dead, now, after
// it is asked for again, and after a restart. Where it was not done, the session lives until it is asked for again.
func TestA221_what_ends_sessions(t *testing.T) {
	yes, no := true, false
	fewer, rest := []string{directory.Member}, []string{content}
	app := func(c registry.ConnectedAppChange) func(*faulty, store.User, SignedIn) error {
		return func(f *faulty, _ store.User, _ SignedIn) error {
			_, err := f.Registry.UpdateConnectedApp(ctx, audit.Operator, f.Acme.ID, f.Acme.App.Client, c)
			return err
		}
	}
	user := func(c directory.UserChange) func(*faulty, store.User, SignedIn) error {
		return func(f *faulty, bob store.User, _ SignedIn) error {
			_, err := f.people.UpdateUser(ctx, audit.Operator, f.Acme.ID, bob.ID, c)
			return err
		}
	}
	revoked, lost := refusal.CredentialRevoked, refusal.ScopeNotGranted
	tests := []struct {
		name   string
		action string
		end    func(*faulty, store.User, SignedIn) error
		want   refusal.Code // of a call of the session
		anew   refusal.Code // of signing in again; empty: that works
		again  refusal.Code // of asking for it again where it was done; empty: it is done again
	}{
		{"sign-out", "session.sign_out", func(f *faulty, _ store.User, s SignedIn) error { return f.SignOut(ctx, s.Token, "") }, revoked, "", revoked},
		{"disable the app", "connected_app.update", app(registry.ConnectedAppChange{Enabled: &no}), revoked, refusal.ClientDisabled, ""},
		{"un-assign a scope", "connected_app.update", app(registry.ConnectedAppChange{SetScopes: true, Scopes: &rest}), lost, "", ""},
		{"delete the app", "connected_app.delete", func(f *faulty, _ store.User, _ SignedIn) error {
			return f.Registry.DeleteConnectedApp(ctx, audit.Operator, f.Acme.ID, f.Acme.App.Client)
		}, revoked, refusal.ClientUnknown, refusal.ObjectNotFound},
		{"delete the secret", "connected_app.delete_secret", func(f *faulty, _ store.User, _ SignedIn) error {
			return f.Registry.DeleteSecret(ctx, audit.Operator, f.Acme.ID, f.Acme.App.Client, f.Acme.App.Kid)
		}, revoked, refusal.KeyUnknown, refusal.ObjectNotFound},
		{"revoke the authorization", "connected_app.revoke", func(f *faulty, _ store.User, _ SignedIn) error {
			_, err := f.Registry.RevokeAuthorization(ctx, audit.Operator, f.Acme.ID, f.Acme.App.Client)
			return err
		}, revoked, refusal.AuthorizationRevoked, ""},
		{"disable the user", "user.update", user(directory.UserChange{Disabled: &yes}), revoked, refusal.UserDisabled, ""},
		{"take a role", "user.update", user(directory.UserChange{Roles: &fewer}), revoked, "", ""},
		{"delete the user", "user.delete", func(f *faulty, bob store.User, _ SignedIn) error {
			return f.people.DeleteUser(ctx, audit.Operator, f.Acme.ID, bob.ID)
		}, revoked, refusal.UserUnknown, refusal.ObjectNotFound},
		{"delete the tenant", "tenant.delete", func(f *faulty, _ store.User, _ SignedIn) error {
			return f.people.DeleteTenant(ctx, audit.Operator, f.Acme.ID)
		}, revoked, refusal.TenantUnknown, refusal.ObjectNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eachFault(t, 1, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
				bob, err := f.Directory.CreateUser(ctx, audit.Operator, f.Acme.ID, directory.NewUser{Name: "bob",
					Roles: []string{directory.Member, directory.SiteAdmin}})
				f.OK(err)
				s := f.SignsIn(f.Acme.App, claims{"sub": "bob"})
				f.OK(f.Uses(s.Token, "get_users_on_site"))
				signInAnew := func() error {
					_, err := f.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: f.JWT(f.Acme.App, claims{"sub": "bob"})})
					return err
				}
				f.trigger.Arm(n, o)
				err = tt.end(f, bob, s)
				hit, fired := f.trigger.Disarm()
				done := f.entries(tt.action)
				if fired {
					ours(t, err)
					if (o == faultstore.Done) != (done == 1) {
						t.Errorf("%d entries are in the book", done)
					}
				} else {
					f.OK(err)
					want(t, f.Uses(s.Token, "get_users_on_site"), tt.want) // at once, without reading the feed
				}
				// What this process writes next is told, and must not lead memory over what was not; and who signs in is
				// judged by the database, which knows.
				_, err = f.Directory.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: "Other", ContentURL: "other", Plan: "enterprise"})
				f.OK(err)
				anew := signInAnew()
				f.caughtUp()
				if done == 0 {
					f.OK(f.Uses(s.Token, "get_users_on_site"))
					f.OK(anew)
				} else {
					want(t, f.Uses(s.Token, "get_users_on_site"), tt.want)
					want(t, anew, tt.anew)
				}
				again := tt.end(f, bob, s)
				if done == 0 || tt.again == "" {
					f.OK(again)
					done++
				} else if again == nil || refusal.Of(again).First().Code != tt.again {
					t.Errorf("asking again is answered %v, want %s", again, tt.again)
				}
				f.caughtUp()
				for range 2 {
					want(t, f.Uses(s.Token, "get_users_on_site"), tt.want)
					want(t, signInAnew(), tt.anew)
					f.Restart()
				}
				if got := f.entries(tt.action); got != done {
					t.Errorf("%d entries are in the book, want %d", got, done)
				}
				return hit, fired
			})
		})
	}
}

// TestA221_a_leaked_key: whatever failed when it was revoked, once it is revoked nothing that it signs is believed here,
// and nothing is signed with it.
func TestA221_a_leaked_key(t *testing.T) {
	eachFault(t, 2, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		leaked := f.Keys.Current().Key()
		s := f.SignsIn(f.Acme.App, nil)
		f.OK(f.Uses(s.Token, "get_users_on_site"))
		f.trigger.Arm(n, o)
		_, err := f.Keys.Revoke(ctx, audit.Operator, leaked, "leaked")
		hit, fired := f.trigger.Disarm()
		done := f.entries("key.revoke") == 1
		if fired {
			ours(t, err)
		} else {
			f.OK(err)
		}
		f.caughtUp()
		if !done {
			f.OK(f.Uses(s.Token, "get_users_on_site"))
		}
		// The operator asks again, and is told that it is done, whichever time did it.
		if _, err := f.Keys.Revoke(ctx, audit.Operator, leaked, "leaked"); done != errors.Is(err, keyring.ErrRevoked) || !done && err != nil {
			t.Errorf("revoking again is answered %v", err)
		}
		f.caughtUp()
		want(t, f.Uses(s.Token, "get_users_on_site"), refusal.CredentialRevoked)
		if f.Keys.Current().Key() == leaked {
			t.Error("the leaked key still signs")
		}
		if _, err := f.Keys.Verifier().Session(s.Token, f.Clock.Now()); err == nil {
			t.Error("what the leaked key signed still verifies")
		}
		next := f.SignsIn(f.Acme.App, nil)
		f.OK(f.Uses(next.Token, "get_users_on_site"))
		f.Restart()
		want(t, f.Uses(s.Token, "get_users_on_site"), refusal.CredentialInvalid)
		f.OK(f.Uses(next.Token, "get_users_on_site"))
		if got := f.entries("key.revoke"); got != 1 {
			t.Errorf("%d entries are in the book, want 1", got)
		}
		return hit, fired
	})
}

// TestA221_a_call_of_a_token_that_memory_must_catch_up_for is refused where it cannot, and passes after it.
func TestA221_a_call_that_memory_must_catch_up_for(t *testing.T) {
	for _, o := range []faultstore.Outcome{faultstore.NotDone, faultstore.Done} {
		for n := 1; ; n++ {
			f := newFaulty(t, false)
			// Another node changes something, signs in on the state after it, and signs one of the sessions out.
			behind := f.Memory
			other, err := New(Config{Store: f.Store, Memory: syncedMemory(f), Keys: f.Keys, Registry: f.Registry, Catalogs: f.Catalogs,
				Clock: f.Clock, Log: f.Log})
			f.OK(err)
			f.Member("eve")
			signIn := func() SignedIn {
				s, err := other.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: f.JWT(f.Acme.App, nil)})
				f.OK(err)
				return s
			}
			lives, dead := signIn(), signIn()
			f.OK(other.SignOut(ctx, dead.Token, ""))
			f.trigger.Arm(n, o)
			err = f.Uses(dead.Token, "get_users_on_site")
			_, fired := f.trigger.Disarm()
			if fired {
				ours(t, err)
			} else {
				want(t, err, refusal.CredentialRevoked)
			}
			f.OK(f.Uses(lives.Token, "get_users_on_site"))
			want(t, f.Uses(dead.Token, "get_users_on_site"), refusal.CredentialRevoked)
			f.caughtUp()
			if behind != f.Memory {
				t.Fatal("the memory was replaced")
			}
			if !fired {
				if n < 3 {
					t.Errorf("only %d calls of the store were made", n-1)
				}
				break
			}
		}
	}
}

// syncedMemory is the memory of another node, which hears of the changes of this one.
func syncedMemory(f *faulty) *feed.Memory {
	f.T.Helper()
	m := feed.New(feed.Config{Store: f.Store, Clock: f.Clock, Log: f.Log})
	f.OK(m.Sync(context.Background()))
	return m
}
