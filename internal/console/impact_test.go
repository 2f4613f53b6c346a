package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// foreseen writes down calls of an app that would have been refused.
func (w *world) foreseen(u store.User, c store.Client, last time.Time) {
	w.t.Helper()
	w.ok(w.db.Tend(context.Background(), func(up store.Upkeep) error {
		return up.AddForeseen([]store.Foreseen{{Tenant: u.Tenant, Client: c.ID, User: u.ID, Catalog: "crm", Method: "list_contacts",
			Code: "scope_not_granted", Need: "crm.objects.contacts.read", First: noon, Last: last, Calls: 42}})
	}))
}

func TestImpact_authorizes_what_is_ticked(t *testing.T) {
	w := settled(t)
	w.govern(policy.Governance{Stage: policy.Report})
	app := w.app("Acme Sync", []string{"crm.objects.contacts.read"}, nil, nil)
	ivy := w.user(w.acme, "ivy", "Ivy", directory.AppInstaller)
	w.installed(ivy, app, "crm.objects.contacts.read")
	b := w.as(w.ada)
	b.open(governancePath+"/impact").shows(200, "Nothing would have been refused")
	w.foreseen(ivy, app, noon)
	b.open(governancePath+"/impact").shows(200, "Acme Sync", "42", "Approve what is ticked")
	b.send(impactPath).shows(422, "Tick at least one app")
	ticked := app.ID.String() + " 1 1"
	b.send(impactPath, "client", ticked).shows(200, "1 of 1", "1 app is approved", "What is left").lacks("not approved", "was not tried")
	b.open(impactPath).shows(200, "Nothing would have been refused")
	b.send(impactPath, "client", ticked).leads(impactPath + "?done=meanwhile")
	b.follow().shows(200, "somebody else was faster")
	s, err := w.Govern.Authorization(context.Background(), w.acme.ID, app.ID)
	w.ok(err)
	if s.Standing.State != policy.Authorized || !s.Ceiling.Has(scope.MustParse("crm.objects.contacts.read")) && !s.Uncapped {
		t.Errorf("%+v", s.Authorization)
	}
}

// What was unticked stays so where the page comes again, as in another language; and the report says for whom an approval would be,
// and which of its scopes reach far.
func TestImpact_keeps_what_was_unticked(t *testing.T) {
	w, b, apps := threeApps(t)
	ticked := func(app store.Client) bool {
		return regexp.MustCompile(`name="client" value="` + app.ID.String() + ` \d+ \d+" checked`).MatchString(b.body)
	}
	if !ticked(apps[0]) || !ticked(apps[1]) {
		t.Fatal("not all are ticked")
	}
	b.shows(200, "For: All users of the account", "Look closer First").lacks("far-reaching")
	b.send(impactPath, "client", apps[1].ID.String()+" 1 1", "lang", "de").shows(200, "Für: Alle Benutzer des Kontos")
	if ticked(apps[0]) || !ticked(apps[1]) {
		t.Error("another language ticks what was not")
	}
	b.send(impactPath)
	if b.status != http.StatusUnprocessableEntity || ticked(apps[0]) || ticked(apps[1]) {
		t.Error("nothing was ticked, and now it is")
	}
	if a := w.decided(apps[1]); a.Origin != policy.ByUser {
		t.Errorf("%+v", a)
	}
}

// watched is an answer that is looked at each time that a part of it is sent.
type watched struct {
	*httptest.ResponseRecorder
	sent func(body string)
}

func (w watched) Flush() { w.sent(w.Body.String()) }

// threeApps are apps whose calls would be refused, and a browser of their administrator with the report open.
func threeApps(t *testing.T) (*world, *browser, []store.Client) {
	w := settled(t)
	w.govern(policy.Governance{Stage: policy.Report})
	ivy := w.user(w.acme, "ivy", "Ivy", directory.AppInstaller)
	var apps []store.Client
	for _, name := range []string{"First", "Second", "Third"} {
		app := w.app(name, []string{"crm.objects.contacts.read"}, nil, nil)
		w.installed(ivy, app, "crm.objects.contacts.read")
		w.foreseen(ivy, app, noon)
		apps = append(apps, app)
	}
	return w, w.as(w.ada).open(impactPath).shows(200, "First", "Second", "Third"), apps
}

