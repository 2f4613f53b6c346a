package access_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

func scopeOf(name string) scope.Scope { return scope.MustParse(name) }

func TestCall_every_refusal(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, claims{"scp": []string{readUsr}})
	get, _ := testworld.Analytics().Method("get_users_on_site")
	update, _ := testworld.Analytics().Method("update_user")
	tests := []struct {
		name  string
		alter func(*CallRequest)
		want  refusal.Code
	}{
		{"as it is", func(*CallRequest) {}, ""},
		{"the site comes from the token", func(r *CallRequest) { r.Tenant = "" }, ""},
		{"no token", func(r *CallRequest) { r.Credential = "" }, refusal.CredentialInvalid},
		{"half a token", func(r *CallRequest) { r.Credential = s.Token[:len(s.Token)/2] }, refusal.CredentialInvalid},
		{"a token and a space", func(r *CallRequest) { r.Credential += " " }, refusal.CredentialInvalid},
		{"a method that the catalog lacks", func(r *CallRequest) { r.Method = nil }, refusal.MethodUnknown},
		{"another site", func(r *CallRequest) { r.Tenant = w.Beta.ID.String() }, refusal.TenantMismatch},
		{"its own site in upper case", func(r *CallRequest) { r.Tenant = strings.ToUpper(w.Acme.ID.String()) }, refusal.TenantMismatch},
		{"a site that is no id", func(r *CallRequest) { r.Tenant = "acme" }, refusal.TenantMismatch},
		{"a scope too few", func(r *CallRequest) { r.Method = update }, refusal.ScopeNotGranted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Method: get, Asked: "GET /x", Tenant: w.Acme.ID.String(), Audience: audience}
			tt.alter(r)
			pass, err := w.Call(ctx, r)
			want(t, err, tt.want)
			if err != nil && pass.Identity != "" {
				t.Error("a refused call has an identity")
			}
			if refused, ok := err.(*Refused); ok && Denied(refused) && tt.want != refusal.CredentialInvalid {
				if !refused.Proven || refused.Tenant != w.Acme.ID || refused.User != w.Acme.Ada.ID || refused.Client != w.Acme.App.Client {
					t.Errorf("the book is told %+v", refused)
				}
			}
		})
	}
	w.Clock.Advance(DefaultSessionLife)
	want(t, w.Uses(s.Token, "get_users_on_site"), refusal.CredentialExpired)
	w.Restart() // also where the token is not known yet
	want(t, w.Uses(s.Token, "get_users_on_site"), refusal.CredentialExpired)
}

// TestA101_tokens_stand_in_for_nothing_else.
func TestA101_tokens_stand_in_for_nothing_else(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	m, _ := testworld.Analytics().Method("get_users_on_site")
	pass, err := w.Call(ctx, &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Method: m, Audience: "prokura"})
	w.OK(err)
	want(t, w.Uses(s.Token, "get_users_on_site", w.Beta.ID), refusal.TenantMismatch)
	want(t, w.Uses(pass.Identity, "get_users_on_site"), refusal.CredentialInvalid)
	want(t, w.Uses(w.JWT(w.Acme.App, nil), "get_users_on_site"), refusal.CredentialInvalid)
	for _, presented := range []string{s.Token, pass.Identity} {
		_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: presented})
		if got := code(t, err); got != refusal.AssertionUnreadable && got != refusal.ClientUnknown {
			t.Errorf("as an assertion: %q", got)
		}
	}
}

// TestA103_a_name_given_away_reaches_nothing_old.
func TestA103_a_name_given_away_reaches_nothing_old(t *testing.T) {
	w := newWorld(t, nil)
	old := w.Member("bob")
	s := w.SignsIn(w.Acme.App, claims{"sub": "bob"})
	w.OK(w.Directory.DeleteUser(ctx, audit.Operator, w.Acme.ID, old.ID))
	fresh := w.Member("bob")
	want(t, w.Uses(s.Token, "get_users_on_site"), refusal.CredentialRevoked)
	again := w.SignsIn(w.Acme.App, claims{"sub": "bob"})
	if again.User.ID != fresh.ID || again.User.ID == old.ID {
		t.Errorf("signed in as %s", again.User.ID)
	}
	w.OK(w.Uses(again.Token, "get_users_on_site"))
	want(t, w.Uses(s.Token, "get_users_on_site"), refusal.CredentialRevoked)
}

