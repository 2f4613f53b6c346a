package access

import (
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

func (s *shop) asks(token string) Introspection {
	s.t.Helper()
	out, err := s.Introspect(ctx, TokenRequest{Proof: s.proof(), Token: token, Remote: "192.0.2.1:1"})
	s.ok(err)
	return out
}

func (s *shop) revokes(token string) error {
	return s.RevokeToken(ctx, TokenRequest{Proof: s.proof(), Token: token, Remote: "192.0.2.1:1"})
}

// TestA190_introspection says nothing of a token to whoever is not its client.
func TestA190_introspection(t *testing.T) {
	s := newShop(t)
	out, _ := s.installed([]string{contacts}, deals)
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		if got := s.asks(token); !got.Active || got.Scopes.String() != contacts+" "+deals || got.Access.Client != s.app.ID || got.Access.User != s.acme.ada.ID {
			t.Errorf("%+v", got)
		}
	}
	other := s.client(nil)
	stranger := Proof{Kind: SecretProof, Client: other.ID.String(), Secret: s.clientSecret(other.ID)}
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		got, err := s.Introspect(ctx, TokenRequest{Proof: stranger, Token: token})
		if s.ok(err); got.Active || !got.Access.Tenant.IsZero() {
			t.Errorf("a stranger is told %+v", got)
		}
	}
	session := s.signIn(s.acme.app, nil)
	end := "A"
	if strings.HasSuffix(out.RefreshToken, end) {
		end = "B"
	}
	for name, token := range map[string]string{"nothing that is one": "x", "a session's": session.Token, "half of one": out.AccessToken[:80],
		"a refresh token with another end": out.RefreshToken[:len(out.RefreshToken)-1] + end, "a million dots": strings.Repeat(".", 1<<20)} {
		if got := s.asks(token); got.Active {
			t.Errorf("%s is active", name)
		}
	}
	_, err := s.Introspect(ctx, TokenRequest{Proof: s.spaProof(), Token: out.AccessToken})
	want(t, err, refusal.ClientNotAuthenticated)
	_, err = s.Introspect(ctx, TokenRequest{Proof: Proof{Kind: SecretProof, Client: s.app.ID.String(), Secret: "x"}, Token: out.AccessToken})
	want(t, err, refusal.ClientNotAuthenticated)
	s.clock.Advance(DefaultAccessLife)
	if s.asks(out.AccessToken).Active {
		t.Error("an expired token is active")
	}
	if !s.asks(out.RefreshToken).Active {
		t.Error("the refresh token is not active")
	}
}

// TestA191_introspection_follows_the_marks.
func TestA191_introspection_follows_the_marks(t *testing.T) {
	s := newShop(t)
	out, _ := s.installed([]string{contacts}, flows)
	s.plan("starter")
	if got := s.asks(out.AccessToken); !got.Active || got.Scopes.String() != contacts {
		t.Errorf("%+v", got)
	}
	s.ok(s.EndGrant(ctx, audit.Operator, s.acme.ID, out.Grant, "withdrawn"))
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		if s.asks(token).Active {
			t.Error("active after its grant ended")
		}
	}
}

// TestA192_guessing_tokens does not use up what the address may fail: a resource server presents what others sent it.
func TestA192_guessing_tokens(t *testing.T) {
	s := newShop(t)
	s.world.change = func(c *Config) { withCRM(t, s.dir)(c); c.Failures = 5 }
	s.restart()
	for range 50 {
		if s.asks("a.b.c").Active {
			t.Error("active")
		}
	}
	for range 10 {
		_, err := s.Introspect(ctx, TokenRequest{Proof: Proof{Kind: SecretProof, Client: s.app.ID.String(), Secret: "x"}, Token: "a.b.c", Remote: "192.0.2.1:1"})
		want(t, err, refusal.ClientNotAuthenticated, refusal.TooManyRequests)
	}
	s.asks("a.b.c") // who proves itself is answered from there, too
}

// TestA193_revoking_another_clients_token is answered like success, and does nothing.
func TestA193_revoking_another_clients_token(t *testing.T) {
	s := newShop(t)
	out, g := s.installed([]string{contacts})
	other := s.client(nil)
	stranger := Proof{Kind: SecretProof, Client: other.ID.String(), Secret: s.clientSecret(other.ID)}
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		err := s.RevokeToken(ctx, TokenRequest{Proof: stranger, Token: token})
		if want(t, err, refusal.TokenOfAnotherClient); !ForeignToken(err) {
			t.Error("not told from success")
		}
		if r := err.(*Refused); r.Client != other.ID || r.Tenant != other.Owner {
			t.Errorf("the book is told %+v", r)
		}
	}
	s.ok(s.reads(out.AccessToken))
	if !s.grant(g).Ended.IsZero() {
		t.Error("the grant ended")
	}
}

