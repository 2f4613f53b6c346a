package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// asked has eve ask for an app of two scopes.
func (w *world) asks(c store.Client, reason string) {
	w.t.Helper()
	by := govern.By{Actor: audit.Actor{Kind: "user", ID: w.eve.ID.String(), Name: "eve"}, User: w.eve.ID}
	_, err := w.Govern.Ask(context.Background(), by, w.acme.ID, c.ID, govern.Wish{Reason: reason})
	w.ok(err)
}

func (w *world) approves(c store.Client, t govern.Terms) {
	w.t.Helper()
	ctx := context.Background()
	seen, err := w.Govern.Authorization(ctx, w.acme.ID, c.ID)
	w.ok(err)
	if t.Version = seen.Version; !t.Admission.All && t.Admission.Users == nil && t.Admission.Roles == nil {
		t.Admission.All = true
	}
	t.Uncapped = t.Scopes.Len() == 0
	_, err = w.Govern.Authorize(ctx, govern.By{Actor: audit.Operator}, w.acme.ID, c.ID, t)
	w.ok(err)
}

func (w *world) revokes(c store.Client) {
	w.t.Helper()
	_, err := w.Govern.Revoke(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, c.ID, "")
	w.ok(err)
}

// seller gives eve what the apps of these tests take.
func seller(t *testing.T) (*world, store.Client) {
	w := settled(t)
	_, err := w.Directory.UpdateUser(context.Background(), audit.Operator, w.acme.ID, w.eve.ID, directory.UserChange{Roles: &[]string{"crm_editor"}})
	w.ok(err)
	return w, w.app("Alpha", []string{readContacts}, nil, nil)
}

// What somebody asked administrators for stands on their page until it is done, with what to do next.
func TestMyApps_say_what_became_of_a_request(t *testing.T) {
	w, app := seller(t)
	b := w.as(w.eve)
	b.open(appsPath).shows(200, "No connected apps").lacks("Your requests")
	w.asks(app, "for the quarter")
	b.open(appsPath).shows(200, "Your requests", "Alpha", "waiting", "An administrator has yet to decide", "for the quarter", "It waits up to and including")
	w.as(w.ada).open(appsPath).lacks("Alpha")
	b.send(appsPath+"/"+app.ID.String()+"/take-back").leads(appsPath+"?done=taken_back").follow().shows(200, "Your request was taken back").lacks("Alpha")

	w.clock.Advance(time.Minute)
	w.asks(app, "")
	_, err := w.Govern.Deny(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, app.ID, "use the other one", false)
	w.ok(err)
	b.open(appsPath).shows(200, "turned down", "use the other one", "Request approval …")
	w.clock.Advance(time.Minute)
	b.send(appsPath+"/"+app.ID.String()+"/ask", "reason", strings.Repeat("x", govern.MaxReason+1)).shows(422, "xxx", "What you need it for")
	b.send(appsPath+"/"+app.ID.String()+"/ask", "reason", "there is no other").leads(appsPath+"?done=asked").follow().shows(200, "Your request was sent", "there is no other")

	w.clock.Advance(time.Minute)
	w.approves(app, govern.Terms{})
	b.open(appsPath).shows(200, "An administrator approved your request", "Install")
	if want := issuer + "/oauth/authorize?client_id=" + app.ID.String() + "&amp;redirect_uri="; !strings.Contains(b.body, want) || !strings.Contains(b.body, "scope=crm.objects.contacts.read") {
		t.Errorf("the page does not lead to %s: %s", want, b.body)
	}
	w.clock.Advance(time.Minute)
	g := w.installed(w.eve, app, readContacts)
	_ = g
	b.open(appsPath).shows(200, "Alpha").lacks("Your requests", "No longer usable")
}

func TestMyApps_what_was_not_decided_can_be_asked_again(t *testing.T) {
	w, app := seller(t)
	w.asks(app, "")
	w.clock.Advance(31 * 24 * time.Hour)
	b := w.as(w.eve)
	b.open(appsPath).shows(200, "expired", "Nobody decided on your request in time", "Request approval …")
	w.clock.Advance(requestsShown)
	b = w.as(w.eve)
	b.open(appsPath).shows(200).lacks("Alpha")
}

