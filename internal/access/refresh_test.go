package access

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

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
	first, g := s.installed([]string{contacts}, deals)
	last := first
	for range 5 {
		s.clock.Advance(time.Hour)
		next, err := s.refreshWith(last.RefreshToken)
		s.ok(err)
		if next.RefreshToken == last.RefreshToken || next.AccessToken == last.AccessToken || !next.Scopes.Equal(g.Scopes) {
			t.Errorf("%+v after %+v", next, last)
		}
		s.ok(s.reads(next.AccessToken))
		last = next
	}
}

// TestA074_a_rotated_token_used_again ends its family.
func TestA074_a_rotated_token_used_again(t *testing.T) {
	s := newShop(t)
	first, g := s.installed([]string{contacts})
	second, err := s.refreshWith(first.RefreshToken)
	s.ok(err)
	s.clock.Advance(RefreshGrace)
	_, err = s.refreshWith(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
	if got := s.grant(g); got.EndedBy != "replayed" {
		t.Errorf("ended by %q", got.EndedBy)
	}
	for _, token := range []string{first.AccessToken, second.AccessToken} {
		want(t, s.reads(token), refusal.CredentialRevoked)
	}
	_, err = s.refreshWith(second.RefreshToken)
	want(t, err, refusal.GrantEnded)
	list := s.acts(s.acme.ID, "grant.end")
	if len(list) != 1 || list[0].Detail["why"] != "replayed" {
		t.Errorf("the audit book has %+v", list)
	}
}

func (s *shop) acts(in id.Tenant, action string) (out []audit.Act) {
	s.t.Helper()
	s.ok(s.db.View(ctx, func(r store.Reader) error {
		list, err := r.ListAudit(in, id.Entry{}, 1000)
		for _, e := range list {
			if e.Act.Action == action {
				out = append(out, e.Act)
			}
		}
		return err
	}))
	return out
}

// TestA075_many_refreshes_at_once all get the one successor.
func TestA075_many_refreshes_at_once(t *testing.T) {
	s := newShop(t)
	for range 10 {
		first, g := s.installed([]string{contacts})
		var mu sync.Mutex
		got := map[string]bool{}
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				out, err := s.refreshWith(first.RefreshToken)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.reads(out.AccessToken); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				got[out.RefreshToken] = true
			})
		}
		all.Wait()
		if len(got) != 1 || !s.grant(g).Ended.IsZero() {
			t.Fatalf("%d successors", len(got))
		}
	}
}

