package oauth

import (
	"net/http"

	"prokura/internal/refusal"
)

// answer is how a refusal looks to a program: the status, the error of the RFCs, and when to come again.
type answer struct {
	status     int
	error      string
	retryAfter string // seconds, where trying again is of use
}

// answerTo is the one table from what we refuse to what the endpoints for programs say (RFC 6749 §5.2). invalid_grant is for
// endings alone, since clients throw the token away on it; what may hold again is invalid_scope. A code without a row of its
// own is answered by its kind.
func answerTo(f refusal.Finding) answer {
	bad := func(error string) answer { return answer{status: http.StatusBadRequest, error: error} }
	switch f.Code {
	case refusal.GrantTypeUnsupported:
		return bad("unsupported_grant_type")
	case refusal.GrantTypeNotAllowed, refusal.ClientNotAuthorized:
		return bad("unauthorized_client")
	case refusal.ScopeNotInGrant, refusal.NoScopeLeft, refusal.ScopeNameInvalid, refusal.AccessTokenTooLarge, refusal.SessionTooLarge,
		refusal.AuthorizationNeeded, refusal.UserNotAdmitted:
		return bad("invalid_scope")
	case refusal.AssertionUnreadable: // RFC 7523 §3.1
		return bad("invalid_grant")
	case refusal.RouteUnknown:
		return answer{status: http.StatusNotFound, error: "not_found"}
	case refusal.VerbNotAllowed:
		return answer{status: http.StatusMethodNotAllowed, error: "invalid_request"}
	case refusal.MediaTypeUnsupported:
		return answer{status: http.StatusUnsupportedMediaType, error: "invalid_request"}
	case refusal.BodyTooLarge:
		return answer{status: http.StatusRequestEntityTooLarge, error: "invalid_request"}
	case refusal.FormUnreadable:
		if f.Why.Flaw == refusal.CameLate {
			return answer{status: http.StatusRequestTimeout, error: "invalid_request"}
		}
	}
	switch f.Definition().Kind {
	case refusal.Invalid, refusal.Conflict:
		return bad("invalid_request")
	case refusal.Unauthenticated:
		return answer{status: http.StatusUnauthorized, error: "invalid_client"}
	case refusal.Denied:
		return bad("invalid_grant")
	case refusal.NotFound:
		return answer{status: http.StatusNotFound, error: "invalid_request"}
	case refusal.Exhausted:
		return answer{status: http.StatusTooManyRequests, error: "temporarily_unavailable", retryAfter: "60"}
	case refusal.Stale:
		return answer{status: http.StatusServiceUnavailable, error: "temporarily_unavailable", retryAfter: "30"}
	case refusal.Unavailable:
		return answer{status: http.StatusServiceUnavailable, error: "temporarily_unavailable", retryAfter: "5"}
	}
	return answer{status: http.StatusInternalServerError, error: "server_error"}
}
