package access

import (
	"testing"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/store/faultstore"
)

// stall is a shop whose store calls go through the trigger.
func (f *faulty) stall() *shop {
	s := &shop{world: f.world}
	s.governs(f.acme.ID, policy.Governance{Door: policy.DoorOpen})
	s.app = s.client(func(c *store.Client) {
		r := &c.Registration
		c.Owner = f.acme.ID
		r.Required, r.Conditional, r.Optional = scopes(readUsr), scopes(content), scope.Set{}
		r.ClientCredentials = true
	})
	s.secret = s.clientSecret(s.app.ID)
	return s
}

// readsUsers calls a method with an access token.
func (s *shop) readsUsers(token string) error {
	m, _ := s.analytic.Method("get_users_on_site")
	_, err := s.Call(ctx, &CallRequest{Credential: token, Bearer: true, Catalog: s.analytic, Method: m, Tenant: s.acme.ID.String(), Audience: audience})
	return err
}

// TestA060_a_code_whose_answer_was_lost is either still good, or used up and its family ended by the retry: there are never
// tokens that nobody knows of.
func TestA060_a_code_whose_answer_was_lost(t *testing.T) {
	t.Parallel()
	eachFault(t, 4, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		code, g := s.install(s.app, []string{readUsr})
		f.trigger.Arm(n, o)
		out, err := s.redeem(code)
		hit, fired := f.trigger.Disarm()
		lost := fired && o == faultstore.Done && hit.Method == "Do"
		if fired {
			if ours(t, err); out.AccessToken != "" || out.RefreshToken != "" {
				t.Error("a failure carries a token")
			}
			out, err = s.redeem(code)
		}
		if lost {
			want(t, err, refusal.CodeUsed)
			if s.grant(g).Ended.IsZero() {
				t.Error("the family lives")
			}
		} else {
			f.ok(err)
			f.ok(s.readsUsers(out.AccessToken))
			_, err = s.redeem(code)
			want(t, err, refusal.CodeUsed)
			want(t, s.readsUsers(out.AccessToken), refusal.CredentialRevoked)
		}
		f.caughtUp()
		if got := f.entries("grant.redeem"); got != 1 {
			t.Errorf("redeemed %d times in the book", got)
		}
		return hit, fired
	})
}

// TestA077_a_refresh_whose_answer_was_lost is answered again with the same successor, whatever failed.
func TestA077_a_refresh_whose_answer_was_lost(t *testing.T) {
	t.Parallel()
	eachFault(t, 1, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		first, g := s.installed([]string{readUsr})
		f.trigger.Arm(n, o)
		out, err := s.refreshWith(first.RefreshToken)
		hit, fired := f.trigger.Disarm()
		if fired {
			if ours(t, err); out.AccessToken != "" || out.RefreshToken != "" {
				t.Error("a failure carries a token")
			}
			out, err = s.refreshWith(first.RefreshToken)
		}
		f.ok(err)
		f.ok(s.readsUsers(out.AccessToken))
		again, err := s.refreshWith(first.RefreshToken)
		if f.ok(err); again.RefreshToken != out.RefreshToken {
			t.Error("another successor")
		}
		f.caughtUp()
		if got := f.entries("grant.refresh"); got != 1 || !s.grant(g).Ended.IsZero() {
			t.Errorf("refreshed %d times in the book", got)
		}
		_, err = s.refreshWith(out.RefreshToken)
		f.ok(err)
		return hit, fired
	})
}

// TestA194_a_revocation_that_failed is not answered as done.
func TestA194_a_revocation_that_failed(t *testing.T) {
	t.Parallel()
	eachFault(t, 1, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		out, g := s.installed([]string{readUsr})
		token := out.RefreshToken
		if n%2 == 0 {
			token = out.AccessToken
		}
		f.trigger.Arm(n, o)
		err := s.revokes(token)
		hit, fired := f.trigger.Disarm()
		if fired {
			ours(t, err)
			f.ok(s.revokes(token))
		} else {
			f.ok(err)
		}
		f.caughtUp()
		want(t, s.readsUsers(out.AccessToken), refusal.CredentialRevoked)
		if token == out.RefreshToken && s.grant(g).Ended.IsZero() {
			t.Error("the grant lives")
		}
		return hit, fired
	})
}

// TestClientCredentials_whatever_fails: no token comes of a state that memory does not know.
func TestClientCredentials_whatever_fails(t *testing.T) {
	t.Parallel()
	eachFault(t, 2, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		f.trigger.Arm(n, o)
		out, err := s.forItself(s.proof(), "")
		hit, fired := f.trigger.Disarm()
		if fired {
			ours(t, err)
			out, err = s.forItself(s.proof(), "")
		}
		f.ok(err)
		f.ok(s.readsUsers(out.AccessToken))
		return hit, fired
	})
}

// TestAskForMore_whatever_fails: every tenant is asked once about a new version, also where the process ends while it asks, and who
// said no meanwhile is not asked again.
func TestAskForMore_whatever_fails(t *testing.T) {
	t.Parallel()
	eachFault(t, 6, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		f.beta = f.tenant("beta")
		tenants := []id.Tenant{f.acme.ID, f.beta.ID}
		for _, in := range tenants {
			_, err := s.Authorize(ctx, operator, in, s.app.ID, govern.Terms{Scopes: scopes(readUsr), Admission: all})
			f.ok(err)
		}
		s.reregister(s.app, func(c *store.Client) { c.Registration.Optional = scopes("tableau:views:embed") })
		f.trigger.Arm(n, o)
		s.AskForVersions(ctx)
		hit, fired := f.trigger.Disarm()
		f.restart()
		for _, in := range tenants {
			list, err := s.Queue(ctx, in)
			if f.ok(err); len(list) == 1 && n%2 == 0 {
				_, err := s.Deny(ctx, operator, in, s.app.ID, "", false)
				f.ok(err)
			}
		}
		s.AskForVersions(ctx)
		s.AskForVersions(ctx)
		f.ok(f.db.View(ctx, func(r store.Reader) error {
			for _, in := range tenants {
				list, err := r.ListAuthorizationRequests(in, store.RequestFilter{Client: s.app.ID}, store.Page{})
				if err != nil {
					return err
				}
				if len(list) != 1 || !list[0].Optional.Equal(scopes("tableau:views:embed")) {
					t.Errorf("asked %+v", list)
				}
			}
			left, err := r.Unasked(id.Client{}, 10)
			if len(left) > 0 {
				t.Errorf("still to be asked about: %+v", left)
			}
			return err
		}))
		return hit, fired
	})
}
