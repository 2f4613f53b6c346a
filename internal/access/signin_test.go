package access_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/testworld"
	"prokura/internal/token"
)

func TestSignIn_then_call_then_sign_out(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	if s.Tenant.ID != w.Acme.ID || s.User.ID != w.Acme.Ada.ID || s.Expires != noon.Add(DefaultSessionLife) {
		t.Errorf("signed in as %+v", s)
	}
	if !s.Granted.Has(scopeOf(readUsr)) {
		t.Errorf("granted %s", s.Granted)
	}
	m, _ := testworld.Analytics().Method("get_users_on_site")
	pass, err := w.Call(ctx, &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Method: m, Tenant: w.Acme.ID.String(), Audience: audience})
	w.OK(err)
	who, err := w.Keys.Verifier().Identity(pass.Identity, audience, w.Clock.Now())
	w.OK(err)
	if who.User != w.Acme.Ada.ID || who.Tenant != w.Acme.ID || who.Client != w.Acme.App.Client || who.Session != s.Session ||
		who.Name != "ada" || strings.Join(who.Roles, " ") != directory.SuperAdmin {
		t.Errorf("the upstream is told %+v", who)
	}
	w.OK(w.Still(pass.Caller))
	w.OK(w.SignOut(ctx, s.Token, ""))
	want(t, w.Uses(s.Token, "get_users_on_site"), refusal.CredentialRevoked)
	want(t, w.Still(pass.Caller), refusal.CredentialRevoked)
	want(t, w.SignOut(ctx, s.Token, ""), refusal.CredentialRevoked)
	w.Restart()
	want(t, w.Uses(s.Token, "get_users_on_site"), refusal.CredentialRevoked)
}

func TestSignIn_is_in_the_audit_book(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	w.OK(w.SignOut(ctx, s.Token, ""))
	w.OK(w.Store.View(ctx, func(r store.Reader) error {
		list, err := r.ListAudit(w.Acme.ID, id.Entry{}, 2)
		w.OK(err)
		if len(list) != 2 || list[0].Act.Action != "session.sign_out" || list[1].Act.Action != "session.sign_in" {
			t.Fatalf("audit: %+v", list)
		}
		for _, e := range list {
			if e.Act.Actor != (audit.Actor{Kind: "user", ID: w.Acme.Ada.ID.String(), Name: "ada"}) || e.Act.Target != "session "+s.Session.String() {
				t.Errorf("audit: %+v", e.Act)
			}
		}
		return nil
	}))
}

