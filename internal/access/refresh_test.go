package access_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

func TestRefresh_rotates(t *testing.T) {
	s := newShop(t)
	first, g := s.Installed([]string{contacts}, deals)
	last := first
	for range 5 {
		s.Clock.Advance(time.Hour)
		next, err := s.Refreshes(last.RefreshToken)
		s.OK(err)
		if next.RefreshToken == last.RefreshToken || next.AccessToken == last.AccessToken || !next.Scopes.Equal(g.Scopes) {
			t.Errorf("%+v after %+v", next, last)
		}
		s.OK(s.Reads(next.AccessToken))
		last = next
	}
}

// TestA074_a_rotated_token_used_again ends its family.
func TestA074_a_rotated_token_used_again(t *testing.T) {
	s := newShop(t)
	first, g := s.Installed([]string{contacts})
	second, err := s.Refreshes(first.RefreshToken)
	s.OK(err)
	s.Clock.Advance(RefreshGrace)
	_, err = s.Refreshes(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
	if got := s.Grant(g); got.EndedBy != "replayed" {
		t.Errorf("ended by %q", got.EndedBy)
	}
	for _, token := range []string{first.AccessToken, second.AccessToken} {
		want(t, s.Reads(token), refusal.CredentialRevoked)
	}
	_, err = s.Refreshes(second.RefreshToken)
	want(t, err, refusal.GrantEnded)
	list := s.Acts(s.Acme.ID, "grant.end")
	if len(list) != 1 || list[0].Detail["why"] != "replayed" {
		t.Errorf("the audit book has %+v", list)
	}
}

// TestA075_many_refreshes_at_once all get the one successor.
func TestA075_many_refreshes_at_once(t *testing.T) {
	s := newShop(t)
	for range 10 {
		first, g := s.Installed([]string{contacts})
		var mu sync.Mutex
		got := map[string]bool{}
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				out, err := s.Refreshes(first.RefreshToken)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Reads(out.AccessToken); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				got[out.RefreshToken] = true
			})
		}
		all.Wait()
		if len(got) != 1 || !s.Grant(g).Ended.IsZero() {
			t.Fatalf("%d successors", len(got))
		}
	}
}

