package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prokura/internal/store"
	"prokura/internal/v1"
)

// TestAuthorization_from_the_request_to_the_revocation: an administrator does all of it here, and a script with --yes.
func TestAuthorization_from_the_request_to_the_revocation(t *testing.T) {
	w := newGovernedWorld(t)
	w.shows([]string{"authorization", "list", "-t", "acme"}, "Export", "whole catalog all users")
	w.shows([]string{"authorization", "show", "-t", "acme", "Sync"}, "state undecided", "publisher Sync GmbH (not verified)")

	// A user asks; denied, the user may ask again.
	w.shows([]string{"request", "create", "-t", "acme", "Sync", "--user", "bob", "--reason", "for the quarter"}, "asked by bob", "state waiting")
	w.shows([]string{"request", "list", "-t", "acme"}, "Sync "+w.sync.ID.String(), "risk only reads", "would be new "+contacts+" "+deals, "requests 1", "bob: for the quarter")
	w.shows([]string{"authorization", "deny", "-t", "acme", "Sync", "--reason", "not yet"}, "bob for the quarter denied")
	w.refuses(ExitError, []string{"authorization", "deny", "-t", "acme", "Sync", "--justification", "the name of before"}, "nobody waits for a decision on")
	w.do("request", "create", "-t", "acme", "Sync", "--user", "bob", "--reason", "please")

	// Naming nothing would give all to everybody: that is said, and asked. A mistyped scope is not foreseen as costing nothing.
	w.refuses(ExitUsage, []string{"authorization", "authorize", "-t", "acme", "Sync"}, "all users of the account, until it is revoked, with all that it registers: "+contacts+", "+deals, "pass --yes if you mean it")
	w.refuses(ExitError, []string{"authorization", "preview", "-t", "acme", "Sync", "--scopes", contacts + " nope"}, "nope", "scope_not_registered")

	// A subset is approved, which takes nothing from anybody, so that nothing is asked.
	w.shows([]string{"authorization", "preview", "-t", "acme", "Sync", "--scopes", deals}, "cannot be installed then: without the required "+contacts, "crm list_contacts")
	w.shows([]string{"authorization", "authorize", "-t", "acme", "Sync", "--scopes", contacts + "," + deals, "--role", "crm_editor", "--until", "2027-01-31", "--reason", "a trial"},
		"state authorized", "who may use it roles crm_editor", "until 2027-01-31T00:00:00Z", "reason a trial")
	if got := prokura(t, w.env, "", "request", "list", "-t", "acme"); got.out != "" || got.err != "nothing waits for a decision\n" {
		t.Errorf("after the decision: %+v", got)
	}

	// What is not given stays; what would take something away is said first, and done with --yes only.
	w.installed(contacts, deals)
	w.shows([]string{"authorization", "authorize", "-t", "acme", "Sync", "--reason", "on"}, "scopes "+contacts+" "+deals, "roles crm_editor", "until 2027-01-31")
	w.refuses(ExitUsage, []string{"authorization", "authorize", "-t", "acme", "Sync", "--scopes", contacts},
		"Live tokens lose "+deals+" at once, and nothing else: 1 user, 1 installation.", "pass --yes if you mean it")
	w.shows([]string{"authorization", "show", "-t", "acme", "Sync"}, "scopes "+contacts+" "+deals, "in use 1 user, 1 installation", "decided before:", "a trial")
	w.shows([]string{"authorization", "authorize", "-t", "acme", "Sync", "--user", "bob", "--until="}, "roles crm_editor; users bob", "until -")
	w.shows([]string{"authorization", "users", "-t", "acme", "Sync"}, "bob "+contacts+", "+deals+" 1")

	// One role, one user.
	w.refuses(ExitError, []string{"authorization", "revoke", "-t", "acme", "Sync", "--role", "nobody"}, "is not authorized for the role", "roles crm_editor; 1 single user")
	w.refuses(ExitUsage, []string{"authorization", "revoke", "-t", "acme", "Sync", "--role", "crm_editor"}, "no user who has it installed")
	w.shows([]string{"authorization", "revoke", "-t", "acme", "Sync", "--role", "crm_editor", "--yes"}, "who may use it users bob")
	w.do("authorization", "authorize", "-t", "acme", "Sync", "--all-users")
	w.refuses(ExitUsage, []string{"authorization", "revoke", "-t", "acme", "Sync", "--user", "bob"}, `bob loses "Sync" now: 1 installation, with all live tokens.`)
	w.refuses(ExitError, []string{"authorization", "readmit", "-t", "acme", "Sync", "bob"}, `"Sync" is not revoked for bob`)
	w.shows([]string{"authorization", "revoke", "-t", "acme", "Sync", "--user", "bob", "--yes"}, "revoked for bob")
	w.shows([]string{"authorization", "readmit", "-t", "acme", "Sync", "bob"}, "revoked for -")

	// All of it, by its id in any case, and again without another record.
	w.installed(contacts)
	w.refuses(ExitUsage, []string{"authorization", "revoke", "-t", "acme", "Sync"}, "administrators included", "Who loses access now: 1 user, 1 installation, with all their live tokens.",
		"then everybody installs it anew", "there is no terminal to ask at")
	for range 2 {
		w.shows([]string{"authorization", "revoke", "-t", "acme", strings.ToUpper(w.sync.ID.String()), "--reason", "a leak", "--yes"}, "state revoked", "scopes -", "reason a leak")
	}
	w.shows([]string{"authorization", "list", "-t", "acme", "--state", "revoked", "--name", "syn"}, "Sync revoked - -")
	w.shows([]string{"authorization", "authorize", "-t", "acme", "Sync", "--yes"}, "state authorized", "scopes "+contacts+" "+deals, "all users") // anew: what was decided before counts no more
	w.shows([]string{"authorization", "block", "-t", "acme", "Sync", "--yes"})
	w.shows([]string{"authorization", "show", "-t", "acme", "Sync"}, "state blocked")
	w.refuses(ExitError, []string{"request", "create", "-t", "acme", "Sync", "--user", "bob"}, "authorization_blocked")

	// A connected app, in the same place.
	w.refuses(ExitUsage, []string{"authorization", "revoke", "-t", "acme", "Export"}, "All sessions of its scripts end.")
	w.shows([]string{"authorization", "revoke", "-t", "acme", "Export", "--yes"}, "state revoked")
	w.shows([]string{"authorization", "authorize", "-t", "acme", "Export", "--yes"}, "state authorized", "scopes whole catalog")
	w.refuses(ExitError, []string{"authorization", "show", "-t", "acme", "Nothing"}, `there is no app "Nothing"`, "there are: Sync, Export")
}