// TestA077_a_successor_that_was_lost is answered again, for ten seconds, until it is used.
func TestA077_a_successor_that_was_lost(t *testing.T) {
	s := newShop(t)
	first, g := s.installed([]string{contacts})
	second, err := s.refreshWith(first.RefreshToken)
	s.ok(err)
	s.clock.Advance(9 * time.Second)
	again, err := s.refreshWith(first.RefreshToken)
	s.ok(err)
	if again.RefreshToken != second.RefreshToken || again.AccessToken == second.AccessToken {
		t.Error("another successor")
	}
	s.restart()
	again, err = s.refreshWith(first.RefreshToken)
	s.ok(err)
	if again.RefreshToken != second.RefreshToken {
		t.Error("another successor after a restart")
	}
	third, err := s.refreshWith(second.RefreshToken) // the first use of the successor ends the grace
	s.ok(err)
	_, err = s.refreshWith(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
	if s.grant(g).Ended.IsZero() {
		t.Error("the family lives")
	}
	_, err = s.refreshWith(third.RefreshToken)
	want(t, err, refusal.GrantEnded)
}

// TestA077_the_sealed_successor opens with the token that it took the place of, and with nothing that the database holds.
func TestA077_the_sealed_successor(t *testing.T) {
	s := newShop(t)
	a, b := newLocated(id.RefreshToken, s.acme.ID), newLocated(id.RefreshToken, s.acme.ID)
	sealed, err := sealSuccessor(a, b)
	s.ok(err)
	if got, err := openSuccessor(a, sealed); err != nil || got.Reveal() != b.Reveal() {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := openSuccessor(b, sealed); err == nil {
		t.Error("opened with another token")
	}
	if bytes.Contains(sealed, []byte(b.Reveal()[5:20])) {
		t.Error("the successor can be read")
	}
}

// TestA076_a_rotated_token_after_a_restart is a replay as before.
func TestA076_a_rotated_token_after_a_restart(t *testing.T) {
	s := newShop(t)
	first, _ := s.installed([]string{contacts})
	_, err := s.refreshWith(first.RefreshToken)
	s.ok(err)
	s.clock.Advance(time.Minute)
	s.restart()
	_, err = s.refreshWith(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
}

// TestA078_a_refresh_by_somebody_else.
func TestA078_a_refresh_by_somebody_else(t *testing.T) {
	s := newShop(t)
	other := s.client(nil)
	thief := Proof{Kind: SecretProof, Client: other.ID.String(), Secret: s.clientSecret(other.ID)}
	for _, tt := range []struct {
		name  string
		by    Proof
		path  string
		want  refusal.Code
		ended bool
	}{
		{"a client with a secret", thief, "", refusal.RefreshTokenUnknown, true},
		{"a public client", s.spaProof(), "", refusal.RefreshTokenUnknown, false},
		{"a wrong secret", Proof{Kind: SecretProof, Client: s.app.ID.String(), Secret: "pks_" + strings.Repeat("A", 43)}, "", refusal.ClientNotAuthenticated, false},
		{"the same client at another account's endpoint", s.proof(), "beta", refusal.RefreshTokenUnknown, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, g := s.installed([]string{contacts})
			_, err := s.Refresh(ctx, RefreshRequest{Proof: tt.by, Token: first.RefreshToken, Tenant: tt.path})
			want(t, err, tt.want)
			if ended := !s.grant(g).Ended.IsZero(); ended != tt.ended {
				t.Errorf("the family ended: %v", ended)
			}
		})
	}
	t.Run("a secret that was deleted", func(t *testing.T) {
		first, g := s.installed([]string{contacts})
		var secret id.Secret
		s.ok(s.db.View(ctx, func(r store.Reader) error {
			c, err := r.Client(s.app.ID)
			secret = c.Secrets[0].ID
			return err
		}))
		s.ok(s.registry.DeleteClientSecret(ctx, audit.Operator, registry.Everybody(), s.app.ID, secret))
		_, err := s.refreshWith(first.RefreshToken)
		want(t, err, refusal.ClientNotAuthenticated)
		if !s.grant(g).Ended.IsZero() {
			t.Error("the family ended")
		}
	})
}

// TestA079_a_refresh_may_narrow, and never widens nor shrinks the grant.
func TestA079_a_refresh_may_narrow(t *testing.T) {
	s := newShop(t)
	out, g := s.installed([]string{contacts}, deals)
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
		next, err := s.refreshWith(out.RefreshToken, tt.ask...)
		want(t, err, tt.want)
		if err != nil {
			continue // nothing was used up
		}
		if got := next.Scopes.String(); got != tt.gets {
			t.Errorf("asked for %v: %q, want %q", tt.ask, got, tt.gets)
		}
		out = next
	}
	if !s.grant(g).Scopes.Equal(g.Scopes) {
		t.Error("the grant changed")
	}
}

// TestRefresh_for_which_nothing_holds uses nothing up, and works again when something does.
func TestRefresh_for_which_nothing_holds(t *testing.T) {
	s := newShop(t)
	app := s.client(func(c *store.Client) { c.Registration.Required = scope.Set{} })
	proof := Proof{Kind: SecretProof, Client: app.ID.String(), Secret: s.clientSecret(app.ID)}
	code, _ := s.install(app, nil, flows)
	out, err := s.Redeem(ctx, RedeemRequest{Proof: proof, Code: code, RedirectURI: callback})
	s.ok(err)
	s.plan("starter")
	for range 3 {
		_, err = s.Refresh(ctx, RefreshRequest{Proof: proof, Token: out.RefreshToken})
		want(t, err, refusal.NoScopeLeft)
	}
	s.plan("enterprise")
	_, err = s.Refresh(ctx, RefreshRequest{Proof: proof, Token: out.RefreshToken})
	s.ok(err)
}

// TestA080_no_token_stands_in_for_another.
func TestA080_no_token_stands_in_for_another(t *testing.T) {
	s := newShop(t)
	code, _ := s.install(s.app, []string{contacts})
	out, _ := s.installed([]string{contacts})
	session := s.signIn(s.acme.app, nil)
	for name, token := range map[string]string{"a refresh token": out.RefreshToken, "a code": code, "a session": session.Token} {
		want(t, s.reads(token), refusal.CredentialInvalid)
		_ = name
	}
	// A session's token and an access token, each at the other's door, also once they are known at their own.
	s.ok(s.reads(out.AccessToken))
	s.ok(s.call(session.Token, "get_users_on_site"))
	want(t, s.call(out.AccessToken, "get_users_on_site"), refusal.CredentialInvalid)
	want(t, s.reads(session.Token), refusal.CredentialInvalid)
	want(t, s.SignOut(ctx, out.AccessToken, ""), refusal.CredentialInvalid)
	for name, token := range map[string]string{"an access token": out.AccessToken, "a code": code, "a session": session.Token} {
		_, err := s.refreshWith(token)
		if want(t, err, refusal.RefreshTokenUnknown); t.Failed() {
			t.Fatal(name)
		}
	}
	for _, token := range []string{out.AccessToken, out.RefreshToken} {
		_, err := s.redeem(token)
		want(t, err, refusal.CodeUnknown)
	}
}

// TestA081_a_token_has_one_spelling.
func TestA081_a_token_has_one_spelling(t *testing.T) {
	s := newShop(t)
	out, g := s.installed([]string{contacts})
	good := out.RefreshToken
	flip := []byte(good)
	flip[40] ^= 1
	for name, token := range map[string]string{
		"truncated": good[:len(good)-1], "extended": good + "A", "a line end inside": good[:30] + "\n" + good[30:], "padded": good + "=",
		"a bit flipped": string(flip), "in upper case": strings.ToUpper(good), "another prefix": "pkc" + good[3:], "a space": " " + good,
		"nothing": "", "another tenant": s.elsewhere(good),
	} {
		_, err := s.refreshWith(token)
		if got := code(t, err); got != refusal.RefreshTokenUnknown {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !s.grant(g).Ended.IsZero() {
		t.Error("the family ended")
	}
	_, err := s.refreshWith(good)
	s.ok(err)
}

// elsewhere is a token with another tenant's locator.
func (s *shop) elsewhere(token string) string {
	l, err := id.ParseLocated(id.RefreshToken, token)
	s.ok(err)
	other := newLocated(id.RefreshToken, s.beta.ID).Reveal()
	return other[:20] + l.Reveal()[20:]
}

// TestA082_the_absolute_lifetime.
func TestA082_the_absolute_lifetime(t *testing.T) {
	s := newShop(t)
	s.reregister(s.app, func(c *store.Client) { c.Registration.RefreshLife = 30 * 24 * time.Hour })
	out, _ := s.installed([]string{contacts})
	for day := 1; ; day++ {
		s.clock.Advance(24 * time.Hour)
		next, err := s.refreshWith(out.RefreshToken)
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
			_, err := s.people().UpdateUser(ctx, audit.Operator, s.acme.ID, u.ID, directory.UserChange{Disabled: &yes})
			s.ok(err)
		}, []refusal.Code{refusal.GrantEnded, refusal.UserDisabled}},
		{"the user was deleted", func(s *shop, u store.User) {
			s.ok(s.people().DeleteUser(ctx, audit.Operator, s.acme.ID, u.ID))
		}, []refusal.Code{refusal.GrantEnded, refusal.RefreshTokenUnknown}},
		{"the tenant was deleted", func(s *shop, u store.User) {
			s.ok(s.people().DeleteTenant(ctx, audit.Operator, s.acme.ID))
		}, []refusal.Code{refusal.GrantEnded, refusal.RefreshTokenUnknown}},
		{"the user withdrew it", func(s *shop, u store.User) {
			_, err := s.Withdraw(ctx, audit.Actor{Kind: "user", ID: u.ID.String()}, s.acme.ID, u.ID, s.app.ID)
			s.ok(err)
		}, []refusal.Code{refusal.GrantEnded}},
		{"the app uninstalled itself", func(s *shop, u store.User) {
			n, err := s.Uninstall(ctx, audit.Actor{Kind: "client", ID: s.app.ID.String()}, s.acme.ID, s.app.ID)
			if s.ok(err); n != 1 {
				s.t.Errorf("%d grants ended", n)
			}
		}, []refusal.Code{refusal.GrantEnded}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			bob := s.user("bob")
			code, _ := s.installBy(bob, s.app, []string{contacts})
			out, err := s.redeem(code)
			s.ok(err)
			s.ok(s.reads(out.AccessToken))
			tt.alter(s, bob)
			want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
			_, err = s.refreshWith(out.RefreshToken)
			want(t, err, tt.want...)
		})
	}
}

