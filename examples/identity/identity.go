// Package identity is how the sample servers learn who calls: from the header Prokura-Identity that the gateway signs, and
// from nothing else.
//
// It shares no code with Prokura, as a vendor's server would not. A server behind the gateway needs no more than this: the
// issuer's published keys, fetched when they are needed, and the checks below, all of them.
package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// Header carries the identity.
	Header = "Prokura-Identity"
	// Type is the typ of the signed header.
	Type = "prokura-identity+jwt"
	// Longest bounds the header value; real ones have well under 2 KiB.
	Longest = 8 << 10
	// Skew is how far our clock and the gateway's may disagree.
	Skew = 5 * time.Second

	// longestLife is the longest a header may live, from iat to exp: one that claims more was not made by the gateway.
	longestLife = 5 * time.Minute
)

// ErrMissing says that the request names nobody.
var ErrMissing = errors.New("there is no identity header")

// ErrUnavailable says that the keys cannot be had just now, so that nobody can be believed.
var ErrUnavailable = errors.New("the keys of the identity issuer are not available")

// Caller is who calls, as the gateway vouches for it.
type Caller struct {
	// User is empty where a client acts for itself.
	User          string
	Session       string
	Tenant        string
	Client        string
	Name          string
	Roles         []string
	PlatformRoles []string
}

// Verifier verifies identity headers for one server. It is safe for concurrent use.
type Verifier struct {
	issuer, audience string
	now              func() time.Time
	keys             *keySet
}

// New makes a Verifier for the headers of an issuer to an audience, with the keys at a URL; empty is the issuer's own.
// Nothing is fetched before the first header.
func New(issuer, audience, jwksURL string, client *http.Client, now func() time.Time) *Verifier {
	if jwksURL == "" {
		jwksURL = strings.TrimSuffix(issuer, "/") + "/.well-known/jwks.json"
	}
	return &Verifier{issuer: issuer, audience: audience, now: now, keys: &keySet{url: jwksURL, http: client, now: now}}
}

// claims are the whole payload. Times are pointers because an absent exp must not read as 1970 or as never.
type claims struct {
	Subject       string          `json:"sub"`
	Session       string          `json:"sid"`
	Tenant        string          `json:"tenant"`
	Client        string          `json:"client_id"`
	Name          string          `json:"name"`
	Roles         []string        `json:"roles"`
	PlatformRoles []string        `json:"platform_roles"`
	Issuer        string          `json:"iss"`
	Audience      json.RawMessage `json:"aud"`
	Issued        *int64          `json:"iat"`
	Expires       *int64          `json:"exp"`
}

// Identify verifies the identity header. On any doubt it returns nobody at all. What exactly was wrong is for the log:
// whoever reaches the server without the gateway has no claim to an explanation.
func (v *Verifier) Identify(r *http.Request) (Caller, error) {
	values := r.Header.Values(Header)
	switch {
	case len(values) == 0:
		return Caller{}, ErrMissing
	case len(values) > 1:
		return Caller{}, errors.New("two identity headers")
	case len(values[0]) > Longest:
		return Caller{}, errors.New("the identity header is too long")
	}
	// The algorithm is ours to choose, not the header's (RFC 8725 §3.1).
	jws, err := jose.ParseSignedCompact(values[0], []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return Caller{}, fmt.Errorf("reading the identity header: %w", err)
	}
	// The type keeps session tokens, signed with the same keys, from passing as identities (RFC 8725 §3.11).
	head := jws.Signatures[0].Header
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != Type {
		return Caller{}, fmt.Errorf("typ is %q", typ)
	}
	key, err := v.keys.find(r.Context(), head.KeyID)
	if errors.Is(err, errKeyUnknown) {
		return Caller{}, fmt.Errorf("finding key %q: %w", head.KeyID, err)
	}
	if err != nil {
		return Caller{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return Caller{}, fmt.Errorf("verifying the identity header: %w", err)
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return Caller{}, fmt.Errorf("reading the claims: %w", err)
	}
	return v.check(c)
}

// check judges the claims of a header whose signature is good.
func (v *Verifier) check(c claims) (Caller, error) {
	if c.Issuer != v.issuer {
		return Caller{}, fmt.Errorf("iss is %q", c.Issuer)
	}
	// One audience, as a string: a header made for several servers could be replayed from one to the other.
	var audience string
	if err := json.Unmarshal(c.Audience, &audience); err != nil || audience != v.audience {
		return Caller{}, fmt.Errorf("aud is %s", c.Audience)
	}
	if c.Issued == nil || c.Expires == nil {
		return Caller{}, errors.New("iat or exp is missing")
	}
	now, issued, expires := v.now(), time.Unix(*c.Issued, 0), time.Unix(*c.Expires, 0)
	switch {
	case !now.Before(expires.Add(Skew)):
		return Caller{}, fmt.Errorf("expired at %s", expires.UTC())
	case issued.After(now.Add(Skew)):
		return Caller{}, fmt.Errorf("issued in the future, at %s", issued.UTC())
	case expires.Sub(issued) > longestLife:
		return Caller{}, fmt.Errorf("lives for %s", expires.Sub(issued))
	}
	// A client that acts for itself has a subject of another form than any user.
	user, own := c.Subject, false
	if _, own = strings.CutPrefix(c.Subject, "client:"); own {
		user = ""
	}
	// Both become parts of paths, on disk and in calls: only the one form is let in.
	if !own && !IsID(user) || !IsID(c.Tenant) {
		return Caller{}, errors.New("sub or tenant is not an identifier")
	}
	return Caller{User: user, Session: c.Session, Tenant: c.Tenant, Client: c.Client, Name: c.Name, Roles: c.Roles,
		PlatformRoles: c.PlatformRoles}, nil
}

// IsID accepts the one form of identifiers: 8-4-4-4-12 lower-case hexadecimal digits.
func IsID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
				return false
			}
		}
	}
	return true
}