// run posts the report with all apps ticked; sent is called with what the browser has so far, each time that it gets more.
func (b *browser) run(apps []store.Client, sent func(body string, stop context.CancelFunc)) {
	b.t.Helper()
	f := url.Values{page.TokenField: {tokenInput.FindStringSubmatch(b.body)[1]}}
	for _, app := range apps {
		if m := regexp.MustCompile(`name="client" value="(` + app.ID.String() + ` \d+ \d+)"`).FindStringSubmatch(b.body); m != nil {
			f.Add("client", m[1])
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	r := httptest.NewRequestWithContext(ctx, "POST", impactPath, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	b.Console.ServeHTTP(watched{rec, func(body string) { sent(body, stop) }}, r)
	b.status, b.body = rec.Code, rec.Body.String()
}

// The bar moves without a script: each step is sent as it is taken.
func TestImpact_shows_how_far_it_has_come(t *testing.T) {
	w, b, apps := threeApps(t)
	var seen []int
	b.run(apps, func(body string, _ context.CancelFunc) { seen = append(seen, strings.Count(body, "<progress")) })
	if len(seen) < 4 || seen[0] != 1 || seen[1] != 2 || seen[2] != 3 || seen[3] != 4 {
		t.Errorf("bars after each part that was sent: %v", seen)
	}
	b.shows(200, "0 of 3", "3 of 3", "3 apps are approved.")
	for _, app := range apps {
		if a := w.decided(app); a.Origin != policy.ByAdministrator || !a.Ceiling.Has(scope.MustParse("crm.objects.contacts.read")) {
			t.Errorf("%+v", a)
		}
	}
}

// Whoever closes the page stops the work; what is done is done, and the report shows what is left.
func TestImpact_survives_a_closed_tab(t *testing.T) {
	_, b, apps := threeApps(t)
	b.run(apps, func(body string, stop context.CancelFunc) {
		if strings.Contains(body, "2 of 3") {
			stop()
		}
	})
	left := 0
	b.open(impactPath)
	for _, name := range []string{"First", "Second", "Third"} {
		left += min(strings.Count(b.text(), name), 1)
	}
	if left != 1 {
		t.Errorf("%d apps are left: %s", left, b.text())
	}
	b.run(apps, func(string, context.CancelFunc) {})
	b.shows(200, "1 of 1", "1 app is approved.")
	b.open(impactPath).shows(200, "Nothing would have been refused")
}

// One that fails does not hold up the rest, and it is said which and why. Another administrator who decides in the meantime is not
// overruled.
func TestImpact_says_what_failed(t *testing.T) {
	w, b, apps := threeApps(t)
	begun := false
	b.run(apps, func(string, context.CancelFunc) {
		if !begun {
			begun = true // the page has just begun, and nothing is approved yet
			_, err := w.Govern.Revoke(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, apps[1].ID, "no")
			w.ok(err)
		}
	})
	b.shows(200, "3 of 3", "2 apps are approved.", "✓ approved First", "not approved Second :", "revoked", "1 is not.")
	if a := w.decided(apps[1]); !a.Revoked || a.Version != 2 {
		t.Errorf("another administrator was overruled: %+v", a)
	}
	b.open(impactPath).shows(200, "Second", "It is revoked, and stays so.").lacks("Approve what is ticked")
}

// Who may not decide approves nothing, also where the right was lost while the report was open.
func TestA156_impact_after_the_right_was_lost(t *testing.T) {
	w, b, apps := threeApps(t)
	roles := []string{directory.Member}
	w.user(w.acme, "sam", "Sam", directory.SuperAdmin)
	_, err := w.Directory.UpdateUser(context.Background(), audit.Operator, w.acme.ID, w.ada.ID, directory.UserChange{Roles: &roles})
	w.ok(err)
	b.run(apps, func(string, context.CancelFunc) { t.Error("it began") })
	if b.status != http.StatusForbidden {
		t.Errorf("answered %d", b.status)
	}
	if a := w.decided(apps[0]); a.Origin != policy.ByUser {
		t.Errorf("%+v", a)
	}
}
