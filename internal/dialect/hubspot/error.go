package hubspot

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/reserved"
	"prokura/internal/scope"
)

// ReferenceHeader names the answer, so that its diagnosis can be found. The body has it as correlationId.
const ReferenceHeader = reserved.ReferenceHeader

// category is the wire's word for what went wrong. Programs branch on it.
type category string

const (
	invalidAuthentication category = "INVALID_AUTHENTICATION"
	missingScopes         category = "MISSING_SCOPES"
	banned                category = "BANNED" // the app may not act in the account
	objectNotFound        category = "OBJECT_NOT_FOUND"
	methodNotAllowed      category = "METHOD_NOT_ALLOWED"
	validationError       category = "VALIDATION_ERROR"
	conflict              category = "CONFLICT"
	rateLimits            category = "RATE_LIMITS"
	serverError           category = "SERVER_ERROR"
)

// answer is how a refusal looks on the wire.
type answer struct {
	status     int
	category   category
	message    string
	retryAfter string // seconds, where trying again is of use
}

// failed is the answer to what nobody expected.
var failed = answer{status: http.StatusInternalServerError, category: serverError, message: "An error occurred on the server."}

// answerTo is the one table from what we refuse to what a call is answered, or false for a code that has no wording here.
// Messages say no more than the category does. Codes of signing in, installing and issuing tokens never come to a call;
// they are answered by their kind.
func answerTo(f refusal.Finding) (answer, bool) {
	switch f.Code {
	case refusal.CredentialMissing:
		return answer{http.StatusUnauthorized, invalidAuthentication, "The call carries no access token. Send one as Authorization: Bearer.", ""}, true
	case refusal.CredentialInvalid, refusal.CredentialExpired, refusal.CredentialRevoked:
		return answer{http.StatusUnauthorized, invalidAuthentication, "The access token is invalid, expired or revoked.", ""}, true
	case refusal.ScopeNotGranted:
		// The first sentence is the vendor's: programs look for it.
		remedy := "Send the user through the app's install URL with one of the scopes below."
		if f.Case == refusal.TakenBack {
			remedy = "It was granted one of the scopes below, which has been taken back since: a new token says why."
		}
		return answer{http.StatusForbidden, missingScopes, "This app hasn't been granted all required scopes to make this call. " + remedy, ""}, true
	case refusal.TenantMismatch:
		return answer{http.StatusForbidden, banned, "The access token is for another account.", ""}, true
	case refusal.MethodUnknown, refusal.RouteUnknown:
		return answer{http.StatusNotFound, objectNotFound, "Nothing is at this address.", ""}, true
	case refusal.VerbNotAllowed:
		return answer{http.StatusMethodNotAllowed, methodNotAllowed, "The request method is not allowed at this address.", ""}, true
	case refusal.CredentialAmbiguous:
		return answer{http.StatusBadRequest, validationError, "Send one credential, as Authorization: Bearer.", ""}, true
	case refusal.BodyTooLarge:
		return answer{http.StatusRequestEntityTooLarge, validationError, "The request is too large.", ""}, true
	case refusal.MediaTypeUnsupported:
		return answer{http.StatusUnsupportedMediaType, validationError, "The content type of the request is not supported.", ""}, true
	case refusal.HostMismatch:
		return answer{http.StatusMisdirectedRequest, validationError, "The server does not answer for this host.", ""}, true
	case refusal.UpstreamUnreachable:
		return answer{http.StatusBadGateway, serverError, "The server behind the gateway does not answer.", ""}, true
	case refusal.UpstreamTimeout:
		return answer{http.StatusGatewayTimeout, serverError, "The server behind the gateway did not answer in time.", ""}, true
	case refusal.InternalFailure:
		return failed, true
	}
	return byKind(f.Definition().Kind)
}

