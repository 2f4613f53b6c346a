package oauth

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/access"
	"prokura/internal/installurl"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// maxState bounds the state, which goes back byte by byte (A014).
const maxState = 1 << 10

// challengeLength is that of the base64url form of a SHA-256 (RFC 7636 §4.2).
const challengeLength = 43

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
	return &asked{Params: params, flaws: flaws, InstallRequest: access.InstallRequest{Client: params.ClientID, RedirectURI: params.RedirectURI,
		RedirectSent: params.Has("redirect_uri"), Scope: params.Scope, Optional: params.Optional, Malformed: params.Malformed}}, nil
}

// check judges what the protocol asks of the request, once it is known where to answer.
func (a *asked) check(reg *store.Registration) error {
	var e refusal.Error
	find := func(f refusal.Finding) { e.Findings = append(e.Findings, f) }
	for _, f := range a.flaws {
		find(f.Finding)
	}
	for _, name := range []string{"request", "request_uri"} { // nothing is fetched, and nothing unsigned believed (A013)
		if a.Has(name) {
			find(refusal.Finding{Code: refusal.RequestObjectNotOffered, Got: name})
		}
	}
	if len(a.State) > maxState {
		find(refusal.Finding{Code: refusal.ParameterTooLong, Got: "state", Want: strconv.Itoa(maxState)})
	}
	switch {
	case a.ResponseType == "code":
	case a.ResponseType != "":
		find(refusal.Finding{Code: refusal.ResponseTypeNotOffered, Got: a.ResponseType}) // nothing can switch implicit on (A011)
	case !reg.InstallURL:
		find(refusal.Finding{Code: refusal.ResponseTypeMissing})
	}
	if m := a.ResponseMode; m != "" && m != "query" {
		find(refusal.Finding{Code: refusal.ResponseModeNotOffered, Got: m})
	}
	a.checkChallenge(reg.Public, find)
	prompts := strings.Fields(a.Prompt)
	known := []string{"none", "login", "consent", "select_account"}
	if slices.ContainsFunc(prompts, func(s string) bool { return !slices.Contains(known, s) }) || a.prompts("none") && len(prompts) > 1 {
		find(refusal.Finding{Code: refusal.PromptMalformed, Got: a.Prompt})
	}
	if len(e.Findings) > 0 {
		return &e
	}
	return nil
}

// checkChallenge judges PKCE. Only S256 is offered, and a method that was left out means plain (RFC 7636 §4.3, A055).
func (a *asked) checkChallenge(public bool, find func(refusal.Finding)) {
	switch {
	case a.Has("code_challenge") || a.Has("code_challenge_method"):
		if a.CodeChallengeMethod != "S256" || !isChallenge(a.CodeChallenge) {
			find(refusal.Finding{Code: refusal.ChallengeMalformed})
		}
	case public:
		find(refusal.Finding{Code: refusal.ChallengeMissing})
	}
}

// isChallenge says whether the text is the one form that a SHA-256 has in base64url: the last character has two bits to spare,
// which are zero (A056).
func isChallenge(s string) bool {
	if len(s) != challengeLength {
		return false
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(s) {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return false
		}
	}
	return strings.IndexByte(alphabet, s[challengeLength-1])%4 == 0
}

// prompts says whether the request has this word in prompt.
func (a *asked) prompts(word string) bool { return slices.Contains(strings.Fields(a.Prompt), word) }

// putState adds the state to an answer, as it came. One that is too long, or came twice, is not repeated.
func (a *asked) putState(v url.Values) {
	if a.Has("state") && a.State != "" && len(a.State) <= maxState {
		v.Set("state", a.State)
	}
}

// installURL is the request as an install URL, without what only its sender may know, for the refusal book.
func (a *asked) installURL(account string) string {
	v := url.Values{}
	for _, name := range []string{"client_id", "redirect_uri", "scope", "optional_scope", "response_type"} {
		if a.Has(name) {
			v.Set(name, a.First(name))
		}
	}
	var parts []string
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "optional_scope"} {
		if v.Has(name) {
			parts = append(parts, url.Values{name: {v.Get(name)}}.Encode())
		}
	}
	path := "/oauth/authorize"
	if account != "" {
		path = "/oauth/" + url.PathEscape(account) + "/authorize"
	}
	return path + "?" + strings.ReplaceAll(strings.Join(parts, "&"), "+", "%20")
}
