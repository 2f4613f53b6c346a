package console

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
	v1 "prokura/internal/v1"
)

// tell writes an entry, past the services, and answers its id.
func (w *world) tell(a audit.Act) id.Entry {
	w.t.Helper()
	ctx := context.Background()
	w.ok(w.db.Do(audit.Received(ctx, "192.0.2.5"), a, func(store.Tx) error { return nil }))
	p, err := w.Ledger.Find(ctx, a.Tenant, store.AuditFilter{}, id.Entry{}, 1)
	w.ok(err)
	return p.Entries[0].ID
}

// auditor is a user who may read the book of acme, and do nothing else.
func (w *world) auditor() store.User {
	w.t.Helper()
	role, err := w.Directory.CreateRole(context.Background(), audit.Operator, store.Role{Tenant: w.acme.ID, ID: "reviser", Name: "Reviser", Permissions: []string{directory.MayAudit}})
	w.ok(err)
	return w.user(w.acme, "rae@example.com", "Rae Reviser", role.ID)
}

func TestAudit_is_for_who_may_read_the_book(t *testing.T) {
	w := settled(t)
	entry := w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.Operator, Action: "tenant.update", Target: "tenant secret"})
	paths := []string{"/console/audit", "/console/audit/" + entry.String(), "/console/audit/export.csv", "/console/audit/export.jsonl"}
	b := w.as(w.eve)
	for _, p := range paths {
		b.open(p).shows(403).lacks("tenant secret")
	}
	b.open("/console").lacks("Audit book")
	for _, p := range paths {
		w.browser().open(p).leads("/login?back=" + strings.ReplaceAll(p, "/", "%2F"))
	}
	b = w.as(w.auditor())
	b.open("/console").shows(200, "Admin › Integrations", "Audit book").lacks("Authorized applications")
	for _, p := range paths {
		b.open(p)
		if b.status != 200 || !strings.Contains(b.body, "tenant secret") {
			t.Errorf("%s answered %d: %s", p, b.status, b.text())
		}
	}
	w.as(w.ada).open("/console").shows(200, "Audit book", "Authorized applications")
}

func TestAudit_says_who_did_what_to_what_and_why(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.clock.Advance(time.Minute)
	entry := w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.Actor{Kind: "user", ID: w.ada.ID.String(), Name: "ada@example.com"}, Action: "client.update",
		Target: "client " + app.ID.String(), Reason: "as <b>asked</b>\u202e\n", Detail: map[string]string{"ticket": "T-17"},
		Before: map[string]string{"a": "1", "b": "old value", "gone": "was", "z": strings.Repeat("x", 100)}, After: map[string]string{"a": "2", "b": "new value", "z": "y"}})
	b := w.as(w.ada)
	b.open("/console/audit").shows(200, "22 Nov 2026, 12:01 UTC", "Ada Lovelace", "ada@example.com · user", "Registration changed client.update",
		"Acme Sync application", "192.0.2.5", "as <b>asked</b>", "no longer old value → new new value", "1 more change").lacks("\u202e", app.ID.String(), w.ada.ID.String())
	for _, link := range []string{"/console/authorizations/" + app.ID.String(), "/console/users/" + w.ada.ID.String()} {
		if !strings.Contains(b.body, `href="`+link+`"`) {
			t.Errorf("no link leads to %s", link)
		}
	}
	if strings.Contains(b.body, "<b>asked") {
		t.Error("the reason is markup")
	}
	if strings.Index(b.body, "client.update") > strings.Index(b.body, "user.create") {
		t.Error("the newest entry does not stand first")
	}
	b.open("/console/audit/"+entry.String()).shows(200, "2026-11-22T12:01:00Z", "ada@example.com", w.ada.ID.String(), "192.0.2.5", "client.update", "Acme Sync",
		"What was changed", "old value", "new value", strings.Repeat("x", 100), "ticket", "T-17", entry.String(), "All that they did", "All that was done to it").lacks("\u202e")
	b.lang = "de"
	b.open("/console/audit/"+entry.String()).shows(200, "Eintrag des Audit-Buchs", "Vorher", "Nachher", "22.11.2026, 12:01 UTC", "Begründung")
	b.open("/console/audit").shows(200, "Audit-Buch", "Registrierung geändert", "Benutzer angelegt", "Ada Lovelace", "Betreiber")
}