// TestA077_a_successor_that_was_lost is answered again, for ten seconds, until it is used.
func TestA077_a_successor_that_was_lost(t *testing.T) {
	s := newShop(t)
	first, g := s.Installed([]string{contacts})
	second, err := s.Refreshes(first.RefreshToken)
	s.OK(err)
	s.Clock.Advance(9 * time.Second)
	again, err := s.Refreshes(first.RefreshToken)
	s.OK(err)
	if again.RefreshToken != second.RefreshToken || again.AccessToken == second.AccessToken {
		t.Error("another successor")
	}
	s.Restart()
	again, err = s.Refreshes(first.RefreshToken)
	s.OK(err)
	if again.RefreshToken != second.RefreshToken {
		t.Error("another successor after a restart")
	}
	third, err := s.Refreshes(second.RefreshToken) // the first use of the successor ends the grace
	s.OK(err)
	_, err = s.Refreshes(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
	if s.Grant(g).Ended.IsZero() {
		t.Error("the family lives")
	}
	_, err = s.Refreshes(third.RefreshToken)
	want(t, err, refusal.GrantEnded)
}

// TestA077_the_sealed_successor opens with the token that it took the place of, and with nothing that the database holds.
func TestA077_the_sealed_successor(t *testing.T) {
	s := newShop(t)
	a, b := located(id.RefreshToken, s.Acme.ID), located(id.RefreshToken, s.Acme.ID)
	sealed, err := SealSuccessor(a, b)
	s.OK(err)
	if got, err := OpenSuccessor(a, sealed); err != nil || got.Reveal() != b.Reveal() {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := OpenSuccessor(b, sealed); err == nil {
		t.Error("opened with another token")
	}
	if bytes.Contains(sealed, []byte(b.Reveal()[5:20])) {
		t.Error("the successor can be read")
	}
}

// TestA076_a_rotated_token_after_a_restart is a replay as before.
func TestA076_a_rotated_token_after_a_restart(t *testing.T) {
	s := newShop(t)
	first, _ := s.Installed([]string{contacts})
	_, err := s.Refreshes(first.RefreshToken)
	s.OK(err)
	s.Clock.Advance(time.Minute)
	s.Restart()
	_, err = s.Refreshes(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
}

// TestA078_a_refresh_by_somebody_else.
func TestA078_a_refresh_by_somebody_else(t *testing.T) {
	s := newShop(t)
	other := s.Register(nil)
	thief := Proof{Kind: SecretProof, Client: other.ID.String(), Secret: s.ClientSecret(other.ID)}
	for _, tt := range []struct {
		name  string
		by    Proof
		path  string
		want  refusal.Code
		ended bool
	}{
		{"a client with a secret", thief, "", refusal.RefreshTokenUnknown, true},
		{"a public client", s.spaProof(), "", refusal.RefreshTokenUnknown, false},
		{"a wrong secret", Proof{Kind: SecretProof, Client: s.App.ID.String(), Secret: "pks_" + strings.Repeat("A", 43)}, "", refusal.ClientNotAuthenticated, false},
		{"the same client at another account's endpoint", s.Proof(), "beta", refusal.RefreshTokenUnknown, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, g := s.Installed([]string{contacts})
			_, err := s.Refresh(ctx, RefreshRequest{Proof: tt.by, Token: first.RefreshToken, Tenant: tt.path})
			want(t, err, tt.want)
			if ended := !s.Grant(g).Ended.IsZero(); ended != tt.ended {
				t.Errorf("the family ended: %v", ended)
			}
		})
	}
	t.Run("a secret that was deleted", func(t *testing.T) {
		first, g := s.Installed([]string{contacts})
		var secret id.Secret
		s.OK(s.Store.View(ctx, func(r store.Reader) error {
			c, err := r.Client(s.App.ID)
			secret = c.Secrets[0].ID
			return err
		}))
		s.OK(s.Registry.DeleteClientSecret(ctx, audit.Operator, registry.Everybody(), s.App.ID, secret))
		_, err := s.Refreshes(first.RefreshToken)
		want(t, err, refusal.ClientNotAuthenticated)
		if !s.Grant(g).Ended.IsZero() {
			t.Error("the family ended")
		}
	})
}

// TestA079_a_refresh_may_narrow, and never widens nor shrinks the grant.
func TestA079_a_refresh_may_narrow(t *testing.T) {
	s := newShop(t)
	out, g := s.Installed([]string{contacts}, deals)
	for _, tt := range []struct {
		ask  []string
		gets string
		want refusal.Code
	}{
		{[]string{contacts}, contacts, ""},
		{[]string{contacts, companies}, "", refusal.ScopeNotInGrant},
		{[]string{companies}, "", refusal.ScopeNotInGrant},
		{[]string{"nothing.of.the.kind"}, "", refusal.ScopeNotInGrant},
		{nil, contacts + " " + deals, ""},
		{[]string{deals}, deals, ""},
		{[]string{deals, contacts}, contacts + " " + deals, ""},
	} {
		next, err := s.Refreshes(out.RefreshToken, tt.ask...)
		want(t, err, tt.want)
		if err != nil {
			continue // nothing was used up
		}
		if got := next.Scopes.String(); got != tt.gets {
			t.Errorf("asked for %v: %q, want %q", tt.ask, got, tt.gets)
		}
		out = next
	}
	if !s.Grant(g).Scopes.Equal(g.Scopes) {
		t.Error("the grant changed")
	}
}

// TestRefresh_for_which_nothing_holds uses nothing up, and works again when something does.
func TestRefresh_for_which_nothing_holds(t *testing.T) {
	s := newShop(t)
	app := s.Register(func(c *store.Client) { c.Registration.Required = scope.Set{} })
	proof := Proof{Kind: SecretProof, Client: app.ID.String(), Secret: s.ClientSecret(app.ID)}
	code, _ := s.Gave(s.Acme.Ada, app, nil, flows)
	out, err := s.Redeem(ctx, RedeemRequest{Proof: proof, Code: code, RedirectURI: callback})
	s.OK(err)
	s.Plan("starter")
	for range 3 {
		_, err = s.Refresh(ctx, RefreshRequest{Proof: proof, Token: out.RefreshToken})
		want(t, err, refusal.NoScopeLeft)
	}
	s.Plan("enterprise")
	_, err = s.Refresh(ctx, RefreshRequest{Proof: proof, Token: out.RefreshToken})
	s.OK(err)
}

// TestA080_no_token_stands_in_for_another.
func TestA080_no_token_stands_in_for_another(t *testing.T) {
	s := newShop(t)
	code, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts})
	out, _ := s.Installed([]string{contacts})
	session := s.SignsIn(s.Acme.App, nil)
	for name, token := range map[string]string{"a refresh token": out.RefreshToken, "a code": code, "a session": session.Token} {
		want(t, s.Reads(token), refusal.CredentialInvalid)
		_ = name
	}
	// A session's token and an access token, each at the other's door, also once they are known at their own.
	s.OK(s.Reads(out.AccessToken))
	s.OK(s.Uses(session.Token, "get_users_on_site"))
	want(t, s.Uses(out.AccessToken, "get_users_on_site"), refusal.CredentialInvalid)
	want(t, s.Reads(session.Token), refusal.CredentialInvalid)
	want(t, s.SignOut(ctx, out.AccessToken, ""), refusal.CredentialInvalid)
	for name, token := range map[string]string{"an access token": out.AccessToken, "a code": code, "a session": session.Token} {
		_, err := s.Refreshes(token)
		if want(t, err, refusal.RefreshTokenUnknown); t.Failed() {
			t.Fatal(name)
		}
	}
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		_, err := s.Redeems(token)
		want(t, err, refusal.CodeUnknown)
	}
}

