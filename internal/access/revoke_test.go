package access

import (
	"slices"
	"testing"
	"time"

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
	s.t.Helper()
	list, _, err := s.db.Marks(ctx)
	s.ok(err)
	return len(list)
}

// may is what becomes of ada's wish to install the app.
func (s *shop) may() policy.Installation {
	s.t.Helper()
	j, err := s.Install(ctx, InstallRequest{Client: s.app.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(contacts),
		Tenant: s.acme.ID, User: s.acme.ada.ID})
	s.ok(err)
	return j.Verdict
}

// TestA158_what_was_revoked_stays_dead, whatever made it work before, and whatever happens after; only an administrator brings the
// app back, and nothing that rested on the revoked authorization.
func TestA158_what_was_revoked_stays_dead(t *testing.T) {
	for name, before := range map[string]func(*shop){
		"installed under an open door": func(*shop) {},
		"authorized by an administrator": func(s *shop) {
			s.authorizes(govern.Terms{Scopes: scopes(contacts, deals)})
		},
		"built in": func(s *shop) {
			s.do(func(tx store.Tx) error {
				c, err := tx.Client(s.app.ID)
				s.ok(err)
				c.BuiltIn = true
				return tx.UpdateClient(c, nil)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			before(s)
			out, g := s.installed([]string{contacts})
			s.ok(s.reads(out.AccessToken))
			marks := s.marks()
			done, err := s.Revoke(ctx, as(s.acme.ada), s.acme.ID, s.app.ID, "leaked its keys")
			s.ok(err)
			if done.Reach.Users != 1 || done.Reach.Grants != 1 || !done.Authorization.Revoked || s.marks() != marks+1 {
				t.Errorf("%+v, %d marks", done, s.marks()-marks)
			}
			if act := s.entry(); act.Action != "authorization.revoke" || act.Reason != "leaked its keys" || act.After["state"] != "revoked" || act.Before["state"] != "authorized" {
				t.Errorf("%+v", act)
			}
			dead := func(when string) {
				t.Helper()
				want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
				if _, err := s.refreshWith(out.RefreshToken); code(t, err) != refusal.AuthorizationRevoked {
					t.Errorf("%s: a refresh is answered %v", when, err)
				}
				if v := s.may(); v.Outcome != policy.InstallRefused || v.Findings[0].Code != refusal.AuthorizationRevoked {
					t.Errorf("%s: installing is answered %s %+v", when, v.Outcome, v.Findings)
				}
			}
			dead("at once")
			// Whatever else changes brings nothing back.
			s.governs(s.acme.ID, policy.Governance{Door: policy.DoorOpen})
			dead("under an open door")
			for _, stage := range []policy.Stage{policy.Report, policy.Off} {
				s.governs(s.acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: stage})
				dead("in stage " + string(stage))
			}
			s.governs(s.acme.ID, policy.Governance{Door: policy.DoorOpen})
			s.reregister(s.app, func(c *store.Client) { c.Registration.Name = "Sync 2" })
			dead("with a new version")
			s.restart()
			dead("after a restart, with the catalogs loaded anew")
			again, err := s.Revoke(ctx, operator, s.acme.ID, s.app.ID, "twice")
			if s.ok(err); again.Authorization.ID != done.Authorization.ID || again.Authorization.Reason != "leaked its keys" {
				t.Errorf("revoked again: %+v", again)
			}

			fresh := s.authorizes(govern.Terms{Uncapped: true})
			if fresh.ID == done.Authorization.ID {
				t.Error("the authorization was reopened")
			}
			want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
			if _, err := s.refreshWith(out.RefreshToken); err == nil {
				t.Error("a refresh token revived")
			}
			if v := s.may(); v.Outcome != policy.ConsentNeeded {
				t.Errorf("authorized again, installing is answered %s", v.Outcome)
			}
			past, err := s.History(ctx, s.acme.ID, s.app.ID)
			if s.ok(err); !slices.ContainsFunc(past, func(p store.PastAuthorization) bool { return p.ID == g.Authorization && p.Revoked }) {
				t.Errorf("the record of the revoked one is gone: %+v", past)
			}
			next, _ := s.installed([]string{contacts})
			s.ok(s.reads(next.AccessToken))
		})
	}
}

