package govern_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

func TestAuthorize_says_what_is_wrong_with_the_terms(t *testing.T) {
	s := newShop(t).closed()
	gone := entropy.ID[id.User]()
	for name, tt := range map[string]struct {
		terms govern.Terms
		want  refusal.Code
	}{
		"nobody is admitted":               {govern.Terms{Scopes: scopes(contacts)}, refusal.AdmissionEmpty},
		"a role that nobody made":          {govern.Terms{Scopes: scopes(contacts), Admission: policy.Admission{Roles: []string{"sales"}}}, refusal.RoleUnknown},
		"a user who is not there":          {govern.Terms{Scopes: scopes(contacts), Admission: policy.Admission{Users: []id.User{gone}}}, refusal.ObjectNotFound},
		"a user of another account":        {govern.Terms{Scopes: scopes(contacts), Admission: policy.Admission{Users: []id.User{s.Beta.Ada.ID}}}, refusal.ObjectNotFound},
		"a scope that is not registered":   {govern.Terms{Scopes: scopes(contacts, "crm.objects.tickets.read"), Admission: all}, refusal.ScopeNotRegistered},
		"an end that has come":             {govern.Terms{Scopes: scopes(contacts), Admission: all, Expires: noon}, refusal.ExpiryPast},
		"a version that nobody saw":        {govern.Terms{Scopes: scopes(contacts), Admission: all, Version: 1}, refusal.AuthorizationChanged},
		"another registration was seen":    {govern.Terms{Scopes: scopes(contacts), Admission: all, Registration: 7}, refusal.AuthorizationChanged},
		"a reason that is too long":        {govern.Terms{Scopes: scopes(contacts), Admission: all, Reason: strings.Repeat("x", govern.MaxReason+1)}, refusal.FieldTooLong},
		"a reason with control characters": {govern.Terms{Scopes: scopes(contacts), Admission: all, Reason: "a\x1b[31m"}, refusal.FieldCharacter},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Authorize(ctx, operator, s.Acme.ID, s.App.ID, tt.terms)
			want(t, err, tt.want)
		})
	}
	if seen := s.Decided(); seen.Version != 0 || !seen.ID.IsZero() || seen.Standing.State != policy.Undecided {
		t.Errorf("something was decided: %+v", seen)
	}
}

func TestAuthorize(t *testing.T) {
	s := newShop(t).closed()
	ends := noon.Add(48 * time.Hour)
	a, err := s.Authorize(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, govern.Terms{Scopes: scopes(contacts, companies),
		Admission: policy.Admission{Roles: []string{directory.Developer, directory.AppInstaller, directory.Developer}}, Expires: ends, Reason: "for the pilot", Registration: 1})
	s.OK(err)
	if a.Version != 1 || a.Origin != policy.ByAdministrator || a.Registration != 1 || a.Reason != "for the pilot" || !strings.Contains(a.By, "ada") ||
		!slices.Equal(a.Admission.Roles, []string{directory.AppInstaller, directory.Developer}) || !a.Expires.Equal(ends) || a.ForItself {
		t.Errorf("%+v", a)
	}
	act := s.entry()
	if act.Action != "authorization.authorize" || act.Actor.Name != "ada" || act.Reason != "for the pilot" || len(act.Before) > 0 ||
		act.After["scopes"] != a.Ceiling.String() || act.After["admission"] != "roles app_installer developer" {
		t.Errorf("%+v", act)
	}
	seen := s.Decided()
	if seen.Standing.State != policy.Authorized || !seen.Wants.Equal(scopes(deals, flows)) || seen.App.Name != "Sync" || seen.Virtual {
		t.Errorf("%+v", seen)
	}

	b := s.Authorizes(govern.Terms{Uncapped: true})
	if b.ID != a.ID || b.Version != 2 || !b.Admission.All || !b.Created.Equal(a.Created) {
		t.Errorf("a change made %+v of %+v", b, a)
	}
	if act := s.entry(); act.Before["admission"] != "roles app_installer developer" || act.After["admission"] != "all users" || act.After["for_itself"] != "" {
		t.Errorf("%+v", act)
	}
	past, err := s.History(ctx, s.Acme.ID, s.App.ID)
	if s.OK(err); len(past) != 1 || past[0].Version != 1 {
		t.Errorf("%+v", past)
	}

	s.Clock.Advance(time.Hour)
	_, err = s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
	s.OK(err)
	again := s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	if again.ID == a.ID || again.Version != 4 || again.Revoked || again.Approved.Len() > 0 || !again.Created.After(a.Created) {
		t.Errorf("authorized again: %+v", again)
	}
}

