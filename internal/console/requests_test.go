package console

import (
	"regexp"
	"testing"

	"prokura/internal/directory"
	"prokura/internal/policy"
)

// shownRequests are the requests that the page carries, as pairs of its form.
func (b *browser) shownRequests() (out []string) {
	for _, m := range regexp.MustCompile(`name="request" value="([^"]+)"`).FindAllStringSubmatch(b.body, -1) {
		out = append(out, "request", m[1])
	}
	return out
}

// Who asks after the page was shown is not answered unseen: the page is shown again, with what was typed.
func TestRequests_that_came_meanwhile_are_shown_before_they_are_answered(t *testing.T) {
	w := settled(t)
	w.govern(policy.Governance{})
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	ivy, joe := w.user(w.acme, "ivy", "Ivy", directory.AppInstaller), w.user(w.acme, "joe", "Joe", directory.AppInstaller)
	path := requestsPath + "/" + app.ID.String() + "/deny"
	b := w.as(w.ada)
	b.open(requestsPath)
	b.send(path, "act", "block", "justification", "not with <them>").shows(200, "nobody can ask for it again", "The answer: “not with <them>”")
	for _, one := range []struct {
		act, done string
	}{{"deny", "denied"}, {"block", "blocked"}} {
		w.wish(ivy, app, "for the quarter")
		b.open(requestsPath).shows(200, "1 request")
		answer := []string{"act", one.act, "justification", "use the other one", "confirmed", "yes"}
		seen := b.shownRequests()
		w.wish(joe, app, "me too")
		b.send(path, append(seen, answer...)...).shows(409, "Somebody else asked for this app in the meantime.", "2 requests", "me too", "use the other one")
		b.send(path, append(b.shownRequests(), answer...)...).leads(requestsPath + "?done=" + one.done)
		if one.act == "deny" {
			b.open(requestsPath).send(path, append(seen, answer...)...).leads(requestsPath + "?done=meanwhile")
			b.follow().shows(200, "Nobody was answered")
		}
	}
	if z := w.decided(app); !z.Blocked {
		t.Errorf("%+v", z.Decision)
	}
}
