package access_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

func TestRedeem_gives_tokens_that_the_gateway_honors(t *testing.T) {
	s := newShop(t)
	code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts, companies}, deals)
	out, err := s.Redeems(code)
	s.OK(err)
	if got := out.Scopes.String(); got != companies+" "+contacts+" "+deals {
		t.Errorf("scopes %q", got)
	}
	if out.Life != DefaultAccessLife || out.Tenant.ID != s.Acme.ID || out.User.ID != s.Acme.Ada.ID || out.RefreshToken == "" {
		t.Errorf("%+v", out)
	}
	s.OK(s.Reads(out.AccessToken))
	said, err := s.Keys.Verifier().Access(out.AccessToken, s.Clock.Now())
	s.OK(err)
	if said.Grant != g.ID || said.Authorization != g.Authorization || said.Client != s.App.ID || said.Plan != "enterprise" {
		t.Errorf("the token says %+v", said)
	}
	if got := s.Grant(g); !got.Installed.Equal(noon) {
		t.Errorf("installed at %v", got.Installed)
	}
	s.OK(s.Store.View(ctx, func(r store.Reader) error {
		auth, err := r.AuthorizationOf(s.Acme.ID, s.App.ID)
		if !auth.Installed.Equal(noon) || !auth.Approved.Equal(g.Scopes) {
			t.Errorf("the authorization says %+v", auth)
		}
		return err
	}))
}

// TestA049_a_code_is_redeemed_once, and the second time ends what the first one gave.
func TestA049_a_code_is_redeemed_once(t *testing.T) {
	s := newShop(t)
	code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts})
	out, err := s.Redeems(code)
	s.OK(err)
	s.Clock.Advance(30 * time.Second)
	again, err := s.Redeems(code)
	want(t, err, refusal.CodeUsed)
	if again.AccessToken != "" {
		t.Error("a refusal carries a token")
	}
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.GrantEnded)
	if got := s.Grant(g); got.EndedBy != "replayed" {
		t.Errorf("ended by %q", got.EndedBy)
	}
	_, err = s.Redeems(code)
	want(t, err, refusal.CodeUsed)
}

// TestA050_of_many_who_redeem_a_code_one_wins, and the others end its family.
func TestA050_of_many_who_redeem_a_code_one_wins(t *testing.T) {
	s := newShop(t)
	for range 20 {
		code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts})
		var mu sync.Mutex
		var won []Issued
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				out, err := s.Redeems(code)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, out)
				} else if c := refusal.Of(err).First().Code; c != refusal.CodeUsed && c != refusal.GrantEnded {
					t.Errorf("refused with %v", err)
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("%d won", len(won))
		}
		want(t, s.Reads(won[0].AccessToken), refusal.CredentialRevoked)
		if s.Grant(g).Ended.IsZero() {
			t.Fatal("the family lives")
		}
	}
}

// TestA051_a_code_of_another_client is worth nothing to whoever has it, and its end to whoever proves to be that client.
func TestA051_a_code_of_another_client(t *testing.T) {
	s := newShop(t)
	other := s.Register(nil)
	proof := Proof{Kind: SecretProof, Client: other.ID.String(), Secret: s.ClientSecret(other.ID)}
	t.Run("a public client cannot harm it", func(t *testing.T) {
		code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts})
		req := s.redemption(code)
		req.Proof = s.spaProof()
		_, err := s.Redeem(ctx, req)
		want(t, err, refusal.CodeUnknown)
		if !s.Grant(g).Ended.IsZero() {
			t.Error("the family ended")
		}
		_, err = s.Redeems(code)
		s.OK(err)
	})
	t.Run("a client with a secret has stolen it", func(t *testing.T) {
		code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts})
		req := s.redemption(code)
		req.Proof = proof
		_, err := s.Redeem(ctx, req)
		want(t, err, refusal.CodeUnknown)
		if refused := err.(*Refused); refused.Tenant != other.Owner || !refused.User.IsZero() {
			t.Errorf("the book of the thief's account is told %+v", refused)
		}
		if s.Grant(g).Ended.IsZero() {
			t.Error("the family lives")
		}
		_, err = s.Redeems(code)
		want(t, err, refusal.CodeUnknown, refusal.GrantEnded)
	})
	t.Run("another redirect URI", func(t *testing.T) {
		code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts})
		req := s.redemption(code)
		req.RedirectURI = callback + "/"
		_, err := s.Redeem(ctx, req)
		want(t, err, refusal.CodeRedirectMismatch)
		if s.Grant(g).Ended.IsZero() {
			t.Error("the family lives")
		}
	})
}