// TestA044_a_client_is_authorized_by_its_ID: one that is there is found, listed or not; everything else is unknown alike.
func TestA044_a_client_is_authorized_by_its_ID(t *testing.T) {
	s := newShop(t).closed()
	listed := s.Register(func(c *store.Client) { c.Registration.Listed = true })
	off := s.Register(func(c *store.Client) { c.Disabled = true })
	builtInOff := s.Register(func(c *store.Client) { c.Disabled, c.BuiltIn, c.Owner = true, true, id.Tenant{} })
	for name, tt := range map[string]struct {
		text  string
		found bool
	}{
		"a listed one":                    {listed.ID.String(), true},
		"somebody else's that is private": {s.App.ID.String(), true},
		"with space around, in capitals":  {" \t" + strings.ToUpper(s.App.ID.String()) + "\n", true},
		"the account's own connected app": {s.Acme.App.Client.String(), true},
		"one that nobody has":             {entropy.ID[id.Client]().String(), false},
		"another account's connected app": {s.Beta.App.Client.String(), false},
		"somebody else's that is off":     {off.ID.String(), false},
		"a built-in one that is off":      {builtInOff.ID.String(), false},
		"what is no client ID":            {"x", false},
		"nothing":                         {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := s.FindClient(ctx, s.Acme.ID, tt.text)
			if tt.found {
				if err != nil || seen.App.ID.IsZero() || seen.Tenant != s.Acme.ID {
					t.Errorf("%+v, %v", seen, err)
				}
				return
			}
			text := strings.ToLower(strings.TrimSpace(tt.text))
			if f := refusal.Of(err).First(); f != (refusal.Finding{Code: refusal.ClientUnknown, Got: text, Case: refusal.Installing}) {
				t.Errorf("%+v", f)
			}
			if client, e := id.Parse[id.Client](text); e == nil {
				_, authorize := s.Authorize(ctx, as(s.Acme.Ada), s.Acme.ID, client, govern.Terms{Uncapped: true, Admission: all})
				_, revoke := s.Revoke(ctx, as(s.Acme.Ada), s.Acme.ID, client, "")
				_, deny := s.Deny(ctx, as(s.Acme.Ada), s.Acme.ID, client, "", true)
				_, users := s.UsersOf(ctx, s.Acme.ID, client, store.Page{})
				_, history := s.History(ctx, s.Acme.ID, client)
				_, cost := s.ForeseeTerms(ctx, s.Acme.ID, client, govern.Terms{})
				for _, e := range []error{authorize, revoke, deny, users, history, cost} {
					if refusal.Of(e).First() != refusal.Of(err).First() {
						t.Errorf("%v, want %v", e, err)
					}
				}
			}
		})
	}
	// What was used before it was switched off stays visible, and can be revoked, but not authorized.
	s.Authorizes(govern.Terms{Uncapped: true})
	_, err := s.Registry.SwitchClient(ctx, audit.Operator, s.App.ID, false)
	s.OK(err)
	if seen := s.Decided(); !seen.App.Disabled || seen.Version != 1 {
		t.Errorf("%+v", seen)
	}
	_, err = s.Authorize(ctx, operator, s.Acme.ID, s.App.ID, govern.Terms{Uncapped: true, Admission: all, Version: 1})
	want(t, err, refusal.ClientDisabled)
	_, err = s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
	s.OK(err)
}

