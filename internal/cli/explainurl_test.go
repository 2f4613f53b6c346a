package cli

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/golden"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/policy/installtest"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/testworld"
	"prokura/internal/v1"
)

// tableWorld is the world of the truth table of installations, in a process on a real database, behind the admin API.
type tableWorld struct {
	*installtest.World
	t       *testing.T
	process *testworld.World
	db      store.Store
	access  *access.Access
	tell    v1.Teller
	clients map[string]string // client IDs
	url     string
	env     map[string]string
}

func newTableWorld(t *testing.T) *tableWorld {
	t.Helper()
	table, err := installtest.Load("../policy/testdata/install.txt")
	if err != nil {
		t.Fatal(err)
	}
	cat, problems := catalog.Load("table.yaml", table.Catalog())
	if cat == nil {
		t.Fatal(problems)
	}
	in := testworld.New(t, testworld.Options{Catalogs: testworld.Together(cat)})
	w := &tableWorld{World: table, process: in, t: t, db: in.Store, access: in.Access, tell: in.Catalogs.Tell, clients: map[string]string{}}
	w.url, w.env = serveAPI(t, in)
	w.populate(in.Directory, in.Registry)
	return w
}

func (w *tableWorld) ok(err error) {
	w.t.Helper()
	w.process.OK(err)
}

