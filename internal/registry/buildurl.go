package registry

import (
	"net/url"
	"slices"
	"strings"

	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// URLPicks is what an install URL can choose. Required scopes stand in every one.
type URLPicks struct {
	RedirectURI string // empty: the first
	// Conditional and Optional are those to ask for; nil asks for all that are registered.
	Conditional, Optional *scope.Set
	State                 string // empty: none
}

// BuildURL writes the install URL of a client that fits its registration. What is picked and not registered is refused, all of
// it at once. A public client adds state and code_challenge to it each time.
func BuildURL(issuer string, c *store.Client, p URLPicks) (string, error) {
	reg := &c.Registration
	var bad refusal.Error
	uri := p.RedirectURI
	switch {
	case uri == "" && len(reg.RedirectURIs) > 0:
		uri = reg.RedirectURIs[0]
	case !slices.Contains(reg.RedirectURIs, uri):
		bad.Findings = append(bad.Findings, refusal.Finding{Code: refusal.RedirectURINotRegistered, Got: uri,
			Want: strings.Join(reg.RedirectURIs, ", "), Field: "redirect_uri"})
	}
	pick := func(class string, picked *scope.Set, registered scope.Set) scope.Set {
		if picked == nil {
			return registered
		}
		for _, sc := range picked.Minus(registered).All() {
			bad.Findings = append(bad.Findings, refusal.Finding{Code: refusal.ScopeNotRegistered, Scope: sc.String(), Want: class, Field: class})
		}
		return *picked
	}
	inScope := reg.Required.Union(pick("conditional", p.Conditional, reg.Conditional))
	inOptional := pick("optional", p.Optional, reg.Optional)
	if len(bad.Findings) > 0 {
		return "", &bad
	}
	// scope may not be empty (RFC 6749 §3.3); what every installation has stands for nothing else.
	if inScope.Len() == 0 && implies(reg.InstallURL, reg.Wire) {
		inScope = Implied()
	}
	return WriteURL(issuer, c, uri, inScope.String(), inOptional.String(), p.State), nil
}

// WriteURL writes an install URL of a client, as it is given.
func WriteURL(issuer string, c *store.Client, redirectURI, inScope, inOptional, state string) string {
	q := []string{"client_id=" + c.ID.String(), "redirect_uri=" + escape(redirectURI)}
	if !c.Registration.InstallURL {
		q = append(q, "response_type=code")
	}
	if inScope != "" {
		q = append(q, "scope="+escape(inScope))
	}
	if inOptional != "" {
		q = append(q, "optional_scope="+escape(inOptional))
	}
	if state != "" {
		q = append(q, "state="+escape(state))
	}
	return strings.TrimSuffix(issuer, "/") + "/oauth/authorize?" + strings.Join(q, "&")
}

// escape writes a space as %20, which means the same to readers of forms and of paths.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