// TestA081_a_token_has_one_spelling.
func TestA081_a_token_has_one_spelling(t *testing.T) {
	s := newShop(t)
	out, g := s.Installed([]string{contacts})
	good := out.RefreshToken
	flip := []byte(good)
	flip[40] ^= 1
	for name, token := range map[string]string{
		"truncated": good[:len(good)-1], "extended": good + "A", "a line end inside": good[:30] + "\n" + good[30:], "padded": good + "=",
		"a bit flipped": string(flip), "in upper case": strings.ToUpper(good), "another prefix": "pkc" + good[3:], "a space": " " + good,
		"nothing": "", "another tenant": s.elsewhere(good),
	} {
		_, err := s.Refreshes(token)
		if got := code(t, err); got != refusal.RefreshTokenUnknown {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !s.Grant(g).Ended.IsZero() {
		t.Error("the family ended")
	}
	_, err := s.Refreshes(good)
	s.OK(err)
}

// elsewhere is a token with another tenant's locator.
func (s *shop) elsewhere(token string) string {
	l, err := id.ParseLocated(id.RefreshToken, token)
	s.OK(err)
	other := located(id.RefreshToken, s.Beta.ID).Reveal()
	return other[:20] + l.Reveal()[20:]
}

// TestA082_the_absolute_lifetime.
func TestA082_the_absolute_lifetime(t *testing.T) {
	s := newShop(t)
	s.Reregister(s.App, func(c *store.Client) { c.Registration.RefreshLife = 30 * 24 * time.Hour })
	out, _ := s.Installed([]string{contacts})
	for day := 1; ; day++ {
		s.Clock.Advance(24 * time.Hour)
		next, err := s.Refreshes(out.RefreshToken)
		if err != nil {
			want(t, err, refusal.RefreshTokenExpired)
			if day != 30 {
				t.Errorf("ended on day %d", day)
			}
			return
		}
		out = next
	}
}

// TestA083_what_ends_a_grant is felt by its refresh token and its access token at once.
func TestA083_what_ends_a_grant(t *testing.T) {
	yes := true
	for _, tt := range []struct {
		name  string
		alter func(*shop, store.User)
		want  []refusal.Code
	}{
		{"the user was disabled", func(s *shop, u store.User) {
			_, err := s.Directory.UpdateUser(ctx, audit.Operator, s.Acme.ID, u.ID, directory.UserChange{Disabled: &yes})
			s.OK(err)
		}, []refusal.Code{refusal.GrantEnded, refusal.UserDisabled}},
		{"the user was deleted", func(s *shop, u store.User) {
			s.OK(s.Directory.DeleteUser(ctx, audit.Operator, s.Acme.ID, u.ID))
		}, []refusal.Code{refusal.GrantEnded, refusal.RefreshTokenUnknown}},
		{"the tenant was deleted", func(s *shop, u store.User) {
			s.OK(s.Directory.DeleteTenant(ctx, audit.Operator, s.Acme.ID))
		}, []refusal.Code{refusal.GrantEnded, refusal.RefreshTokenUnknown}},
		{"the user withdrew it", func(s *shop, u store.User) {
			_, err := s.Withdraw(ctx, audit.Actor{Kind: "user", ID: u.ID.String()}, s.Acme.ID, u.ID, s.App.ID)
			s.OK(err)
		}, []refusal.Code{refusal.GrantEnded}},
		{"the app uninstalled itself", func(s *shop, u store.User) {
			n, err := s.Uninstall(ctx, audit.Actor{Kind: "client", ID: s.App.ID.String()}, s.Acme.ID, s.App.ID)
			if s.OK(err); n != 1 {
				s.T.Errorf("%d grants ended", n)
			}
		}, []refusal.Code{refusal.GrantEnded}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			bob := s.Member("bob")
			code, _ := s.Gave(bob, s.App, []string{contacts})
			out, err := s.Redeems(code)
			s.OK(err)
			s.OK(s.Reads(out.AccessToken))
			tt.alter(s, bob)
			want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
			_, err = s.Refreshes(out.RefreshToken)
			want(t, err, tt.want...)
		})
	}
}

// TestA084_a_user_of_the_same_name reaches nothing of the one before.
func TestA084_a_user_of_the_same_name(t *testing.T) {
	s := newShop(t)
	bob := s.Member("bob")
	code, _ := s.Gave(bob, s.App, []string{contacts})
	out, err := s.Redeems(code)
	s.OK(err)
	s.OK(s.Directory.DeleteUser(ctx, audit.Operator, s.Acme.ID, bob.ID))
	again := s.Member("bob")
	if again.ID == bob.ID {
		t.Fatal("the id was given again")
	}
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.GrantEnded, refusal.RefreshTokenUnknown)
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
}

