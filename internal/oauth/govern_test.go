package oauth

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/store"
)

const (
	askPath     = "/oauth/authorize/ask"
	approvePath = "/oauth/authorize/approve"
	switchPath  = "/oauth/authorize/switch"
	goOnPath    = "/oauth/authorize/continue"
)

// governed is a house in which administrators decide.
func governed(t *testing.T) *house {
	h := newHouse(t)
	h.governs(h.acme, policy.Governance{})
	return h
}

func (h *house) queue() []govern.Queued {
	h.t.Helper()
	list, err := h.govern.Queue(ctx, h.acme.ID)
	h.ok(err)
	return list
}

// goesOn opens the page again in a browser in which somebody else is logged in, as the login page does.
func (s *shown) goesOn(as string) *shown {
	s.b.h.t.Helper()
	login := s.form(switchPath)
	s.b.send("POST", switchPath, login).stays(200).has("Password")
	s.b.logIn(as)
	return s.b.send("POST", goOnPath, url.Values{"pending": {login.Get("pending")}, "form_token": {s.b.h.token(s.b)}})
}

// TestA045_a_user_meets_an_app_that_nobody_authorized: the page says who must, and takes a request; nothing can be given.
func TestA045_a_user_meets_an_app_that_nobody_authorized(t *testing.T) {
	h := governed(t)
	page := h.as("ivy").get(h.installURL(nil)).stays(403).has("Permission error", "An administrator of Acme must approve this application.", "ada", "Request approval", "Sign in as administrator", "Acme Sync").lacks("bob")
	waiting := page.submit(askPath, url.Values{"act": {"ask"}, "reason": {"for the <quarter>"}}).stays(403).has("Your request is waiting", "for the <quarter>", "Take the request back")
	q := h.queue()
	if len(q) != 1 || q[0].Count != 1 || q[0].Waiting[0].User != h.users["ivy"].ID || q[0].Waiting[0].Reason != "for the <quarter>" {
		t.Fatalf("%+v", q)
	}
	h.as("ivy").get(h.installURL(nil)).has("Your request is waiting") // later, too
	waiting.submit(askPath, url.Values{"act": {"take_back"}}).stays(403).has("Request approval")
	if q := h.queue(); len(q) != 0 {
		t.Errorf("%+v", q)
	}
	if g := h.grantsOf("ivy"); len(g) != 0 {
		t.Errorf("%+v", g)
	}
	b := h.as("ivy")
	b.lang = "de"
	b.get(h.installURL(nil)).stays(403).has("Berechtigungsfehler", "Ein Administrator von Acme muss diese Anwendung genehmigen.", "Genehmigung anfragen", "Als Administrator anmelden")
}

func TestUnapproved_the_answer_of_an_administrator_is_shown(t *testing.T) {
	h := governed(t)
	ada := govern.By{Actor: audit.Actor{Kind: "user", ID: h.users["ada"].ID.String(), Name: "ada"}, User: h.users["ada"].ID}
	ask := func() {
		h.as("ivy").get(h.installURL(nil)).submit(askPath, url.Values{"act": {"ask"}})
	}
	ask()
	h.ok(second(h.govern.Deny(ctx, ada, h.acme.ID, h.app.ID, "too much", false)))
	h.as("ivy").get(h.installURL(nil)).stays(403).has("turned down", "too much", "Request approval")
	ask()
	h.ok(second(h.govern.Deny(ctx, ada, h.acme.ID, h.app.ID, "never", true)))
	h.as("ivy").get(h.installURL(nil)).stays(403).has("blocked this app", "The answer: “never”").lacks("Request approval")
	h.as("bob").get(h.installURL(nil)).stays(403).has("blocked this app").lacks("The answer")
}

// An administrator who meets the app decides right there, and the installation goes on: Allow is the consent as well.
func TestApproval_an_administrator_decides_and_goes_on(t *testing.T) {
	h := governed(t)
	page := h.as("ada").get(h.installURL(nil)).stays(200).has("You decide for the whole account Acme", "Allow is your own consent", "Users who may use this application", "Add roles")
	page.submit(approvePath, url.Values{"act": {"pick"}, "role": {"crm_editor"}}).stays(200).has("Allow")
	left := url.Values{"act": {"allow"}, "scope": {"crm.objects.contacts.read", "crm.objects.companies.read"}, "reason": {"we use it"}}
	if q := page.submit(approvePath, left).toApp(); q.Get("code") == "" || q.Get("state") != "xyz" {
		t.Errorf("%v", q)
	}
	g := h.grantsOf("ada")
	if len(g) != 1 || g[0].Scopes.Has(set("crm.objects.deals.read").All()[0]) || !g[0].Scopes.Has(set("crm.objects.contacts.read").All()[0]) {
		t.Errorf("%+v", g)
	}
	seen, err := h.govern.Authorization(ctx, h.acme.ID, h.app.ID)
	h.ok(err)
	if seen.Standing.State != policy.Authorized || seen.Uncapped || !seen.Admission.All || seen.Reason != "we use it" {
		t.Errorf("%+v", seen.Authorization)
	}
	// From now on users install it, with what was approved.
	h.as("ivy").get(h.installURL(nil)).stays(200).has("Read contacts").lacks("deals.read\" checked")
}

