package access_test

import (
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/store/postgres"
	"prokura/internal/testpg"
	"prokura/internal/testworld"
)

// nodes are two processes over one PostgreSQL. What one of them does, the other's memory hears of only when it reads the
// feed, which nobody lets it do here but the decisions themselves.
func nodes(t *testing.T, server *testpg.Server) [2]*shop {
	t.Helper()
	now, url := clock.NewFake(noon), server.Schema(t)
	o := testworld.Options{Dir: t.TempDir(), Clock: now, Open: func() (store.Store, error) {
		return postgres.Open(t.Context(), postgres.Options{URL: url, Clock: now})
	}}
	a := withSPA(testworld.New(t, o).Settle().Shop())
	b := &shop{&testworld.Shop{World: testworld.New(t, o), App: a.App, Secret: a.Secret}, a.spa}
	b.Acme, b.Beta = a.Acme, a.Beta
	return [2]*shop{a, b}
}

// inParallel runs the same thing on both nodes, a few times at once.
func inParallel(both [2]*shop, fn func(*shop)) {
	var all sync.WaitGroup
	for range 3 {
		for _, s := range both {
			all.Go(func() { fn(s) })
		}
	}
	all.Wait()
}

// codeOf is the first code of an error; none: the empty one.
func codeOf(err error) refusal.Code {
	if err == nil {
		return ""
	}
	return refusal.Of(err).First().Code
}

