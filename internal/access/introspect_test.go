package access_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/testworld"
)

func (s *shop) revokes(token string) error {
	return s.RevokeToken(ctx, TokenRequest{Proof: s.Proof(), Token: token, Remote: "192.0.2.1:1"})
}

// TestA190_introspection says nothing of a token to whoever is not its client.
func TestA190_introspection(t *testing.T) {
	s := newShop(t)
	out, _ := s.Installed([]string{contacts}, deals)
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		if got := s.Asks(token); !got.Active || got.Scopes.String() != contacts+" "+deals || got.Access.Client != s.App.ID || got.Access.User != s.Acme.Ada.ID {
			t.Errorf("%+v", got)
		}
	}
	other := s.Register(nil)
	stranger := Proof{Kind: SecretProof, Client: other.ID.String(), Secret: s.ClientSecret(other.ID)}
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		got, err := s.Introspect(ctx, TokenRequest{Proof: stranger, Token: token})
		if s.OK(err); got.Active || !got.Access.Tenant.IsZero() {
			t.Errorf("a stranger is told %+v", got)
		}
	}
	session := s.SignsIn(s.Acme.App, nil)
	end := "A"
	if strings.HasSuffix(out.RefreshToken, end) {
		end = "B"
	}
	for name, token := range map[string]string{"nothing that is one": "x", "a session's": session.Token, "half of one": out.AccessToken[:80],
		"a refresh token with another end": out.RefreshToken[:len(out.RefreshToken)-1] + end, "a million dots": strings.Repeat(".", 1<<20)} {
		if got := s.Asks(token); got.Active {
			t.Errorf("%s is active", name)
		}
	}
	_, err := s.Introspect(ctx, TokenRequest{Proof: s.spaProof(), Token: out.AccessToken})
	want(t, err, refusal.ClientNotAuthenticated)
	_, err = s.Introspect(ctx, TokenRequest{Proof: Proof{Kind: SecretProof, Client: s.App.ID.String(), Secret: "x"}, Token: out.AccessToken})
	want(t, err, refusal.ClientNotAuthenticated)
	s.Clock.Advance(DefaultAccessLife)
	if s.Asks(out.AccessToken).Active {
		t.Error("an expired token is active")
	}
	if !s.Asks(out.RefreshToken).Active {
		t.Error("the refresh token is not active")
	}
}

// TestA191_introspection_follows_the_marks.
func TestA191_introspection_follows_the_marks(t *testing.T) {
	s := newShop(t)
	out, _ := s.Installed([]string{contacts}, flows)
	s.Plan("starter")
	if got := s.Asks(out.AccessToken); !got.Active || got.Scopes.String() != contacts {
		t.Errorf("%+v", got)
	}
	s.OK(s.EndGrant(ctx, audit.Operator, s.Acme.ID, out.Grant, "withdrawn"))
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		if s.Asks(token).Active {
			t.Error("active after its grant ended")
		}
	}
}

// TestA192_guessing_tokens does not use up what the address may fail: a resource server presents what others sent it.
func TestA192_guessing_tokens(t *testing.T) {
	s := newShop(t)
	s.Alter(func(c *Config) { c.Failures = 5 })
	s.Restart()
	for range 50 {
		if s.Asks("a.b.c").Active {
			t.Error("active")
		}
	}
	for range 10 {
		_, err := s.Introspect(ctx, TokenRequest{Proof: Proof{Kind: SecretProof, Client: s.App.ID.String(), Secret: "x"}, Token: "a.b.c", Remote: "192.0.2.1:1"})
		want(t, err, refusal.ClientNotAuthenticated, refusal.TooManyRequests)
	}
	s.Asks("a.b.c") // who proves itself is answered from there, too
}

// TestA193_revoking_another_clients_token is answered like success, and does nothing.
func TestA193_revoking_another_clients_token(t *testing.T) {
	s := newShop(t)
	out, g := s.Installed([]string{contacts})
	other := s.Register(nil)
	stranger := Proof{Kind: SecretProof, Client: other.ID.String(), Secret: s.ClientSecret(other.ID)}
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		err := s.RevokeToken(ctx, TokenRequest{Proof: stranger, Token: token})
		if want(t, err, refusal.TokenOfAnotherClient); !ForeignToken(err) {
			t.Error("not told from success")
		}
		if r := err.(*Refused); r.Client != other.ID || r.Tenant != other.Owner {
			t.Errorf("the book is told %+v", r)
		}
	}
	s.OK(s.Reads(out.AccessToken))
	if !s.Grant(g).Ended.IsZero() {
		t.Error("the grant ended")
	}
}

// TestA194_what_is_no_token is as good as revoked; what could not be written is not.
func TestA194_what_is_no_token(t *testing.T) {
	s := newShop(t)
	for _, token := range []string{"x", "", "a.b.c", located(id.RefreshToken, s.Acme.ID).Reveal(), located(id.Code, s.Acme.ID).Reveal()} {
		s.OK(s.revokes(token))
	}
	out, _ := s.Installed([]string{contacts})
	s.OK(s.revokes(out.AccessToken))
	s.OK(s.revokes(out.AccessToken))
	s.OK(s.Store.Close())
	err := s.revokes(out.RefreshToken)
	want(t, err, refusal.StorageUnavailable)
	if ForeignToken(err) {
		t.Error("a failure is told as success")
	}
}

