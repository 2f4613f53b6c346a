package govern_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

func TestSetGovernance_says_what_is_wrong(t *testing.T) {
	s := newShop(t)
	many := make([]policy.Rule, govern.MaxRules+1)
	for name, tt := range map[string]struct {
		settings policy.Governance
		version  int
		want     refusal.Code
		field    string
	}{
		"a version that nobody saw": {policy.Governance{}, 7, refusal.AuthorizationChanged, ""},
		"a door that is none":       {policy.Governance{Door: "ajar"}, 1, refusal.FieldUnknown, "door"},
		"a stage that is none":      {policy.Governance{Stage: "maybe"}, 1, refusal.FieldUnknown, "stage"},
		"too many rules":            {policy.Governance{Rules: many}, 1, refusal.ListTooLong, "rules"},
		"a rule with no door":       {policy.Governance{Rules: []policy.Rule{{Door: "x"}}}, 1, refusal.FieldUnknown, "rules[0].door"},
		"a scope that is misspelt":  {policy.Governance{Rules: []policy.Rule{{}, {Scopes: []string{"crm.objects.contact.read"}}}}, 1, refusal.ScopeUnknown, "rules[1].scopes"},
		"no scope at all":           {policy.Governance{Rules: []policy.Rule{{Scopes: []string{"a b"}}}}, 1, refusal.ScopeNameInvalid, "rules[0].scopes"},
		"a risk that is none":       {policy.Governance{Rules: []policy.Rule{{Risks: []policy.Risk{9}}}}, 1, refusal.FieldUnknown, "rules[0].risks"},
		"no client ID":              {policy.Governance{Rules: []policy.Rule{{Clients: []string{"sync"}}}}, 1, refusal.ClientUnknown, "rules[0].clients"},
		"a publisher of nothing":    {policy.Governance{Rules: []policy.Rule{{Publishers: []string{""}}}}, 1, refusal.FieldMissing, "rules[0].publishers"},
		"requests for ever":         {policy.Governance{RequestDays: 1000}, 1, refusal.LifeOutOfRange, "request_days"},
		"reviewers of no role":      {policy.Governance{Reviewers: []string{"sales"}}, 1, refusal.RoleUnknown, "reviewers"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.SetGovernance(ctx, operator, s.Acme.ID, tt.settings, tt.version)
			want(t, err, tt.want)
			if f := refusal.Of(err).First(); f.Field != tt.field {
				t.Errorf("stands at %q", f.Field)
			}
		})
	}
	if g, err := s.Governance(ctx, s.Acme.ID); err != nil || g.Version != 1 || g.Settings.Door != policy.DoorOpen {
		t.Errorf("%+v, %v", g, err)
	}
}

// TestSetGovernance_closes_at_once what stood under an open door alone, and opens it again.
func TestSetGovernance_closes_at_once(t *testing.T) {
	reads := policy.Rule{Risks: []policy.Risk{policy.Reads}, Door: policy.DoorOpen}
	for name, tt := range map[string]struct {
		settings policy.Governance
		stops    bool
	}{
		"an administrator decides":                  {policy.Governance{}, true},
		"everything is blocked":                     {policy.Governance{Door: policy.DoorBlocked}, true},
		"only what reads is open":                   {policy.Governance{Rules: []policy.Rule{reads}}, false},
		"only what another one reads is open":       {policy.Governance{Rules: []policy.Rule{{Risks: reads.Risks, Verified: true, Door: policy.DoorOpen}}}, true},
		"contacts are for administrators":           {policy.Governance{Door: policy.DoorOpen, Rules: []policy.Rule{{Scopes: []string{contacts}}}}, true},
		"everything is blocked, whatever the stage": {policy.Governance{Door: policy.DoorBlocked, Stage: policy.Report}, true},
		"nothing is enforced any more":              {policy.Governance{Stage: policy.Off}, false},
		"it is open, with another life":             {policy.Governance{Door: policy.DoorOpen, RequestDays: 3}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			out, _ := s.Installed([]string{contacts})
			other := s.Register(nil)
			_, err := s.Authorize(ctx, operator, s.Acme.ID, other.ID, govern.Terms{Uncapped: true, Admission: all})
			s.OK(err)
			shift, err := s.ForeseeGovernance(ctx, s.Acme.ID, tt.settings)
			s.OK(err)
			if (len(shift.Stops) == 1) != tt.stops || len(shift.Starts) > 0 || tt.stops && (shift.Stops[0].App.ID != s.App.ID || shift.Stops[0].Reach.Grants != 1 || !slices.Contains([]refusal.Code{refusal.AuthorizationNeeded, refusal.AuthorizationBlocked}, shift.Stops[0].Why.Code)) {
				t.Errorf("foreseen %+v", shift)
			}
			g, err := s.SetGovernance(ctx, as(s.Acme.Ada), s.Acme.ID, tt.settings, 1)
			s.OK(err)
			if act := s.entry(); g.Version != 2 || act.Action != "governance.set" || len(act.After) == 0 || act.Actor.Name != "ada" {
				t.Errorf("%+v %+v", g, act)
			}
			if !tt.stops {
				s.OK(s.Reads(out.AccessToken))
				return
			}
			want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
			_, err = s.Refreshes(out.RefreshToken)
			want(t, err, refusal.AuthorizationNeeded, refusal.AuthorizationBlocked, refusal.AuthorizationRevoked)
			back, err := s.ForeseeGovernance(ctx, s.Acme.ID, policy.Governance{Door: policy.DoorOpen})
			s.OK(err)
			if len(back.Starts) != 1 || len(back.Stops) > 0 {
				t.Errorf("opening foresees %+v", back)
			}
			_, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{Door: policy.DoorOpen}, 2)
			s.OK(err)
			_, err = s.Refreshes(out.RefreshToken)
			s.OK(err)
		})
	}
}

