package govern_test

import (
	"slices"
	"testing"
	"time"

	"prokura/internal/access"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// marks counts the marks there are.
func (s *shop) marks() int {
	s.T.Helper()
	list, _, err := s.Store.Marks(ctx)
	s.OK(err)
	return len(list)
}

// TestA158_what_was_revoked_stays_dead, whatever made it work before, and whatever happens after; only an administrator brings the
// app back, and nothing that rested on the revoked authorization.
func TestA158_what_was_revoked_stays_dead(t *testing.T) {
	for name, before := range map[string]func(*shop){
		"installed under an open door": func(*shop) {},
		"authorized by an administrator": func(s *shop) {
			s.Authorizes(govern.Terms{Scopes: scopes(contacts, deals)})
		},
		"built in": func(s *shop) {
			s.Do(func(tx store.Tx) error {
				c, err := tx.Client(s.App.ID)
				s.OK(err)
				c.BuiltIn = true
				return tx.UpdateClient(c, nil)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			before(s)
			out, g := s.Installed([]string{contacts})
			s.OK(s.Reads(out.AccessToken))
			marks := s.marks()
			done, err := s.Revoke(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, "leaked its keys")
			s.OK(err)
			if done.Reach.Users != 1 || done.Reach.Grants != 1 || !done.Authorization.Revoked || s.marks() != marks+1 {
				t.Errorf("%+v, %d marks", done, s.marks()-marks)
			}
			if act := s.entry(); act.Action != "authorization.revoke" || act.Reason != "leaked its keys" || act.After["state"] != "revoked" || act.Before["state"] != "authorized" {
				t.Errorf("%+v", act)
			}
			dead := func(when string) {
				t.Helper()
				want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
				if _, err := s.Refreshes(out.RefreshToken); code(t, err) != refusal.AuthorizationRevoked {
					t.Errorf("%s: a refresh is answered %v", when, err)
				}
				if v := s.May(); v.Outcome != policy.InstallRefused || v.Findings[0].Code != refusal.AuthorizationRevoked {
					t.Errorf("%s: installing is answered %s %+v", when, v.Outcome, v.Findings)
				}
			}
			dead("at once")
			// Whatever else changes brings nothing back.
			s.Governs(s.Acme.ID, policy.Governance{Door: policy.DoorOpen})
			dead("under an open door")
			for _, stage := range []policy.Stage{policy.Report, policy.Off} {
				s.Governs(s.Acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: stage})
				dead("in stage " + string(stage))
			}
			s.Governs(s.Acme.ID, policy.Governance{Door: policy.DoorOpen})
			s.Reregister(s.App, func(c *store.Client) { c.Registration.Name = "Sync 2" })
			dead("with a new version")
			s.Restart()
			dead("after a restart, with the catalogs loaded anew")
			again, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "twice")
			if s.OK(err); again.Authorization.ID != done.Authorization.ID || again.Authorization.Reason != "leaked its keys" {
				t.Errorf("revoked again: %+v", again)
			}

			fresh := s.Authorizes(govern.Terms{Uncapped: true})
			if fresh.ID == done.Authorization.ID {
				t.Error("the authorization was reopened")
			}
			want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
			if _, err := s.Refreshes(out.RefreshToken); err == nil {
				t.Error("a refresh token revived")
			}
			if v := s.May(); v.Outcome != policy.ConsentNeeded {
				t.Errorf("authorized again, installing is answered %s", v.Outcome)
			}
			past, err := s.History(ctx, s.Acme.ID, s.App.ID)
			if s.OK(err); !slices.ContainsFunc(past, func(p store.PastAuthorization) bool { return p.ID == g.Authorization && p.Revoked }) {
				t.Errorf("the record of the revoked one is gone: %+v", past)
			}
			next, _ := s.Installed([]string{contacts})
			s.OK(s.Reads(next.AccessToken))
		})
	}
}