// populate makes what the table's world has.
func (w *tableWorld) populate(people *directory.Directory, reg *registry.Registry) {
	w.t.Helper()
	ctx := context.Background()
	ids := map[string]id.Client{}
	for _, k := range w.Clients {
		made, err := reg.CreateClient(ctx, audit.Operator, registry.NewClient{Draft: registry.Draft{Name: k.Name, Publisher: "Example", InstallURL: len(k.Implied) > 0,
			RedirectURIs: []string{installtest.Redirect(k.Name)}, Required: k.Required, Conditional: k.Conditional, Optional: k.Optional}})
		w.ok(err)
		ids[k.Name], w.clients[k.Name] = made.Client.ID, made.Client.ID.String()
		if k.Disabled {
			_, err = reg.SwitchClient(ctx, audit.Operator, made.Client.ID, false)
			w.ok(err)
		}
	}
	tenants := map[string]id.Tenant{}
	for _, t := range w.Tenants {
		made, err := people.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: t.Name, ContentURL: t.Name, Plan: t.Plan})
		w.ok(err)
		tenants[t.Name] = made.ID
		w.ok(w.db.Do(ctx, audit.Act{Tenant: made.ID, Actor: audit.Operator, Action: "test", Target: "test"}, func(tx store.Tx) error {
			if err := tx.PutGovernance(store.Governance{Tenant: made.ID, Settings: policy.Governance{Door: policy.DoorOpen}, Version: 1, Updated: made.Created}); err != nil {
				return err
			}
			for of, names := range t.Approved {
				approved, err := scope.ParseSet(names)
				w.ok(err)
				a := store.FirstAuthorization(made.ID, entropy.ID[id.Authorization](), store.Client{ID: ids[of], Version: 1}, made.Created)
				a.Approved = approved
				if err := tx.AddAuthorization(a); err != nil {
					return err
				}
			}
			for _, of := range t.Revoked {
				a := store.Authorization{Tenant: made.ID, ID: entropy.ID[id.Authorization](), Client: ids[of], Decision: policy.Decision{Revoked: true}, Created: made.Created}
				if err := tx.AddAuthorization(a); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	for _, u := range w.Users {
		n := directory.NewUser{Name: u.Name, Roles: []string{installtest.Role(u)}}
		if u.SuperAdmin {
			n.Roles = []string{directory.SuperAdmin}
		}
		made, err := people.CreateUser(ctx, audit.Operator, tenants[u.Tenant], n)
		w.ok(err)
		if u.Disabled {
			yes := true
			_, err = people.UpdateUser(ctx, audit.Operator, tenants[u.Tenant], made.ID, directory.UserChange{Disabled: &yes})
			w.ok(err)
		}
	}
}

// client is a client's ID, or one that nobody has.
func (w *tableWorld) client(name string) string {
	if c, ok := w.clients[name]; ok {
		return c
	}
	return "11111111-1111-4111-8111-111111111111"
}

// post asks the admin API.
func (w *tableWorld) post(body any) (int, []byte) {
	w.t.Helper()
	in, err := json.Marshal(body)
	w.ok(err)
	req, err := http.NewRequest("POST", w.url+"/v1/explain/install", strings.NewReader(string(in)))
	w.ok(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+w.env["PROKURA_TOKEN"])
	res, err := http.DefaultClient.Do(req)
	w.ok(err)
	defer res.Body.Close()
	var raw json.RawMessage
	w.ok(json.NewDecoder(res.Body).Decode(&raw))
	return res.StatusCode, raw
}

// answered writes an answer as the table has it.
func (w *tableWorld) answered(x *v1.InstallExplanation) installtest.Answer {
	var list []string
	for _, f := range x.Findings {
		list = append(list, installtest.Finding(f.Code, f.Scope, f.Permission, f.Entitlement, f.Plans, f.PlansTogether))
	}
	for _, f := range x.Dropped {
		list = append(list, "-"+installtest.Finding(f.Code, f.Scope, f.Permission, f.Entitlement, f.Plans, f.PlansTogether))
	}
	return installtest.Answer{Verdict: x.Verdict, Granted: strings.Join(x.Granted, " "), Findings: strings.Join(list, ", "), Corrected: installtest.Corrected(x.CorrectedURL)}
}

// TestExplainInstall_function_API_and_command_agree runs the whole truth table through all three.
func TestExplainInstall_function_API_and_command_agree(t *testing.T) {
	w := newTableWorld(t)
	for _, c := range w.Cases {
		t.Run(c.Name, func(t *testing.T) {
			url := c.URL(w.client(c.Client))
			x, err := w.access.ExplainInstall(t.Context(), url, c.Tenant, c.User)
			w.ok(err)
			direct := v1.InstallExplanationOf(&x.Verdict, w.tell)
			direct.CorrectedURL = x.Corrected
			want := c.Want
			for i := range direct.Findings { // the table writes what is no scope as a URL does
				direct.Findings[i].Scope = x.Verdict.Findings[i].Scope
			}
			if d := cmp.Diff(want, w.answered(&direct)); d != "" {
				t.Errorf("the function: -want +got\n%s", d)
			}
			status, raw := w.post(v1.InstallQuestion{URL: url, Tenant: c.Tenant, User: c.User})
			var over v1.InstallExplanation
			w.ok(json.Unmarshal(raw, &over))
			for i := range direct.Findings {
				direct.Findings[i].Scope = refusal.Safe(direct.Findings[i].Scope)
			}
			if d := cmp.Diff(w.answered(&direct), w.answered(&over)); d != "" || status != http.StatusOK || over.URL != url {
				t.Errorf("the API, status %d: -want +got\n%s", status, d)
			}
			if first := (v1.InstallFinding{}); len(over.Findings) > 0 {
				first = over.Findings[0]
				if over.Code != first.Code || over.Message != first.Message || first.Message.DE == "" || first.Remedy.EN == "" || first.Fixer == "" {
					t.Errorf("code %q, first finding %+v", over.Code, first)
				}
			}
			args := []string{"explain", "url", url, "--json"}
			if c.Tenant != "" {
				args = append(args, "--tenant", c.Tenant)
			}
			if c.User != "" {
				args = append(args, "--user", c.User)
			}
			got := prokura(t, w.env, "", args...)
			var by v1.InstallExplanation
			w.ok(json.Unmarshal([]byte(got.out), &by))
			if d := cmp.Diff(over, by); d != "" || (got.status == ExitOK) != (want.Verdict == "granted" || want.Verdict == "consent_needed") {
				t.Errorf("the command, status %d: -want +got\n%s", got.status, d)
			}
			if over.CorrectedURL != "" { // what is offered as correct is
				status, raw := w.post(v1.InstallQuestion{URL: over.CorrectedURL})
				var again v1.InstallExplanation
				w.ok(json.Unmarshal(raw, &again))
				if status != http.StatusOK || again.Verdict != "granted" && again.Code != "client_disabled" || again.CorrectedURL != "" {
					t.Errorf("the corrected URL %s: %s %s", over.CorrectedURL, again.Verdict, again.Code)
				}
			}
		})
	}
}

// TestExplainURL_shows_everything is what people read, in both languages.
func TestExplainURL_shows_everything(t *testing.T) {
	w := newTableWorld(t)
	const books = "BOOKS"
	var b strings.Builder
	for _, c := range []struct {
		lang string
		args []string
	}{
		{"C", []string{"https://app.example/oauth/authorize?client_id=" + books + "&redirect_uri=https%3A%2F%2Fbooks.example%2Fcb&scope=crm.custom.read%20crm.contact.read%20crm.tickets.read&optional_scope=crm.contacts.read&state=x#top"}},
		{"de_DE.UTF-8", []string{"/oauth/authorize?client_id=" + books + "&redirect_uri=https://evil.example/cb&scope=crm.contacts.read&optional_scope=crm.deals.read"}},
		{"C", []string{"/oauth/authorize?client_id=" + books + "&redirect_uri=https://books.example/cb&scope=crm.contacts.read&optional_scope=crm.custom.read"}},
		{"de_DE.UTF-8", []string{"/oauth/authorize?client_id=" + books + "&redirect_uri=https://books.example/cb&scope=crm.contacts.read", "-t", "full", "-u", "plain"}},
		{"de_DE.UTF-8", []string{"/oauth/authorize?client_id=FLOWS&redirect_uri=https://flows.example/cb&scope=automation&optional_scope=hubdb", "-t", "starter", "-u", "boss"}},
		{"C", []string{"/oauth/authorize?client_id=" + books + "&client_id=" + books + "&redirect_uri=https://books.example/cb&scope=crm.contacts.read%09x&response_type=token"}},
		{"C", []string{"?scope=%zz"}},
		{"de_DE.UTF-8", []string{"?scope=a", "-u", "plain"}},
		{"C", []string{"/authorize?client_id=123&redirect_uri=xyz&scope=crm.objects.custom.read"}},
	} {
		args := append([]string{"explain", "url"}, c.args...)
		b.WriteString("$ LANG=" + c.lang + " prokura " + strings.Join(args, " ") + "\n")
		for i := range args {
			args[i] = strings.NewReplacer(books, w.clients["books"], "FLOWS", w.clients["flows"]).Replace(args[i])
		}
		env := map[string]string{"LANG": c.lang, "PROKURA_SERVER": w.url, "PROKURA_TOKEN": w.env["PROKURA_TOKEN"]}
		got := prokura(t, env, "", args...)
		b.WriteString(got.out + got.err + map[bool]string{true: "", false: "[status " + count(got.status) + "]\n"}[got.status == 0] + "\n")
	}
	shown := strings.NewReplacer(w.clients["books"], books, w.clients["flows"], "FLOWS").Replace(b.String())
	// The length of an ID shows in the carets below it; the reference of a problem is another each time.
	lines := strings.Split(shown, "\n")
	for i, line := range lines {
		if strings.Contains(line, "prokura explain ref ") {
			lines[i] = line[:strings.Index(line, "explain ref ")] + "explain ref REFERENCE"
		}
	}
	shown = strings.Join(lines, "\n")
	golden.Check(t, "explain_url.golden", shown)
}

// TestExplainInstall_status is 200 for every URL that can be read, and 400 for what is none.
func TestExplainInstall_status(t *testing.T) {
	w := newTableWorld(t)
	for url, want := range map[string]string{
		"":                     "400 field_missing",
		"  ":                   "400 field_missing",
		"?a=%zz":               "400 request_malformed",
		"?x=1;y=2":             "400 request_malformed",
		"nonsense":             "200 client_unknown",
		"https://example.com/": "200 client_unknown",
		"/authorize?client_id=123&redirect_uri=xyz&scope=crm.objects.custom.read": "200 client_unknown",
	} {
		status, raw := w.post(v1.InstallQuestion{URL: url})
		var x struct{ Code string }
		w.ok(json.Unmarshal(raw, &x))
		if got := strconv.Itoa(status) + " " + x.Code; got != want {
			t.Errorf("%q: %s, want %s", url, got, want)
		}
	}
}
