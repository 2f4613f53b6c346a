package crm

import (
	"crypto/rand"
	"fmt"
	"net/http"
)

// fault is a refusal as the client reads it.
type fault struct {
	status   int
	category string
	message  string
	cause    error // logged, never shown
}

func (f *fault) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.category, f.message) }

// body is the error in the CRM's own form.
func (f *fault) body() any {
	return map[string]string{"status": "error", "message": f.message, "correlationId": rand.Text(), "category": f.category}
}

func notFound(format string, args ...any) error {
	return &fault{status: http.StatusNotFound, category: "OBJECT_NOT_FOUND", message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return &fault{status: http.StatusBadRequest, category: "VALIDATION_ERROR", message: fmt.Sprintf(format, args...)}
}
