package console

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/store"
)

func TestOverview_of_an_account_in_which_nothing_happened(t *testing.T) {
	w := settled(t)
	w.as(w.ada).open("/console").shows(200, "An administrator, for each app", "Enforce", "none decided on yet", "Nothing waits", "No app called anything",
		"Nothing was refused in this account in the last 7 days", "No app and no function of this account ends soon", "Nothing was revoked in the last 30 days", "An app that you connect appears here")
}

func TestOverview_shows_what_an_administrator_should_know(t *testing.T) {
	w := settled(t)
	read := []string{readContacts}
	used, soon, later, dead, away, asked := w.app("Used", read, nil, nil), w.app("Soon", read, nil, nil), w.app("Later", read, nil, nil),
		w.app("Dead", read, nil, nil), w.app("Away", read, nil, nil), w.app("Asked", read, nil, nil)
	ctx, ada := context.Background(), govern.By{Actor: audit.Actor{Kind: "user", ID: w.ada.ID.String(), Name: w.ada.Name}, User: w.ada.ID}
	w.wish(w.user(w.acme, "ivy", "Ivy", directory.AppInstaller), asked, "for the <quarter>")
	w.govern(policy.Governance{Stage: policy.Report, Reviewers: []string{"crm_editor"}})
	decide := func(app store.Client, expires time.Time) {
		_, err := w.Govern.Authorize(ctx, ada, w.acme.ID, app.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{All: true}, Expires: expires})
		w.ok(err)
	}
	decide(used, time.Time{})
	decide(soon, noon.AddDate(0, 0, 29))
	decide(later, noon.AddDate(0, 0, 31))
	decide(dead, time.Time{})
	decide(away, time.Time{})
	_, err := w.Govern.Revoke(ctx, ada, w.acme.ID, dead.ID, "it <leaks>")
	w.ok(err)
	_, err = w.Govern.Recall(ctx, govern.By{Actor: audit.Operator}, away.ID, "stolen")
	w.ok(err)
	w.clock.Advance(-26 * time.Hour)
	robot, err := w.Registry.CreateConnectedApp(ctx, ada.Actor, w.acme.ID, registry.NewConnectedApp{Name: "Robot"})
	w.ok(err)
	_, err = w.Govern.Revoke(ctx, ada, w.acme.ID, robot.Client, "its key leaked")
	w.ok(err)
	w.clock.Advance(26 * time.Hour)
	w.used(used, "crm", "list_contacts", 0, 1200)
	w.used(used, "crm", "list_contacts", 29, 34)
	w.used(soon, "crm", "list_contacts", 30, 500) // a day too long ago
	rex := w.user(w.acme, "rex", "Rex", "crm_editor")

	b := w.as(w.ada).open("/console")
	b.shows(200, "Report only", "Impact report", "Approved 3", "Revoked 3", "Asked", "Ivy: “for the <quarter>”", "All requests",
		"1 app, 1,234 calls", "Soon", "until 21 Dec 2026", "in 29 days", "Dead ✕ revoked", "Ada Lovelace: “it <leaks>”", "Away ✕ revoked Revoked by the operator everywhere. It stays so until you decide on it anew. just now",
		"Robot ✕ revoked Ada Lovelace: “its key leaked” 1 day ago", "Requests 1")
	b.lacks("Later until", "Nothing waits")
	if at := func(name string) int { return strings.Index(b.text(), name) }; at("Away") > at("Dead") || at("Dead") > at("Robot") {
		t.Error("what the operator took away does not stand first")
	}
	for _, link := range []string{"/console/governance", "/console/governance/impact", "/console/requests", "/console/authorizations?state=approved", "/console/authorizations?state=revoked"} {
		if !strings.Contains(b.body, `href="`+link+`"`) {
			t.Errorf("no link leads to %s", link)
		}
	}
	b.lang = "de"
	b.open("/console").shows(200, "Wartet auf eine Entscheidung", "1 Anwendung, 1.234 Aufrufe", "bis 21.12.2026", "Kürzlich widerrufen")

	// A reviewer sees what waits, and nothing else of it; who is neither sees their own apps.
	w.as(rex).open("/console").shows(200, "Asked", "All requests", "My newest apps").lacks("Revoked lately", "In use", "Report only", "Ends in", "Soon")
	w.as(w.eve).open("/console").shows(200, "My newest apps").lacks("Asked", "Waiting", "Revoked lately", "In use", "Report only", "Ends in", "Soon", "Refused")
}

// However many apps an account has decided on, the page names a few and counts the rest.
func TestOverview_of_many_apps(t *testing.T) {
	w := settled(t)
	proto := w.app("App 0", []string{readContacts}, nil, nil)
	var uses []store.Use
	w.ok(w.db.Do(context.Background(), audit.Act{Actor: audit.System, Action: "test", Target: "tenant " + w.acme.ID.String()}, func(tx store.Tx) error {
		for n := range 1200 {
			c := proto
			c.ID, c.Registration.Name = entropy.ID[id.Client](), fmt.Sprint("App ", n+1)
			if err := tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: c.Registration, By: "test", At: noon}); err != nil {
				return err
			}
			a := store.FirstAuthorization(w.acme.ID, entropy.ID[id.Authorization](), c, noon.Add(-time.Hour))
			switch a.Origin = policy.ByAdministrator; n % 3 {
			case 0:
				a.Expires = noon.Add(time.Duration(n+1) * time.Minute)
			case 1:
				a.Revoked = true
			}
			if err := tx.AddAuthorization(a); err != nil {
				return err
			}
			uses = append(uses, store.Use{Tenant: w.acme.ID, Client: c.ID, Day: noon.Truncate(24*time.Hour).AddDate(0, 0, -n%30), Catalog: "crm", Method: "list_contacts", Calls: 1})
		}
		return nil
	}))
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error { return u.AddUses(uses) }))
	b := w.as(w.ada).open("/console").shows(200, "1,200 apps", "App 1 ", "in 1 minute", "App 28 ", "Revoked 400").lacks("App 31 ")
	if n := strings.Count(b.body, `href="/console/authorizations/`); n != 2*shortList+shortList {
		t.Errorf("%d apps are named", n)
	}
}

// countingStore counts how often what waits is read.
type countingStore struct {
	store.Store
	reads *int
}

func (s countingStore) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.Store.View(ctx, func(r store.Reader) error { return fn(countingReader{r, s.reads}) })
}

type countingReader struct {
	store.Reader
	reads *int
}

func (r countingReader) ListWaitingClients(in id.Tenant, limit int) ([]store.WaitingClient, error) {
	*r.reads++
	return r.Reader.ListWaitingClients(in, limit)
}

// The menu counts the requests that wait; the overview, which shows them, does not read them for it once more.
func TestOverview_reads_what_waits_once(t *testing.T) {
	w := settled(t)
	w.wish(w.user(w.acme, "ivy", "Ivy", directory.AppInstaller), w.app("Asked", []string{readContacts}, nil, nil), "")
	reads := 0
	w.Console.Store = countingStore{w.db, &reads}
	b := w.as(w.ada)
	reads = 0
	b.open("/console").shows(200, "Requests 1", "Waiting for a decision 1")
	if reads != 1 {
		t.Errorf("the overview reads what waits %d times", reads)
	}
	reads = 0
	b.open("/console/apps").shows(200, "Requests 1")
	if reads != 1 {
		t.Errorf("another page reads what waits %d times", reads)
	}
}