// TestForeseeGovernance_looks_at_everything: more apps than fit into one step, and connected apps, of which only their calls tell.
func TestForeseeGovernance_looks_at_everything(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: policy.Report})
	for range 250 { // nobody uses these
		c := s.Register(nil)
		s.Do(func(tx store.Tx) error {
			return tx.AddAuthorization(store.FirstAuthorization(s.Acme.ID, entropy.ID[id.Authorization](), c, noon))
		})
	}
	s.Installed([]string{contacts})
	late := s.Register(func(c *store.Client) { c.ID, _ = id.Parse[id.Client]("ffffffff-ffff-4fff-bfff-ffffffffffff") })
	s.Gave(s.Acme.Ada, late, []string{contacts})
	script, quiet, gone := s.NewApp(s.Acme.ID, nil).Client, s.NewApp(s.Acme.ID, nil).Client, s.NewApp(s.Acme.ID, nil).Client
	foresee := func(client id.Client, user id.User) {
		t.Helper()
		s.OK(s.Store.Tend(ctx, func(u store.Upkeep) error {
			return u.AddForeseen([]store.Foreseen{{Tenant: s.Acme.ID, Client: client, User: user, Catalog: "analytics", Method: "get_users_on_site",
				Code: string(refusal.ScopeNotGranted), Need: readUsr, First: noon, Last: noon, Calls: 1}})
		}))
	}
	foresee(script, s.Acme.Ada.ID)
	foresee(script, s.Member("mia").ID)
	foresee(gone, s.Acme.Ada.ID)
	_, err := s.Revoke(ctx, operator, s.Acme.ID, gone, "")
	s.OK(err)
	shift, err := s.ForeseeGovernance(ctx, s.Acme.ID, policy.Governance{})
	s.OK(err)
	if len(shift.Stops) != 3 || len(shift.Starts) > 0 || shift.More {
		t.Fatalf("%+v", shift)
	}
	if last := shift.Stops[2]; last.App.ID != script || last.App.Kind != govern.ConnectedAppKind || last.Reach.Users != 2 || last.Why.Code != refusal.ScopeNotGranted || last.Why.Want != readUsr {
		t.Errorf("%+v, and not %s", last, quiet)
	}
	if shift, err := s.ForeseeGovernance(ctx, s.Acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: policy.Off}); err != nil || len(shift.Stops)+len(shift.Starts) > 0 {
		t.Errorf("where it does not begin to enforce: %+v, %v", shift, err)
	}
	// Assigning the scopes answers what was foreseen.
	_, err = s.Authorize(ctx, operator, s.Acme.ID, script, govern.Terms{Scopes: scopes(readUsr)})
	s.OK(err)
	foresee(script, s.Acme.Ada.ID)
	_, err = s.Authorize(ctx, operator, s.Acme.ID, script, govern.Terms{Uncapped: true})
	s.OK(err)
	if shift, err = s.ForeseeGovernance(ctx, s.Acme.ID, policy.Governance{}); err != nil || len(shift.Stops) != 2 {
		t.Errorf("%+v, %v", shift, err)
	}
}