func TestRevoke_of_what_was_never_authorized(t *testing.T) {
	s := newShop(t)
	never := s.Register(nil)
	builtIn := s.Register(func(c *store.Client) { c.BuiltIn, c.Owner = true, id.Tenant{} })
	for _, c := range []store.Client{never, builtIn} {
		done, err := s.Revoke(ctx, operator, s.Acme.ID, c.ID, "")
		s.OK(err)
		seen, err := s.Authorization(ctx, s.Acme.ID, c.ID)
		s.OK(err)
		if !done.Authorization.Revoked || seen.Standing.State != policy.Revoked || seen.Virtual || seen.Version != 1 {
			t.Errorf("%+v", seen)
		}
		if other, err := s.Authorization(ctx, s.Beta.ID, c.ID); err != nil || other.Standing.Dead() {
			t.Errorf("in another account: %+v, %v", other.Standing, err)
		}
	}
}

func TestRevoke_a_connected_app(t *testing.T) {
	s := newShop(t)
	in := s.SignsIn(s.Acme.App, nil)
	s.OK(s.Uses(in.Token, "get_users_on_site"))
	was, err := s.Authorization(ctx, s.Acme.ID, s.Acme.App.Client)
	s.OK(err)
	if was.App.Kind != govern.ConnectedAppKind || was.Origin != policy.ByBeingMade || was.Standing.State != policy.Authorized || was.Virtual {
		t.Errorf("%+v", was)
	}
	done, err := s.Revoke(ctx, as(s.Acme.Ada), s.Acme.ID, s.Acme.App.Client, "gone")
	s.OK(err)
	if !done.Authorization.Revoked || s.entry().Reason != "gone" {
		t.Errorf("%+v", done)
	}
	want(t, s.Uses(in.Token, "get_users_on_site"), refusal.CredentialRevoked)
	_, err = s.Authorize(ctx, operator, s.Acme.ID, s.Acme.App.Client, govern.Terms{Expires: noon.Add(time.Hour)})
	want(t, err, refusal.TermsNotOffered)
	again, err := s.Authorize(ctx, operator, s.Acme.ID, s.Acme.App.Client, govern.Terms{Scopes: scopes(readUsr)})
	s.OK(err)
	if again.Revoked || again.ID == was.ID || !again.Ceiling.Equal(scopes(readUsr)) {
		t.Errorf("%+v", again)
	}
	want(t, s.Uses(in.Token, "get_users_on_site"), refusal.CredentialRevoked)
	s.OK(s.Uses(s.SignsIn(s.Acme.App, nil).Token, "get_users_on_site"))
}

// TestA159_a_client_is_recalled everywhere by one mark, and each account decides anew.
func TestA159_a_client_is_recalled(t *testing.T) {
	s := newShop(t)
	out, _ := s.Installed([]string{contacts})
	_, g := s.Gave(s.Beta.Ada, s.App, []string{contacts})
	_, err := s.Recall(ctx, as(s.Acme.Ada), s.App.ID, "")
	want(t, err, refusal.AuthorityMissing)
	marks := s.marks()
	n, err := s.Recall(ctx, operator, s.App.ID, "stolen")
	s.OK(err)
	if n != 2 || s.marks() != marks+1 {
		t.Errorf("%d accounts, %d marks", n, s.marks()-marks)
	}
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.AuthorizationRevoked)
	if v := s.May(); v.Outcome != policy.InstallRefused {
		t.Errorf("%s", v.Outcome)
	}
	for _, in := range []id.Tenant{s.Acme.ID, g.Tenant} {
		seen, err := s.Authorization(ctx, in, s.App.ID)
		s.OK(err)
		if seen.Standing.State != policy.Revoked {
			t.Errorf("%+v", seen.Standing)
		}
	}
	a := s.Authorizes(govern.Terms{Uncapped: true})
	if s.May().Outcome != policy.ConsentNeeded || a.Recalls != 1 {
		t.Errorf("authorized again: %+v", a)
	}
	if seen, err := s.Authorization(ctx, s.Beta.ID, s.App.ID); err != nil || seen.Standing.State != policy.Revoked {
		t.Errorf("the other account: %+v, %v", seen.Standing, err)
	}
	_, err = s.Recall(ctx, operator, s.Acme.App.Client, "")
	want(t, err, refusal.ClientUnknown)
}