// TestSignIn_every_refusal has one row for each thing that a script or an administrator can have wrong.
func TestSignIn_every_refusal(t *testing.T) {
	type facts struct{ tenant, client, user, proven bool }
	unknown := facts{}
	named := facts{tenant: true, client: true}
	proven := facts{tenant: true, client: true, proven: true}
	knownUser := facts{true, true, true, true}
	tests := []struct {
		name   string
		differ claims
		alter  func(w *world, r *SignInRequest)
		want   refusal.Code
		facts  facts
	}{
		{name: "no JWT", alter: func(_ *world, r *SignInRequest) { r.Assertion = "" }, want: refusal.AssertionUnreadable, facts: facts{tenant: true}},
		{name: "something else than a JWT", alter: func(_ *world, r *SignInRequest) { r.Assertion = "a.b.c" }, want: refusal.AssertionUnreadable, facts: facts{tenant: true}},
		{name: "a site that nobody knows", alter: func(_ *world, r *SignInRequest) { r.ContentURL = "nowhere" }, want: refusal.TenantUnknown, facts: unknown},
		{name: "a site in other case", alter: func(_ *world, r *SignInRequest) { r.ContentURL = "ACME" }, want: refusal.TenantUnknown, facts: unknown},
		{name: "a site with a NUL", alter: func(_ *world, r *SignInRequest) { r.ContentURL = "acme\x00" }, want: refusal.TenantUnknown, facts: unknown},
		{name: "a site that is no UTF-8", alter: func(_ *world, r *SignInRequest) { r.ContentURL = "\xff" }, want: refusal.TenantUnknown, facts: unknown},
		{name: "a user name with a NUL", differ: claims{"sub": "ada\x00"}, want: refusal.UserUnknown, facts: proven},
		{name: "a user name with an override", differ: claims{"sub": "\u202eada"}, want: refusal.UserUnknown, facts: proven},
		{name: "a user name of many bytes", differ: claims{"sub": strings.Repeat("a", 5000)}, want: refusal.SubjectMissing, facts: proven},
		{name: "an app of another site", alter: func(_ *world, r *SignInRequest) { r.ContentURL = "beta" }, want: refusal.ClientUnknown, facts: facts{tenant: true}},
		{name: "an app that nobody knows", differ: claims{"iss": entropy.ID[id.Client]().String()}, want: refusal.ClientUnknown, facts: facts{tenant: true}},
		{name: "an issuer that is no client ID", differ: claims{"iss": "me"}, want: refusal.ClientUnknown, facts: facts{tenant: true}},
		{name: "no issuer", differ: claims{"iss": nil}, want: refusal.ClientUnknown, facts: facts{tenant: true}},
		{name: "another issuer in the header", alter: func(w *world, r *SignInRequest) {
			r.Assertion = sign(map[string]any{"alg": "HS256", "kid": w.Acme.App.Kid.String(), "iss": entropy.ID[id.Client]().String()},
				map[string]any{"iss": w.Acme.App.Client.String(), "aud": "tableau", "sub": "ada", "jti": "j", "exp": noon.Unix() + 300}, w.Acme.App.Secret)
		}, want: refusal.ClientUnknown, facts: facts{tenant: true}},
		{name: "a disabled app", alter: func(w *world, _ *SignInRequest) {
			off := false
			_, err := w.Registry.UpdateConnectedApp(ctx, audit.Operator, w.Acme.ID, w.Acme.App.Client, registry.ConnectedAppChange{Enabled: &off})
			w.OK(err)
		}, want: refusal.ClientDisabled, facts: proven},
		{name: "a revoked app", alter: func(w *world, _ *SignInRequest) {
			w.OK(w.Store.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
				app, err := tx.ConnectedApp(w.Acme.ID, w.Acme.App.Client)
				w.OK(err)
				app.Revoked = true
				return tx.UpdateConnectedApp(app)
			}))
		}, want: refusal.AuthorizationRevoked, facts: proven},
		{name: "another algorithm than the key's", alter: func(w *world, r *SignInRequest) {
			r.Assertion = sign(map[string]any{"alg": "HS512", "kid": w.Acme.App.Kid.String()}, map[string]any{"iss": w.Acme.App.Client.String(),
				"aud": "tableau", "sub": "ada", "jti": "j", "exp": noon.Unix() + 300}, w.Acme.App.Secret)
		}, want: refusal.AlgorithmNotAllowed, facts: named},
		{name: "a signature by another secret", alter: func(w *world, r *SignInRequest) {
			other := w.Acme.App
			other.Secret = w.Beta.App.Secret
			r.Assertion = w.JWT(other, nil)
		}, want: refusal.SignatureInvalid, facts: named},
		{name: "another audience", differ: claims{"aud": "https://elsewhere.example"}, want: refusal.AudienceWrong, facts: proven},
		{name: "no exp", differ: claims{"exp": nil}, want: refusal.ExpiryMissing, facts: proven},
		{name: "an exp of a minute ago", differ: claims{"exp": noon.Unix() - 60}, want: refusal.AssertionExpired, facts: proven},
		{name: "an exp of an hour ahead", differ: claims{"exp": noon.Unix() + 3600}, want: refusal.ExpiryTooFar, facts: proven},
		{name: "an nbf of a minute ahead", differ: claims{"nbf": noon.Unix() + 60}, want: refusal.AssertionNotYetValid, facts: proven},
		{name: "no jti", differ: claims{"jti": nil}, want: refusal.AssertionIDMissing, facts: proven},
		{name: "scp as a string", differ: claims{"scp": readUsr}, want: refusal.ScopesMalformed, facts: proven},
		{name: "no sub", differ: claims{"sub": nil}, want: refusal.SubjectMissing, facts: proven},
		{name: "a user whom the site does not have", differ: claims{"sub": "eve"}, want: refusal.UserUnknown, facts: proven},
		{name: "a user name in other case", differ: claims{"sub": "Ada"}, want: refusal.UserUnknown, facts: proven},
		{name: "a disabled user", differ: claims{"sub": "bob"}, alter: func(w *world, _ *SignInRequest) {
			yes := true
			_, err := w.Directory.UpdateUser(ctx, audit.Operator, w.Acme.ID, w.Member("bob").ID, directory.UserChange{Disabled: &yes})
			w.OK(err)
		}, want: refusal.UserDisabled, facts: knownUser},
		{name: "another user beside the JWT", alter: func(w *world, r *SignInRequest) { r.UserID = w.Member("bob").ID.String() }, want: refusal.SubjectMismatch, facts: knownUser},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			r := SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, tt.differ)}
			if tt.alter != nil {
				tt.alter(w, &r)
			}
			_, err := w.SignIn(ctx, r)
			want(t, err, tt.want)
			refused, _ := err.(*Refused)
			if got := (facts{!refused.Tenant.IsZero(), !refused.Client.IsZero(), !refused.User.IsZero(), refused.Proven}); got != tt.facts {
				t.Errorf("the book is told %+v, want %+v", got, tt.facts)
			}
			// Nothing was used up: once what is wrong is mended, the same JWT may sign in.
			w.OK(w.Store.View(ctx, func(rd store.Reader) error {
				list, err := rd.ListAudit(w.Acme.ID, id.Entry{}, 1)
				if len(list) > 0 && list[0].Act.Action == "session.sign_in" {
					t.Error("a refused sign-in is in the audit book")
				}
				return err
			}))
		})
	}
}