// TestSetGovernance_stages: what is only reported goes on, until it is enforced; that is shown before, and takes effect at once.
func TestSetGovernance_stages(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	out, _ := s.Installed([]string{contacts})
	s.OK(s.Reads(out.AccessToken))
	shift, err := s.ForeseeGovernance(ctx, s.Acme.ID, policy.Governance{})
	s.OK(err)
	if len(shift.Stops) != 1 || shift.Stops[0].Why.Code != refusal.AuthorizationNeeded {
		t.Errorf("%+v", shift)
	}
	now, err := s.Governance(ctx, s.Acme.ID)
	s.OK(err)
	now, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{Stage: policy.Off}, now.Version)
	s.OK(err)
	s.OK(s.Reads(out.AccessToken))
	_, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{}, now.Version)
	s.OK(err)
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.AuthorizationNeeded)
	a := s.Authorizes(govern.Terms{Uncapped: true})
	if a.Origin != policy.ByAdministrator || a.Version != 2 {
		t.Errorf("approving made %+v", a)
	}
	_, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
}

func TestSetVendorStage(t *testing.T) {
	s := newShop(t)
	gamma := s.NewTenant("gamma") // never chose
	want(t, s.SetVendorStage(ctx, as(s.Acme.Ada), policy.Off), refusal.AuthorityMissing)
	want(t, s.SetVendorStage(ctx, operator, "later"), refusal.FieldUnknown)
	s.OK(s.SetVendorStage(ctx, operator, policy.Report))
	if st, err := s.VendorStage(ctx); err != nil || st != policy.Report {
		t.Errorf("%q, %v", st, err)
	}
	if g, err := s.Governance(ctx, gamma.ID); err != nil || g.Settings.Stage != policy.Report || g.Version != 0 {
		t.Errorf("%+v, %v", g, err)
	}
	if g, err := s.Governance(ctx, s.Acme.ID); err != nil || g.Settings.Stage != policy.Enforce {
		t.Errorf("who chose is moved: %+v, %v", g, err)
	}
	marks := s.marks()
	s.OK(s.SetVendorStage(ctx, operator, policy.Enforce))
	if s.marks() != marks+1 {
		t.Errorf("%d marks for one account that never chose", s.marks()-marks)
	}
}

func TestListAuthorizations(t *testing.T) {
	s := newShop(t).closed()
	builtIn := s.Register(func(c *store.Client) {
		c.BuiltIn, c.Owner, c.Registration.Name, c.Registration.Publisher = true, id.Tenant{}, "Mobile", "Vendor"
	})
	s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.Developer}}, Expires: noon.Add(24 * time.Hour)})
	for range 5 {
		s.app2(t)
	}
	ids := func(f store.AuthorizationFilter, p store.Page) []id.Client {
		list, err := s.ListAuthorizations(ctx, s.Acme.ID, f, p)
		s.OK(err)
		var out []id.Client
		for _, x := range list {
			out = append(out, x.App.ID)
			if x.Client != x.App.ID || x.App.Name == "" {
				t.Errorf("%+v", x)
			}
		}
		if !slices.IsSortedFunc(out, func(a, b id.Client) int { return strings.Compare(a.String(), b.String()) }) {
			t.Errorf("not in order: %v", out)
		}
		return out
	}
	everything := ids(store.AuthorizationFilter{}, store.Page{})
	if len(everything) != 8 { // the app, five more, the built-in one, the connected app
		t.Fatalf("%d: %v", len(everything), everything)
	}
	var paged []id.Client
	for p := (store.Page{Limit: 3}); ; {
		got := ids(store.AuthorizationFilter{}, p)
		paged = append(paged, got...)
		if len(got) < p.Limit {
			break
		}
		p.After = got[len(got)-1].String()
	}
	if !slices.Equal(paged, everything) {
		t.Errorf("page by page %v, at once %v", paged, everything)
	}
	for name, tt := range map[string]struct {
		f    store.AuthorizationFilter
		want []id.Client
	}{
		"by role":             {store.AuthorizationFilter{Role: directory.Developer}, []id.Client{s.App.ID}},
		"by end":              {store.AuthorizationFilter{Expires: noon.Add(48 * time.Hour)}, []id.Client{s.App.ID}},
		"by name":             {store.AuthorizationFilter{Name: "MOBI"}, []id.Client{builtIn.ID}},
		"by publisher":        {store.AuthorizationFilter{Name: "vendor"}, []id.Client{builtIn.ID}},
		"connected ones too":  {store.AuthorizationFilter{Name: "script"}, []id.Client{s.Acme.App.Client}},
		"by a state of none":  {store.AuthorizationFilter{States: []policy.State{policy.Blocked}}, nil},
		"by a name of nobody": {store.AuthorizationFilter{Name: "nobody"}, nil},
	} {
		if got := ids(tt.f, store.Page{}); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	seen, err := s.Authorization(ctx, s.Acme.ID, builtIn.ID)
	if s.OK(err); !seen.Virtual || seen.Origin != policy.ByBeingBuiltIn || seen.Standing.State != policy.Authorized || !seen.Admission.All || !seen.Uncapped {
		t.Errorf("%+v", seen)
	}
	// Roles are added to a built-in one through the same call.
	a, err := s.Authorize(ctx, operator, s.Acme.ID, builtIn.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.Developer}}})
	s.OK(err)
	if a.Version != 1 || a.Origin != policy.ByAdministrator || len(ids(store.AuthorizationFilter{}, store.Page{})) != 8 {
		t.Errorf("%+v", a)
	}
}