// TestA194_what_is_no_token is as good as revoked; what could not be written is not.
func TestA194_what_is_no_token(t *testing.T) {
	s := newShop(t)
	for _, token := range []string{"x", "", "a.b.c", newLocated(id.RefreshToken, s.acme.ID).Reveal(), newLocated(id.Code, s.acme.ID).Reveal()} {
		s.ok(s.revokes(token))
	}
	out, _ := s.installed([]string{contacts})
	s.ok(s.revokes(out.AccessToken))
	s.ok(s.revokes(out.AccessToken))
	s.ok(s.db.Close())
	err := s.revokes(out.RefreshToken)
	want(t, err, refusal.StorageUnavailable)
	if ForeignToken(err) {
		t.Error("a failure is told as success")
	}
}

// TestA195_what_revoking_ends: an access token alone, with a refresh token everything.
func TestA195_what_revoking_ends(t *testing.T) {
	s := newShop(t)
	out, g := s.installed([]string{contacts})
	next, err := s.refreshWith(out.RefreshToken)
	s.ok(err)
	s.ok(s.revokes(out.AccessToken))
	want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
	s.ok(s.reads(next.AccessToken))
	last, err := s.refreshWith(next.RefreshToken)
	s.ok(err)
	s.ok(s.revokes(out.RefreshToken)) // the oldest of the family, long used
	for _, token := range []string{next.AccessToken, last.AccessToken} {
		want(t, s.reads(token), refusal.CredentialRevoked)
	}
	_, err = s.refreshWith(last.RefreshToken)
	want(t, err, refusal.GrantEnded)
	if got := s.grant(g); got.EndedBy != "revoked" {
		t.Errorf("ended by %q", got.EndedBy)
	}
	s.ok(s.revokes(last.RefreshToken))
}

// TestRevoke_by_a_public_client, which names itself and holds the token.
func TestRevoke_by_a_public_client(t *testing.T) {
	s := newShop(t)
	code, g := s.install(s.spa, []string{contacts})
	out, err := s.Redeem(ctx, RedeemRequest{Proof: s.spaProof(), Code: code, RedirectURI: callback, Verifier: verifier})
	s.ok(err)
	s.ok(s.RevokeToken(ctx, TokenRequest{Proof: s.spaProof(), Token: out.RefreshToken}))
	if s.grant(g).Ended.IsZero() {
		t.Error("the grant lives")
	}
}

// TestA102_one_replay_space_over_both_doors.
func TestA102_one_replay_space_over_both_doors(t *testing.T) {
	s := newShop(t)
	signIn := func(jwt string) error {
		_, err := s.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: jwt})
		return err
	}
	assert := func(jwt string) error {
		_, err := s.Assert(ctx, AssertRequest{Assertion: jwt})
		return err
	}
	for name, doors := range map[string][2]func(string) error{"sign-in, then token": {signIn, assert}, "token, then sign-in": {assert, signIn},
		"token twice": {assert, assert}} {
		jwt := s.jwt(s.acme.app, nil)
		s.ok(doors[0](jwt))
		if got := code(t, doors[1](jwt)); got != refusal.AssertionReplayed {
			t.Errorf("%s: %q", name, got)
		}
	}
	jwt := s.jwt(s.acme.app, nil)
	var mu sync.Mutex
	var all sync.WaitGroup
	n := 0
	for i := range 8 {
		all.Go(func() {
			if []func(string) error{signIn, assert}[i%2](jwt) == nil {
				mu.Lock()
				defer mu.Unlock()
				n++
			}
		})
	}
	all.Wait()
	if n != 1 {
		t.Errorf("honored %d times", n)
	}
}