// TestA256_a_change_reads_from_old_to_new, also where both are written from right to left: one next to the other would swap places.
func TestA256_a_change_reads_from_old_to_new(t *testing.T) {
	w := settled(t)
	w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.Operator, Action: "client.update", Before: map[string]string{"a": "שלום"}, After: map[string]string{"a": "עולם"}})
	b := w.as(w.ada).open("/console/audit")
	for _, want := range []string{"<del><bdi>שלום</bdi></del>", "<ins><bdi>עולם</bdi></ins>"} {
		if !strings.Contains(b.body, want) {
			t.Errorf("without %s", want)
		}
	}
}

// What services wrote is read in words, and by names: who decides reads neither codes of ours nor identifiers.
func TestAudit_is_read_in_words(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	ctx, ada := context.Background(), govern.By{Actor: audit.Actor{Kind: "user", ID: w.ada.ID.String(), Name: w.ada.Name}, User: w.ada.ID}
	decide := func(terms govern.Terms) {
		w.t.Helper()
		s, err := w.Govern.Authorization(ctx, w.acme.ID, app.ID)
		w.ok(err)
		terms.Version = s.Authorization.Version
		_, err = w.Govern.Authorize(ctx, ada, w.acme.ID, app.ID, terms)
		w.ok(err)
	}
	newest := func() string {
		p, err := w.Ledger.Find(ctx, w.acme.ID, store.AuditFilter{}, id.Entry{}, 1)
		w.ok(err)
		return "/console/audit/" + p.Entries[0].ID.String()
	}
	decide(govern.Terms{Uncapped: true, Admission: policy.Admission{All: true}})
	b := w.as(w.ada)
	b.open("/console/audit").shows(200, "State: new approved", "Scopes: new", "Users who may use it: new All users of the account").lacks("May act without a user")
	w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.Actor{Kind: "client", ID: app.ID.String()}, Action: "grant.end", Target: "grant 1",
		Detail: map[string]string{"client": app.ID.String(), "user": w.eve.ID.String(), "why": "withdrawn"}})
	b.open("/console/audit").shows(200, "Acme Sync application Access of an app ended grant.end Acme Sync access for "+page.Called(&w.eve))
	b.open(newest()).shows(200, "User user "+page.Called(&w.eve)+" "+w.eve.ID.String(), "Because why it was withdrawn")
	decide(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.AppInstaller}, Users: []id.User{w.eve.ID}}, Expires: noon.AddDate(0, 0, 9)})
	b.open("/console/audit").shows(200, "Authorization of an app changed authorization.authorize", "Users who may use it: no longer All users of the account → new",
		page.Called(&w.eve), "Last day: new 1 Dec 2026").lacks(w.eve.ID.String(), app.ID.String())
	b.open(newest()).shows(200, "Users who may use it admission", "All users of the account", page.Called(&w.eve), "client "+app.ID.String())
	w.govern(policy.Governance{Door: policy.DoorOpen, Stage: policy.Report, Rules: []policy.Rule{deleting}, Reviewers: []string{directory.AppInstaller}})
	b.open(newest()).shows(200, "How apps are decided on changed governance.set", "Acme · account", "An administrator, for each app", "Users who may install apps", "Report only",
		"Exception rules.1 – What deletes or reaches far is decided on by an administrator", "Reviewers by role").lacks("authorization_required", "risks=")
	b.lang = "de"
	b.open(newest()).shows(200, "Entscheidung über Anwendungen geändert", "Acme · Konto", "Nur berichten")
	if got := b.open("/console/audit").text(); strings.Contains(got, "becomes") || !strings.Contains(got, "Zugriff einer Anwendung beendet grant.end") {
		t.Errorf("not in German: %s", got)
	}
	b.lang = ""
	group, err := w.Directory.CreateGroup(ctx, audit.Operator, w.acme.ID, "Sales")
	w.ok(err)
	w.ok(w.Directory.AddMember(ctx, audit.Operator, w.acme.ID, group.ID, w.eve.ID))
	b.open("/console/audit").shows(200, "Operator User added to a group group.add_member Sales group · "+page.Called(&w.eve))
	// Who may only read the book is led nowhere that they may not go.
	b = w.as(w.auditor()).open("/console/audit").shows(200, "Acme Sync access for")
	for _, lead := range []string{`href="/console/authorizations`, `href="/console/users`} {
		if strings.Contains(b.body, lead) {
			t.Errorf("an auditor is led to %s", lead)
		}
	}
}