func TestSignIn_without_scopes_can_only_sign_out(t *testing.T) {
	w := newWorld(t, nil)
	for name, scp := range map[string]any{"absent": nil, "empty": []string{}, "unknown": []string{"tableau:nothing:read", "*", "tableau:*"}} {
		t.Run(name, func(t *testing.T) {
			s := w.SignsIn(w.Acme.App, claims{"scp": scp})
			if s.Granted.Len() != 0 {
				t.Errorf("granted %s", s.Granted)
			}
			want(t, w.Uses(s.Token, "get_users_on_site"), refusal.ScopeNotGranted)
			w.OK(w.SignOut(ctx, s.Token, ""))
		})
	}
	strict := newWorld(t, func(c *Config) { c.NeedScopes = true })
	_, err := strict.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: strict.JWT(strict.Acme.App, claims{"scp": nil})})
	want(t, err, refusal.NoScopes)
}

func TestSignIn_gives_what_is_assigned_and_no_more(t *testing.T) {
	w := newWorld(t, nil)
	app := w.NewApp(w.Acme.ID, &[]string{"tableau:users:*"})
	s := w.SignsIn(app, claims{"scp": []string{readUsr, content}})
	if got := s.Granted.String(); got != readUsr {
		t.Errorf("granted %q, want %q", got, readUsr)
	}
}