// TestAuthorization_shrinks_to_what_was_used, and back.
func TestAuthorization_shrinks_to_what_was_used(t *testing.T) {
	w := newGovernedWorld(t)
	w.do("authorization", "authorize", "-t", "acme", "Sync", "--all-scopes")
	w.called("list_contacts", 7, 0)
	w.called("list_contacts", 1, 80)
	w.shows([]string{"authorization", "usage", "-t", "acme", "Sync"}, "calls since 2026-08-25: 8; each bar is a week", contacts+" ▕ ▂ █▏ 8 2026-11-22", deals+" ▕ ▏ 0 -", "crm list_contacts 8 2026-11-22")
	w.shows([]string{"authorization", "usage", "-t", "acme", "Sync", "--days", "7"}, "each bar is a day", contacts+" ▕ █▏ 7 2026-11-22")
	w.refuses(ExitError, []string{"authorization", "usage", "-t", "acme", "Sync", "--days", "91"}, "limit_out_of_range")
	w.refuses(ExitUsage, []string{"authorization", "shrink", "-t", "acme", "Sync"}, "either the scopes that stay or --unused")
	got := prokura(t, w.env, "", "authorization", "shrink", "-t", "acme", "Sync", "--unused")
	if got.status != ExitOK || got.err != "taken away: "+deals+"; prokura authorization unshrink gives it back\n" {
		t.Errorf("shrink: %+v", got)
	}
	w.shows([]string{"authorization", "show", "-t", "acme", "Sync"}, "scopes "+contacts, "asks for more "+deals)
	w.shows([]string{"authorization", "unshrink", "-t", "acme", "Sync"}, "asks for more -")
	w.refuses(ExitError, []string{"authorization", "unshrink", "-t", "acme", "Sync"}, "nothing was taken away that could be given back")
	w.shows([]string{"authorization", "shrink", "-t", "acme", "Sync", contacts}, "scopes "+contacts, "asks for more "+deals)
	if got := prokura(t, w.env, "", "authorization", "shrink", "-t", "acme", "Sync", contacts); got.status != ExitOK || !strings.Contains(got.err, "nothing was taken away") {
		t.Errorf("shrink to what there is: %+v", got)
	}
}

func TestBars_and_heights(t *testing.T) {
	days := make([]int, 90)
	days[0], days[89], days[83], days[82] = 1, 2, 3, 4
	if got := bars(days); len(got) != 13 || got[0] != 1 || got[12] != 5 || got[11] != 4 {
		t.Errorf("weeks: %v", got)
	}
	if got := draw([]int{0, 1, 500, 999, 1000}, 1000); got != " ▁▄██" {
		t.Errorf("drawn as %q", got)
	}
	if got := draw([]int{0, 0}, 0); got != "  " {
		t.Errorf("nothing is drawn as %q", got)
	}
}