// app2 is one more app that acme authorized.
func (s *shop) app2(t *testing.T) store.Client {
	t.Helper()
	c := s.Register(func(c *store.Client) { c.Registration.Name = "More" })
	_, err := s.Authorize(ctx, operator, s.Acme.ID, c.ID, govern.Terms{Uncapped: true, Admission: all})
	s.OK(err)
	return c
}

// TestA161_an_app_that_looks_like_another_one: whoever decides is told which it resembles.
func TestA161_an_app_that_looks_like_another_one(t *testing.T) {
	s := newShop(t).closed()
	named := func(name string, alter func(*store.Client)) store.Client {
		return s.Register(func(c *store.Client) {
			c.Registration.Name = name
			if alter != nil {
				alter(c)
			}
		})
	}
	loader := named("Data Loader", func(c *store.Client) { c.Verified, c.Registration.Publisher = true, "Vendor" })
	for name, tt := range map[string]struct {
		app  store.Client
		want bool
	}{
		"with a zero":                    {named("Data L0ader", nil), true},
		"with Cyrillic letters":          {named("Dаta Loаder", nil), true},
		"in other case, without a space": {named("dataloader", nil), true},
		"of the same verified publisher": {named("Data-Loader", func(c *store.Client) { c.Verified, c.Registration.Publisher = true, "Vendor" }), false},
		"who only says to be the same":   {named("Data-Loader", func(c *store.Client) { c.Registration.Publisher = "Vendor" }), true},
		"that is called something else":  {named("Loader of data", nil), false},
	} {
		seen, err := s.Authorization(ctx, s.Acme.ID, tt.app.ID)
		s.OK(err)
		if got := slices.ContainsFunc(seen.App.Resembles, func(a govern.App) bool { return a.ID == loader.ID }); got != tt.want {
			t.Errorf("%s resembles it: %v", name, got)
		}
	}
	// Also one that is not verified, but that the account uses.
	s.Authorizes(govern.Terms{Uncapped: true})
	seen, err := s.Authorization(ctx, s.Acme.ID, named("SYNC", nil).ID)
	if s.OK(err); len(seen.App.Resembles) != 1 || seen.App.Resembles[0].ID != s.App.ID {
		t.Errorf("%+v", seen.App.Resembles)
	}
}