func TestRevokeForUser(t *testing.T) {
	s := newShop(t)
	mia := s.Member("mia", directory.AppInstaller)
	s.Authorizes(govern.Terms{Uncapped: true})
	adas, _ := s.Installed([]string{contacts})
	c, _ := s.Gave(mia, s.App, []string{contacts})
	mias, err := s.Redeems(c)
	s.OK(err)
	a, err := s.RevokeForUser(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, mia.ID, "left the team")
	s.OK(err)
	if !slices.Contains(a.Admission.Barred, mia.ID) || s.entry().Detail["user"] != mia.ID.String() {
		t.Errorf("%+v", a)
	}
	want(t, s.Reads(mias.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(mias.RefreshToken)
	want(t, err, refusal.GrantEnded, refusal.RefreshTokenUnknown)
	s.OK(s.Reads(adas.AccessToken))

	// To change something else readmits nobody, nor does authorizing again after a revocation.
	b := s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	if !slices.Contains(b.Admission.Barred, mia.ID) {
		t.Error("a change of scopes readmitted the user")
	}
	_, err = s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
	s.OK(err)
	if c := s.Authorizes(govern.Terms{Uncapped: true}); !slices.Contains(c.Admission.Barred, mia.ID) {
		t.Error("authorizing again readmitted the user")
	}
	d, err := s.ReadmitUser(ctx, operator, s.Acme.ID, s.App.ID, mia.ID, "")
	s.OK(err)
	if len(d.Admission.Barred) > 0 {
		t.Errorf("%+v", d)
	}
	_, err = s.ReadmitUser(ctx, operator, s.Acme.ID, s.App.ID, mia.ID, "")
	want(t, err, refusal.ObjectNotFound)
	want(t, s.Reads(mias.AccessToken), refusal.CredentialRevoked)

	// The only one who is admitted can be barred like anybody else.
	s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Users: []id.User{mia.ID}}})
	only, err := s.RevokeForUser(ctx, operator, s.Acme.ID, s.App.ID, mia.ID, "")
	s.OK(err)
	if only.Admission.Admits(mia.ID, mia.Roles) || only.Revoked {
		t.Errorf("%+v", only)
	}
	if d, err = s.ReadmitUser(ctx, operator, s.Acme.ID, s.App.ID, mia.ID, ""); err != nil || !d.Admission.Admits(mia.ID, nil) {
		t.Errorf("%+v, %v", d, err)
	}
	_, err = s.RevokeForUser(ctx, operator, s.Acme.ID, s.App.ID, s.Beta.Ada.ID, "")
	want(t, err, refusal.ObjectNotFound)
}

func TestRevokeForRole(t *testing.T) {
	s := newShop(t)
	s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.SuperAdmin, directory.Developer}}})
	out, _ := s.Installed([]string{contacts})
	a, err := s.RevokeForRole(ctx, operator, s.Acme.ID, s.App.ID, directory.SuperAdmin, "")
	s.OK(err)
	if !slices.Equal(a.Admission.Roles, []string{directory.Developer}) {
		t.Errorf("%+v", a)
	}
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.UserNotAdmitted)
	_, err = s.RevokeForRole(ctx, operator, s.Acme.ID, s.App.ID, directory.Developer, "")
	want(t, err, refusal.AdmissionEmpty)
	notNamed := func() {
		t.Helper()
		_, err := s.RevokeForRole(ctx, operator, s.Acme.ID, s.App.ID, directory.SuperAdmin, "")
		want(t, err, refusal.ObjectNotFound)
		if f := refusal.Of(err).First(); f.Case != refusal.NotNamed {
			t.Errorf("a role that the account has: %s", f)
		}
	}
	notNamed()
	// The role is added again: what was installed goes on.
	s.Authorizes(govern.Terms{Uncapped: true})
	_, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	notNamed() // for all users
}