// TestA084_a_user_of_the_same_name reaches nothing of the one before.
func TestA084_a_user_of_the_same_name(t *testing.T) {
	s := newShop(t)
	bob := s.user("bob")
	code, _ := s.installBy(bob, s.app, []string{contacts})
	out, err := s.redeem(code)
	s.ok(err)
	s.ok(s.people().DeleteUser(ctx, audit.Operator, s.acme.ID, bob.ID))
	again := s.user("bob")
	if again.ID == bob.ID {
		t.Fatal("the id was given again")
	}
	_, err = s.refreshWith(out.RefreshToken)
	want(t, err, refusal.GrantEnded, refusal.RefreshTokenUnknown)
	want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
}

// TestA085_used_tokens_stay_as_long_as_their_family can live, so that a replay is noticed however late.
func TestA085_used_tokens_stay_as_long_as_their_family(t *testing.T) {
	s := newShop(t)
	first, g := s.installed([]string{contacts})
	second, err := s.refreshWith(first.RefreshToken)
	s.ok(err)
	s.clock.Advance(400 * 24 * time.Hour)
	s.ok(s.db.Tend(ctx, func(u store.Upkeep) error {
		_, err := u.Sweep(s.clock.Now(), 1000)
		return err
	}))
	_, err = s.refreshWith(first.RefreshToken)
	want(t, err, refusal.RefreshTokenReplayed)
	if s.grant(g).Ended.IsZero() {
		t.Error("the family lives")
	}
	_, err = s.refreshWith(second.RefreshToken)
	want(t, err, refusal.GrantEnded)
}

