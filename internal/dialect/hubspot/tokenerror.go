package hubspot

import (
	"net/http"

	"prokura/internal/refusal"
)

// tokenFault is the body of a refused token request: the members of RFC 6749 §5.2, and this wire's older ones.
type tokenFault struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	URI           string `json:"error_uri,omitempty"`
	Status        string `json:"status"`
	Message       string `json:"message"`
	CorrelationID string `json:"correlationId"`
}

// tokenAnswer is how a refused token request looks.
type tokenAnswer struct {
	code          int
	error, status string
	message       string
	retryAfter    string
}

// tokenAnswerTo is the one table from what we refuse to what a token request is answered. A code without a row of its own is
// answered by its kind.
func tokenAnswerTo(f refusal.Finding) tokenAnswer {
	bad := func(error, status, message string) tokenAnswer {
		return tokenAnswer{http.StatusBadRequest, error, status, message, ""}
	}
	switch f.Code {
	case refusal.FormParameterMissing:
		switch f.Got {
		case "client_id":
			return bad("invalid_request", "BAD_CLIENT_ID", "missing or unknown client id")
		case "grant_type":
			return bad("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
		case "code":
			return bad("invalid_request", "BAD_AUTH_CODE", "missing or unknown auth code")
		case "refresh_token":
			return bad("invalid_request", "BAD_REFRESH_TOKEN", "missing or unknown refresh token")
		}
	case refusal.ClientNotAuthenticated:
		// An unknown client and a wrong secret are answered alike (A062).
		return bad("invalid_client", "BAD_CLIENT_SECRET", "unknown client id, or missing or invalid client secret")
	case refusal.GrantTypeUnsupported:
		return bad("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
	case refusal.GrantTypeNotAllowed, refusal.ClientNotAuthorized:
		return bad("unauthorized_client", "BAD_GRANT_TYPE", "the app may not use this grant type here")
	case refusal.CodeUnknown, refusal.CodeUsed, refusal.CodeExpired, refusal.RequiredScopeLost:
		return bad("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
	case refusal.CodeVerifierMissing, refusal.CodeVerifierUnexpected, refusal.CodeVerifierMalformed, refusal.CodeVerifierMismatch:
		return bad("invalid_grant", "BAD_AUTH_CODE", "the code verifier does not fit the auth code")
	case refusal.CodeRedirectMismatch:
		return bad("invalid_grant", "MISMATCH_REDIRECT_URI_AUTH_CODE", "the redirect uri is not the one of the auth code")
	case refusal.RedirectURIMismatch:
		return bad("invalid_grant", "BAD_REDIRECT_URI", "missing or unknown redirect uri")
	case refusal.RefreshTokenUnknown, refusal.RefreshTokenExpired, refusal.RefreshTokenReplayed:
		return bad("invalid_grant", "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked")
	case refusal.ScopeNotInGrant, refusal.NoScopeLeft, refusal.ScopeUnknown, refusal.AuthorizationNeeded, refusal.UserNotAdmitted:
		// Not invalid_grant: clients throw the refresh token away on that, and this one may work again.
		return bad("invalid_scope", "BAD_SCOPE", "no such scope can be issued now")
	case refusal.BodyTooLarge:
		return tokenAnswer{http.StatusRequestEntityTooLarge, "invalid_request", "BAD_REQUEST", "the request is too large", ""}
	case refusal.MediaTypeUnsupported:
		return tokenAnswer{http.StatusUnsupportedMediaType, "invalid_request", "BAD_REQUEST", "send application/x-www-form-urlencoded", ""}
	}
	return tokenAnswerByKind(f)
}

func tokenAnswerByKind(f refusal.Finding) tokenAnswer {
	switch f.Definition().Kind {
	case refusal.Invalid, refusal.Conflict, refusal.NotFound:
		return tokenAnswer{http.StatusBadRequest, "invalid_request", "BAD_REQUEST", "the request is missing something, incomplete or malformed", ""}
	case refusal.Unauthenticated:
		return tokenAnswer{http.StatusBadRequest, "invalid_client", "BAD_CLIENT_SECRET", "unknown client id, or missing or invalid client secret", ""}
	case refusal.Denied:
		return tokenAnswer{http.StatusBadRequest, "invalid_grant", "BAD_GRANT", "what the app was granted has ended", ""}
	case refusal.Exhausted:
		return tokenAnswer{http.StatusTooManyRequests, "temporarily_unavailable", "RATE_LIMITS", "too many requests were sent", "60"}
	case refusal.Stale:
		return tokenAnswer{http.StatusServiceUnavailable, "temporarily_unavailable", "SERVER_ERROR", "the server cannot answer just now", "30"}
	case refusal.Unavailable:
		return tokenAnswer{http.StatusServiceUnavailable, "temporarily_unavailable", "SERVER_ERROR", "the server cannot answer just now", "5"}
	}
	return tokenAnswer{http.StatusInternalServerError, "server_error", "SERVER_ERROR", "an error occurred on the server", ""}
}

// refuseToken answers a refused token request. Who came with HTTP Basic is answered 401 and the challenge (RFC 6749 §5.2).
func (x *exchange) refuseToken(err error) {
	x.record(err)
	f := refusal.Of(err).First()
	a := tokenAnswerTo(f)
	h := x.w.Header()
	if a.retryAfter != "" && h.Get("Retry-After") == "" {
		h.Set("Retry-After", a.retryAfter)
	}
	if a.error == "invalid_client" && x.r.Header.Get("Authorization") != "" {
		a.code = http.StatusUnauthorized
		h.Set("WWW-Authenticate", `Basic realm="prokura", charset="UTF-8"`)
	}
	write(x.w, x.r, a.code, x.ref, tokenFault{Error: a.error, Description: a.message, Status: a.status, Message: a.message,
		URI: x.Errors + "/" + string(f.Definition().Code) + "?reference=" + x.ref.String(), CorrelationID: x.ref.String()})
}