// TestA089_the_key_is_looked_up_exactly in the app that iss names; whatever else kid says is answered alike.
func TestA089_the_key_is_looked_up_exactly(t *testing.T) {
	w := newWorld(t, nil)
	mine, second := w.Acme.App, w.NewSecret(w.Acme.ID, w.Acme.App.Client)
	deleted := w.NewApp(w.Acme.ID, nil)
	w.OK(w.Registry.DeleteSecret(ctx, audit.Operator, w.Acme.ID, deleted.Client, deleted.Kid))
	kids := map[string]any{
		"a path": "../../etc/passwd", "SQL": "' OR 1=1--", "a NUL": "a\x00b", "upper case": strings.ToUpper(mine.Kid.String()), "spaces": mine.Kid.String() + " ",
		"all zero": "00000000-0000-0000-0000-000000000000", "another tenant's": w.Beta.App.Kid.String(), "a deleted one": deleted.Kid.String(),
	}
	for name, kid := range kids {
		t.Run(name, func(t *testing.T) {
			c := map[string]any{"iss": mine.Client.String(), "aud": "tableau", "sub": "ada", "jti": name, "exp": noon.Unix() + 300}
			_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: sign(map[string]any{"alg": "HS256", "kid": kid}, c, mine.Secret)})
			want(t, err, refusal.KeyUnknown)
		})
	}
	for name, header := range map[string]map[string]any{
		"none, with two keys": {"alg": "HS256"}, "a list": {"alg": "HS256", "kid": []string{mine.Kid.String()}},
		"a number": {"alg": "HS256", "kid": 7}, "a megabyte": {"alg": "HS256", "kid": strings.Repeat("k", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			c := map[string]any{"iss": mine.Client.String(), "aud": "tableau", "sub": "ada", "jti": name, "exp": noon.Unix() + 300}
			_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: sign(header, c, mine.Secret)})
			if got := code(t, err); got != refusal.AssertionUnreadable && got != refusal.KeyUnknown {
				t.Errorf("refused with %q", got)
			}
		})
	}
	w.SignsIn(mine, nil)
	w.SignsIn(second, nil)
}

// TestA090_a_key_belongs_to_its_issuer: iss of one app, kid of another, signed by the other.
func TestA090_a_key_belongs_to_its_issuer(t *testing.T) {
	w := newWorld(t, nil)
	other := w.NewApp(w.Acme.ID, nil)
	_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: w.JWT(other, claims{"iss": w.Acme.App.Client.String()})})
	want(t, err, refusal.KeyUnknown)
}

func TestA093_replay(t *testing.T) {
	w := newWorld(t, nil)
	jwt := w.JWT(w.Acme.App, claims{"jti": "once"})
	in := SignInRequest{ContentURL: "acme", Assertion: jwt}
	_, err := w.SignIn(ctx, in)
	w.OK(err)

	_, err = w.SignIn(ctx, in)
	want(t, err, refusal.AssertionReplayed)
	r, _ := err.(*Refused)
	if r == nil || !r.Proven || r.User != w.Acme.Ada.ID {
		t.Errorf("a replay is recorded as %+v", r)
	}
	if last := r.Verdict.Checks; len(last) < 20 {
		t.Errorf("only %d checks", len(last))
	}
	_, err = w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, claims{"jti": "once"})})
	want(t, err, refusal.AssertionReplayed) // another JWT with the same jti

	w.Restart()
	_, err = w.SignIn(ctx, in)
	want(t, err, refusal.AssertionReplayed)

	// jti is one space for each key, not for all.
	w.SignsIn(w.NewApp(w.Acme.ID, nil), claims{"jti": "once"})

	w.OK(w.Store.Close())
	_, err = w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, nil)})
	want(t, err, refusal.StorageUnavailable) // no database, no sign-in
}

func TestA093_of_many_at_once_one_wins(t *testing.T) {
	w := newWorld(t, nil)
	for round := range 5 {
		in := SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, nil)}
		var won, replayed atomic.Int32
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				_, err := w.SignIn(ctx, in)
				switch {
				case err == nil:
					won.Add(1)
				case refusal.Of(err).First().Code == refusal.AssertionReplayed:
					replayed.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || replayed.Load() != 31 {
			t.Errorf("round %d: %d won, %d replayed", round, won.Load(), replayed.Load())
		}
	}
}

