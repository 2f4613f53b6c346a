// Package assertion reads the JWT that a connected app signs, and checks its signature.
//
//	raw ── Parse ──► Assertion: what it says, and what is wrong with its form
//	                    ├─ VerifyHS256(secret)   does the signature match the key of our record
//	                    ├─ ReplayKey(key, jti)   under which it is burned
//	                    └─ Describe()            what people are shown
//
// Parse never fails: a diagnosis lists everything, also of a token that is broken in several ways. So nothing that
// stands in an Assertion is proven. Whether it signs in is decided in one place, policy.SignIn, which takes the facts as
// plain values together with the outcome of the signature check and says no before it rests on any of them: a token that
// is expired and badly signed gives no claim to a decision (A100).
//
// Nothing here is fetched and no key is taken from the token (A088).
package assertion

import (
	"strings"

	"prokura/internal/jws"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/strictjson"
)

const (
	maxSubject = 255 // characters
	maxID      = 256 // characters
)

// Assertion is what a token says, as far as it could be read. The zero Assertion says nothing and verifies nothing.
type Assertion struct {
	// Problems are the reasons why the token is no readable assertion, all of them refusal.AssertionUnreadable. Claims
	// that are readable and not acceptable are no problem of form: they stand below as they came.
	Problems []refusal.Finding

	Algorithm string // header alg; empty: missing or not a string
	KeyID     string // header kid; empty: missing or not a string
	Issuer    Issuer
	Audience  Audience
	Subject   Text // sub, exactly as it came: safe to compare, to be escaped where it is shown
	ID        Text // jti
	Expires   Time
	NotBefore Time
	IssuedAt  Time
	Scopes    Scopes

	parts jws.Parts
}

// Issuer is iss of the claims, or the header's where the claims have none. Two that differ name no app, and neither does
// what is no string.
type Issuer struct {
	Value string // empty: missing, not a string, or two that differ
	Sent  string // as it came, for people: both where there are two
}

// Text is a claim that must be a string.
type Text struct {
	Valid bool // it is there, a string, and of a length that we take
	Value string
}

// Time is a claim that must be a whole number of seconds.
type Time struct {
	Present bool
	Valid   bool
	Seconds int64  // Unix time, when valid
	Sent    string // as it came, for people
}

// Audience is the claim aud: a string, or a list with one string.
type Audience struct {
	Valid bool
	Value string
	Sent  string // as it came, for people
}

// Is says whether the audience is exactly the one given.
func (a Audience) Is(want string) bool { return a.Valid && want != "" && a.Value == want }

// ScopeForm is what the claim scp looked like.
type ScopeForm uint8

// The forms. The zero value is malformed, so that an assertion that could not be read has no acceptable list.
const (
	ScopesMalformed ScopeForm = iota
	ScopesAbsent
	ScopesList
)

// Scopes is the claim scp. Only a list of strings is one ("Werte müssen als ein Listentyp übergeben werden", seed:
// Tableau); a claim named scope says nothing (A094).
type Scopes struct {
	Form    ScopeForm
	Set     scope.Set
	Unknown []string // strings in the list that are no scope tokens: they give nothing
	Sent    string   // when malformed: as it came, for people
}

// Parse reads a token. What cannot be read is a problem; the rest is read all the same.
func Parse(raw string) Assertion {
	var a Assertion
	var problems []refusal.Why
	a.parts, problems = jws.Split(raw)
	for _, why := range problems {
		a.problem(why)
	}
	var header, claim *string
	if a.parts.Header != nil {
		header = a.readHeader(a.parts.Header)
	}
	if a.parts.Payload != nil {
		claim = a.readClaims(a.parts.Payload)
	}
	a.Issuer = oneIssuer(header, claim)
	return a
}

func oneIssuer(header, claim *string) Issuer {
	switch {
	case header == nil && claim == nil:
		return Issuer{Sent: "—"}
	case header == nil:
		return Issuer{Value: *claim, Sent: refusal.Safe(*claim)}
	case claim == nil || *header == *claim:
		return Issuer{Value: *header, Sent: refusal.Safe(*header)}
	default:
		return Issuer{Sent: refusal.Safe(*header + " ≠ " + *claim)}
	}
}

// Readable says whether the form is that of an assertion.
func (a *Assertion) Readable() bool { return a.parts.Input != "" && len(a.Problems) == 0 }

func (a *Assertion) problem(why refusal.Why) {
	a.Problems = append(a.Problems, refusal.Finding{Code: refusal.AssertionUnreadable, Why: why})
}

// readHeader takes exactly the names that direct trust knows. Everything else that a JOSE header can say would point to
// a key, change what is signed, or nest another token (jwk, jku, x5u, x5c, crit, b64, zip, cty), so no other name is
// taken at all (A088, A095).
//
// It answers iss where the header has one.
func (a *Assertion) readHeader(header []byte) (issuer *string) {
	members, err := strictjson.Object(header, jws.MaxSize)
	if err != nil {
		a.problem(strictjson.Reason(err, refusal.Header))
		return nil
	}
	for _, m := range members {
		s, ok := strictjson.String(m.Value)
		switch m.Name {
		case "alg":
			a.Algorithm = s
		case "kid":
			a.KeyID = s
		case "iss":
			issuer = &s
			if !ok {
				a.problem(refusal.Why{Flaw: refusal.HeaderNotText, Got: m.Name})
			}
		case "typ":
			// Explicit typing (RFC 8725 §3.11): a token that says it is something else is not taken for an assertion.
			if !strings.EqualFold(s, "JWT") {
				a.problem(refusal.Why{Flaw: refusal.HeaderOtherType})
			}
		default:
			a.problem(refusal.Why{Flaw: refusal.HeaderNameUnknown, Got: m.Name})
		}
	}
	return issuer
}

// readClaims answers iss where the claims have one; the empty text stands for one that is no string.
func (a *Assertion) readClaims(payload []byte) (issuer *string) {
	members, err := strictjson.Object(payload, jws.MaxSize)
	if err != nil {
		a.problem(strictjson.Reason(err, refusal.Claims))
		return nil
	}
	a.Scopes.Form = ScopesAbsent
	for _, m := range members {
		switch m.Name {
		case "iss":
			s, _ := strictjson.String(m.Value)
			issuer = &s
		case "aud":
			a.Audience = readAudience(m.Value)
		case "sub":
			a.Subject = readText(m.Value, maxSubject)
		case "jti":
			a.ID = readText(m.Value, maxID)
		case "exp":
			a.Expires = readTime(m.Value)
		case "nbf":
			a.NotBefore = readTime(m.Value)
		case "iat":
			a.IssuedAt = readTime(m.Value)
		case "scp":
			a.Scopes = readScopes(m.Value)
		}
		// Other claims are the user's attributes, which the API behind us may know.
	}
	return issuer
}