// Where somebody else began, Allow only decides: that user signs in again and goes on, and nobody gets another's grant.
func TestApproval_for_somebody_else_gives_nothing_to_who_decides(t *testing.T) {
	h := governed(t)
	page := h.as("ivy").get(h.installURL(nil)).stays(403).goesOn("ada").stays(200).has("Somebody else began this installation")
	page.submit(approvePath, url.Values{"act": {"user"}, "add_user": {"nobody"}}).stays(422)
	done := page.submit(approvePath, url.Values{"act": {"allow"}}).stays(200).has("Acme Sync is approved", "ivy")
	if g := h.grantsOf("ada"); len(g) != 0 {
		t.Errorf("the administrator got %+v", g)
	}
	done.goesOn("ivy").stays(200).decide("allow").toApp()
	if g := h.grantsOf("ivy"); len(g) != 1 {
		t.Errorf("%+v", g)
	}
}

// A third person, who may not decide, is not let into a request that somebody else began.
func TestUnapproved_is_nobody_elses(t *testing.T) {
	h := governed(t)
	h.as("ivy").get(h.installURL(nil)).stays(403).goesOn("bob").stays(403).lacks("Request approval")
	if q := h.queue(); len(q) != 0 {
		t.Errorf("%+v", q)
	}
}

// Posting the decision without the right, or after it was lost, decides nothing.
func TestA156_a_forged_approval(t *testing.T) {
	h := governed(t)
	unapproved := h.as("ivy").get(h.installURL(nil))
	v := unapproved.form(askPath)
	v["act"], v["scope"] = []string{"allow"}, []string{"crm.objects.contacts.read"}
	unapproved.b.send("POST", approvePath, v).stays(403).has("Permission error")
	seen, err := h.govern.Authorization(ctx, h.acme.ID, h.app.ID)
	h.ok(err)
	if !seen.ID.IsZero() {
		t.Errorf("%+v", seen.Authorization)
	}
}

// Two administrators decide at once: the second is shown what holds, and nothing of theirs was saved (A164).
func TestA164_two_approvals_at_once(t *testing.T) {
	h := governed(t)
	page := h.as("ada").get(h.installURL(nil))
	h.ok(second(h.govern.Authorize(ctx, govern.By{Actor: audit.Operator}, h.acme.ID, h.app.ID, govern.Terms{Scopes: set("crm.objects.contacts.read"), Admission: policy.Admission{All: true}})))
	page.submit(approvePath, url.Values{"act": {"allow"}})
	var auth store.Authorization
	h.view(func(r store.Reader) (err error) {
		auth, err = r.AuthorizationOf(h.acme.ID, h.app.ID)
		return err
	})
	if auth.Ceiling.String() != "crm.objects.contacts.read" || auth.Version != 1 {
		t.Errorf("%+v", auth)
	}
}

// What the account decided with a date ends then, and the page that asks for consent says so.
func TestConsent_says_the_end_that_an_administrator_set(t *testing.T) {
	h := governed(t)
	h.ok(second(h.govern.Authorize(ctx, govern.By{Actor: audit.Operator}, h.acme.ID, h.app.ID,
		govern.Terms{Uncapped: true, Admission: policy.Admission{All: true}, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)})))
	h.as("ivy").get(h.installURL(nil)).stays(200).has("Until 31 Dec 2026, or until you or an administrator withdraws it before.")
}

// What an administrator left out on purpose is not marked as new where the app is met again; what came since is.
func TestApproval_marks_what_is_new_since_the_decision(t *testing.T) {
	h := governed(t)
	h.ok(second(h.govern.Authorize(ctx, govern.By{Actor: audit.Operator}, h.acme.ID, h.app.ID,
		govern.Terms{Scopes: set("crm.objects.contacts.read"), Admission: policy.Admission{All: true}})))
	c := h.app
	c.Version, c.Registration.Required = 2, c.Registration.Required.Union(set("tickets"))
	h.do(func(tx store.Tx) error {
		return tx.UpdateClient(c, &store.ClientVersion{Client: c.ID, Number: 2, Registration: c.Registration, By: "test", At: noon})
	})
	page := h.as("ada").get(h.installURL(map[string]string{"scope": "crm.objects.contacts.read crm.objects.companies.read tickets"})).stays(200).has("You decide for the whole account Acme")
	if n := strings.Count(page.body, "</span> new</span>"); n != 1 {
		t.Errorf("%d scopes are marked as new: %s", n, page.body)
	}
}

// Who asks for more than was approved is told what is missing, since when the rest is approved, and why.
func TestUnapproved_says_what_an_approval_leaves_out(t *testing.T) {
	h := governed(t)
	h.ok(second(h.govern.Authorize(ctx, govern.By{Actor: audit.Operator}, h.acme.ID, h.app.ID,
		govern.Terms{Scopes: set("crm.objects.contacts.read"), Admission: policy.Admission{All: true}, Reason: "contacts are enough"})))
	h.as("ivy").get(h.installURL(nil)).stays(403).has("An administrator approved this application.", "The approval does not include", "crm.objects.companies.read", "contacts are enough", "Request approval").
		lacks("<code class=\"token\">crm.objects.contacts.read</code></li>")
}

// An administrator who was fetched by a user sees what that user wrote, and who else waits.
func TestApproval_shows_the_requests_that_wait(t *testing.T) {
	h := governed(t)
	asked := h.as("ivy").get(h.installURL(nil)).submit(askPath, url.Values{"act": {"ask"}, "reason": {"for the quarter"}})
	asked.goesOn("ada").stays(200).has("1 request waits.", "Approving answers it.", "for the quarter", "ivy")
}