// TestA052_a_code_lives_for_a_minute, and one clock says so.
func TestA052_a_code_lives_for_a_minute(t *testing.T) {
	for _, tt := range []struct {
		name string
		wait time.Duration
		want refusal.Code
	}{
		{"a second before", 59 * time.Second, ""},
		{"at the minute", 60 * time.Second, refusal.CodeExpired},
		{"a second after", 61 * time.Second, refusal.CodeExpired},
		{"a year after", 365 * 24 * time.Hour, refusal.CodeExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			code, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts})
			s.Clock.Advance(tt.wait)
			_, err := s.Redeems(code)
			want(t, err, tt.want)
		})
	}
}

// TestA053_the_verifier: neither half without the other, and its form before anything is compared (A056).
func TestA053_the_verifier(t *testing.T) { testVerifier(t) }

// TestA054_a_verifier_without_a_challenge.
func TestA054_a_verifier_without_a_challenge(t *testing.T) {
	s := newShop(t)
	code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts})
	req := s.redemption(code)
	req.Verifier = verifier
	_, err := s.Redeem(ctx, req)
	want(t, err, refusal.CodeVerifierUnexpected)
	if s.Grant(g).Ended.IsZero() {
		t.Error("the code can be used on")
	}
}

// TestA056_the_form_of_a_verifier.
func TestA056_the_form_of_a_verifier(t *testing.T) { testVerifier(t) }

// TestA057_a_stolen_code_injected_elsewhere is burned by the first wrong verifier.
func TestA057_a_stolen_code_injected_elsewhere(t *testing.T) {
	s := newShop(t)
	code, _ := s.Gave(s.Acme.Ada, s.spa, []string{contacts})
	req := RedeemRequest{Proof: s.spaProof(), Code: code, RedirectURI: callback, Verifier: strings.Repeat("a", 64)}
	_, err := s.Redeem(ctx, req)
	want(t, err, refusal.CodeVerifierMismatch)
	req.Verifier = verifier
	_, err = s.Redeem(ctx, req)
	want(t, err, refusal.GrantEnded)
}

func testVerifier(t *testing.T) {
	for _, tt := range []struct {
		name, sent string
		want       refusal.Code
	}{
		{"the right one", verifier, ""},
		{"none", "", refusal.CodeVerifierMissing},
		{"another", strings.Repeat("a", 43), refusal.CodeVerifierMismatch},
		{"the challenge itself", challenge(), refusal.CodeVerifierMismatch},
		{"42 characters", verifier[:42], refusal.CodeVerifierMalformed},
		{"129 characters", strings.Repeat("a", 129), refusal.CodeVerifierMalformed},
		{"a plus", strings.Repeat("a", 43) + "+", refusal.CodeVerifierMalformed},
		{"padding", verifier + "=", refusal.CodeVerifierMalformed},
		{"a line end", verifier + "\n", refusal.CodeVerifierMalformed},
		{"a character beyond ASCII", verifier + "ä", refusal.CodeVerifierMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			code, g := s.Gave(s.Acme.Ada, s.spa, []string{contacts})
			_, err := s.Redeem(ctx, RedeemRequest{Proof: s.spaProof(), Code: code, RedirectURI: callback, Verifier: tt.sent})
			want(t, err, tt.want)
			if ended := !s.Grant(g).Ended.IsZero(); ended != (tt.want != "") {
				t.Errorf("the family ended: %v", ended)
			}
		})
	}
}