func TestRevoke_of_what_was_never_authorized(t *testing.T) {
	s := newShop(t)
	never := s.client(nil)
	builtIn := s.client(func(c *store.Client) { c.BuiltIn, c.Owner = true, id.Tenant{} })
	for _, c := range []store.Client{never, builtIn} {
		done, err := s.Revoke(ctx, operator, s.acme.ID, c.ID, "")
		s.ok(err)
		seen, err := s.Authorization(ctx, s.acme.ID, c.ID)
		s.ok(err)
		if !done.Authorization.Revoked || seen.Standing.State != policy.Revoked || seen.Virtual || seen.Version != 1 {
			t.Errorf("%+v", seen)
		}
		if other, err := s.Authorization(ctx, s.beta.ID, c.ID); err != nil || other.Standing.Dead() {
			t.Errorf("in another account: %+v, %v", other.Standing, err)
		}
	}
}

func TestRevoke_a_connected_app(t *testing.T) {
	s := newShop(t)
	in := s.signIn(s.acme.app, nil)
	s.ok(s.call(in.Token, "get_users_on_site"))
	was, err := s.Authorization(ctx, s.acme.ID, s.acme.app.client)
	s.ok(err)
	if was.App.Kind != govern.ConnectedAppKind || was.Origin != policy.ByBeingMade || was.Standing.State != policy.Authorized || was.Virtual {
		t.Errorf("%+v", was)
	}
	done, err := s.Revoke(ctx, as(s.acme.ada), s.acme.ID, s.acme.app.client, "gone")
	s.ok(err)
	if !done.Authorization.Revoked || s.entry().Reason != "gone" {
		t.Errorf("%+v", done)
	}
	want(t, s.call(in.Token, "get_users_on_site"), refusal.CredentialRevoked)
	_, err = s.Authorize(ctx, operator, s.acme.ID, s.acme.app.client, govern.Terms{Expires: noon.Add(time.Hour)})
	want(t, err, refusal.TermsNotOffered)
	again, err := s.Authorize(ctx, operator, s.acme.ID, s.acme.app.client, govern.Terms{Scopes: scopes(readUsr)})
	s.ok(err)
	if again.Revoked || again.ID == was.ID || !again.Ceiling.Equal(scopes(readUsr)) {
		t.Errorf("%+v", again)
	}
	want(t, s.call(in.Token, "get_users_on_site"), refusal.CredentialRevoked)
	s.ok(s.call(s.signIn(s.acme.app, nil).Token, "get_users_on_site"))
}

// TestA159_a_client_is_recalled everywhere by one mark, and each account decides anew.
func TestA159_a_client_is_recalled(t *testing.T) {
	s := newShop(t)
	out, _ := s.installed([]string{contacts})
	_, g := s.installBy(s.beta.ada, s.app, []string{contacts})
	_, err := s.Recall(ctx, as(s.acme.ada), s.app.ID, "")
	want(t, err, refusal.AuthorityMissing)
	marks := s.marks()
	n, err := s.Recall(ctx, operator, s.app.ID, "stolen")
	s.ok(err)
	if n != 2 || s.marks() != marks+1 {
		t.Errorf("%d accounts, %d marks", n, s.marks()-marks)
	}
	want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.refreshWith(out.RefreshToken)
	want(t, err, refusal.AuthorizationRevoked)
	if v := s.may(); v.Outcome != policy.InstallRefused {
		t.Errorf("%s", v.Outcome)
	}
	for _, in := range []id.Tenant{s.acme.ID, g.Tenant} {
		seen, err := s.Authorization(ctx, in, s.app.ID)
		s.ok(err)
		if seen.Standing.State != policy.Revoked {
			t.Errorf("%+v", seen.Standing)
		}
	}
	a := s.authorizes(govern.Terms{Uncapped: true})
	if s.may().Outcome != policy.ConsentNeeded || a.Recalls != 1 {
		t.Errorf("authorized again: %+v", a)
	}
	if seen, err := s.Authorization(ctx, s.beta.ID, s.app.ID); err != nil || seen.Standing.State != policy.Revoked {
		t.Errorf("the other account: %+v, %v", seen.Standing, err)
	}
	_, err = s.Recall(ctx, operator, s.acme.app.client, "")
	want(t, err, refusal.ClientUnknown)
}