// TestA104_sessions_end_with_the_very_thing_they_rest_on.
func TestA104_sessions_end_with_the_very_thing_they_rest_on(t *testing.T) {
	w := newWorld(t, nil)
	first := w.Acme.App
	by1 := w.SignsIn(first, nil)
	second := w.NewSecret(w.Acme.ID, first.Client)
	w.OK(w.Uses(by1.Token, "get_users_on_site")) // a second secret ends nothing
	by2 := w.SignsIn(second, nil)

	w.OK(w.Registry.DeleteSecret(ctx, audit.Operator, w.Acme.ID, first.Client, first.Kid))
	want(t, w.Uses(by1.Token, "get_users_on_site"), refusal.CredentialRevoked)
	w.OK(w.Uses(by2.Token, "get_users_on_site"))

	switchTo := func(on bool) {
		_, err := w.Registry.UpdateConnectedApp(ctx, audit.Operator, w.Acme.ID, first.Client, registry.ConnectedAppChange{Enabled: &on})
		w.OK(err)
	}
	switchTo(false)
	want(t, w.Uses(by2.Token, "get_users_on_site"), refusal.CredentialRevoked)
	switchTo(true)
	want(t, w.Uses(by2.Token, "get_users_on_site"), refusal.CredentialRevoked)
	w.OK(w.Uses(w.SignsIn(second, nil).Token, "get_users_on_site"))
}

// TestCall_what_narrows_is_felt_at_once, by sessions that live and were used.
func TestCall_what_narrows_is_felt_at_once(t *testing.T) {
	yes, roles, noRoles := true, []string{directory.SiteAdmin}, []string{}
	rest := []string{content}
	user := func(c directory.UserChange) func(*world, id.User) {
		return func(w *world, u id.User) {
			_, err := w.Directory.UpdateUser(ctx, audit.Operator, w.Acme.ID, u, c)
			w.OK(err)
		}
	}
	tests := []struct {
		name   string
		narrow func(*world, id.User)
		want   refusal.Code
	}{
		{"another role is all that is given", user(directory.UserChange{FullName: new(string)}), ""},
		{"the user was disabled", user(directory.UserChange{Disabled: &yes}), refusal.CredentialRevoked},
		{"a role was taken", user(directory.UserChange{Roles: &roles}), refusal.CredentialRevoked},
		{"a platform role was taken", user(directory.UserChange{PlatformRoles: &noRoles}), refusal.CredentialRevoked},
		{"the scope was un-assigned", func(w *world, _ id.User) {
			_, err := w.Registry.UpdateConnectedApp(ctx, audit.Operator, w.Acme.ID, w.Acme.App.Client, registry.ConnectedAppChange{SetScopes: true, Scopes: &rest})
			w.OK(err)
		}, refusal.ScopeNotGranted},
		{"the app was deleted", func(w *world, _ id.User) {
			w.OK(w.Registry.DeleteConnectedApp(ctx, audit.Operator, w.Acme.ID, w.Acme.App.Client))
		}, refusal.CredentialRevoked},
		{"the tenant was deleted", func(w *world, _ id.User) { w.OK(w.Directory.DeleteTenant(ctx, audit.Operator, w.Acme.ID)) }, refusal.CredentialRevoked},
		{"our key was revoked", func(w *world, _ id.User) {
			_, err := w.Keys.Revoke(ctx, audit.Operator, w.Keys.Current().Key(), "leaked")
			w.OK(err)
		}, refusal.CredentialRevoked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			u, err := w.Directory.CreateUser(ctx, audit.Operator, w.Acme.ID, directory.NewUser{Name: "bob",
				Roles: []string{directory.Member, directory.SiteAdmin}, PlatformRoles: []string{directory.Operator}})
			w.OK(err)
			s := w.SignsIn(w.Acme.App, claims{"sub": "bob"})
			other := w.SignsIn(w.Acme.App, nil)
			w.OK(w.Uses(s.Token, "get_users_on_site"))
			tt.narrow(w, u.ID)
			want(t, w.Uses(s.Token, "get_users_on_site"), tt.want)
			if strings.HasPrefix(tt.name, "the user") || strings.Contains(tt.name, "role") {
				w.OK(w.Uses(other.Token, "get_users_on_site")) // others are not touched
			}
			w.Restart()
			got := w.Uses(s.Token, "get_users_on_site")
			if tt.name == "our key was revoked" { // now its signature is not even looked at
				want(t, got, refusal.CredentialInvalid)
			} else {
				want(t, got, tt.want)
			}
		})
	}
}

// TestA145_the_site_is_never_the_closest_match.
func TestA145_the_site_is_never_the_closest_match(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	m, _ := testworld.Analytics().Method("get_users_on_site")
	own := w.Acme.ID.String()
	for _, site := range []string{w.Beta.ID.String(), "acme", own[:35], own + "0", " " + own, strings.ToUpper(own), "00000000-0000-0000-0000-000000000000", "*", "default"} {
		_, err := w.Call(ctx, &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Method: m, Tenant: site, Audience: audience})
		want(t, err, refusal.TenantMismatch)
	}
}