func TestAudit_tells_until_when_the_log_is_sealed(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	b.open("/console/audit").shows(200).lacks("newest signature")
	_, err := w.Ledger.Seal(context.Background())
	w.ok(err)
	b.open("/console/audit").shows(200, "The newest signature of the sealed log is from 22 Nov 2026, 12:00 UTC.")
}

var nextPage = regexp.MustCompile(`<a href="([^"]+)" rel="next">`)

func TestAudit_filters_pages_and_exports_the_same(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	_, err := w.Govern.Authorize(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, app.ID,
		govern.Terms{Scopes: scope.NewSet(scope.MustParse(readContacts)), Admission: policy.Admission{All: true}})
	w.ok(err)
	w.clock.Advance(48 * time.Hour)
	for i := range pageSize + 1 {
		w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.Actor{Kind: "client", ID: fmt.Sprint("c", i%3)}, Action: "grant.end", Target: fmt.Sprintf("grant g%d.", i), Reason: "no longer needed"})
	}
	w.clock.Advance(24 * time.Hour)
	w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.System, Action: "grant.create", Target: "grant last"})
	b := w.as(w.ada)
	for _, tt := range []struct {
		query string
		rows  int // of all pages
	}{
		{"actor=c1", (pageSize + 1) / 3},
		{"actor=+c1+", (pageSize + 1) / 3},
		{"action=grant.end", pageSize + 1},
		{"action=access+of+an+app+ENDED", pageSize + 1},
		{"action=grant.&actor=system", 1},
		{"target=grant+g7.", 1},
		{"text=NO+LONGER", pageSize + 1},
		{"since=2026-11-24&until=2026-11-24", pageSize + 1},
		{"since=2026-11-25&action=grant.create", 1},
		{"until=2026-11-23&action=grant.", 0},
		{"actor=nobody", 0},
		{"action=grant.end&before=nonsense", pageSize + 1},
	} {
		rows, exported := 0, 0
		for at := "/console/audit?" + tt.query; at != ""; {
			b.open(at).shows(200)
			rows += strings.Count(b.body, `<th scope="row">`)
			at = ""
			if m := nextPage.FindStringSubmatch(b.body); m != nil {
				at = html.UnescapeString(m[1])
			}
			if rows > 2*pageSize {
				t.Fatal("the pages do not end")
			}
		}
		b.open("/console/audit/export.jsonl?" + tt.query)
		if b.status != 200 {
			t.Errorf("%s answered %d: %s", b.path, b.status, b.text())
			continue
		}
		for line := range strings.Lines(b.body) {
			var e v1.Entry
			if err := json.Unmarshal([]byte(line), &e); err != nil || e.Tenant != w.acme.ID.String() {
				t.Errorf("%s exports %q: %v", tt.query, line, err)
			}
			exported++
		}
		if rows != tt.rows || exported != tt.rows {
			t.Errorf("%s shows %d and exports %d entries, want %d", tt.query, rows, exported, tt.rows)
		}
	}
	// The name of an app stands for its client ID, and the links keep the filter.
	b.open("/console/audit?target=acme+sync").shows(200, "Acme Sync application").lacks("No entry matches")
	if !strings.Contains(html.UnescapeString(b.body), `/console/audit/export.csv?target=acme+sync"`) {
		t.Error("the export has another filter")
	}
	second := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.opens()
	w.installed(w.eve, second, readContacts)
	b.open("/console/audit?target=acme+sync").shows(422, "Several applications have this name.")
	b.open("/console/audit?actor=nobody").shows(200, "No entry matches", "Show all entries")
}