// TestA155_roles_are_ids: a role of another name, however like it, is another one, and the admission keeps the id.
func TestA155_roles_are_ids(t *testing.T) {
	s := newShop(t)
	for _, name := range []string{"sales", "sales_eu"} {
		_, err := s.Directory.CreateRole(ctx, audit.Operator, store.Role{Tenant: s.Acme.ID, ID: name, Name: name, Permissions: []string{directory.MayInstall}})
		s.OK(err)
	}
	a := s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{"sales"}}})
	for _, tt := range []struct {
		role string
		want bool
	}{{"sales", true}, {"sales_eu", false}, {"Sales", false}, {"ѕales", false}, {"", false}} {
		if a.Admission.Admits(s.Acme.Ada.ID, []string{tt.role}) != tt.want {
			t.Errorf("a holder of %q is admitted: %v", tt.role, !tt.want)
		}
	}
	_, err := s.Authorize(ctx, operator, s.Acme.ID, s.App.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{"ѕales"}}, Version: a.Version})
	want(t, err, refusal.RoleUnknown)
}

// TestA156_nobody_authorizes_what_they_do_not_hold for an app that acts without a user, and for none where the account says so.
func TestA156_nobody_authorizes_what_they_do_not_hold(t *testing.T) {
	s := newShop(t).closed()
	s.Reregister(s.App, func(c *store.Client) { c.Registration.ClientCredentials = true })
	decider := s.Decider("dora")
	may := govern.Terms{Uncapped: true, Admission: all}
	alone := may
	alone.ForItself = true
	for _, tt := range []struct {
		name  string
		by    govern.By
		terms govern.Terms
		own   bool
		want  refusal.Code
	}{
		{"for users, any scope", as(decider), may, false, ""},
		{"without a user, what she does not hold", as(decider), alone, false, refusal.PermissionNotHeld},
		{"without a user, what a super administrator holds", as(s.Acme.Ada), alone, false, ""},
		{"without a user, by the operator", operator, alone, false, ""},
		{"for users, where the account wants it strict", as(decider), may, true, refusal.PermissionNotHeld},
		{"for users, where the account wants it strict, by a super administrator", as(s.Acme.Ada), may, true, ""},
		{"by somebody who may not decide", as(s.Member("mia")), may, false, refusal.AuthorityMissing},
		{"by a user of another account", as(s.Beta.Ada), may, false, refusal.AuthorityMissing},
		{"by a user who is nobody", govern.By{Actor: audit.Actor{Kind: "user"}}, may, false, refusal.AuthorityMissing},
		{"by a client", govern.By{Actor: audit.Actor{Kind: "client"}}, may, false, refusal.AuthorityMissing},
		{"by nobody", govern.By{}, may, false, refusal.AuthorityMissing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.Governs(s.Acme.ID, policy.Governance{OwnPermissions: tt.own})
			app := s.Register(func(c *store.Client) { c.Registration.ClientCredentials = true })
			a, err := s.Authorize(ctx, tt.by, s.Acme.ID, app.ID, tt.terms)
			if want(t, err, tt.want); tt.want == refusal.PermissionNotHeld {
				if f := refusal.Of(err).Findings; f[0].Scope == "" || f[0].Want == "" {
					t.Errorf("%+v", f)
				}
			}
			if err == nil && a.ForItself != tt.terms.ForItself {
				t.Errorf("%+v", a)
			}
		})
	}
	// Who is held to their own permissions decides on what there is, not on what comes.
	s.Governs(s.Acme.ID, policy.Governance{})
	app := s.Register(func(c *store.Client) {
		c.Registration.ClientCredentials = true
		c.Registration.Required, c.Registration.Conditional, c.Registration.Optional = scopes("oauth"), scopes(), scopes()
	})
	a, err := s.Authorize(ctx, as(decider), s.Acme.ID, app.ID, alone)
	s.OK(err)
	if a.Uncapped || !a.Ceiling.Equal(scopes("oauth")) {
		t.Errorf("%+v", a.Decision)
	}
}