// TestA163_names_of_built_in_apps_are_reserved, in every spelling.
func TestA163_names_of_built_in_apps_are_reserved(t *testing.T) {
	s := newShop(t)
	s.Register(func(c *store.Client) {
		c.BuiltIn, c.Owner, c.Registration.Name, c.Registration.Publisher = true, id.Tenant{}, "Contact Center", "Vendor"
	})
	draft := registry.DraftOf(s.App.Registration)
	for name, tt := range map[string]struct {
		name, publisher string
		want            refusal.Code
	}{
		"the name":                                {"Contact Center", "Sync GmbH", refusal.NameTaken},
		"the name, like it":                       {"C0ntact-Centеr", "Sync GmbH", refusal.NameTaken},
		"the name, in full width":                 {"Ｃｏｎｔａｃｔ Center", "Sync GmbH", refusal.NameTaken},
		"the name, and a letter that is not seen": {"Contact Center\u115f", "Sync GmbH", refusal.FieldCharacter},
		"the publisher, like it":                  {"Sync 9", "VENDOR", refusal.NameTaken},
		"the publisher, with a small capital":     {"Sync 9", "Vendᴏr", refusal.NameTaken},
		"other ones":                              {"Contact Centers", "Sync GmbH", ""},
	} {
		d := draft
		d.Name, d.Publisher = tt.name, tt.publisher
		_, made := s.Registry.CreateClient(ctx, audit.Operator, registry.NewClient{Owner: s.Acme.ID, Draft: d})
		_, changed := s.Registry.UpdateClient(ctx, audit.Operator, registry.Everybody(), s.App.ID, 0, d)
		for what, err := range map[string]error{"registering": made, "changing": changed} {
			if got := refusal.Of(err).First().Code; err != nil && got != tt.want || err == nil && tt.want != "" {
				t.Errorf("%s with %s is answered %v", what, name, err)
			}
		}
	}
}

func TestForeseeTerms(t *testing.T) {
	s := newShop(t).closed()
	s.Authorizes(govern.Terms{Uncapped: true})
	s.Installed([]string{contacts}, deals)
	mia := s.Member("mia", directory.AppInstaller)
	c, _ := s.Gave(mia, s.App, []string{contacts})
	_, err := s.Redeems(c)
	s.OK(err)
	s.OK(s.Store.Tend(ctx, func(u store.Upkeep) error {
		return u.AddUses([]store.Use{{Tenant: s.Acme.ID, Client: s.App.ID, Day: noon.Truncate(24 * time.Hour), Catalog: "crm", Method: "list_deals", Calls: 3}})
	}))
	cost, err := s.ForeseeTerms(ctx, s.Acme.ID, s.App.ID, govern.Terms{Scopes: scopes(companies), Admission: policy.Admission{Roles: []string{directory.SuperAdmin}}})
	s.OK(err)
	used := slices.IndexFunc(cost.Methods, func(m govern.CostMethod) bool { return m.ID == "list_deals" })
	if !cost.Lost.Equal(scopes(contacts, deals, flows)) || !cost.NotInstallable.Equal(scopes(contacts)) || cost.Reach.Users != 2 || cost.LosingUsers != 1 ||
		used < 0 || cost.Methods[used].LastUsed.IsZero() || cost.Methods[used].Title.DE == "" ||
		!slices.ContainsFunc(cost.Methods, func(m govern.CostMethod) bool { return m.ID == "list_contacts" && m.LastUsed.IsZero() }) {
		t.Errorf("%+v", cost)
	}
	none, err := s.ForeseeTerms(ctx, s.Acme.ID, s.App.ID, govern.Terms{Uncapped: true, Admission: all})
	if s.OK(err); none.Lost.Len()+none.NotInstallable.Len()+len(none.Methods)+none.LosingUsers != 0 || none.Reach.Grants != 2 {
		t.Errorf("%+v", none)
	}
}