func TestMyApps_a_blocked_app_names_who_can_change_it(t *testing.T) {
	w, app := seller(t)
	w.asks(app, "")
	_, err := w.Govern.Deny(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, app.ID, "never", true)
	w.ok(err)
	w.as(w.eve).open(appsPath).shows(200, "blocked", "never", "These administrators can still authorize it: Ada Lovelace").lacks("Request approval")
}

// TestA158_my_apps: what a decision took from somebody says so, and what they can do; what works again is connected anew.
func TestA158_my_apps(t *testing.T) {
	for name, tt := range map[string]struct {
		happens func(w *world, app store.Client)
		want    []string
		lacks   string
	}{
		"revoked for all": {func(w *world, app store.Client) { w.revokes(app) },
			[]string{"No longer usable", "revoked this app for the whole account", "These administrators can still authorize it: Ada Lovelace"}, "Request approval"},
		"expired": {func(w *world, app store.Client) {
			w.approves(app, govern.Terms{Expires: w.clock.Now().Add(time.Hour)})
			w.clock.Advance(2 * time.Hour)
		}, []string{"No longer usable", "was for a time, which is over", "Request approval …", "What you gave it"}, "can still authorize it"},
		"taken from the user": {func(w *world, app store.Client) {
			_, err := w.Govern.RevokeForUser(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, app.ID, w.eve.ID, "")
			w.ok(err)
		}, []string{"No longer usable", "taken from you", "Request approval …"}, "can still authorize it"},
		"left to others": {func(w *world, app store.Client) {
			w.approves(app, govern.Terms{Admission: policy.Admission{Roles: []string{directory.Developer}}})
		}, []string{"No longer usable", "approved for others", "Request approval …"}, "can still authorize it"},
		"revoked, and authorized again": {func(w *world, app store.Client) {
			w.revokes(app)
			w.clock.Advance(time.Minute)
			w.approves(app, govern.Terms{})
		}, []string{"It may be used again by now", "Install"}, "Request approval"},
		"withdrawn by the user": {func(w *world, app store.Client) {
			_, err := w.Access.Withdraw(context.Background(), audit.Actor{Kind: "user", ID: w.eve.ID.String()}, w.acme.ID, w.eve.ID, app.ID)
			w.ok(err)
		}, []string{"No connected apps"}, "Alpha"},
	} {
		t.Run(name, func(t *testing.T) {
			w, app := seller(t)
			w.approves(app, govern.Terms{})
			w.installed(w.eve, app, readContacts)
			b := w.as(w.eve)
			b.open(appsPath).shows(200, "Alpha").lacks("No longer usable")
			w.clock.Advance(time.Minute)
			tt.happens(w, app)
			b = w.as(w.eve)
			b.open(appsPath).shows(200, tt.want...).lacks(tt.lacks)
			if strings.Contains(b.text(), "Request approval …") {
				b.send(appsPath+"/"+app.ID.String()+"/ask", "reason", "please").follow().shows(200, "please", "waiting").lacks("No longer usable")
			}
			b.open("/console").shows(200)
			b.lang = "de"
			b.open(appsPath).shows(200, "Meine Anwendungen").lacks("own.")
		})
	}
}

// Nobody asks for, or takes back, what is another's or was never theirs.
func TestA151_my_requests_are_mine(t *testing.T) {
	w, app := seller(t)
	w.asks(app, "")
	b := w.as(w.ada)
	b.open(appsPath)
	b.send(appsPath + "/" + app.ID.String() + "/take-back").shows(404)
	b.send(appsPath + "/" + app.ID.String() + "/ask").shows(404)
	if q, err := w.Govern.RequestOfUser(context.Background(), w.acme.ID, app.ID, w.eve.ID); err != nil || q.State != store.RequestWaiting {
		t.Errorf("%+v, %v", q, err)
	}
}