// TestRefresh_on_HubSpots_wire: a confidential client's token stays the same, a public client's rotates all the same.
func TestRefresh_on_HubSpots_wire(t *testing.T) {
	s := newShop(t)
	s.reregister(s.app, func(c *store.Client) { c.Registration.Wire = "hubspot" })
	s.reregister(s.spa, func(c *store.Client) { c.Registration.Wire = "hubspot" })
	out, _ := s.installed([]string{contacts})
	for range 3 {
		s.clock.Advance(time.Hour)
		next, err := s.refreshWith(out.RefreshToken)
		s.ok(err)
		if next.RefreshToken != out.RefreshToken {
			t.Error("the token changed")
		}
		s.ok(s.reads(next.AccessToken))
	}
	if n := len(s.acts(s.acme.ID, "grant.refresh")); n != 0 {
		t.Errorf("%d entries in the audit book", n)
	}
	code, _ := s.install(s.spa, []string{contacts})
	first, err := s.Redeem(ctx, RedeemRequest{Proof: s.spaProof(), Code: code, RedirectURI: callback, Verifier: verifier})
	s.ok(err)
	next, err := s.Refresh(ctx, RefreshRequest{Proof: s.spaProof(), Token: first.RefreshToken})
	if s.ok(err); next.RefreshToken == first.RefreshToken {
		t.Error("a public client's token stays the same")
	}
}
