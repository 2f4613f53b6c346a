package oauth

import (
	"net/url"
	"slices"
	"strings"

	"prokura/internal/access"
	"prokura/internal/installurl"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// asked is an authorization request as it was read.
type asked struct {
	installurl.Params
	access.InstallRequest

	flaws []installurl.Flaw
}

// readAsked reads the query. It refuses what cannot be read at all, and a request in which it is not clear who asks or where the
// answer goes (A009, A022); whatever else is wrong is told to the app.
func readAsked(query string) (*asked, error) {
	params, flaws := installurl.ParseQuery(query)
	var e refusal.Error
	for i := range flaws {
		if f := &flaws[i]; f.Fatal || f.Parameter == "client_id" || f.Parameter == "redirect_uri" {
			e.Findings = append(e.Findings, f.Finding)
		}
	}
	if len(e.Findings) > 0 {
		return nil, &e
	}
	return &asked{Params: params, flaws: flaws, InstallRequest: access.RequestOf(&params)}, nil
}

// check judges what the protocol asks of the request, once it is known where to answer.
func (a *asked) check(reg *store.Registration) error {
	var e refusal.Error
	for _, f := range a.flaws {
		e.Findings = append(e.Findings, f.Finding)
	}
	e.Findings = append(e.Findings, a.Protocol(reg.InstallURL, reg.Public)...)
	if len(e.Findings) > 0 {
		return &e
	}
	return nil
}

// prompts says whether the request has this word in prompt.
func (a *asked) prompts(word string) bool { return slices.Contains(strings.Fields(a.Prompt), word) }

// putState adds the state to an answer, as it came. One that is too long, or came twice, is not repeated.
func (a *asked) putState(v url.Values) {
	if a.Has("state") && a.State != "" && len(a.State) <= installurl.MaxState {
		v.Set("state", a.State)
	}
}

// installURL is the request as an install URL, without what only its sender may know, for the refusal book.
func (a *asked) installURL(account string) string {
	var parts []string
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "optional_scope"} {
		if a.Has(name) {
			parts = append(parts, url.Values{name: {a.First(name)}}.Encode())
		}
	}
	path := "/oauth/authorize"
	if account != "" {
		path = "/oauth/" + url.PathEscape(account) + "/authorize"
	}
	return path + "?" + strings.ReplaceAll(strings.Join(parts, "&"), "+", "%20")
}