func TestNodes(t *testing.T) {
	runtime.LockOSThread() // the server ends with the thread that started it
	server, err := testpg.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })

	t.Run("A050_a_code_on_two_nodes", func(t *testing.T) {
		both := nodes(t, server)
		for range 15 {
			code, g := both[0].Gave(both[0].Acme.Ada, both[0].App, []string{contacts}, deals)
			var mu sync.Mutex
			var won []Issued
			inParallel(both, func(s *shop) {
				out, err := s.Redeems(code)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, out)
				} else if c := refusal.Of(err).First().Code; c != refusal.CodeUsed && c != refusal.GrantEnded {
					t.Errorf("refused with %v", err)
				}
			})
			if len(won) != 1 || both[1].Grant(g).Ended.IsZero() {
				t.Fatalf("%d won; the family ended: %v", len(won), !both[1].Grant(g).Ended.IsZero())
			}
			for _, s := range both {
				s.OK(s.Memory.Sync(ctx))
				want(t, s.Reads(won[0].AccessToken), refusal.CredentialRevoked)
			}
		}
	})

	t.Run("A075_a_refresh_token_on_two_nodes", func(t *testing.T) {
		both := nodes(t, server)
		out, g := both[0].Installed([]string{contacts})
		for range 15 {
			var mu sync.Mutex
			next := map[string]Issued{}
			inParallel(both, func(s *shop) {
				got, err := s.Refreshes(out.RefreshToken)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				next[got.RefreshToken] = got
			})
			if len(next) != 1 || !both[1].Grant(g).Ended.IsZero() {
				t.Fatalf("%d successors", len(next))
			}
			out = slices.Collect(maps.Values(next))[0]
			for _, s := range both {
				s.OK(s.Reads(out.AccessToken))
			}
		}
	})

	t.Run("A069_a_clients_assertion_on_two_nodes", func(t *testing.T) {
		both := nodes(t, server)
		c, key := both[0].keyed()
		for range 5 {
			once := both[0].assertion(c, key, nil)
			var mu sync.Mutex
			n := 0
			inParallel(both, func(s *shop) {
				if _, err := s.ForItself(Proof{Kind: AssertionProof, Assertion: once}, ""); err == nil {
					mu.Lock()
					defer mu.Unlock()
					n++
				}
			})
			if n != 1 {
				t.Errorf("honored %d times", n)
			}
		}
	})

	t.Run("A083_what_another_node_did_is_felt", func(t *testing.T) {
		both := nodes(t, server)
		a, b := both[0], both[1]
		out, _ := a.Installed([]string{contacts}, flows)
		out, err := b.Refreshes(out.RefreshToken) // now b remembers everything
		b.OK(err)
		a.Plan("starter")
		out, err = b.Refreshes(out.RefreshToken)
		b.OK(err)
		if out.Scopes.String() != contacts || len(out.Dropped) != 1 {
			t.Errorf("%+v", out)
		}
		a.Plan("enterprise")
		out, err = b.Refreshes(out.RefreshToken) // a no of memory is answered only by one that caught up
		b.OK(err)
		if out.Scopes.String() != flows+" "+contacts {
			t.Errorf("%+v", out)
		}
		c, proof := a.Robot(nil)
		_, err = b.ForItself(proof, "")
		b.OK(err)
		_, err = a.Registry.SwitchClient(ctx, audit.Operator, c.ID, false)
		a.OK(err)
		b.OK(b.Memory.Sync(ctx))
		_, err = b.ForItself(proof, "")
		want(t, err, refusal.ClientNotAuthenticated)
		_, err = a.Registry.SwitchClient(ctx, audit.Operator, c.ID, true)
		a.OK(err)
		_, err = b.ForItself(proof, "")
		b.OK(err)
		yes := true
		_, err = a.Directory.UpdateUser(ctx, audit.Operator, a.Acme.ID, a.Acme.Ada.ID, directory.UserChange{FullName: new(string)})
		a.OK(err)
		_, err = a.Directory.UpdateUser(ctx, audit.Operator, a.Acme.ID, a.Member("eve").ID, directory.UserChange{Disabled: &yes})
		a.OK(err)
		_, err = b.Refreshes(out.RefreshToken)
		b.OK(err)
		a.OK(a.EndGrant(ctx, audit.Operator, a.Acme.ID, out.Grant, "withdrawn"))
		_, err = b.Refreshes(out.RefreshToken)
		want(t, err, refusal.GrantEnded)
	})

	t.Run("A048_A158_decisions_against_tokens_on_two_nodes", func(t *testing.T) {
		both := nodes(t, server)
		a, b := both[0], both[1]
		a.Governs(a.Acme.ID, policy.Governance{})
		for round := range 6 {
			a.Authorizes(govern.Terms{Uncapped: true})
			code, _ := a.Gave(a.Acme.Ada, a.App, []string{contacts}, deals)
			out, err := b.Redeems(code)
			b.OK(err)
			// While one node narrows and revokes, both issue, each on what it knows.
			var mu sync.Mutex
			issued, replayed := []Issued{out}, false
			refresh := func(s *shop) {
				for range 4 {
					mu.Lock()
					last := issued[len(issued)-1]
					mu.Unlock()
					got, err := s.Refreshes(last.RefreshToken)
					switch c := codeOf(err); c {
					case "":
						mu.Lock()
						issued = append(issued, got)
						mu.Unlock()
					case refusal.RefreshTokenReplayed, refusal.GrantEnded: // the two got in each other's way: the family is over
						mu.Lock()
						replayed = true
						mu.Unlock()
					case refusal.AuthorizationRevoked:
					default:
						t.Errorf("refused with %v", err)
					}
				}
			}
			var all sync.WaitGroup
			all.Go(func() { refresh(a) })
			all.Go(func() { refresh(b) })
			all.Go(func() {
				a.Authorizes(govern.Terms{Scopes: scopes(contacts)})
				if round%2 == 0 {
					_, err := b.Revoke(ctx, operator, b.Acme.ID, b.App.ID, "")
					b.OK(err)
				}
			})
			all.Wait()
			for _, s := range both {
				s.OK(s.Memory.Sync(ctx))
				for _, old := range issued {
					now := s.Asks(old.AccessToken)
					if round%2 == 0 && now.Active {
						t.Fatalf("round %d: a token of a revoked app is active", round)
					}
					if now.Scopes.Minus(scopes(contacts)).Len() > 0 || codeOf(s.Calls(old.AccessToken, "list_deals")) == "" {
						t.Fatalf("round %d: a token has %s", round, now.Scopes)
					}
					if round%2 == 1 && !now.Active && !replayed {
						t.Errorf("round %d: narrowing ended a token", round)
					}
				}
			}
		}
	})

	t.Run("A083_a_no_of_memory_waits_for_what_another_node_decided", func(t *testing.T) {
		both := nodes(t, server)
		a, b := both[0], both[1]
		out, _ := a.Installed([]string{contacts}, deals)
		out, err := b.Refreshes(out.RefreshToken) // now b remembers everything
		b.OK(err)
		seen, err := a.Governance(ctx, a.Acme.ID)
		a.OK(err)
		_, err = a.SetGovernance(ctx, operator, a.Acme.ID, policy.Governance{}, seen.Version)
		a.OK(err)
		_, err = b.Refreshes(out.RefreshToken) // it writes, so that it decides on what the database has
		want(t, err, refusal.AuthorizationNeeded)
		a.Authorizes(govern.Terms{Scopes: scopes(contacts)})
		out, err = b.Refreshes(out.RefreshToken)
		b.OK(err)
		if out.Scopes.String() != contacts {
			t.Errorf("%s", out.Scopes)
		}
		a.Authorizes(govern.Terms{Uncapped: true})
		out, err = b.Refreshes(out.RefreshToken)
		b.OK(err)
		if !out.Scopes.Equal(scopes(contacts, deals)) {
			t.Errorf("%s", out.Scopes)
		}
		_, err = a.Revoke(ctx, operator, a.Acme.ID, a.App.ID, "")
		a.OK(err)
		_, err = b.Refreshes(out.RefreshToken)
		want(t, err, refusal.AuthorizationRevoked)
		_, err = b.Decide(ctx, Decision{By: audit.Operator, InstallRequest: InstallRequest{Client: b.App.ID.String(), RedirectURI: callback, RedirectSent: true,
			Scope: scopes(contacts), Tenant: b.Acme.ID, User: b.Acme.Ada.ID}, Shown: scopes(contacts), ShownTo: b.Acme.Ada.ID, Version: 1, Epoch: 1})
		if !errors.Is(err, ErrShowAgain) {
			t.Errorf("decided: %v", err)
		}
	})

	t.Run("A191_introspection_beyond_the_bound", func(t *testing.T) {
		both := nodes(t, server)
		out, _ := both[0].Installed([]string{contacts})
		if !both[0].Asks(out.AccessToken).Active {
			t.Error("not active")
		}
		both[0].Clock.Advance(time.Minute) // nobody has read the feed since
		for _, token := range []string{out.AccessToken, out.RefreshToken} {
			_, err := both[0].Introspect(ctx, TokenRequest{Proof: both[0].Proof(), Token: token})
			want(t, err, refusal.RevocationsStale)
		}
		want(t, both[0].Reads(out.AccessToken), refusal.RevocationsStale)
		_, err := both[0].Refreshes(out.RefreshToken)
		want(t, err, refusal.IssuingSuspended)
	})
}