// TestA147_a_cached_caller_is_judged_as_an_unknown_one, whatever marks came in between.
func TestA147_a_cached_caller_is_judged_as_an_unknown_one(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	methods := testworld.Analytics().Methods()
	names := s.Granted.Names()
	rapid.Check(t, func(rt *rapid.T) {
		token := w.SignsIn(w.Acme.App, claims{"scp": rapid.SliceOfN(rapid.SampledFrom(append(names, "tableau:users:*")), 0, 4).Draw(rt, "scp")}).Token
		cached, err := w.Known(ctx, token)
		w.OK(err)
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "mark") {
				subject := mark.Subject{}
				if rapid.IntRange(0, 5).Draw(rt, "whom") == 0 {
					subject.Session = cached.Token().ID
				} else if rapid.Bool().Draw(rt, "else") {
					subject.Authorization = cached.Token().Authorization
				} else {
					subject.User = entropy.ID[id.User]()
				}
				var lost []string
				if subject.Session.IsZero() {
					lost = rapid.SliceOfN(rapid.SampledFrom(names), 1, 2).Draw(rt, "lost")
				}
				w.OK(w.Store.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
					tx.Mark(subject, lost, noon.Add(time.Hour))
					return nil
				}))
			}
			m := rapid.SampledFrom(methods).Draw(rt, "method")
			req := &CallRequest{Credential: token, Catalog: testworld.Analytics(), Method: m, Audience: audience}
			_, known := w.Call(ctx, req)
			w.Forget()
			_, unknown := w.Call(ctx, req)
			if code(t, known) != code(t, unknown) {
				rt.Fatalf("known: %v, unknown: %v", known, unknown)
			}
			if rapid.Bool().Draw(rt, "old caller") {
				w.Remember(token, cached)
			}
		}
	})
}

func TestCall_again_allocates_nothing(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	m, _ := testworld.Analytics().Method("get_users_on_site")
	req := &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Method: m, Tenant: w.Acme.ID.String(), Audience: audience, Remote: "192.0.2.1:1"}
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := w.Call(ctx, req); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCall_the_identity_is_kept_four_minutes_and_for_one_upstream(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	m, _ := testworld.Analytics().Method("get_users_on_site")
	identity := func(audience string) string {
		pass, err := w.Call(ctx, &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Method: m, Audience: audience})
		w.OK(err)
		if _, err := w.Keys.Verifier().Identity(pass.Identity, audience, w.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		return pass.Identity
	}
	first := identity("a")
	if identity("a") != first {
		t.Error("signed again at once")
	}
	if identity("b") == first {
		t.Error("one identity for two upstreams")
	}
	first = identity("a")
	w.Clock.Advance(4*time.Minute - time.Second)
	if identity("a") != first {
		t.Error("signed again within four minutes")
	}
	w.Clock.Advance(time.Second)
	if identity("a") == first {
		t.Error("used for longer than four minutes")
	}
}

// TestCall_unknown_tokens_take_turns: with every turn taken, a known caller passes and an unknown token waits, then is
// turned away.
func TestCall_unknown_tokens_take_turns(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Verifying = 1 })
	s, unseen := w.SignsIn(w.Acme.App, nil), w.SignsIn(w.Acme.App, nil)
	w.OK(w.Uses(s.Token, "get_users_on_site"))
	free := w.TakeTurn()
	w.OK(w.Uses(s.Token, "get_users_on_site"))
	want(t, w.Uses(unseen.Token, "get_users_on_site"), refusal.TemporarilyOverloaded)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	m, _ := testworld.Analytics().Method("get_users_on_site")
	_, err := w.Call(gone, &CallRequest{Credential: unseen.Token, Catalog: testworld.Analytics(), Method: m})
	want(t, err, refusal.TemporarilyOverloaded)
	free()
	w.OK(w.Uses(unseen.Token, "get_users_on_site"))
}

func TestCall_by_many_while_marks_come(t *testing.T) {
	w := newWorld(t, nil)
	var sessions []SignedIn
	for range 8 {
		sessions = append(sessions, w.SignsIn(w.Acme.App, nil))
	}
	var all sync.WaitGroup
	for _, s := range sessions {
		all.Go(func() {
			for range 100 {
				if err := w.Uses(s.Token, "get_users_on_site"); err != nil {
					t.Error(err)
					return
				}
			}
			if err := w.SignOut(ctx, s.Token, ""); err != nil {
				t.Error(err)
			}
			for range 20 {
				if err := w.Uses(s.Token, "get_users_on_site"); err == nil {
					t.Error("a call passes after signing out")
					return
				}
			}
		})
	}
	all.Wait()
}