// TestGovernance_is_changed_after_saying_what_stops, with rules from a file.
func TestGovernance_is_changed_after_saying_what_stops(t *testing.T) {
	w := newGovernedWorld(t)
	file := filepath.Join(t.TempDir(), "rules")
	rules := func(text string) { w.ok(os.WriteFile(file, []byte(text), 0o600)) }
	w.shows([]string{"governance", "show", "-t", "acme"}, "an administrator decides", "rules -", "enforce: what no decision covers is refused", "requests wait 30 days", "nobody has chosen anything")
	w.refuses(ExitUsage, []string{"governance", "set", "-t", "acme"}, "nothing to change was given")
	rules("rules:\n  - risks: delete\n    policy: authorization_required\n  - verified: true\n    risks: [read]\n    policy: open\n")
	want := []string{"rules 2", "1. risk delete → authorization_required", "2. risk read, verified publisher → open", "reviewers crm_editor", "requests wait 1 day", "mail on requests no"}
	w.shows([]string{"governance", "set", "-t", "acme", "--rules", file, "--reviewer", "crm_editor", "--request-days", "1", "--no-mail"}, want...)
	rules(w.do("governance", "show", "-t", "acme", "--json"))
	w.refuses(ExitError, []string{"governance", "set", "-t", "acme", "--rules", file}, "policy") // the whole settings are no rules
	rules(`{"rules":[{"scopes":["` + deals + `"],"policy":"blocked"}]}`)
	w.shows([]string{"governance", "set", "-t", "acme", "--rules", file}, "rules 1", "1. scope "+deals+" → blocked", "reviewers crm_editor", "version 2")
	rules("rules:\n  - risk: delete\n")
	w.refuses(ExitError, []string{"governance", "set", "-t", "acme", "--rules", file}, "risk", "the file of rules has 1 problem")
	w.shows([]string{"governance", "set", "-t", "acme", "--rules=", "--reviewer=", "--policy", "open"}, "rules -", "reviewers -", "open: users who may install")
	w.refuses(ExitError, []string{"governance", "set", "-t", "acme", "--policy", "ajar"}, "field_unknown")

	// What only stood because of the open door stops with it.
	w.ok(w.db.Do(context.Background(), actIn(w), func(tx store.Tx) error {
		a := store.FirstAuthorization(w.acme.ID, newAuthorizationID(), w.sync, w.noon)
		a.Approved = scopeSet(t, contacts)
		return tx.AddAuthorization(a)
	}))
	w.installed(contacts)
	w.shows([]string{"authorization", "list", "-t", "acme", "--state", "open"}, "Sync open "+contacts)
	w.shows([]string{"governance", "preview", "-t", "acme", "--policy", "authorization_required"}, "1 app stops working:", "Sync (1 user, 1 installation)")
	w.refuses(ExitUsage, []string{"governance", "set", "-t", "acme", "--policy", "authorization_required"}, "1 app stops working:", "there is no terminal to ask at")
	w.shows([]string{"governance", "set", "-t", "acme", "--enforcement", "report"}, "report: it passes, and is recorded")
	w.shows([]string{"governance", "set", "-t", "acme", "--policy", "authorization_required"}, "an administrator decides") // nothing stops: it only reports
	w.refuses(ExitUsage, []string{"governance", "set", "-t", "acme", "--enforcement", "enforce"}, "1 app stops working:", "All tokens of the account end at once")

	// The report names it, and keeps it alive.
	if got := prokura(t, w.env, "", "impact", "list", "-t", "acme"); got.status != ExitOK || !strings.Contains(got.err, "so far; a call appears a few seconds after it was made") {
		t.Errorf("the report at first: %+v", got)
	}
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error {
		return u.AddForeseen([]store.Foreseen{{Tenant: w.acme.ID, Client: w.sync.ID, User: w.bob.ID, Catalog: "crm", Method: "list_contacts", Code: "authorization_needed",
			Need: contacts, First: w.noon, Last: w.noon.Add(time.Minute), Calls: 3}})
	}))
	w.shows([]string{"impact", "-t", "acme"}, "calls 3, by 1 user", "would be refused list_contacts", "what keeps it working "+contacts)
	w.refuses(ExitUsage, []string{"impact", "authorize", "-t", "acme"}, "either apps or --all")
	w.refuses(ExitError, []string{"impact", "authorize", "-t", "acme", "Export"}, "there is no app in the report")
	w.shows([]string{"impact", "authorize", "-t", "acme", "Sync"}, "authorized: 1 app")
	w.shows([]string{"authorization", "show", "-t", "acme", "Sync"}, "state authorized", "scopes "+contacts, "decided by operator")
	w.shows([]string{"governance", "set", "-t", "acme", "--enforcement", "enforce", "--yes"}, "enforce: what no decision covers is refused")
	if got := prokura(t, w.env, "", "impact", "list", "-t", "acme"); got.status != ExitOK || got.out != "" || !strings.Contains(got.err, "nothing would have been refused") {
		t.Errorf("the report afterwards: %+v", got)
	}
}