// TestA195_what_revoking_ends: an access token alone, with a refresh token everything.
func TestA195_what_revoking_ends(t *testing.T) {
	s := newShop(t)
	out, g := s.Installed([]string{contacts})
	next, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.OK(s.revokes(out.AccessToken))
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	s.OK(s.Reads(next.AccessToken))
	last, err := s.Refreshes(next.RefreshToken)
	s.OK(err)
	s.OK(s.revokes(out.RefreshToken)) // the oldest of the family, long used
	for _, token := range []string{next.AccessToken, last.AccessToken} {
		want(t, s.Reads(token), refusal.CredentialRevoked)
	}
	_, err = s.Refreshes(last.RefreshToken)
	want(t, err, refusal.GrantEnded)
	if got := s.Grant(g); got.EndedBy != "revoked" {
		t.Errorf("ended by %q", got.EndedBy)
	}
	s.OK(s.revokes(last.RefreshToken))
}

// TestRevoke_by_a_public_client, which names itself and holds the token.
func TestRevoke_by_a_public_client(t *testing.T) {
	s := newShop(t)
	code, g := s.Gave(s.Acme.Ada, s.spa, []string{contacts})
	out, err := s.Redeem(ctx, RedeemRequest{Proof: s.spaProof(), Code: code, RedirectURI: callback, Verifier: verifier})
	s.OK(err)
	s.OK(s.RevokeToken(ctx, TokenRequest{Proof: s.spaProof(), Token: out.RefreshToken}))
	if s.Grant(g).Ended.IsZero() {
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
		jwt := s.JWT(s.Acme.App, nil)
		s.OK(doors[0](jwt))
		if got := code(t, doors[1](jwt)); got != refusal.AssertionReplayed {
			t.Errorf("%s: %q", name, got)
		}
	}
	jwt := s.JWT(s.Acme.App, nil)
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
			out, err := s.Assert(ctx, AssertRequest{Assertion: s.JWT(s.Acme.App, tt.differ), Scope: tt.scope, Tenant: tt.tenant})
			want(t, err, tt.want)
			if got := out.Scopes.String(); got != tt.gives {
				t.Errorf("gives %q, want %q", got, tt.gives)
			}
			if err == nil && (out.RefreshToken != "" || out.User.ID != s.Acme.Ada.ID || out.Life != DefaultAccessLife) {
				t.Errorf("%+v", out)
			}
		})
	}
	out, err := s.Assert(ctx, AssertRequest{Assertion: s.JWT(s.Acme.App, nil)})
	s.OK(err)
	m, _ := testworld.Analytics().Method("get_users_on_site")
	call := func() error {
		_, err := s.Call(ctx, &CallRequest{Credential: out.AccessToken, Bearer: true, Catalog: testworld.Analytics(), Method: m, Tenant: s.Acme.ID.String(), Audience: audience})
		return err
	}
	s.OK(call())
	// It dies of the secret that signed the assertion, as a session does (A104).
	s.OK(s.Registry.DeleteSecret(ctx, audit.Operator, s.Acme.ID, s.Acme.App.Client, s.Acme.App.Kid))
	want(t, call(), refusal.CredentialRevoked)
	_, err = s.Assert(ctx, AssertRequest{Assertion: s.JWT(s.Acme.App, nil)})
	want(t, err, refusal.KeyUnknown)
	s.OK(s.Registry.DeleteConnectedApp(ctx, audit.Operator, s.Acme.ID, s.Acme.App.Client))
	_, err = s.Assert(ctx, AssertRequest{Assertion: s.JWT(s.Acme.App, nil)})
	want(t, err, refusal.AssertionNamesNoAccount)
}

func entropyClient() string { return "11111111-2222-4333-8444-555555555555" }

// TestTouch_a_used_grant_is_noted_once_an_hour.
func TestTouch_a_used_grant_is_noted_once_an_hour(t *testing.T) {
	s := newShop(t)
	out, g := s.Installed([]string{contacts})
	used := func() time.Time {
		s.WritesBehind()
		return s.Grant(g).LastUsed
	}
	if !used().IsZero() {
		t.Error("used before it was")
	}
	s.OK(s.Reads(out.AccessToken))
	if got := used(); !got.Equal(noon) {
		t.Errorf("used at %v", got)
	}
	s.Clock.Advance(20 * time.Minute)
	s.OK(s.Reads(out.AccessToken))
	if s.Touched() != 0 {
		t.Error("noted twice in an hour")
	}
	out, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.Clock.Advance(50 * time.Minute)
	want(t, s.Reads(out.AccessToken), refusal.CredentialExpired)
	if s.Touched() != 0 {
		t.Error("a refused call is noted")
	}
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.OK(s.Reads(out.AccessToken))
	if got := used(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("used at %v", got)
	}
	if n := testing.AllocsPerRun(200, func() {
		if err := s.Reads(out.AccessToken); err != nil {
			t.Fatal(err)
		}
	}); n > 1 { // the request of the test itself
		t.Errorf("%v allocations for a passing call", n)
	}
}
