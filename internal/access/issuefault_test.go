package access_test

import (
	"testing"

	. "prokura/internal/access"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/store/faultstore"
	"prokura/internal/testworld"
)

// stall is a shop whose store calls go through the trigger.
func (f *faulty) stall() *shop {
	s := &shop{Shop: &testworld.Shop{World: f.world}}
	s.Governs(f.Acme.ID, policy.Governance{Door: policy.DoorOpen})
	s.App = s.Register(func(c *store.Client) {
		r := &c.Registration
		c.Owner = f.Acme.ID
		r.Required, r.Conditional, r.Optional = scopes(readUsr), scopes(content), scope.Set{}
		r.ClientCredentials = true
	})
	s.Secret = s.ClientSecret(s.App.ID)
	return s
}

// readsUsers calls a method with an access token.
func (s *shop) readsUsers(token string) error {
	m, _ := testworld.Analytics().Method("get_users_on_site")
	_, err := s.Call(ctx, &CallRequest{Credential: token, Bearer: true, Catalog: testworld.Analytics(), Method: m, Tenant: s.Acme.ID.String(), Audience: audience})
	return err
}

// TestA060_a_code_whose_answer_was_lost is either still good, or used up and its family ended by the retry: there are never
// tokens that nobody knows of.
func TestA060_a_code_whose_answer_was_lost(t *testing.T) {
	t.Parallel()
	eachFault(t, 4, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		code, g := s.Gave(s.Acme.Ada, s.App, []string{readUsr})
		f.trigger.Arm(n, o)
		out, err := s.Redeems(code)
		hit, fired := f.trigger.Disarm()
		lost := fired && o == faultstore.Done && hit.Method == "Do"
		if fired {
			if ours(t, err); out.AccessToken != "" || out.RefreshToken != "" {
				t.Error("a failure carries a token")
			}
			out, err = s.Redeems(code)
		}
		if lost {
			want(t, err, refusal.CodeUsed)
			if s.Grant(g).Ended.IsZero() {
				t.Error("the family lives")
			}
		} else {
			f.OK(err)
			f.OK(s.readsUsers(out.AccessToken))
			_, err = s.Redeems(code)
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
		first, g := s.Installed([]string{readUsr})
		f.trigger.Arm(n, o)
		out, err := s.Refreshes(first.RefreshToken)
		hit, fired := f.trigger.Disarm()
		if fired {
			if ours(t, err); out.AccessToken != "" || out.RefreshToken != "" {
				t.Error("a failure carries a token")
			}
			out, err = s.Refreshes(first.RefreshToken)
		}
		f.OK(err)
		f.OK(s.readsUsers(out.AccessToken))
		again, err := s.Refreshes(first.RefreshToken)
		if f.OK(err); again.RefreshToken != out.RefreshToken {
			t.Error("another successor")
		}
		f.caughtUp()
		if got := f.entries("grant.refresh"); got != 1 || !s.Grant(g).Ended.IsZero() {
			t.Errorf("refreshed %d times in the book", got)
		}
		_, err = s.Refreshes(out.RefreshToken)
		f.OK(err)
		return hit, fired
	})
}

// TestA194_a_revocation_that_failed is not answered as done.
func TestA194_a_revocation_that_failed(t *testing.T) {
	t.Parallel()
	eachFault(t, 1, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		out, g := s.Installed([]string{readUsr})
		token := out.RefreshToken
		if n%2 == 0 {
			token = out.AccessToken
		}
		f.trigger.Arm(n, o)
		err := s.revokes(token)
		hit, fired := f.trigger.Disarm()
		if fired {
			ours(t, err)
			f.OK(s.revokes(token))
		} else {
			f.OK(err)
		}
		f.caughtUp()
		want(t, s.readsUsers(out.AccessToken), refusal.CredentialRevoked)
		if token == out.RefreshToken && s.Grant(g).Ended.IsZero() {
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
		out, err := s.ForItself(s.Proof(), "")
		hit, fired := f.trigger.Disarm()
		if fired {
			ours(t, err)
			out, err = s.ForItself(s.Proof(), "")
		}
		f.OK(err)
		f.OK(s.readsUsers(out.AccessToken))
		return hit, fired
	})
}

// TestAskForMore_whatever_fails: every tenant is asked once about a new version, also where the process ends while it asks, and who
// said no meanwhile is not asked again.
func TestAskForMore_whatever_fails(t *testing.T) {
	t.Parallel()
	eachFault(t, 6, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		f.Beta = f.NewTenant("beta")
		tenants := []id.Tenant{f.Acme.ID, f.Beta.ID}
		for _, in := range tenants {
			_, err := s.Authorize(ctx, operator, in, s.App.ID, govern.Terms{Scopes: scopes(readUsr), Admission: all})
			f.OK(err)
		}
		s.Reregister(s.App, func(c *store.Client) { c.Registration.Optional = scopes("tableau:views:embed") })
		f.trigger.Arm(n, o)
		s.AskForVersions(ctx)
		hit, fired := f.trigger.Disarm()
		f.Restart()
		for _, in := range tenants {
			list, err := s.Queue(ctx, in)
			if f.OK(err); len(list) == 1 && n%2 == 0 {
				_, err := s.Deny(ctx, operator, in, s.App.ID, "", false)
				f.OK(err)
			}
		}
		s.AskForVersions(ctx)
		s.AskForVersions(ctx)
		f.OK(f.Store.View(ctx, func(r store.Reader) error {
			for _, in := range tenants {
				list, err := r.ListAuthorizationRequests(in, store.RequestFilter{Client: s.App.ID}, store.Page{})
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