func TestRevokeForUser(t *testing.T) {
	s := newShop(t)
	mia := s.member("mia", directory.AppInstaller)
	s.authorizes(govern.Terms{Uncapped: true})
	adas, _ := s.installed([]string{contacts})
	c, _ := s.installBy(mia, s.app, []string{contacts})
	mias, err := s.redeem(c)
	s.ok(err)
	a, err := s.RevokeForUser(ctx, as(s.acme.ada), s.acme.ID, s.app.ID, mia.ID, "left the team")
	s.ok(err)
	if !slices.Contains(a.Admission.Barred, mia.ID) || s.entry().Detail["user"] != mia.ID.String() {
		t.Errorf("%+v", a)
	}
	want(t, s.reads(mias.AccessToken), refusal.CredentialRevoked)
	_, err = s.refreshWith(mias.RefreshToken)
	want(t, err, refusal.GrantEnded, refusal.RefreshTokenUnknown)
	s.ok(s.reads(adas.AccessToken))

	// To change something else readmits nobody, nor does authorizing again after a revocation.
	b := s.authorizes(govern.Terms{Scopes: scopes(contacts)})
	if !slices.Contains(b.Admission.Barred, mia.ID) {
		t.Error("a change of scopes readmitted the user")
	}
	_, err = s.Revoke(ctx, operator, s.acme.ID, s.app.ID, "")
	s.ok(err)
	if c := s.authorizes(govern.Terms{Uncapped: true}); !slices.Contains(c.Admission.Barred, mia.ID) {
		t.Error("authorizing again readmitted the user")
	}
	d, err := s.ReadmitUser(ctx, operator, s.acme.ID, s.app.ID, mia.ID, "")
	s.ok(err)
	if len(d.Admission.Barred) > 0 {
		t.Errorf("%+v", d)
	}
	_, err = s.ReadmitUser(ctx, operator, s.acme.ID, s.app.ID, mia.ID, "")
	want(t, err, refusal.ObjectNotFound)
	want(t, s.reads(mias.AccessToken), refusal.CredentialRevoked)

	// The only one who is admitted can be barred like anybody else.
	s.authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Users: []id.User{mia.ID}}})
	only, err := s.RevokeForUser(ctx, operator, s.acme.ID, s.app.ID, mia.ID, "")
	s.ok(err)
	if only.Admission.Admits(mia.ID, mia.Roles) || only.Revoked {
		t.Errorf("%+v", only)
	}
	if d, err = s.ReadmitUser(ctx, operator, s.acme.ID, s.app.ID, mia.ID, ""); err != nil || !d.Admission.Admits(mia.ID, nil) {
		t.Errorf("%+v, %v", d, err)
	}
	_, err = s.RevokeForUser(ctx, operator, s.acme.ID, s.app.ID, s.beta.ada.ID, "")
	want(t, err, refusal.ObjectNotFound)
}

func TestRevokeForRole(t *testing.T) {
	s := newShop(t)
	s.authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.SuperAdmin, directory.Developer}}})
	out, _ := s.installed([]string{contacts})
	a, err := s.RevokeForRole(ctx, operator, s.acme.ID, s.app.ID, directory.SuperAdmin, "")
	s.ok(err)
	if !slices.Equal(a.Admission.Roles, []string{directory.Developer}) {
		t.Errorf("%+v", a)
	}
	want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.refreshWith(out.RefreshToken)
	want(t, err, refusal.UserNotAdmitted)
	_, err = s.RevokeForRole(ctx, operator, s.acme.ID, s.app.ID, directory.Developer, "")
	want(t, err, refusal.AdmissionEmpty)
	_, err = s.RevokeForRole(ctx, operator, s.acme.ID, s.app.ID, "user", "")
	want(t, err, refusal.ObjectNotFound)
	// The role is added again: what was installed goes on.
	s.authorizes(govern.Terms{Uncapped: true})
	_, err = s.refreshWith(out.RefreshToken)
	s.ok(err)
}