// TestA042_what_changed_since_the_consent is felt when the code is redeemed.
func TestA042_what_changed_since_the_consent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		alter func(*shop)
		want  refusal.Code
		gives string
	}{
		{"nothing", func(*shop) {}, "", contacts + " " + deals},
		{"an optional scope was taken out", func(s *shop) {
			s.Reregister(s.App, func(c *store.Client) { c.Registration.Optional = scopes(flows) })
		}, "", contacts},
		{"a scope moved to another class", func(s *shop) {
			s.Reregister(s.App, func(c *store.Client) {
				c.Registration.Optional, c.Registration.Required = scopes(contacts), scopes(deals)
			})
		}, "", contacts + " " + deals},
		{"a required scope was taken out", func(s *shop) {
			s.Reregister(s.App, func(c *store.Client) { c.Registration.Required = scopes(companies) })
		}, refusal.RequiredScopeLost, ""},
		{"the redirect URI was taken out", func(s *shop) {
			s.Reregister(s.App, func(c *store.Client) { c.Registration.RedirectURIs = []string{callback + "2"} })
		}, refusal.RedirectURIMismatch, ""},
		{"the app was switched off", func(s *shop) {
			_, err := s.Registry.SwitchClient(ctx, audit.Operator, s.App.ID, false)
			s.OK(err)
		}, refusal.ClientNotAuthenticated, ""},
		{"the authorization was revoked", func(s *shop) {
			_, err := s.Revoke(ctx, govern.By{Actor: audit.Operator}, s.Acme.ID, s.App.ID, "")
			s.OK(err)
		}, refusal.GrantEnded, ""},
		{"the user was disabled", func(s *shop) {
			yes := true
			_, err := s.Directory.UpdateUser(ctx, audit.Operator, s.Acme.ID, s.Member("bob").ID, directory.UserChange{Disabled: &yes})
			s.OK(err)
		}, "", contacts + " " + deals}, // somebody else
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			code, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts}, deals)
			tt.alter(s)
			out, err := s.Redeems(code)
			if tt.want == refusal.GrantEnded {
				want(t, err, refusal.GrantEnded, refusal.AuthorizationRevoked)
				return
			}
			want(t, err, tt.want)
			if got := out.Scopes.String(); got != tt.gives {
				t.Errorf("gives %q, want %q", got, tt.gives)
			}
		})
	}
}

// TestA048_an_entitlement_that_was_lost: of what stood in scope it is the end, of the rest it is dropped and named.
func TestA048_an_entitlement_that_was_lost(t *testing.T) {
	s := newShop(t)
	optional, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts}, flows)
	required, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts, flows})
	s.Plan("starter")
	out, err := s.Redeems(optional)
	s.OK(err)
	if out.Scopes.String() != contacts || len(out.Dropped) != 1 || out.Dropped[0] != (store.Dropped{Scope: flows, Code: "tenant_lacks_entitlement"}) {
		t.Errorf("%+v", out)
	}
	_, err = s.Redeems(required)
	want(t, err, refusal.RequiredScopeLost)
	s.Plan("enterprise")
	back, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	if back.Scopes.String() != flows+" "+contacts {
		t.Errorf("what came back is %s", back.Scopes)
	}
	_, err = s.Redeems(required) // a refusal used nothing up
	s.OK(err)
}

// TestIssue_no_token_outlives_what_it_rests_on.
func TestIssue_no_token_outlives_what_it_rests_on(t *testing.T) {
	s := newShop(t)
	s.Plan("starter")
	s.Do(func(tx store.Tx) error {
		return tx.PutEntitlement(store.Entitlement{Tenant: s.Acme.ID, Entitlement: "marketing_hub_professional", Until: noon.Add(10 * time.Minute), Created: noon})
	})
	code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts}, flows)
	out, err := s.Redeems(code)
	s.OK(err)
	if !out.Expires.Equal(noon.Add(10 * time.Minute)) {
		t.Errorf("expires at %v", out.Expires)
	}
	s.Clock.Advance(10 * time.Minute)
	want(t, s.Reads(out.AccessToken), refusal.CredentialExpired)
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	if out.Scopes.String() != contacts || out.Life != DefaultAccessLife {
		t.Errorf("%+v", out)
	}
	s.Do(func(tx store.Tx) error {
		g := s.Grant(g)
		g.Expires = s.Clock.Now().Add(time.Minute)
		return tx.UpdateGrant(g)
	})
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	if out.Life != time.Minute {
		t.Errorf("lives for %v", out.Life)
	}
	s.Clock.Advance(time.Minute)
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.RefreshTokenExpired)
}

// TestRedeem_a_mark_between_decision_and_write_is_felt: what was decided on memory is decided anew.
func TestRedeem_a_mark_between_decision_and_write_is_felt(t *testing.T) {
	s := newShop(t)
	code, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts}, deals)
	// The state moves on: the decision on memory is not that of the database any more.
	s.Do(func(tx store.Tx) error {
		tx.Mark(mark.Subject{User: entropy.ID[id.User]()}, nil, noon.Add(time.Hour))
		return nil
	})
	out, err := s.Redeems(code)
	s.OK(err)
	s.OK(s.Reads(out.AccessToken))
}
