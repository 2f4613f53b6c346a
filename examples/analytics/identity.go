package analytics

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	identityHeader = "Prokura-Identity"
	identityType   = "prokura-identity+jwt"
	// longestIdentity bounds the header value; real ones have well under 2 KiB.
	longestIdentity = 8 << 10
	// longestLife is the longest a header may live, from iat to exp: one that claims more was not made by the gateway.
	longestLife = 120 * time.Second
	// skew is how far our clock and the gateway's may disagree.
	skew = 5 * time.Second
)

// identity is who calls, as the gateway vouches for it.
type identity struct {
	User          string   `json:"sub"`
	Session       string   `json:"sid"`
	Tenant        string   `json:"tenant"`
	Client        string   `json:"client_id"`
	Name          string   `json:"name"`
	Roles         []string `json:"roles"`
	PlatformRoles []string `json:"platform_roles"`
}

// superAdministrator says whether the user holds the tenant's highest role.
func (i identity) superAdministrator() bool { return slices.Contains(i.Roles, roleSuper) }

// administrator says whether the user administers the site.
func (i identity) administrator() bool {
	return i.superAdministrator() || slices.Contains(i.Roles, roleAdmin)
}

// operator says whether the user operates the whole installation.
func (i identity) operator() bool { return slices.Contains(i.PlatformRoles, roleOperator) }

// claims are the whole payload. Times are pointers because an absent exp must not read as 1970 or as never.
type claims struct {
	identity
	Issuer   string          `json:"iss"`
	Audience json.RawMessage `json:"aud"`
	Issued   *int64          `json:"iat"`
	Expires  *int64          `json:"exp"`
}

// identify verifies the identity header. On any doubt it returns no identity at all. What exactly was wrong goes to the
// log, because whoever reaches this server without the gateway has no claim to an explanation.
func (s *Server) identify(r *http.Request) (identity, error) {
	values := r.Header.Values(identityHeader)
	switch {
	case len(values) == 0:
		return identity{}, errNoCredentials()
	case len(values) > 1:
		return identity{}, errBadCredentials(errors.New("two identity headers"))
	case len(values[0]) > longestIdentity:
		return identity{}, errBadCredentials(errors.New("the identity header is too long"))
	}
	// The algorithm is ours to choose, not the header's (RFC 8725 §3.1).
	jws, err := jose.ParseSignedCompact(values[0], []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return identity{}, errBadCredentials(fmt.Errorf("reading the identity header: %w", err))
	}
	// The type keeps session tokens, signed with the same keys, from passing as identities (RFC 8725 §3.11).
	head := jws.Signatures[0].Header
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != identityType {
		return identity{}, errBadCredentials(fmt.Errorf("typ is %q", typ))
	}
	key, err := s.keys.find(r.Context(), head.KeyID)
	if errors.Is(err, errKeyUnknown) {
		return identity{}, errBadCredentials(fmt.Errorf("finding key %q: %w", head.KeyID, err))
	}
	if err != nil {
		return identity{}, errUnavailable("The keys of the identity issuer are not available.", err)
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return identity{}, errBadCredentials(fmt.Errorf("verifying the identity header: %w", err))
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return identity{}, errBadCredentials(fmt.Errorf("reading the claims: %w", err))
	}
	if err := s.check(c); err != nil {
		return identity{}, errBadCredentials(err)
	}
	return c.identity, nil
}

// check judges the claims of a header whose signature is good.
func (s *Server) check(c claims) error {
	if c.Issuer != s.cfg.Issuer {
		return fmt.Errorf("iss is %q", c.Issuer)
	}
	// One audience, as a string: a header made for several servers could be replayed from one to the other.
	var audience string
	if err := json.Unmarshal(c.Audience, &audience); err != nil || audience != s.cfg.Audience {
		return fmt.Errorf("aud is %s", c.Audience)
	}
	if c.Issued == nil || c.Expires == nil {
		return errors.New("iat or exp is missing")
	}
	now, issued, expires := s.cfg.Now(), time.Unix(*c.Issued, 0), time.Unix(*c.Expires, 0)
	switch {
	case !now.Before(expires.Add(skew)):
		return fmt.Errorf("expired at %s", expires.UTC())
	case issued.After(now.Add(skew)):
		return fmt.Errorf("issued in the future, at %s", issued.UTC())
	case expires.Sub(issued) > longestLife:
		return fmt.Errorf("lives for %s", expires.Sub(issued))
	}
	// Both become parts of paths, on disk and in calls to /v1: only the one form is let in.
	if !isID(c.User) || !isID(c.Tenant) {
		return errors.New("sub or tenant is not an identifier")
	}
	return nil
}