// TestA048_a_ceiling_that_is_shrunk takes its scopes from live tokens, and nothing else; one step brings them back.
func TestA048_a_ceiling_that_is_shrunk(t *testing.T) {
	s := newShop(t)
	s.authorizes(govern.Terms{Scopes: scopes(contacts, companies, deals)})
	out, _ := s.installed([]string{contacts}, deals)
	s.ok(s.calls(out.AccessToken, "list_deals"))
	_, err := s.Shrink(ctx, operator, s.acme.ID, s.app.ID, scopes(contacts), 7)
	want(t, err, refusal.AuthorizationChanged)
	a, err := s.Shrink(ctx, as(s.acme.ada), s.acme.ID, s.app.ID, scopes(contacts, flows), 1)
	s.ok(err)
	if !a.Ceiling.Equal(scopes(contacts)) || a.Previous == nil || !a.Previous.Equal(scopes(contacts, companies, deals)) {
		t.Errorf("%+v", a)
	}
	if act := s.entry(); act.Before["scopes"] == act.After["scopes"] || act.After["scopes"] != contacts {
		t.Errorf("%+v", act)
	}
	want(t, s.calls(out.AccessToken, "list_deals"), refusal.ScopeNotGranted)
	s.ok(s.reads(out.AccessToken))
	less, err := s.refreshWith(out.RefreshToken)
	s.ok(err)
	if !less.Scopes.Equal(scopes(contacts)) {
		t.Errorf("refreshed to %s", less.Scopes)
	}
	b, err := s.Unshrink(ctx, operator, s.acme.ID, s.app.ID, a.Version)
	s.ok(err)
	if !b.Ceiling.Equal(*a.Previous) || b.Previous != nil {
		t.Errorf("%+v", b)
	}
	back, err := s.refreshWith(less.RefreshToken)
	s.ok(err)
	s.ok(s.calls(back.AccessToken, "list_deals"))
	_, err = s.Unshrink(ctx, operator, s.acme.ID, s.app.ID, b.Version)
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
		"as an administrator":                  {func(s *shop) govern.By { return as(s.decider("dee")) }, false, "", true},
		"held to the permissions of one's own": {func(s *shop) govern.By { return as(s.decider("dee")) }, true, refusal.PermissionNotHeld, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			by := tt.by(s)
			s.authorizes(govern.Terms{Uncapped: true})
			out, _ := s.installed([]string{contacts}, deals)
			a, err := s.Shrink(ctx, operator, s.acme.ID, s.app.ID, scopes(contacts), 1)
			if s.ok(err); !a.WasUncapped || !a.Previous.Equal(scopes(contacts, companies, deals, flows)) {
				t.Errorf("%+v", a)
			}
			want(t, s.calls(out.AccessToken, "list_deals"), refusal.ScopeNotGranted)
			// Who else is admitted has nothing to do with it.
			_, err = s.RevokeForUser(ctx, operator, s.acme.ID, s.app.ID, s.member("mia").ID, "")
			s.ok(err)
			s.governs(s.acme.ID, policy.Governance{Door: policy.DoorOpen, OwnPermissions: tt.own})
			b, err := s.Unshrink(ctx, by, s.acme.ID, s.app.ID, a.Version+1)
			if tt.code != "" {
				want(t, err, tt.code)
				return
			}
			s.ok(err)
			if b.Uncapped || b.Whole != tt.all || !b.Ceiling.Equal(scopes(contacts, companies, deals, flows)) || b.Previous != nil || b.WasUncapped {
				t.Errorf("%+v", b)
			}
			back, err := s.refreshWith(out.RefreshToken)
			s.ok(err)
			s.ok(s.calls(back.AccessToken, "list_deals"))
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
			s.governs(s.acme.ID, policy.Governance{Stage: tt.stage})
			s.authorizes(wide)
			before := s.marks()
			next := wide
			tt.change(&next)
			s.authorizes(next)
			list, _, err := s.db.Marks(ctx)
			s.ok(err)
			slices.SortFunc(list, func(a, b mark.Mark) int { return int(a.Number.N) - int(b.Number.N) })
			added := list[before:]
			switch {
			case !tt.void && tt.lost == "":
				if len(added) > 0 {
					t.Errorf("marks %+v", added)
				}
			case len(added) != 1 || added[0].Subject != mark.Subject{Tenant: s.acme.ID, Client: s.app.ID} || added[0].Lost.String() != tt.lost:
				t.Errorf("marks %+v, want less %q", added, tt.lost)
			}
		})
	}
}

// TestA046_revoked_while_the_consent_page_is_open: nothing is given, and the request is not used up for nothing.
func TestA046_revoked_while_the_consent_page_is_open(t *testing.T) {
	for name, end := range map[string]func(*shop){
		"revoked": func(s *shop) {
			_, err := s.Revoke(ctx, operator, s.acme.ID, s.app.ID, "")
			s.ok(err)
		},
		"blocked": func(s *shop) {
			_, err := s.Deny(ctx, operator, s.acme.ID, s.app.ID, "", true)
			s.ok(err)
		},
		"recalled": func(s *shop) {
			_, err := s.Recall(ctx, operator, s.app.ID, "")
			s.ok(err)
		},
		"taken from the user": func(s *shop) {
			_, err := s.RevokeForUser(ctx, operator, s.acme.ID, s.app.ID, s.acme.ada.ID, "")
			s.ok(err)
		},
		"limited to others": func(s *shop) {
			s.authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.Developer}}})
		},
		"left fewer scopes": func(s *shop) { s.authorizes(govern.Terms{Scopes: scopes(companies)}) },
		"revoked and authorized again": func(s *shop) {
			_, err := s.Revoke(ctx, operator, s.acme.ID, s.app.ID, "")
			s.ok(err)
			s.authorizes(govern.Terms{Uncapped: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.authorizes(govern.Terms{Uncapped: true})
			d := s.wish()
			end(s)
			if _, err := s.Decide(ctx, d); err != ErrShowAgain {
				t.Errorf("decided: %v", err)
			}
			if list := s.grants(); len(list) > 0 {
				t.Errorf("given: %+v", list)
			}
		})
	}
}
