package registry

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
	"prokura/internal/text"
	"prokura/internal/token"
)

// apps is a registry of apps on a real database, with a developer's account and the catalog of the CRM.
type apps struct {
	*world
	clock *clock.Fake
}

func newApps(t *testing.T) *apps {
	t.Helper()
	c := clock.NewFake(noon)
	db, err := sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(t, t.TempDir()), Clock: c})
	a := &apps{&world{t: t, in: entropy.ID[id.Tenant]()}, c}
	a.ok(err)
	t.Cleanup(func() { db.Close() })
	cats, err := NewCatalogs(analytics(t), crm(t))
	a.ok(err)
	a.Registry = New(Config{Store: db, Clock: c, Catalogs: cats})
	a.ok(db.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
		return tx.AddTenant(store.Tenant{ID: a.in, Name: "Acme", ContentURL: "acme", Plan: "starter", Created: noon})
	}))
	return a
}

func crm(t *testing.T) *catalog.Catalog {
	t.Helper()
	src, ok := catalogs.Builtin("crm")
	cat, problems := catalog.Load("crm.yaml", src)
	if !ok || cat == nil {
		t.Fatal(problems)
	}
	return cat
}

func draft() Draft {
	return Draft{Name: "Sync", Publisher: "Example", RedirectURIs: []string{"https://app.example.com/cb"}, InstallURL: true,
		Required: []string{"crm.objects.contacts.read"}, Conditional: []string{"crm.objects.deals.read"},
		Optional: []string{"crm.objects.contacts.write", "automation"}}
}

func (a *apps) create(d Draft) store.Client {
	a.t.Helper()
	out, err := a.CreateClient(ctx, audit.Operator, NewClient{Owner: a.in, Draft: d})
	a.ok(err)
	return out.Client
}

func (a *apps) marks() []mark.Mark {
	a.t.Helper()
	list, _, err := a.store.Marks(ctx)
	a.ok(err)
	return list
}

func (a *apps) audit() []audit.Entry {
	a.t.Helper()
	var list []audit.Entry
	a.ok(a.store.View(ctx, func(r store.Reader) (err error) {
		list, err = r.ListAudit(a.in, id.Entry{}, 100)
		return err
	}))
	return list
}

func TestCreateClient_is_found_in_its_account_and_by_the_operator(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	if got, err := a.Client(ctx, c.ID); err != nil || got.Registration.Name != "Sync" || got.Version != 1 || got.Disabled {
		t.Errorf("%+v %v", got, err)
	}
	for name, tt := range map[string]struct {
		reach Reach
		found bool
	}{
		"the operator": {Everybody(), true}, "the developer": {OwnedBy(a.in), true}, "another developer": {OwnedBy(entropy.ID[id.Tenant]()), false},
		"nobody": {Reach{}, false}, "an account that is none": {OwnedBy(id.Tenant{}), false},
	} {
		_, err := a.FindClient(ctx, tt.reach, c.ID)
		list, err2 := a.ListClients(ctx, tt.reach, store.Page{})
		_, err3 := a.InstallURLs(ctx, tt.reach, c.ID)
		_, err4 := a.UpdateClient(ctx, audit.Operator, tt.reach, c.ID, 0, draft())
		if (err == nil) != tt.found || err2 != nil || (len(list) == 1) != tt.found || (err3 == nil) != tt.found || (err4 == nil) != tt.found {
			t.Errorf("%s: %v %v %v %v %v", name, err, list, err2, err3, err4)
		}
		if !tt.found {
			want(t, err, refusal.ObjectNotFound)
			want(t, err3, refusal.ObjectNotFound)
		}
	}
	// The vendor's own apps belong to no account, and no account reaches them.
	own, err := a.CreateClient(ctx, audit.Operator, NewClient{Draft: draft()})
	a.ok(err)
	_, err = a.FindClient(ctx, OwnedBy(id.Tenant{}), own.Client.ID)
	want(t, err, refusal.ObjectNotFound)
	_, err = a.CreateClient(ctx, audit.Operator, NewClient{Owner: entropy.ID[id.Tenant](), Draft: draft()})
	want(t, err, refusal.ObjectNotFound)
	if e := a.audit(); len(e) != 1 || e[0].Act.Action != "client.create" || e[0].Act.Target != "client "+c.ID.String() {
		t.Errorf("%+v", e)
	}
}

