package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
)

// RequestCursor is a place in a list of requests: after the one that it names. Their IDs are random, so that the time comes first.
type RequestCursor struct {
	Created time.Time
	ID      id.Request
}

// CursorAfter is the place after a request, as [Page] takes it.
func CursorAfter(r AuthorizationRequest) string {
	return strconv.FormatInt(r.Created.Unix(), 10) + "." + r.ID.String()
}

// ParseRequestCursor reads what [CursorAfter] wrote.
func ParseRequestCursor(s string) (RequestCursor, error) {
	seconds, rest, ok := strings.Cut(s, ".")
	if !ok {
		return RequestCursor{}, fmt.Errorf("%q is no place in a list of requests", s)
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return RequestCursor{}, fmt.Errorf("reading a place in a list of requests: %w", err)
	}
	request, err := id.Parse[id.Request](rest)
	if err != nil {
		return RequestCursor{}, fmt.Errorf("reading a place in a list of requests: %w", err)
	}
	return RequestCursor{Created: time.Unix(n, 0).UTC(), ID: request}, nil
}