func TestForeseeTerms_of_a_connected_app(t *testing.T) {
	s := newShop(t)
	app := s.NewApp(s.Acme.ID, &[]string{readUsr, content}).Client
	for name, tt := range map[string]struct {
		terms   govern.Terms
		lost    scope.Set
		methods bool
	}{
		"nothing is said of scopes": {govern.Terms{}, scope.Set{}, false},
		"the whole catalog":         {govern.Terms{Uncapped: true}, scope.Set{}, false},
		"one scope less":            {govern.Terms{Scopes: scopes(readUsr)}, scopes(content), true},
		"another one":               {govern.Terms{Scopes: scopes(readUsr, content, contacts)}, scope.Set{}, false},
	} {
		cost, err := s.ForeseeTerms(ctx, s.Acme.ID, app, tt.terms)
		if s.OK(err); !cost.Lost.Equal(tt.lost) || len(cost.Methods) > 0 != tt.methods {
			t.Errorf("%s: %+v", name, cost)
		}
	}
	all := s.NewApp(s.Acme.ID, nil).Client
	if cost, err := s.ForeseeTerms(ctx, s.Acme.ID, all, govern.Terms{Scopes: scopes(readUsr)}); err != nil || cost.Lost.Len() < 10 || len(cost.Methods) < 10 {
		t.Errorf("of the whole catalog: %+v, %v", cost, err)
	}
	_, err := s.Revoke(ctx, operator, s.Acme.ID, app, "")
	s.OK(err)
	if cost, err := s.ForeseeTerms(ctx, s.Acme.ID, app, govern.Terms{Scopes: scopes(readUsr)}); err != nil || cost.Lost.Len()+len(cost.Methods) > 0 {
		t.Errorf("of one that was revoked: %+v, %v", cost, err)
	}
}

func TestImpact_and_what_mends_it(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	other := s.app2(t)
	mia := s.Member("mia", directory.AppInstaller)
	out, _ := s.Installed([]string{contacts}, deals)
	_, err := s.Authorize(ctx, operator, s.Acme.ID, other.ID, govern.Terms{Scopes: scopes(contacts), Admission: policy.Admission{Roles: []string{directory.SuperAdmin}}, Version: 1})
	s.OK(err)
	foresee := func(client id.Client, user id.User, method, need string, calls int) {
		s.OK(s.Store.Tend(ctx, func(u store.Upkeep) error {
			return u.AddForeseen([]store.Foreseen{{Tenant: s.Acme.ID, Client: client, User: user, Catalog: "crm", Method: method, Need: need,
				Code: string(refusal.ScopeNotGranted), First: noon, Last: noon.Add(time.Hour), Calls: calls}})
		}))
	}
	foresee(s.App.ID, s.Acme.Ada.ID, "list_contacts", contacts, 7)
	foresee(s.App.ID, s.Acme.Ada.ID, "list_deals", deals+" | tickets", 2)
	foresee(s.App.ID, mia.ID, "list_tickets", "tickets", 1)
	foresee(other.ID, mia.ID, "list_contacts", contacts, 5)
	list, err := s.Impact(ctx, s.Acme.ID)
	s.OK(err)
	if len(list) != 2 || list[0].App.ID != s.App.ID || list[0].Calls != 10 || list[0].Users != 2 || len(list[0].Methods) != 3 || !list[0].Last.Equal(noon.Add(time.Hour)) {
		t.Fatalf("%+v", list)
	}
	if p := list[0].Proposal; !p.Admission.All || !p.Scopes.Equal(scopes(contacts, deals)) || p.Version != 1 || !list[0].Beyond.Equal(scopes("tickets")) {
		t.Errorf("%+v, beyond %s", p, list[0].Beyond)
	}
	if p := list[1].Proposal; !slices.Equal(p.Admission.Users, []id.User{mia.ID}) || !slices.Equal(p.Admission.Roles, []string{directory.SuperAdmin}) || p.Version != 2 {
		t.Errorf("%+v", p)
	}
	var steps []int
	err = s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, []govern.Proposed{list[0].Seen(), list[0].Seen(), list[1].Seen()}, func(s govern.Step) { steps = append(steps, s.Done, s.All) })
	s.OK(err)
	if !slices.Equal(steps, []int{1, 3, 2, 3, 3, 3}) {
		t.Errorf("%v", steps)
	}
	if list, err := s.Impact(ctx, s.Acme.ID); err != nil || len(list) > 0 {
		t.Errorf("left: %+v, %v", list, err)
	}
	now, err := s.Governance(ctx, s.Acme.ID)
	s.OK(err)
	if shift, err := s.ForeseeGovernance(ctx, s.Acme.ID, policy.Governance{}); err != nil || len(shift.Stops) > 0 {
		t.Errorf("%+v, %v", shift, err)
	}
	_, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{}, now.Version)
	s.OK(err)
	next, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.OK(s.Calls(next.AccessToken, "list_deals"))
	s.OK(s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, []govern.Proposed{{Client: s.App.ID}}, nil)) // nothing is foreseen any more
}
