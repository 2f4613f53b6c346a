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

// answerTo is the one table from what we refuse to what the endpoints for programs say. A code without a row of its own is
// answered by its kind.
func answerTo(f refusal.Finding) answer {
	switch f.Definition().Kind {
	case refusal.Invalid, refusal.Conflict:
		return answer{status: http.StatusBadRequest, error: "invalid_request"}
	case refusal.Unauthenticated:
		return answer{status: http.StatusUnauthorized, error: "invalid_client"}
	case refusal.Denied:
		return answer{status: http.StatusBadRequest, error: "invalid_grant"}
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
