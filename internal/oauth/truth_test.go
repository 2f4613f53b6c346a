package oauth

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/policy/installtest"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

// truth is the world of the truth table, built on a real database.
type truth struct {
	*house
	world   *installtest.World
	clients map[string]store.Client
	secrets map[string]string
	tenants map[string]store.Tenant
}

func newTruth(t *testing.T) *truth {
	t.Helper()
	w, err := installtest.Load("../policy/testdata/install.txt")
	if err != nil {
		t.Fatal(err)
	}
	cat, problems := catalog.Load("table.yaml", w.Catalog())
	if cat == nil {
		t.Fatal(problems)
	}
	x := &truth{house: emptyHouse(t, testworld.Together(cat)), world: w, clients: map[string]store.Client{}, secrets: map[string]string{}, tenants: map[string]store.Tenant{}}
	x.makers = x.tenant("makers", "suite")
	for _, c := range w.Clients {
		made := x.client(store.Registration{Name: "App " + c.Name, Publisher: "P", RedirectURIs: []string{installtest.Redirect(c.Name)},
			InstallURL: len(c.Implied) > 0, Required: set(c.Required...), Conditional: set(c.Conditional...), Optional: set(c.Optional...)})
		secret := entropy.Token(id.ClientSecret)
		x.do(func(tx store.Tx) error {
			if made.Disabled = c.Disabled; c.Disabled {
				if err := tx.UpdateClient(made, nil); err != nil {
					return err
				}
			}
			return tx.AddClientSecret(made.ID, store.ClientSecret{ID: entropy.ID[id.Secret](), Hash: secret.Hash(), Created: noon})
		})
		x.clients[c.Name], x.secrets[c.Name] = made, secret.Reveal()
	}
	for _, t := range w.Tenants {
		made := x.tenant(t.Name, t.Plan)
		x.tenants[t.Name] = made
		x.do(func(tx store.Tx) error {
			for client, scopes := range t.Approved {
				a := store.FirstAuthorization(made.ID, entropy.ID[id.Authorization](), x.clients[client], noon)
				a.Approved = set(scopes...)
				if err := tx.AddAuthorization(a); err != nil {
					return err
				}
			}
			for _, client := range t.Revoked {
				if err := tx.AddAuthorization(store.Authorization{Tenant: made.ID, ID: entropy.ID[id.Authorization](), Client: x.clients[client].ID,
					Decision: policy.Decision{Revoked: true}, Created: noon}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for i, u := range w.Users {
		x.addUser(i, u)
	}
	return x
}

func (x *truth) addUser(i int, u installtest.User) {
	x.t.Helper()
	in, roles := x.tenants[u.Tenant], []string{directory.Member}
	if u.SuperAdmin {
		roles = []string{directory.SuperAdmin}
	}
	if len(u.Permissions) > 0 {
		role := fmt.Sprintf("role%d", i)
		_, err := x.dir.CreateRole(ctx, audit.Operator, store.Role{Tenant: in.ID, ID: role, Name: role, Permissions: u.Permissions})
		x.ok(err)
		roles = append(roles, role)
	}
	made := x.user(in, u.Name+"@"+u.Tenant, roles...)
	if u.Disabled {
		off := true
		if u.SuperAdmin { // an account keeps an administrator
			x.user(in, "spare@"+u.Tenant, directory.SuperAdmin)
		}
		_, err := x.dir.UpdateUser(ctx, audit.Operator, in.ID, made.ID, directory.UserChange{Disabled: &off})
		x.ok(err)
	}
}

// rowPattern is a scope on the consent page: with a box, or fixed.
var tokenPattern = regexp.MustCompile(`<code class="token">([^<]*)</code>`)

// TestInstall_truth_table runs every row of the table that can be asked over HTTP: the user's page, then the page of its
// reference as the app's developer sees it.
func TestInstall_truth_table(t *testing.T) {
	x := newTruth(t)
	ran := 0
	for _, c := range x.world.Cases {
		t.Run(strings.ReplaceAll(c.Name, "/", "-"), func(t *testing.T) {
			x.t = t
			x.run(&c)
		})
		ran++
	}
	if ran < 50 {
		t.Errorf("%d rows", ran)
	}
}

func (x *truth) run(c *installtest.Case) {
	t := x.t
	clientID := x.clients[c.Client].ID.String()
	if clientID == "" {
		clientID = "123"
	}
	raw := c.URL(clientID)
	b := x.browser()
	login := c.User + "@" + c.Tenant
	switch {
	case c.User != "" && x.users[login].ID.IsZero(), c.User == "" && c.Tenant != "":
		// Over HTTP there is no account without a user; who asks for one that is not theirs learns nothing of it.
		raw = strings.Replace(raw, "/oauth/", "/oauth/"+or(c.Tenant, "nowhere")+"/", 1)
		b.logIn("boss@full")
		if c.Tenant != "full" && !strings.Contains(c.Want.Findings, "client_") {
			b.get(raw).stays(403).has("you have no user there")
		}
		return
	case c.User != "":
		b.logIn(login)
	}
	if strings.Contains(c.Want.Findings, "user_disabled") {
		b.get(raw).stays(403).has("you belong to no account") // the only user there is disabled
		return
	}
	got := b.get(raw)
	switch c.Want.Verdict {
	case "refused":
		got.stays(got.Code)
		if got.Code < 400 {
			t.Fatalf("status %d", got.Code)
		}
		x.compare(c, got)
	case "granted", "consent_needed":
		if c.User == "" { // about the URL alone: it comes to the login
			got.stays(200)
			if got.form("/login").Get("pending") == "" {
				t.Error("the login does not carry the request")
			}
			return
		}
		got.stays(200)
		var names []string
		body, _, _ := strings.Cut(got.body, "<details>")
		body, _, leftOut := strings.Cut(body, `<ul class="list">`)
		for _, m := range tokenPattern.FindAllStringSubmatch(body, -1) {
			names = append(names, m[1])
		}
		names = slices.DeleteFunc(names, func(n string) bool { return n == x.tenants[c.Tenant].ContentURL })
		slices.Sort(names)
		if s := strings.Join(names, " "); s != c.Want.Granted {
			t.Errorf("the page offers %q, want %q", s, c.Want.Granted)
		}
		if leftOut != strings.HasPrefix(c.Want.Findings, "-") {
			t.Errorf("left out: %v, want %q", leftOut, c.Want.Findings)
		}
	default:
		t.Fatalf("verdict %s", c.Want.Verdict)
	}
}

// compare holds the page of a refusal, and what its reference tells the developer, against the table.
func (x *truth) compare(c *installtest.Case, got *shown) {
	t := x.t
	ref, err := id.Parse[id.Reference](got.Header().Get(ReferenceHeader))
	x.ok(err)
	kept, err := x.book.Lookup(ctx, ref)
	x.ok(err)
	j, ok := (&step{p: x.pages, r: got.request()}).judgeAgain(&kept)
	if !ok {
		t.Fatalf("no verdict on %q", kept.URL)
	}
	var all []string
	for _, f := range j.Verdict.Findings {
		all = append(all, line(f))
	}
	for _, f := range j.Verdict.Dropped {
		all = append(all, "-"+line(f))
	}
	if s := strings.Join(all, ", "); s != c.Want.Findings {
		t.Errorf("findings:\n%s\nwant\n%s", s, c.Want.Findings)
	}
	inWords := &telling{step: &step{p: x.pages}, lang: "en"}
	got.has(inWords.words(j.Verdict.Findings[0].Finding).Message().EN)
	if j.Client.ID.IsZero() {
		got.lacks(`href="https://nobody`) // A001
		return
	}
	developer := x.browser()
	at := errorPage(j.Verdict.Findings[0].Code, ref)
	asked := developer.get(at).stays(200)
	told := asked.submit(at, url.Values{"secret": {x.secrets[c.Client]}}).stays(200)
	for _, f := range j.Verdict.Findings {
		told.has(inWords.words(f.Finding).Message().EN, inWords.words(f.Finding).Remedy().EN)
	}
	corrected := ""
	if _, rest, ok := strings.Cut(told.body, "<h3>Corrected URL</h3>"); ok {
		_, rest, _ = strings.Cut(rest, `<code class="value"`)
		_, rest, _ = strings.Cut(rest, ">")
		corrected, _, _ = strings.Cut(rest, "</code>")
		corrected = strings.TrimPrefix(html.UnescapeString(corrected), issuer)
	}
	want := c.Want.Corrected
	if strings.Contains(c.Want.Findings, "user_lacks") && !strings.Contains(c.Want.Findings, "scope_mismatch") {
		want = "" // no URL mends what the user lacks
	}
	if s := installtest.Corrected(corrected); s != want {
		t.Errorf("corrected URL %q, want %q", s, want)
	}
}

func line(f policy.InstallFinding) string {
	return installtest.Finding(string(f.Code), f.Scope, f.Permission, f.Entitlement, f.Plans, f.PlansTogether)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