// TestA156_what_others_decided_goes_no_further by somebody who does not hold what it takes: it can be changed and narrowed, and not
// be made to last longer, to come back, or to admit more.
func TestA156_what_others_decided_goes_no_further(t *testing.T) {
	some := policy.Admission{Roles: []string{directory.Developer, directory.SuperAdmin}}
	until := noon.Add(48 * time.Hour)
	for name, tt := range map[string]struct {
		terms govern.Terms
		later time.Duration // passes before
		want  refusal.Code
	}{
		"as it is":            {govern.Terms{Scopes: scopes(contacts, deals), Admission: some, Expires: until}, 0, ""},
		"a scope less":        {govern.Terms{Scopes: scopes(contacts), Admission: some, Expires: until}, 0, ""},
		"a role less, sooner": {govern.Terms{Scopes: scopes(contacts, deals), Admission: policy.Admission{Roles: some.Roles[:1]}, Expires: until.Add(-time.Hour)}, 0, ""},
		"a scope more":        {govern.Terms{Scopes: scopes(contacts, deals, companies), Admission: some, Expires: until}, 0, refusal.PermissionNotHeld},
		"for longer":          {govern.Terms{Scopes: scopes(contacts, deals), Admission: some, Expires: until.Add(time.Second)}, 0, refusal.PermissionNotHeld},
		"for good":            {govern.Terms{Scopes: scopes(contacts, deals), Admission: some}, 0, refusal.PermissionNotHeld},
		"for everybody":       {govern.Terms{Scopes: scopes(contacts, deals), Admission: all, Expires: until}, 0, refusal.PermissionNotHeld},
		"again, when it is over": {govern.Terms{Scopes: scopes(contacts), Admission: some, Expires: until.Add(time.Hour)}, 48 * time.Hour,
			refusal.PermissionNotHeld},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			dee := s.Decider("dee")
			s.Authorizes(govern.Terms{Scopes: scopes(contacts, deals), Admission: some, Expires: until})
			s.Governs(s.Acme.ID, policy.Governance{OwnPermissions: true})
			s.Clock.Advance(tt.later)
			tt.terms.Version = 1
			_, err := s.Authorize(ctx, as(dee), s.Acme.ID, s.App.ID, tt.terms)
			want(t, err, tt.want)
		})
	}
}

// TestA157_a_role_that_was_taken while a page was open decides no more.
func TestA157_a_role_that_was_taken(t *testing.T) {
	s := newShop(t)
	u := s.Decider("dora")
	roles := []string{directory.Member}
	_, err := s.Directory.UpdateUser(ctx, audit.Operator, s.Acme.ID, u.ID, directory.UserChange{Roles: &roles})
	s.OK(err)
	_, err = s.Authorize(ctx, as(u), s.Acme.ID, s.App.ID, govern.Terms{Uncapped: true, Admission: all})
	want(t, err, refusal.AuthorityMissing)
	_, err = s.SetGovernance(ctx, as(u), s.Acme.ID, policy.Governance{}, 1)
	want(t, err, refusal.AuthorityMissing)
}

// TestA164_two_administrators_at_once: one authorization, and the second is told. Nothing of theirs is put together.
func TestA164_two_administrators_at_once(t *testing.T) {
	for name, before := range map[string]func(*shop){
		"on an app that nobody decided on": func(*shop) {},
		"on one that is authorized":        func(s *shop) { s.Authorizes(govern.Terms{Uncapped: true}) },
		"on one that was revoked": func(s *shop) {
			s.Authorizes(govern.Terms{Uncapped: true})
			_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
			s.OK(err)
		},
		"on one that the operator recalled": func(s *shop) {
			s.Authorizes(govern.Terms{Uncapped: true})
			_, err := s.Recall(ctx, operator, s.App.ID, "leaked")
			s.OK(err)
		},
		"on one that was revoked unseen": func(s *shop) {
			_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
			s.OK(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t).closed()
			before(s)
			seen := s.Decided()
			terms := []govern.Terms{{Scopes: scopes(contacts)}, {Scopes: scopes(companies)}, {Scopes: scopes(deals)}, {Scopes: scopes(flows)}}
			errs, made := make([]error, len(terms)), make([]store.Authorization, len(terms))
			var wg sync.WaitGroup
			for i := range terms {
				wg.Go(func() {
					terms[i].Admission, terms[i].Version = all, seen.Version
					made[i], errs[i] = s.Authorize(ctx, operator, s.Acme.ID, s.App.ID, terms[i])
				})
			}
			wg.Wait()
			won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
			if won < 0 {
				t.Fatal(errors.Join(errs...))
			}
			for i, err := range errs {
				if i != won {
					want(t, err, refusal.AuthorizationChanged)
				}
			}
			if now := s.Decided(); !now.Ceiling.Equal(terms[won].Scopes) || now.ID != made[won].ID || now.Version != seen.Version+1 {
				t.Errorf("%+v", now.Authorization)
			}
		})
	}
}