func byKind(k refusal.Kind) (answer, bool) {
	switch k {
	case refusal.Invalid:
		return answer{http.StatusBadRequest, validationError, "The request is missing something, incomplete or malformed.", ""}, true
	case refusal.Unauthenticated:
		return answer{http.StatusUnauthorized, invalidAuthentication, "Who asks is not proven.", ""}, true
	case refusal.Denied:
		return answer{http.StatusForbidden, banned, "This is not allowed.", ""}, true
	case refusal.NotFound:
		return answer{http.StatusNotFound, objectNotFound, "There is no such object.", ""}, true
	case refusal.Conflict:
		return answer{http.StatusConflict, conflict, "The request contradicts what is there.", ""}, true
	// The waits: until somebody's failures are forgotten, until a node is fresh again or known not to be, and until a
	// queue of 100 ms has emptied many times over.
	case refusal.Exhausted:
		return answer{http.StatusTooManyRequests, rateLimits, "Too many requests were sent.", "60"}, true
	case refusal.Stale:
		return answer{http.StatusServiceUnavailable, serverError, "The server cannot answer just now.", "30"}, true
	case refusal.Unavailable:
		return answer{http.StatusServiceUnavailable, serverError, "The server cannot answer just now.", "5"}, true
	}
	return answer{}, false
}

// errorBody is the vendor's schema of an error.
type errorBody struct {
	Status        string            `json:"status"` // "error"
	Message       string            `json:"message"`
	CorrelationID string            `json:"correlationId"`
	Errors        []errorDetail     `json:"errors,omitempty"`
	Links         map[string]string `json:"links,omitempty"`
	Category      category          `json:"category"`
}

type errorDetail struct {
	Message string              `json:"message"`
	Context map[string][]string `json:"context,omitempty"`
}

func (a answer) body(f refusal.Finding, ref id.Reference) errorBody {
	b := errorBody{Status: "error", Message: a.message, CorrelationID: ref.String(), Category: a.category}
	if a.category != missingScopes {
		return b
	}
	if names := scopeNames(f); len(names) > 0 {
		// Any one of them is enough, the vendor's sentence says, and so do the methods of the CRM catalog.
		b.Errors = []errorDetail{{Message: "One or more of the following scopes are required.",
			Context: map[string][]string{"requiredGranularScopes": names}}}
	}
	return b
}

// scopeNames are the scopes that a finding asks for, of all alternatives: what remains of its words after the signs between
// them is only what RFC 6749 §3.3 allows in a scope.
func scopeNames(f refusal.Finding) []string {
	if s, err := scope.Parse(f.Scope); err == nil {
		return []string{s.String()}
	}
	var names []string
	for word := range strings.FieldsSeq(f.Want) {
		if s, err := scope.Parse(word); err == nil && word != "|" && word != "+" {
			names = append(names, s.String())
		}
	}
	return names
}

// challenge is what WWW-Authenticate says (RFC 6750 §3.1).
func challenge(f refusal.Finding) string {
	switch f.Code {
	case refusal.CredentialMissing:
		return "Bearer"
	case refusal.ScopeNotGranted:
		if names := scopeNames(f); len(names) > 0 {
			return `Bearer error="insufficient_scope", scope="` + strings.Join(names, " ") + `"`
		}
		return `Bearer error="insufficient_scope"`
	}
	return `Bearer error="invalid_token"`
}

// verbs are the verbs that a finding names, as Allow lists them.
func verbs(want string) string {
	upper := func(r rune) bool { return r < 'A' || r > 'Z' }
	return strings.Join(strings.FieldsFunc(want, upper), ", ")
}

// write answers JSON that nobody keeps.
func write(w http.ResponseWriter, r *http.Request, status int, ref id.Reference, body any) {
	h := w.Header()
	h.Set(ReferenceHeader, ref.String())
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	out, err := json.Marshal(body, json.Deterministic(true))
	if err != nil { // our own types: they can be written
		status, out = http.StatusInternalServerError, []byte(`{"status":"error","category":"SERVER_ERROR"}`)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out) // a caller who went away is nobody's problem
	}
}