func TestAssert(t *testing.T) {
	s := newShop(t)
	narrow := func(names ...string) Narrowing { return Narrowing{Set: true, Asked: scopes(names...)} }
	for _, tt := range []struct {
		name   string
		differ claims
		scope  Narrowing
		tenant string
		gives  string
		want   refusal.Code
	}{
		{"as it is", nil, Narrowing{}, "", content + " " + readUsr, ""},
		{"at its account's endpoint", nil, Narrowing{}, "acme", content + " " + readUsr, ""},
		{"at another account's endpoint", nil, Narrowing{}, "beta", "", refusal.ClientUnknown},
		{"at the endpoint of no account", nil, Narrowing{}, "gamma", "", refusal.ClientUnknown},
		{"narrowed", nil, narrow(readUsr), "", readUsr, ""},
		{"narrowed by a wildcard", claims{"scp": []string{"tableau:users:*"}}, narrow("tableau:users:*"), "", "tableau:users:create tableau:users:delete tableau:users:read tableau:users:update", ""},
		{"widened", nil, narrow(readUsr, "tableau:users:delete"), "", "", refusal.ScopeNotInGrant},
		{"an unknown issuer", claims{"iss": entropyClient()}, Narrowing{}, "", "", refusal.AssertionNamesNoAccount},
		{"another user", claims{"sub": "eve"}, Narrowing{}, "", "", refusal.UserUnknown},
		{"no scopes", claims{"scp": nil}, Narrowing{}, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := s.Assert(ctx, AssertRequest{Assertion: s.jwt(s.acme.app, tt.differ), Scope: tt.scope, Tenant: tt.tenant})
			want(t, err, tt.want)
			if got := out.Scopes.String(); got != tt.gives {
				t.Errorf("gives %q, want %q", got, tt.gives)
			}
			if err == nil && (out.RefreshToken != "" || out.User.ID != s.acme.ada.ID || out.Life != DefaultAccessLife) {
				t.Errorf("%+v", out)
			}
		})
	}
	out, err := s.Assert(ctx, AssertRequest{Assertion: s.jwt(s.acme.app, nil)})
	s.ok(err)
	m, _ := s.analytic.Method("get_users_on_site")
	call := func() error {
		_, err := s.Call(ctx, &CallRequest{Credential: out.AccessToken, Bearer: true, Catalog: s.analytic, Method: m, Tenant: s.acme.ID.String(), Audience: audience})
		return err
	}
	s.ok(call())
	// It dies of the secret that signed the assertion, as a session does (A104).
	s.ok(s.registry.DeleteSecret(ctx, audit.Operator, s.acme.ID, s.acme.app.client, s.acme.app.kid))
	want(t, call(), refusal.CredentialRevoked)
	_, err = s.Assert(ctx, AssertRequest{Assertion: s.jwt(s.acme.app, nil)})
	want(t, err, refusal.KeyUnknown)
	s.ok(s.registry.DeleteConnectedApp(ctx, audit.Operator, s.acme.ID, s.acme.app.client))
	_, err = s.Assert(ctx, AssertRequest{Assertion: s.jwt(s.acme.app, nil)})
	want(t, err, refusal.AssertionNamesNoAccount)
}

func entropyClient() string { return "11111111-2222-4333-8444-555555555555" }

// TestTouch_a_used_grant_is_noted_once_an_hour.
func TestTouch_a_used_grant_is_noted_once_an_hour(t *testing.T) {
	s := newShop(t)
	out, g := s.installed([]string{contacts})
	used := func() time.Time {
		s.writeTouches(ctx)
		return s.grant(g).LastUsed
	}
	if !used().IsZero() {
		t.Error("used before it was")
	}
	s.ok(s.reads(out.AccessToken))
	if got := used(); !got.Equal(noon) {
		t.Errorf("used at %v", got)
	}
	s.clock.Advance(20 * time.Minute)
	s.ok(s.reads(out.AccessToken))
	if len(s.touches.uses) != 0 {
		t.Error("noted twice in an hour")
	}
	out, err := s.refreshWith(out.RefreshToken)
	s.ok(err)
	s.clock.Advance(50 * time.Minute)
	want(t, s.reads(out.AccessToken), refusal.CredentialExpired)
	if len(s.touches.uses) != 0 {
		t.Error("a refused call is noted")
	}
	out, err = s.refreshWith(out.RefreshToken)
	s.ok(err)
	s.ok(s.reads(out.AccessToken))
	if got := used(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("used at %v", got)
	}
	if n := testing.AllocsPerRun(200, func() {
		if err := s.reads(out.AccessToken); err != nil {
			t.Fatal(err)
		}
	}); n > 1 { // the request of the test itself
		t.Errorf("%v allocations for a passing call", n)
	}
}