func TestCheck_names_every_problem_at_its_field(t *testing.T) {
	a := newApps(t)
	d := Draft{
		Name: "", Publisher: "a\u202eb", Description: text.Text{EN: "one\ntwo", DE: "x\x00"},
		Contact:      store.Contact{Mail: "Ada <ada@example.com>", Page: "http://example.com", Documentation: "https://u@example.com/", Privacy: "javascript:alert(1)"},
		RedirectURIs: []string{"https://app.example.com/cb", "https://*.example.com/", "https://app.example.com/cb"},
		Public:       true, ClientCredentials: true, Wire: "fax", Keys: []byte(`{"keys":[]}`),
		Required:    []string{"crm.objects.contacts.read", "crm.objects.contact.read", "a b"},
		Conditional: []string{"crm.objects.contacts.read", "tableau:users:*"},
		AccessLife:  49 * time.Hour, RefreshLife: time.Second,
	}
	_, _, err := a.Check(d)
	var got []string
	for _, f := range refusal.Of(err).Findings {
		got = append(got, f.Field+" "+string(f.Code))
	}
	wanted := []string{
		"name field_missing", "publisher field_character", "description.de field_character",
		"contact.mail contact_mail_invalid", "contact.page contact_url_invalid", "contact.documentation contact_url_invalid", "contact.privacy contact_url_invalid",
		"redirect_uris[1] redirect_uri_invalid", "redirect_uris[2] redirect_uri_twice", "keys client_keys_invalid", "keys public_client_conflict",
		"client_credentials public_client_conflict", "wire wire_unknown", "required[1] scope_unknown", "required[2] scope_name_invalid",
		"conditional[0] scope_in_two_classes", "conditional[1] scope_is_wildcard", "access_seconds life_out_of_range", "refresh_seconds life_out_of_range",
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
	if near := refusal.Of(err).Findings[13]; near.Want != "crm.objects.contacts.read" {
		t.Errorf("%+v", near)
	}
	_, _, err = a.Check(Draft{Name: "x", Publisher: "y"})
	want(t, err, refusal.FieldMissing)
	if _, _, err = a.Check(Draft{Name: "x", Publisher: "y", ClientCredentials: true}); err != nil {
		t.Errorf("a client that acts for itself needs no address: %v", err)
	}
}

func TestCheck_contacts(t *testing.T) {
	a := newApps(t)
	for v, ok := range map[string]bool{
		"https://example.com/help?x=1#top": true, "mailto:help@example.com": true, "https://bücher.example/": true,
		"mailto:help@example.com?cc=x@y": false, "https://": false, "https:///x": false, "HTTPS:x": false, "//example.com": false, "https://a b/": false,
		"https://example.com/\n": false, `https:\\example.com`: false, "https://example.com/" + strings.Repeat("x", 3000): false, "data:text/html,x": false,
	} {
		d := draft()
		d.Contact.Page = v
		if _, _, err := a.Check(d); (err == nil) != ok {
			t.Errorf("%q: %v", v, err)
		}
	}
	for v, ok := range map[string]bool{"ada@example.com": true, "a+b@example.com": true, "ada": false, "<ada@example.com>": false, "a@b, c@d": false, "a@b\r\nBcc: c@d": false} {
		d := draft()
		d.Contact.Mail = v
		if _, _, err := a.Check(d); (err == nil) != ok {
			t.Errorf("%q: %v", v, err)
		}
	}
}

func TestCheck_notes_what_was_understood_otherwise(t *testing.T) {
	a := newApps(t)
	d := draft()
	d.Required = append(d.Required, "oauth", d.Required[0])
	d.RedirectURIs = append(d.RedirectURIs, "https://аpp.example.com/cb")
	out, err := a.CreateClient(ctx, audit.Operator, NewClient{Owner: a.in, Draft: d})
	a.ok(err)
	if len(out.Notes) != 2 || out.Notes[0].Code != refusal.RedirectURIInternational || out.Notes[1].Code != refusal.ScopeImplied || out.Notes[1].Field != "required[1]" {
		t.Errorf("%+v", out.Notes)
	}
	reg := out.Client.Registration
	// Where it is not implied it is a scope like another.
	d = Draft{Name: "x", Publisher: "y", ClientCredentials: true, Required: []string{"oauth"}}
	if plain, notes, err := a.Check(d); err != nil || len(notes) != 0 || plain.Required.String() != "oauth" {
		t.Errorf("%+v %+v %v", plain, notes, err)
	}
	if reg.Required.String() != "crm.objects.contacts.read" || reg.RedirectURIs[1] != "https://xn--pp-6kc.example.com/cb" {
		t.Errorf("%+v", reg)
	}
}

func TestCheck_a_token_of_the_registration_fits(t *testing.T) {
	a := newApps(t)
	d := draft()
	d.Required, d.Conditional, d.Optional = nil, nil, a.catalogs.All().Names()
	_, _, err := a.Check(d)
	want(t, err, refusal.RegistrationTokenTooLarge)
	if f := refusal.Of(err).First(); f.Want != "6 KiB" || f.Got == "" {
		t.Errorf("%+v", f)
	}
	d.Optional = d.Optional[:60]
	reg, _, err := a.Check(d)
	a.ok(err)
	if (&token.Access{Name: "somebody with a name", Roles: []string{"super_admin"}, Scopes: reg.Optional}).TooLarge() {
		t.Error("a token of a registration that was accepted is too large")
	}
}

func TestUpdateClient_makes_versions(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	d := draft()
	d.Name, d.RedirectURIs = "Sync 2", []string{"https://app.example.com/cb", "https://app.example.com/new"}
	out, err := a.UpdateClient(ctx, audit.Actor{Kind: "user", ID: "7", Name: "ada"}, OwnedBy(a.in), c.ID, 1, d)
	a.ok(err)
	if out.Client.Version != 2 || len(out.Changes) != 2 || out.Changes[0] != (Change{Field: "name", Old: "Sync", New: "Sync 2"}) ||
		out.Changes[1].Field != "redirect_uris" || !out.Changes[1].Security {
		t.Errorf("%+v", out)
	}
	// The same again changes nothing, and makes no version.
	out, err = a.UpdateClient(ctx, audit.Operator, Everybody(), c.ID, 2, d)
	if err != nil || out.Client.Version != 2 || len(out.Changes) != 0 {
		t.Errorf("%+v %v", out, err)
	}
	// Who began from an older one is told.
	_, err = a.UpdateClient(ctx, audit.Operator, Everybody(), c.ID, 1, draft())
	want(t, err, refusal.ClientChanged)
	versions, err := a.ClientVersions(ctx, Everybody(), c.ID, 0, 10)
	if err != nil || len(versions) != 2 || versions[0].By != "user 7 ada" || versions[1].Registration.Name != "Sync" {
		t.Errorf("%+v %v", versions, err)
	}
	if e := a.audit(); len(e) != 2 || e[0].Act.Detail["changed"] != "name redirect_uris" || !strings.Contains(e[0].Act.Detail["redirect_uris"], "→ https://app.example.com/cb https://app.example.com/new") {
		t.Errorf("%+v", e)
	}
	if m := a.marks(); len(m) != 0 {
		t.Errorf("a changed registration voids tokens: %+v", m)
	}
}

func TestDiff_says_what_concerns_security(t *testing.T) {
	base := store.Registration{}
	for field, security := range map[string]bool{
		"name": false, "publisher": true, "redirect_uris": true, "public": true, "keys": true, "client_credentials": true, "required": true, "conditional": true,
		"optional": true, "listed": false, "contact.mail": false, "logo": false, "wire": false, "install_url": false, "access_seconds": false, "refresh_seconds": false,
		"description.en": false, "description.de": false, "contact.page": false, "contact.documentation": false, "contact.privacy": false,
	} {
		one := scope.NewSet(scope.MustParse("a"))
		full := store.Registration{Name: "n", Publisher: "p", Description: text.Text{EN: "e", DE: "d"}, Contact: store.Contact{Mail: "m", Page: "p", Documentation: "d", Privacy: "y"},
			Logo: "l", RedirectURIs: []string{"u"}, Public: true, Keys: []byte("{}"), InstallURL: true, Wire: "w", ClientCredentials: true, Listed: true,
			Required: one, Conditional: one, Optional: one, AccessLife: time.Hour, RefreshLife: time.Hour}
		all := Diff(base, full)
		i := slices.IndexFunc(all, func(c Change) bool { return c.Field == field })
		if i < 0 || all[i].Security != security || all[i].New == "" || len(all) != 21 {
			t.Errorf("%s: %d of %d, %+v", field, i, len(all), all)
		}
	}
	if d := Diff(base, base); d != nil {
		t.Errorf("%+v", d)
	}
}

func TestSwitchClient_marks_what_takes_something_away_and_nothing_else(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	for _, tt := range []struct {
		enabled bool
		marks   int
	}{{true, 0}, {false, 1}, {false, 1}, {true, 1}, {false, 2}} {
		got, err := a.SwitchClient(ctx, audit.Operator, c.ID, tt.enabled)
		if err != nil || got.Disabled == tt.enabled || len(a.marks()) != tt.marks {
			t.Errorf("%+v: %+v %v %+v", tt, got, err, a.marks())
		}
	}
	if m := a.marks()[0]; m.Subject != (mark.Subject{Client: c.ID}) || m.Lost.Len() != 0 || m.Until != noon.Add(token.MaxLife) {
		t.Errorf("%+v", m)
	}
	a.ok(a.DeleteClient(ctx, audit.Operator, OwnedBy(a.in), c.ID))
	if m := a.marks(); len(m) != 3 || m[2].Subject != (mark.Subject{Client: c.ID}) {
		t.Errorf("%+v", m)
	}
	want(t, a.DeleteClient(ctx, audit.Operator, Everybody(), c.ID), refusal.ObjectNotFound)
	_, err := a.Client(ctx, c.ID)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestClientSecret_is_shown_once_and_two_live(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	one, first, err := a.CreateClientSecret(ctx, audit.Operator, OwnedBy(a.in), c.ID)
	a.ok(err)
	_, second, err := a.CreateClientSecret(ctx, audit.Operator, OwnedBy(a.in), c.ID)
	a.ok(err)
	_, _, err = a.CreateClientSecret(ctx, audit.Operator, OwnedBy(a.in), c.ID)
	want(t, err, refusal.ClientSecretLimit)
	now, err := a.Client(ctx, c.ID)
	a.ok(err)
	for name, tt := range map[string]struct {
		sent string
		ok   bool
	}{
		"the first": {first.Reveal(), true}, "the second": {second.Reveal(), true}, "none": {"", false}, "its id": {one.ID.String(), false},
		"redacted": {first.String(), false}, "longer": {first.Reveal() + "A", false}, "another": {entropy.Token(id.ClientSecret).Reveal(), false},
		"another kind": {"pko" + strings.TrimPrefix(first.Reveal(), "pks"), false},
	} {
		if got, ok := VerifyClientSecret(&now, tt.sent); ok != tt.ok || got.IsZero() == ok {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
	want(t, a.DeleteClientSecret(ctx, audit.Operator, OwnedBy(entropy.ID[id.Tenant]()), c.ID, one.ID), refusal.ObjectNotFound)
	a.ok(a.DeleteClientSecret(ctx, audit.Operator, OwnedBy(a.in), c.ID, one.ID))
	want(t, a.DeleteClientSecret(ctx, audit.Operator, OwnedBy(a.in), c.ID, one.ID), refusal.ObjectNotFound)
	now, err = a.Client(ctx, c.ID)
	a.ok(err)
	if _, ok := VerifyClientSecret(&now, first.Reveal()); ok {
		t.Error("a deleted secret authenticates")
	}
	if m := a.marks(); len(m) != 0 {
		t.Errorf("deleting a secret voids tokens: %+v", m)
	}
	for _, e := range a.audit() {
		for k, v := range e.Act.Detail {
			if strings.Contains(v, first.Reveal()) || strings.Contains(v, "pks_") {
				t.Errorf("the audit book holds a secret: %s %s", k, v)
			}
		}
	}
	// A public client has none, and becomes none that has.
	d := draft()
	d.Public = true
	_, err = a.UpdateClient(ctx, audit.Operator, Everybody(), c.ID, 0, d)
	want(t, err, refusal.PublicClientConflict)
	public := a.create(d)
	_, _, err = a.CreateClientSecret(ctx, audit.Operator, Everybody(), public.ID)
	want(t, err, refusal.PublicClientConflict)
	now.Registration.Public = true
	if _, ok := VerifyClientSecret(&now, second.Reveal()); ok {
		t.Error("a public client authenticates with a secret")
	}
}

func TestImpact_says_which_published_URLs_break(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	const cb = "https://app.example.com/cb"
	a.NoteInstallURL(&c, cb, "crm.objects.contacts.read crm.objects.deals.read", "")
	a.clock.Advance(time.Hour)
	a.NoteInstallURL(&c, cb, "crm.objects.contacts.read", "automation")
	a.NoteInstallURL(&c, cb, "crm.objects.contacts.read", "automation")
	a.NoteInstallURL(&c, cb, "crm.objects.contacts.read automation", "") // wrong from the start
	a.NoteInstallURL(&c, "https://evil.test/", "crm.objects.contacts.read", "")
	d := draft()
	d.Required, d.Optional = []string{"crm.objects.contacts.read", "crm.objects.companies.read"}, []string{"automation"}
	out, err := a.Impact(ctx, OwnedBy(a.in), c.ID, d)
	a.ok(err)
	if out.Seen != 3 || len(out.Breaks) != 2 || len(out.Mends) != 0 || out.Tenants != 0 || len(out.Changes) != 2 {
		t.Fatalf("%+v", out)
	}
	b := out.Breaks[0]
	if b.Optional != "automation" || b.Count != 2 || b.Findings[0].Code != refusal.RequiredScopeMissing || b.Findings[0].Scope != "crm.objects.companies.read" ||
		!b.Correctable || b.NearestScope.String() != "crm.objects.companies.read crm.objects.contacts.read" || b.NearestOptional.String() != "automation" {
		t.Errorf("%+v", b)
	}
	d = draft()
	d.Conditional, d.Optional = []string{"crm.objects.deals.read", "automation"}, nil
	out, err = a.Impact(ctx, OwnedBy(a.in), c.ID, d)
	a.ok(err)
	if len(out.Breaks) != 1 || out.Breaks[0].Findings[0].Code != refusal.ScopeMismatch || len(out.Mends) != 1 || out.Mends[0].Findings[0].FoundIn != policy.InScope {
		t.Errorf("%+v", out)
	}
	d = draft()
	d.RedirectURIs = []string{"https://app.example.com/new"}
	if out, err = a.Impact(ctx, OwnedBy(a.in), c.ID, d); err != nil || len(out.Breaks) != 2 || out.Breaks[0].Findings[0].Code != refusal.RedirectURIMismatch {
		t.Errorf("%+v %v", out, err)
	}
	a.clock.Advance(91 * 24 * time.Hour)
	if out, err = a.Impact(ctx, OwnedBy(a.in), c.ID, d); err != nil || out.Seen != 0 || len(out.Breaks) != 0 {
		t.Errorf("%+v %v", out, err)
	}
	if now, err := a.Client(ctx, c.ID); err != nil || now.Version != 1 {
		t.Errorf("asking changed something: %+v %v", now, err)
	}
}

func TestBuildURL_writes_what_was_picked(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	none, deals := scope.Set{}, scope.NewSet(scope.MustParse("crm.objects.deals.read"))
	for name, tt := range map[string]struct {
		picks URLPicks
		want  string
	}{
		"everything":          {URLPicks{}, "&scope=crm.objects.contacts.read%20crm.objects.deals.read&optional_scope=automation%20crm.objects.contacts.write"},
		"as little as may be": {URLPicks{Conditional: &none, Optional: &none, State: "a b&c"}, "&scope=crm.objects.contacts.read&state=a%20b%26c"},
		"a choice":            {URLPicks{Conditional: &deals, Optional: &none}, "&scope=crm.objects.contacts.read%20crm.objects.deals.read"},
	} {
		got, err := BuildURL("https://id.example.com/", &c, tt.picks)
		want := "https://id.example.com/oauth/authorize?client_id=" + c.ID.String() + "&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb" + tt.want
		if err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", name, got, err, want)
		}
	}
	_, err := BuildURL("https://id.example.com", &c, URLPicks{RedirectURI: "https://x.test/", Conditional: &deals, Optional: &deals})
	if f := refusal.Of(err).Findings; len(f) != 2 || f[0].Code != refusal.RedirectURINotRegistered || f[1].Code != refusal.ScopeNotRegistered || f[1].Want != "optional" {
		t.Errorf("%+v", f)
	}
	c.Registration = store.Registration{RedirectURIs: []string{"http://127.0.0.1/cb?a=b"}}
	const plain = "&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb%3Fa%3Db"
	if got, err := BuildURL("https://id.example.com", &c, URLPicks{}); err != nil || !strings.HasSuffix(got, plain+"&response_type=code") {
		t.Errorf("%q %v", got, err)
	}
	c.Registration.InstallURL = true
	if got, err := BuildURL("https://id.example.com", &c, URLPicks{}); err != nil || !strings.HasSuffix(got, plain+"&scope=oauth") {
		t.Errorf("%q %v", got, err)
	}
}
