package genesys

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/reserved"
	"prokura/internal/scope"
)

// ReferenceHeader names the answer, so that its diagnosis can be found. The body has it as contextId.
const ReferenceHeader = reserved.ReferenceHeader

// answer is how a refusal looks on the wire. Where the message has a place for words, it is {name}, and words are what stands
// there.
type answer struct {
	status      int
	code        string
	message     string
	name, words string
	retryAfter  string // seconds, where trying again is of use
}

// failed is the answer to what nobody expected.
var failed = answer{status: http.StatusInternalServerError, code: "internal.server.error", message: "The request could not be handled."}

// The sentences are the vendor's where it has one: programs look for them.
const (
	noBearer          = "No authentication bearer token specified in authorization header."
	badCredentials    = "Invalid login credentials."
	missingPermission = "Unable to perform the requested action. You are missing the following permission(s): {permissions}"
	missingScope      = "Unable to perform the requested action. The token of the app lacks a scope; any one of these is enough: {scopes}"
	scopeTakenBack    = "Unable to perform the requested action. The app had one of these scopes, which has been taken back since: {scopes}"
	notAuthorized     = "You are not authorized to perform the requested action."
	nothingHere       = "The requested resource was not found."
)

// answerTo is the one table from what we refuse to what is answered, or false for a code that has no wording here. Scope and
// permission are told apart: one is mended by an administrator's decision on the app, the other by a role of the user. Codes of
// signing in and installing never come to a call; they are answered by their kind.
func answerTo(f refusal.Finding) (answer, bool) {
	switch f.Code {
	case refusal.CredentialMissing:
		return answer{status: http.StatusUnauthorized, code: "authentication.required", message: noBearer}, true
	case refusal.CredentialInvalid, refusal.CredentialExpired, refusal.CredentialRevoked:
		return answer{status: http.StatusUnauthorized, code: "bad.credentials", message: badCredentials}, true
	case refusal.ScopeNotGranted:
		a := answer{status: http.StatusForbidden, code: "missing.scopes", message: missingScope, name: "scopes", words: scopesOf(f)}
		if f.Case == refusal.TakenBack {
			a.message = scopeTakenBack
		}
		return a, true
	case refusal.UserLacksCallPermission, refusal.AuthorityMissing, refusal.PermissionNotHeld, refusal.UserLacksPermission:
		return answer{status: http.StatusForbidden, code: "missing.permissions", message: missingPermission, name: "permissions", words: refusal.Safe(f.Want)}, true
	case refusal.TenantMismatch:
		return answer{status: http.StatusForbidden, code: "not.authorized", message: notAuthorized}, true
	case refusal.MethodUnknown, refusal.RouteUnknown, refusal.ClientUnknown:
		return answer{status: http.StatusNotFound, code: "not.found", message: nothingHere}, true
	case refusal.GrantTypeUnsupported, refusal.ScopeUnknown, refusal.UserUnknown, refusal.AdmissionEmpty, refusal.ExpiryPast:
		return byKind(refusal.Invalid) // what a body of these endpoints says
	case refusal.VerbNotAllowed:
		return answer{status: http.StatusMethodNotAllowed, code: "method.not.allowed", message: "The request method is not allowed here."}, true
	case refusal.BodyTooLarge:
		return answer{status: http.StatusRequestEntityTooLarge, code: "request.entity.too.large", message: "The request is too large."}, true
	case refusal.MediaTypeUnsupported:
		return answer{status: http.StatusUnsupportedMediaType, code: "unsupported.media.type", message: "The content type of the request is not supported."}, true
	case refusal.HostMismatch:
		return answer{status: http.StatusMisdirectedRequest, code: "bad.request", message: "The server does not answer for this host."}, true
	case refusal.UpstreamUnreachable:
		return answer{status: http.StatusBadGateway, code: "bad.gateway", message: "The server behind the gateway does not answer."}, true
	case refusal.UpstreamTimeout:
		return answer{status: http.StatusGatewayTimeout, code: "request.timeout", message: "The request timed out."}, true
	case refusal.InternalFailure:
		return failed, true
	}
	return byKind(f.Definition().Kind)
}