// TestA048_a_ceiling_that_is_shrunk takes its scopes from live tokens, and nothing else; one step brings them back.
func TestA048_a_ceiling_that_is_shrunk(t *testing.T) {
	s := newShop(t)
	s.Authorizes(govern.Terms{Scopes: scopes(contacts, companies, deals)})
	out, _ := s.Installed([]string{contacts}, deals)
	s.OK(s.Calls(out.AccessToken, "list_deals"))
	_, err := s.Shrink(ctx, operator, s.Acme.ID, s.App.ID, scopes(contacts), 7)
	want(t, err, refusal.AuthorizationChanged)
	a, err := s.Shrink(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, scopes(contacts, flows), 1)
	s.OK(err)
	if !a.Ceiling.Equal(scopes(contacts)) || a.Previous == nil || !a.Previous.Equal(scopes(contacts, companies, deals)) {
		t.Errorf("%+v", a)
	}
	if act := s.entry(); act.Before["scopes"] == act.After["scopes"] || act.After["scopes"] != contacts {
		t.Errorf("%+v", act)
	}
	want(t, s.Calls(out.AccessToken, "list_deals"), refusal.ScopeNotGranted)
	s.OK(s.Reads(out.AccessToken))
	less, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	if !less.Scopes.Equal(scopes(contacts)) {
		t.Errorf("refreshed to %s", less.Scopes)
	}
	b, err := s.Unshrink(ctx, operator, s.Acme.ID, s.App.ID, a.Version)
	s.OK(err)
	if !b.Ceiling.Equal(*a.Previous) || b.Previous != nil {
		t.Errorf("%+v", b)
	}
	back, err := s.Refreshes(less.RefreshToken)
	s.OK(err)
	s.OK(s.Calls(back.AccessToken, "list_deals"))
	_, err = s.Unshrink(ctx, operator, s.Acme.ID, s.App.ID, b.Version)
	want(t, err, refusal.AuthorizationChanged)
}

// TestUnshrink_gives_back_what_was_before: where that was all that the app registered, it is so again, but for what it registered since.
func TestUnshrink_gives_back_what_was_before(t *testing.T) {
	for name, tt := range map[string]struct {
		by   func(s *shop) govern.By
		own  bool // who decides is held to their own permissions
		code refusal.Code
		all  bool // that were registered, again
	}{
		"as the operator":                      {func(*shop) govern.By { return operator }, true, "", true},
		"as an administrator":                  {func(s *shop) govern.By { return as(s.Decider("dee")) }, false, "", true},
		"held to the permissions of one's own": {func(s *shop) govern.By { return as(s.Decider("dee")) }, true, refusal.PermissionNotHeld, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			by := tt.by(s)
			s.Authorizes(govern.Terms{Uncapped: true})
			out, _ := s.Installed([]string{contacts}, deals)
			a, err := s.Shrink(ctx, operator, s.Acme.ID, s.App.ID, scopes(contacts), 1)
			if s.OK(err); !a.WasUncapped || !a.Previous.Equal(scopes(contacts, companies, deals, flows)) {
				t.Errorf("%+v", a)
			}
			want(t, s.Calls(out.AccessToken, "list_deals"), refusal.ScopeNotGranted)
			// Who else is admitted has nothing to do with it.
			_, err = s.RevokeForUser(ctx, operator, s.Acme.ID, s.App.ID, s.Member("mia").ID, "")
			s.OK(err)
			s.Governs(s.Acme.ID, policy.Governance{Door: policy.DoorOpen, OwnPermissions: tt.own})
			b, err := s.Unshrink(ctx, by, s.Acme.ID, s.App.ID, a.Version+1)
			if tt.code != "" {
				want(t, err, tt.code)
				return
			}
			s.OK(err)
			if b.Uncapped || b.Whole != tt.all || !b.Ceiling.Equal(scopes(contacts, companies, deals, flows)) || b.Previous != nil || b.WasUncapped {
				t.Errorf("%+v", b)
			}
			back, err := s.Refreshes(out.RefreshToken)
			s.OK(err)
			s.OK(s.Calls(back.AccessToken, "list_deals"))
		})
	}
}

