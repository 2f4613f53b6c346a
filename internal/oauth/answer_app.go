package oauth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"prokura/internal/access"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// answerApp leads back to the app. The address is the registered one, never the text of the request (A005), every answer names
// us (RFC 9207, A015), and the state goes back byte by byte (A014). It is always 303, so that nothing that was posted here is
// posted there (A016).
func (p *Pages) answerApp(w http.ResponseWriter, r *http.Request, redirectURI string, answer url.Values) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", p.appURL(redirectURI, answer))
	w.WriteHeader(http.StatusSeeOther)
}

// appURL is the app's address with an answer.
func (p *Pages) appURL(redirectURI string, answer url.Values) string {
	answer.Set("iss", p.Issuer)
	joint := "?"
	if strings.Contains(redirectURI, "?") {
		joint = "&"
	}
	return redirectURI + joint + strings.ReplaceAll(answer.Encode(), "+", "%20")
}

// failToApp refuses without a page: the request forbids one, or nobody but a program could mend it.
func (s *step) failToApp(err error) {
	if errors.Is(err, access.ErrShowAgain) { // something changed between two looks
		err = refusal.New(refusal.Finding{Code: refusal.ConsentRequired})
	}
	ref := s.record(err)
	s.w.Header().Set(ReferenceHeader, ref.String())
	s.p.answerApp(s.w, s.r, s.j.RedirectURI, s.refusedAnswer(refusal.Of(err).First(), ref))
}

// refusedAnswer is what the app is told of a refusal (RFC 6749 §4.1.2.1).
func (s *step) refusedAnswer(f refusal.Finding, ref id.Reference) url.Values {
	v := url.Values{"error": {authorizeError(f)}, "error_description": {describe(f)}, "error_uri": {s.p.Issuer + errorPage(f.Code, ref)}}
	s.a.putState(v)
	return v
}

// errorPage is the page about a refusal.
func errorPage(code refusal.Code, ref id.Reference) string {
	return "/oauth/errors/" + string(code) + "?reference=" + ref.String()
}

// doorAuthorize is what the refusal book calls this endpoint.
const doorAuthorize = "authorize"

// record puts a refusal into the book and counts it for the app. Somebody who has gone was refused nothing.
func (s *step) record(err error) id.Reference {
	c := docket.Case{At: s.p.Clock.Now(), Door: doorAuthorize, Method: s.r.Method, Path: s.r.URL.EscapedPath(),
		Tenant: s.j.Tenant.ID, Client: s.j.Client.ID, User: s.j.User.ID, Proven: !s.j.User.ID.IsZero()}
	if s.a != nil {
		c.URL = s.a.installURL(s.req.Account)
	}
	e := refusal.Of(err)
	known := access.Describe(c, err)
	known.Tenant, known.Client, known.User, known.Proven = c.Tenant, c.Client, c.User, c.Proven
	ref := s.p.Docket.Record(known)
	if e.First().Definition().Kind.Ours() {
		s.p.Log.ErrorContext(s.r.Context(), "could not answer", "door", doorAuthorize, "reference", ref.String(), "err", err)
	} else if !s.j.Client.ID.IsZero() {
		s.p.Registry.Tally(s.j.Client.ID, string(e.First().Code))
	}
	return ref
}

// authorizeError is the error of RFC 6749 §4.1.2.1, and of OpenID Connect Core §3.1.2.6 where nobody may be asked.
func authorizeError(f refusal.Finding) string {
	switch f.Code {
	case refusal.ResponseTypeNotOffered:
		return "unsupported_response_type"
	case refusal.RequestObjectNotOffered:
		return f.Got + "_not_supported"
	case refusal.LoginRequired, refusal.ConsentRequired:
		return string(f.Code)
	case refusal.AccountRequired:
		return "account_selection_required"
	case refusal.ClientDisabled:
		return "unauthorized_client"
	case refusal.ScopeUnknown, refusal.RequiredScopeMissing, refusal.ScopeMismatch, refusal.NothingRequested:
		return "invalid_scope"
	}
	switch f.Definition().Kind {
	case refusal.Invalid:
		return "invalid_request"
	case refusal.Internal:
		return "server_error"
	case refusal.Unavailable, refusal.Stale, refusal.Exhausted:
		return "temporarily_unavailable"
	}
	return "access_denied"
}