// TestOperator_recalls_verifies_and_sets_the_stage, and an owner stops what is theirs.
func TestOperator_recalls_verifies_and_sets_the_stage(t *testing.T) {
	w := newGovernedWorld(t)
	w.do("authorization", "authorize", "-t", "acme", "Sync", "--yes")
	w.installed(contacts)
	w.shows([]string{"app", "verify", "Sync"}, "publisher verified yes")
	w.refuses(ExitUsage, []string{"app", "unverify", "Sync"}, `All tokens of "Sync" end at once: it is installed in 1 account.`)
	w.shows([]string{"app", "unverify", "Sync", "--yes"}, "publisher verified no")
	w.shows([]string{"app", "unverify", "Sync"}, "publisher verified no") // it is not, so that nothing is asked

	w.refuses(ExitError, []string{"app", "disable", "Sync", "--owner", "other"}, "object_not_found")
	w.shows([]string{"app", "disable", "Sync", "--owner", "acme"}, "state disabled by its developer")
	w.shows([]string{"app", "enable", "Sync", "--owner", "acme"}, "state enabled")
	w.do("app", "disable", "Sync")
	w.refuses(ExitError, []string{"app", "enable", "Sync", "--owner", "acme"}, "client_disabled")
	w.shows([]string{"app", "enable", "Sync"}, "state enabled")

	w.refuses(ExitUsage, []string{"app", "recall", "Sync"}, "is refused everywhere at once", "it is installed in 1 account")
	w.shows([]string{"app", "recall", "Sync", "--reason", "stolen", "--yes"}, "accounts that lost it 1")
	w.shows([]string{"authorization", "show", "-t", "acme", "Sync"}, "state revoked everywhere, by the operator")

	w.shows([]string{"enforcement", "show"}, "enforce")
	w.shows([]string{"enforcement", "set", "report"}, "report: it passes, and is recorded")
	w.refuses(ExitUsage, []string{"enforcement", "set", "enforce"}, "of 2 in all", "All their tokens end at once")
	w.shows([]string{"enforcement", "set", "enforce", "--yes"}, "enforce")
	w.refuses(ExitError, []string{"enforcement", "set", "strict"}, "field_unknown")
}

// TestDecisions_in_German_and_as_JSON: every command that decides has both.
func TestDecisions_in_German_and_as_JSON(t *testing.T) {
	w := newGovernedWorld(t)
	w.do("request", "create", "-t", "acme", "Sync", "--user", "bob")
	for name, args := range map[string][]string{
		"list": {"authorization", "list", "-t", "acme"}, "show": {"authorization", "show", "-t", "acme", "Sync"},
		"history": {"authorization", "history", "-t", "acme", "Sync"}, "users": {"authorization", "users", "-t", "acme", "Sync"},
		"usage": {"authorization", "usage", "-t", "acme", "Sync"}, "preview": {"authorization", "preview", "-t", "acme", "Sync"},
		"queue": {"request", "list", "-t", "acme"}, "governance": {"governance", "show", "-t", "acme"},
		"effect": {"governance", "preview", "-t", "acme", "--policy", "open"}, "impact": {"impact", "list", "-t", "acme"}, "stage": {"enforcement", "show"},
		"decided": {"authorization", "authorize", "-t", "acme", "Export"}, "bulk": {"impact", "authorize", "-t", "acme", "--all"},
	} {
		t.Run(name, func(t *testing.T) {
			got := prokura(t, w.env, "", append(args, "--json")...)
			if got.status != ExitOK || !json.Valid([]byte(got.out)) || got.err != "" {
				t.Errorf("%v: %+v", args, got)
			}
		})
	}
	w.env["LANG"] = "de_DE.UTF-8"
	w.shows([]string{"request", "list", "-t", "acme"}, "Herausgeber Sync GmbH (nicht geprüft)", "Risiko liest nur", "bob: (keine Begründung)")
	w.shows([]string{"authorization", "authorize", "-t", "acme", "Sync", "--yes"}, "Zustand genehmigt", "wer sie verwenden kann alle Benutzer")
	w.installed(contacts)
	w.refuses(ExitUsage, []string{"authorization", "revoke", "-t", "acme", "Sync"}, "Den Zugriff verlieren jetzt: 1 Benutzer, 1 Installation, mit all ihren gültigen Token.", "geben Sie --yes an")
	var z v1.RevokedAuthorization
	w.ok(json.Unmarshal([]byte(w.do("authorization", "revoke", "-t", "acme", "Sync", "--yes", "--json")), &z))
	if z.State != "revoked" || z.Reach.Users != 1 {
		t.Errorf("as JSON: %+v", z)
	}
}