// TestA092_skew_opens_no_replay: a JWT is remembered until it cannot pass any more.
func TestA092_skew_opens_no_replay(t *testing.T) {
	w := newWorld(t, nil)
	in := SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, claims{"exp": noon.Unix() + 10})}
	_, err := w.SignIn(ctx, in)
	w.OK(err)
	for _, c := range []struct {
		at   time.Duration
		want refusal.Code
	}{{39 * time.Second, refusal.AssertionReplayed}, {40 * time.Second, refusal.AssertionExpired}} {
		w.Clock.Advance(noon.Add(c.at).Sub(w.Clock.Now()))
		w.OK(w.Store.Tend(ctx, func(u store.Upkeep) error { _, err := u.Sweep(w.Clock.Now(), 100); return err }))
		_, err = w.SignIn(ctx, in)
		want(t, err, c.want)
	}
}

// TestA105_nothing_limits_what_succeeds, even of an address that may fail only once.
func TestA105_nothing_limits_what_succeeds(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Failures = 1 })
	for range 100 {
		_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, nil), Remote: "192.0.2.1:1"})
		w.OK(err)
	}
}

func TestSignIn_failures_of_an_address_are_limited(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Failures = 3 })
	s := w.SignsIn(w.Acme.App, nil)
	w.OK(w.Uses(s.Token, "get_users_on_site"))
	replay := w.JWT(w.Acme.App, nil)
	try := func(remote, jwt string) refusal.Code {
		_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: jwt, Remote: remote})
		return code(t, err)
	}
	if got := try("192.0.2.1:1000", replay); got != "" {
		t.Fatal(got)
	}
	for i := range 3 { // a replay costs a write, and counts
		if got := try(fmt.Sprintf("192.0.2.1:%d", i+1), replay); got != refusal.AssertionReplayed {
			t.Fatal(got)
		}
	}
	if got := try("192.0.2.1:9", replay); got != refusal.TooManyRequests {
		t.Errorf("the fourth failure: %q", got)
	}
	if got := try("192.0.2.2:9", w.JWT(w.Acme.App, nil)); got != "" {
		t.Errorf("another address: %q", got)
	}
	if got := try("192.0.2.1:9", w.JWT(w.Acme.App, nil)); got != "" {
		t.Errorf("a good JWT from the address that failed: %q", got)
	}
	// Who is known already is not asked for his address, and who is not signs in and calls all the same.
	req := &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Audience: audience, Remote: "192.0.2.1:5"}
	req.Method, _ = testworld.Analytics().Method("get_users_on_site")
	_, err := w.Call(ctx, req)
	w.OK(err)
	req.Credential += "x"
	_, err = w.Call(ctx, req)
	want(t, err, refusal.TooManyRequests)
	req.Credential = w.SignsIn(w.Acme.App, nil).Token
	_, err = w.Call(ctx, req)
	w.OK(err)
	w.Clock.Advance(time.Minute)
	if got := try("192.0.2.1:1", replay); got != refusal.AssertionReplayed {
		t.Errorf("a minute later: %q", got)
	}
}

// TestA106_who_cannot_sign_learns_nothing: without the secret, an existing and a missing user get one answer.
func TestA106_who_cannot_sign_learns_nothing(t *testing.T) {
	w := newWorld(t, nil)
	forger := w.Acme.App
	forger.Secret = "guessed"
	for name, differ := range map[string]claims{"forged": nil, "forged and expired": {"exp": 7}, "forged, no jti": {"jti": nil}} {
		var answers []string
		for _, sub := range []string{"ada", "nobody"} {
			c := claims{"sub": sub}
			for k, v := range differ {
				c[k] = v
			}
			_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: w.JWT(forger, c), UserID: w.Acme.Ada.ID.String()})
			r, _ := err.(*Refused)
			answers = append(answers, fmt.Sprint(r.Verdict, r.User, r.Proven))
		}
		if answers[0] != answers[1] {
			t.Errorf("%s: told apart:\n%s\n%s", name, answers[0], answers[1])
		}
	}
}

