package contactcenter

import (
	"crypto/rand"
	"fmt"
	"net/http"
)

// fault is a refusal as the client reads it.
type fault struct {
	status  int
	code    string
	message string
	cause   error // logged, never shown
}

func (f *fault) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message) }

// body is the error in the contact center's own form.
func (f *fault) body() any {
	return map[string]any{"message": f.message, "code": f.code, "status": f.status, "contextId": rand.Text(), "details": []any{}, "errors": []any{}}
}

func notFound() error {
	return &fault{status: http.StatusNotFound, code: "not.found", message: "The requested resource was not found."}
}

func invalid(format string, args ...any) error {
	return &fault{status: http.StatusBadRequest, code: "bad.request", message: fmt.Sprintf(format, args...)}
}