// TestA085_used_tokens_stay_as_long_as_their_family can live, so that a replay is noticed however late.
func TestA085_used_tokens_stay_as_long_as_their_family(t *testing.T) {
	s := newShop(t)
	first, g := s.Installed([]string{contacts})
	second, err := s.Refreshes(first.RefreshToken)
	s.OK(err)
	s.Clock.Advance(400 * 24 * time.Hour)
	s.OK(s.Store.Tend(ctx, func(u store.Upkeep) error {
		_, err := u.Sweep(s.Clock.Now(), 1000)
		return err
	}))
	_, err = s.Refreshes(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
	if s.Grant(g).Ended.IsZero() {
		t.Error("the family lives")
	}
	_, err = s.Refreshes(second.RefreshToken)
	want(t, err, refusal.GrantEnded)
}

// TestRefresh_on_HubSpots_wire: a confidential client's token stays the same, a public client's rotates all the same.
func TestRefresh_on_HubSpots_wire(t *testing.T) {
	s := newShop(t)
	s.Reregister(s.App, func(c *store.Client) { c.Registration.Wire = "hubspot" })
	s.Reregister(s.spa, func(c *store.Client) { c.Registration.Wire = "hubspot" })
	out, _ := s.Installed([]string{contacts})
	for range 3 {
		s.Clock.Advance(time.Hour)
		next, err := s.Refreshes(out.RefreshToken)
		s.OK(err)
		if next.RefreshToken != out.RefreshToken {
			t.Error("the token changed")
		}
		s.OK(s.Reads(next.AccessToken))
	}
	if n := len(s.Acts(s.Acme.ID, "grant.refresh")); n != 0 {
		t.Errorf("%d entries in the audit book", n)
	}
	code, _ := s.Gave(s.Acme.Ada, s.spa, []string{contacts})
	first, err := s.Redeem(ctx, RedeemRequest{Proof: s.spaProof(), Code: code, RedirectURI: callback, Verifier: verifier})
	s.OK(err)
	next, err := s.Refresh(ctx, RefreshRequest{Proof: s.spaProof(), Token: first.RefreshToken})
	if s.OK(err); next.RefreshToken == first.RefreshToken {
		t.Error("a public client's token stays the same")
	}
}
