package cli

import (
	"context"
	"strings"
	"testing"
	"time"

	"prokura/internal/store"
)

// TestAuthorization_denies_whom_it_named: a request that came since is not answered unseen.
func TestAuthorization_denies_whom_it_named(t *testing.T) {
	w := newGovernedWorld(t)
	id := func(args ...string) string {
		return strings.Fields(strings.SplitAfter(w.do(args...), "id ")[1])[0]
	}
	first := id("request", "create", "-t", "acme", "Sync", "--user", "bob", "--reason", "for the quarter")
	second := id("request", "create", "-t", "acme", "Sync", "--user", "bob", "--reason", "for the year")
	w.refuses(ExitError, []string{"authorization", "deny", "-t", "acme", "Sync", "--request", first}, "nobody waits for a decision on")
	w.refuses(ExitUsage, []string{"authorization", "block", "-t", "acme", "Sync"}, "Answered with it: 1 request that waits.")
	w.shows([]string{"authorization", "deny", "-t", "acme", "Sync", "--request", second, "--reason", "no"}, "bob for the year denied")
}

// TestAuthorization_says_what_install_URLs_ask_for, and that all scopes are those of a version.
func TestAuthorization_says_what_install_URLs_ask_for(t *testing.T) {
	w := newGovernedWorld(t)
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error {
		return u.CountInstallURL(store.InstallURL{Client: w.sync.ID, RedirectURI: "https://sync.example/cb", Scope: contacts + " " + deals, First: w.noon, Last: w.noon, Count: 1})
	}))
	w.shows([]string{"authorization", "authorize", "-t", "acme", "Sync", "--all-scopes", "--yes"}, "scopes all, as of version 1: "+contacts+" "+deals)
	w.called("list_contacts", 7, 0)
	if got := prokura(t, w.env, "", "authorization", "shrink", "-t", "acme", "Sync", "--unused"); got.status != ExitOK || !strings.Contains(got.err, "nothing was taken away") {
		t.Errorf("what an install URL in use needs is taken away: %+v", got)
	}
	want := "Install URLs of the last 90 days ask for " + deals + " as required: they are refused then."
	w.shows([]string{"authorization", "preview", "-t", "acme", "Sync", "--scopes", contacts}, want)
	w.refuses(ExitUsage, []string{"authorization", "authorize", "-t", "acme", "Sync", "--scopes", contacts}, want)
}

// TestImpact_says_which_apps_were_not_authorized: one does not hold up the others.
func TestImpact_says_which_apps_were_not_authorized(t *testing.T) {
	w := newGovernedWorld(t)
	w.do("governance", "set", "-t", "acme", "--enforcement", "report")
	w.do("authorization", "authorize", "-t", "acme", "Sync", "--yes")
	w.do("authorization", "revoke", "-t", "acme", "Sync", "--yes")
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error {
		return u.AddForeseen([]store.Foreseen{{Tenant: w.acme.ID, Client: w.sync.ID, User: w.bob.ID, Catalog: "crm", Method: "list_contacts", Code: "authorization_revoked",
			Need: contacts, First: w.noon, Last: w.noon.Add(time.Minute), Calls: 3},
			{Tenant: w.acme.ID, Client: w.script.Client, User: w.bob.ID, Catalog: "crm", Method: "list_contacts", Code: "scope_not_granted",
				Need: contacts, First: w.noon, Last: w.noon.Add(time.Minute), Calls: 1}})
	}))
	got := prokura(t, w.env, "", "impact", "authorize", "-t", "acme", "Export", "Sync", "--json")
	if got.status != ExitError || !strings.Contains(got.out, `"authorized": 1`) || !strings.Contains(got.out, w.sync.ID.String()) ||
		!strings.Contains(got.err, "(authorization_revoked)") || !strings.Contains(got.err, "not authorized: 1 of 2") {
		t.Errorf("%+v", got)
	}

	// What the account does not enforce works for connected apps, too, and stops with it.
	w.refuses(ExitUsage, []string{"governance", "set", "-t", "acme", "--enforcement", "enforce"}, "Export (", "1 app stops working:")
	w.do("governance", "set", "-t", "acme", "--enforcement", "enforce", "--yes")
	w.shows([]string{"governance", "preview", "-t", "acme", "--enforcement", "off"}, "1 app works then that is refused now:", "Export (")
}