func TestAudit_never_drops_a_filter_that_it_does_not_understand(t *testing.T) {
	w := settled(t)
	w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.System, Action: "x.y", Target: "tenant unfiltered"})
	b := w.as(w.ada)
	for _, query := range []string{"since=yesterday", "until=2026-02-30", "since=0001-01-01", "actor=" + strings.Repeat("a", maxFilter+1)} {
		for _, p := range []string{"/console/audit", "/console/audit/export.csv", "/console/audit/export.jsonl"} {
			b.open(p + "?" + query).shows(422).lacks("tenant unfiltered")
		}
	}
	b.open("/console/audit?since=yesterday").shows(422, "This is not a day.")
	if !strings.Contains(b.body, `aria-describedby="f-since-error" aria-invalid="true"`) {
		t.Error("the field does not say what is wrong with it")
	}
}

func TestAudit_of_another_tenant_is_unknown(t *testing.T) {
	w := settled(t)
	theirs := w.tell(audit.Act{Tenant: w.beta.ID, Actor: audit.Operator, Action: "tenant.update", Target: "tenant of beta"})
	vendors := w.tell(audit.Act{Actor: audit.Operator, Action: "key.rotate", Target: "key of the vendor"})
	b := w.as(w.ada)
	want := b.open("/console/audit/8e1b7172-39c3-7a32-887e-fc2b4119f56d").shows(404, "There is nothing here").text()
	for _, p := range []string{theirs.String(), vendors.String(), "nonsense", "export.pdf"} {
		if b.open("/console/audit/"+p).shows(404).text() != want {
			t.Errorf("%s tells another's entry from none: %s", p, b.text())
		}
	}
	for _, p := range []string{"", "?target=tenant+of+beta", "?before=" + vendors.String(), "/export.csv", "/export.jsonl?tenant=" + w.beta.ID.String()} {
		b.open("/console/audit"+p).shows(200).lacks("of beta,", "tenant of beta,", "key of the vendor", "key.rotate", w.beta.ID.String())
	}
}

func TestAudit_export_is_safe_in_a_spreadsheet(t *testing.T) {
	w := settled(t)
	w.tell(audit.Act{Tenant: w.acme.ID, Actor: audit.Actor{Kind: "user", ID: "1", Name: "@SUM(1)"}, Action: "x.y", Target: "=cmd|' /C calc'!A0", Reason: "+1\n\"2\",3"})
	b := w.as(w.ada)
	b.open("/console/audit/export.csv?action=x.y")
	for name, want := range map[string]string{"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": `attachment; filename="audit.csv"`,
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"} {
		if got := b.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(b.body)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	for _, cell := range rows[1] {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@") || strings.Contains(cell, "\n") {
			t.Errorf("a spreadsheet takes %q for more than text", cell)
		}
	}
	// An empty export says so by its head alone.
	b.open("/console/audit/export.csv?actor=nobody").shows(200, "at,actor_kind")
	if b.open("/console/audit/export.jsonl?actor=nobody").shows(200); b.body != "" || b.header.Get("Content-Type") != "application/jsonl" {
		t.Errorf("%q as %s", b.body, b.header.Get("Content-Type"))
	}
}
