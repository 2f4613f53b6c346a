package mail

import (
	"strings"
	"testing"
)

func TestLetters_about_requests(t *testing.T) {
	request := Letter{Lang: Both, Kind: Request, Name: "Ada", Tenant: "Acme", App: "Sync", Publisher: "Sync GmbH", Asker: "Mia Berger",
		Words: "Ich brauche das.\r\nhttps://evil.example/login", Link: "https://prokura.example/console/authorizations/x", Expires: noon}
	own := request
	own.Asker, own.Words = "", " \n"
	approved := Letter{Lang: Both, Kind: Decision, Tenant: "Acme", App: "Sync", Publisher: "Sync GmbH", Outcome: "approved", Link: "https://prokura.example/console/apps"}
	denied, blocked := approved, approved
	denied.Outcome, denied.Words, blocked.Outcome = "denied", "Bitte das andere Produkt.", "blocked"
	for name, tt := range map[string]struct {
		letter  Letter
		subject string
		says    []string
		silent  []string
	}{
		"a user asks": {request, "Anfrage zu einer Anwendung in Acme / Request for an app in Acme",
			[]string{"Mia Berger möchte", "Mia Berger would like", "Sync GmbH", "> Ich brauche das.\n> https://evil.example/login\n", request.Link, "Guten Tag Ada"}, []string{"\nhttps://evil"}},
		"the app asks": {own, "Anfrage zu einer Anwendung in Acme / Request for an app in Acme",
			[]string{"verlangt mehr", "asks for more", "funktioniert bis dahin weiter", "keeps working"}, []string{"Begründung", "Reason"}},
		"approved": {approved, "Anwendung autorisiert in Acme / App authorized in Acme", []string{"autorisiert. Starten", "has authorized it"}, []string{"gesperrt", "denied", "Reason"}},
		"denied":   {denied, "Anwendung nicht autorisiert in Acme / App not authorized in Acme", []string{"abgelehnt", "denied", "> Bitte das andere Produkt."}, []string{"gesperrt"}},
		"blocked":  {blocked, "Anwendung nicht autorisiert in Acme / App not authorized in Acme", []string{"gesperrt", "blocked"}, []string{"abgelehnt"}},
	} {
		t.Run(name, func(t *testing.T) {
			subject, text, err := words(tt.letter)
			if err != nil || subject != tt.subject {
				t.Errorf("%q, %v", subject, err)
			}
			for _, s := range tt.says {
				if !strings.Contains(text, s) {
					t.Errorf("does not say %q:\n%s", s, text)
				}
			}
			for _, s := range tt.silent {
				if strings.Contains(text, s) {
					t.Errorf("says %q:\n%s", s, text)
				}
			}
		})
	}
}

// TestA256_words_of_others_stay_quoted, however their lines end.
func TestA256_words_of_others_stay_quoted(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029", "\r\r\n"} {
		l := Letter{Lang: "en", Kind: Request, Tenant: "Acme", App: "Sync", Asker: "Mia", Words: "why" + end + "https://evil.example/login", Expires: noon}
		_, text, err := words(l)
		if err != nil || !strings.Contains(text, "\n> https://evil.example/login\n") || strings.ContainsAny(text, "\r\v\f\u0085\u2028\u2029") {
			t.Errorf("%q: %q, %v", end, text, err)
		}
	}
}
