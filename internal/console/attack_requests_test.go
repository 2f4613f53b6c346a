package console

import (
	"testing"

	"prokura/internal/directory"
	"prokura/internal/policy"
)

// TestA164_a_form_that_names_no_request_answers_none: what cannot be read is not left out, or all that wait would be answered unseen.
func TestA164_a_form_that_names_no_request_answers_none(t *testing.T) {
	w := settled(t)
	w.govern(policy.Governance{})
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.wish(w.user(w.acme, "ivy", "Ivy", directory.AppInstaller), app, "for the quarter")
	for _, act := range []string{"deny", "block"} {
		b := w.as(w.ada).open(requestsPath)
		b.send(requestsPath+"/"+app.ID.String()+"/deny", "act", act, "request", "all", "confirmed", "yes").leads(requestsPath + "?done=meanwhile")
		b.open(requestsPath).shows(200, "1 request", "for the quarter")
	}
}