// between is a store in front of which something happens just before the next transaction, after the decision was made
// on memory.
type between struct {
	store.Store
	do atomic.Pointer[func()]
}

func (b *between) Do(ctx context.Context, act audit.Act, fn func(store.Tx) error) error {
	if do := b.do.Swap(nil); do != nil {
		(*do)()
	}
	return b.Store.Do(ctx, act, fn)
}

// TestSignIn_is_decided_anew_where_the_state_moved on between decision and write.
func TestSignIn_is_decided_anew_where_the_state_moved(t *testing.T) {
	var b *between
	w := newWorld(t, func(c *Config) {
		b = &between{Store: c.Store}
		c.Store = b
	})
	off, none := false, []string{}
	tests := []struct {
		name   string
		change func()
		want   refusal.Code
	}{
		{"nothing that matters changed", func() { w.Member("somebody") }, ""},
		{"the user was deleted", func() {
			u, err := w.Directory.UserByName(ctx, w.Acme.ID, "bob")
			w.OK(err)
			w.OK(w.Directory.DeleteUser(ctx, audit.Operator, w.Acme.ID, u.ID))
		}, refusal.UserUnknown},
		{"the user was deleted and the name given to another", func() {
			u, err := w.Directory.UserByName(ctx, w.Acme.ID, "bob")
			w.OK(err)
			w.OK(w.Directory.DeleteUser(ctx, audit.Operator, w.Acme.ID, u.ID))
			w.Member("bob")
		}, refusal.TemporarilyOverloaded},
		{"the scopes were taken", func() {
			_, err := w.Registry.UpdateConnectedApp(ctx, audit.Operator, w.Acme.ID, w.Acme.App.Client, registry.ConnectedAppChange{SetScopes: true, Scopes: &none})
			w.OK(err)
		}, ""},
		{"the app was disabled", func() {
			_, err := w.Registry.UpdateConnectedApp(ctx, audit.Operator, w.Acme.ID, w.Acme.App.Client, registry.ConnectedAppChange{Enabled: &off})
			w.OK(err)
		}, refusal.ClientDisabled},
	}
	w.Member("bob")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := w.Directory.UserByName(ctx, w.Acme.ID, "bob"); err != nil {
				w.Member("bob")
			}
			b.do.Store(&tt.change)
			s, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, claims{"sub": "bob"})})
			want(t, err, tt.want)
			if err != nil {
				return
			}
			switch err := w.Uses(s.Token, "get_users_on_site"); tt.name {
			case "the scopes were taken":
				want(t, err, refusal.ScopeNotGranted)
			default:
				w.OK(err) // what was decided anew is not born dead
			}
		})
	}
}

// failing is a store whose transactions fail once with an error.
type failing struct {
	store.Store
	err error
}

func (f *failing) Do(context.Context, audit.Act, func(store.Tx) error) error { return f.err }

func TestSignIn_without_a_database_is_refused(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want refusal.Code
	}{
		{store.ErrOverloaded, refusal.TemporarilyOverloaded},
		{store.ErrUncertain, refusal.StorageUnavailable},
		{errors.New("disk is gone"), refusal.StorageUnavailable},
	} {
		var f *failing
		w := newWorld(t, func(c *Config) { f = &failing{Store: c.Store, err: tt.err}; c.Store = f })
		_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: w.JWT(w.Acme.App, nil)})
		want(t, err, tt.want)
		if !errors.Is(err, tt.err) {
			t.Errorf("%v does not tell the log of %v", err, tt.err)
		}
	}
}

func TestNew_refuses_sessions_that_live_too_long(t *testing.T) {
	for _, life := range []time.Duration{-1, token.MaxLife + 1} {
		if _, err := New(Config{SessionLife: life}); err == nil {
			t.Errorf("a session life of %s is accepted", life)
		}
	}
}