// TestAuthorize_narrowing ends what is out exactly where something is taken.
func TestAuthorize_narrowing(t *testing.T) {
	wide := govern.Terms{Scopes: scopes(contacts, companies, deals), Admission: policy.Admission{Roles: []string{directory.SuperAdmin, directory.Developer}}, Expires: noon.Add(96 * time.Hour)}
	for name, tt := range map[string]struct {
		change func(*govern.Terms)
		stage  policy.Stage
		void   bool
		lost   string
	}{
		"nothing changes":                      {func(*govern.Terms) {}, "", false, ""},
		"scopes are added":                     {func(t *govern.Terms) { t.Scopes = t.Scopes.Union(scopes(flows)) }, "", false, ""},
		"all are admitted":                     {func(t *govern.Terms) { t.Admission = all }, "", false, ""},
		"the end is put off":                   {func(t *govern.Terms) { t.Expires = t.Expires.Add(time.Hour) }, "", false, ""},
		"there is no end":                      {func(t *govern.Terms) { t.Expires = time.Time{} }, "", false, ""},
		"a scope is taken":                     {func(t *govern.Terms) { t.Scopes = scopes(contacts, companies) }, "", false, deals},
		"a role is taken":                      {func(t *govern.Terms) { t.Admission.Roles = []string{directory.Developer} }, "", true, ""},
		"the end comes closer":                 {func(t *govern.Terms) { t.Expires = t.Expires.Add(-time.Hour) }, "", true, ""},
		"a role is taken, but only reported":   {func(t *govern.Terms) { t.Admission.Roles = []string{directory.Developer} }, policy.Report, false, ""},
		"the end comes closer, but is ignored": {func(t *govern.Terms) { t.Expires = t.Expires.Add(-time.Hour) }, policy.Off, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.Governs(s.Acme.ID, policy.Governance{Stage: tt.stage})
			s.Authorizes(wide)
			before := s.marks()
			next := wide
			tt.change(&next)
			s.Authorizes(next)
			list, _, err := s.Store.Marks(ctx)
			s.OK(err)
			slices.SortFunc(list, func(a, b mark.Mark) int { return int(a.Number.N) - int(b.Number.N) })
			added := list[before:]
			switch {
			case !tt.void && tt.lost == "":
				if len(added) > 0 {
					t.Errorf("marks %+v", added)
				}
			case len(added) != 1 || added[0].Subject != mark.Subject{Tenant: s.Acme.ID, Client: s.App.ID} || added[0].Lost.String() != tt.lost:
				t.Errorf("marks %+v, want less %q", added, tt.lost)
			}
		})
	}
}

// TestA046_revoked_while_the_consent_page_is_open: nothing is given, and the request is not used up for nothing.
func TestA046_revoked_while_the_consent_page_is_open(t *testing.T) {
	for name, end := range map[string]func(*shop){
		"revoked": func(s *shop) {
			_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
			s.OK(err)
		},
		"blocked": func(s *shop) {
			_, err := s.Deny(ctx, operator, s.Acme.ID, s.App.ID, "", true)
			s.OK(err)
		},
		"recalled": func(s *shop) {
			_, err := s.Recall(ctx, operator, s.App.ID, "")
			s.OK(err)
		},
		"taken from the user": func(s *shop) {
			_, err := s.RevokeForUser(ctx, operator, s.Acme.ID, s.App.ID, s.Acme.Ada.ID, "")
			s.OK(err)
		},
		"limited to others": func(s *shop) {
			s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.Developer}}})
		},
		"left fewer scopes": func(s *shop) { s.Authorizes(govern.Terms{Scopes: scopes(companies)}) },
		"revoked and authorized again": func(s *shop) {
			_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
			s.OK(err)
			s.Authorizes(govern.Terms{Uncapped: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.Authorizes(govern.Terms{Uncapped: true})
			d := s.Page()
			end(s)
			if _, err := s.Decide(ctx, d); err != access.ErrShowAgain {
				t.Errorf("decided: %v", err)
			}
			if list := s.Grants(); len(list) > 0 {
				t.Errorf("given: %+v", list)
			}
		})
	}
}