func byKind(k refusal.Kind) (answer, bool) {
	switch k {
	case refusal.Invalid:
		return answer{status: http.StatusBadRequest, code: "bad.request", message: "The request is missing something, incomplete or malformed."}, true
	case refusal.Unauthenticated:
		return answer{status: http.StatusUnauthorized, code: "bad.credentials", message: badCredentials}, true
	case refusal.Denied:
		return answer{status: http.StatusForbidden, code: "not.authorized", message: notAuthorized}, true
	case refusal.NotFound:
		return answer{status: http.StatusNotFound, code: "not.found", message: nothingHere}, true
	case refusal.Conflict:
		return answer{status: http.StatusConflict, code: "conflict", message: "The request contradicts what is there."}, true
	// The waits: until somebody's failures are forgotten, until a node is fresh again or known not to be, and until a queue of
	// 100 ms has emptied many times over.
	case refusal.Exhausted:
		return answer{status: http.StatusTooManyRequests, code: "too.many.requests", message: "Rate limit exceeded: too many requests were sent.", retryAfter: "60"}, true
	case refusal.Stale:
		return answer{status: http.StatusServiceUnavailable, code: "service.unavailable", message: "The service is unavailable just now.", retryAfter: "30"}, true
	case refusal.Unavailable:
		return answer{status: http.StatusServiceUnavailable, code: "service.unavailable", message: "The service is unavailable just now.", retryAfter: "5"}, true
	}
	return answer{}, false
}

// errorBody is the vendor's schema of an error.
type errorBody struct {
	Message           string            `json:"message"`
	Code              string            `json:"code"`
	Status            int               `json:"status"`
	MessageWithParams string            `json:"messageWithParams,omitempty"`
	MessageParams     map[string]string `json:"messageParams,omitempty"`
	ContextID         string            `json:"contextId,omitempty"`
	Details           []errorDetail     `json:"details"`
	Errors            []errorBody       `json:"errors"` // what else is missing
}

// errorDetail says what is wrong with one field of a body.
type errorDetail struct {
	ErrorCode string `json:"errorCode"`
	FieldName string `json:"fieldName,omitempty"`
	Message   string `json:"message"`
}

// body writes one finding.
func (a answer) body() errorBody {
	b := errorBody{Message: a.message, Code: a.code, Status: a.status, Details: []errorDetail{}, Errors: []errorBody{}}
	if a.name != "" {
		b.MessageWithParams, b.MessageParams = a.message, map[string]string{a.name: a.words}
		b.Message = strings.Replace(a.message, "{"+a.name+"}", a.words, 1)
	}
	return b
}

// bodyOf is the answer to findings: the first is the error, and of the others those that mean another. So a call that lacks both
// scope and permission is told of both. Whose token is no good is told nothing more.
func bodyOf(first answer, findings []refusal.Finding, ref id.Reference) errorBody {
	b := first.body()
	b.ContextID = ref.String()
	if first.status == http.StatusUnauthorized {
		return b
	}
	seen := map[string]bool{b.Code + b.Message: true}
	for _, f := range findings[min(1, len(findings)):] {
		more, ok := answerTo(f)
		if m := more.body(); ok && !seen[m.Code+m.Message] {
			seen[m.Code+m.Message] = true
			b.Errors = append(b.Errors, m)
		}
	}
	return b
}

// scopesOf are the scopes that a finding asks for, of all alternatives: what remains of its words after the signs between them is
// only what RFC 6749 §3.3 allows in a scope.
func scopesOf(f refusal.Finding) string {
	if s, err := scope.Parse(f.Scope); err == nil {
		return s.String()
	}
	var names []string
	for word := range strings.FieldsSeq(f.Want) {
		if s, err := scope.Parse(word); err == nil && word != "|" && word != "+" {
			names = append(names, s.String())
		}
	}
	return strings.Join(names, ", ")
}

// challenge is what WWW-Authenticate says (RFC 6750 §3.1).
func challenge(f refusal.Finding) string {
	switch f.Code {
	case refusal.CredentialMissing:
		return "Bearer"
	case refusal.ScopeNotGranted:
		return `Bearer error="insufficient_scope", scope="` + strings.ReplaceAll(scopesOf(f), ", ", " ") + `"`
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
		status, out = http.StatusInternalServerError, []byte(`{"code":"internal.server.error","status":500}`)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out) // a caller who went away is nobody's problem
	}
}
