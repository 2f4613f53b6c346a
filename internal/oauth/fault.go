package oauth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"prokura/internal/access"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/reserved"
)

// ReferenceHeader names the answer, so that its diagnosis can be found.
const ReferenceHeader = reserved.ReferenceHeader

// The doors of this package, as the refusal book names them.
const (
	doorToken      = "token"
	doorIntrospect = "introspect"
	doorRevoke     = "revoke"
	doorMetadata   = "metadata"
	doorUnknown    = "unknown" // below what we own, but nothing is there
)

// fault is the body of a refusal at an endpoint for programs (RFC 6749 §5.2), with the reference beside it.
type fault struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
	URI         string `json:"error_uri,omitempty"`
	Reference   string `json:"reference,omitempty"`
	Code        string `json:"code,omitempty"` // ours, finer than the error
}

// fail is the one place that refuses at the endpoints for programs: it records, logs what is our own fault, and answers.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, ref id.Reference, door string, err error) {
	// A caller that has gone was refused nothing: what it gets is for nobody.
	if gone := errors.Is(err, context.Canceled) && r.Context().Err() != nil; !gone {
		ref = h.record(r, ref, door, err)
		w.Header().Set(ReferenceHeader, ref.String())
	}
	h.writeFault(w, r, ref, err)
}

func (h *Handler) record(r *http.Request, ref id.Reference, door string, err error) id.Reference {
	ref = h.Docket.Record(access.Describe(docket.Case{Reference: ref, At: h.Clock.Now(), Door: door,
		Method: refusal.Safe(r.Method), Path: refusal.Safe(r.URL.EscapedPath())}, err))
	if refusal.Of(err).First().Definition().Kind.Ours() {
		h.Log.ErrorContext(r.Context(), "could not answer", "door", door, "reference", ref.String(), "err", err)
	}
	return ref
}

// writeFault answers a refusal as JSON.
func (h *Handler) writeFault(w http.ResponseWriter, r *http.Request, ref id.Reference, err error) {
	finding := refusal.Of(err).First()
	a := answerTo(finding)
	header := w.Header()
	if a.retryAfter != "" && header.Get("Retry-After") == "" {
		header.Set("Retry-After", a.retryAfter)
	}
	switch a.status {
	case http.StatusUnauthorized: // RFC 6749 §5.2, RFC 9110 §15.5.2
		header.Set("WWW-Authenticate", `Basic realm="prokura", charset="UTF-8"`)
	case http.StatusMethodNotAllowed:
		header.Set("Allow", finding.Want)
	}
	writeJSON(w, r, a.status, fault{Error: a.error, Description: describe(finding), URI: h.Issuer + errorPage(finding.Code, ref),
		Reference: ref.String(), Code: string(finding.Code)})
}

// describe is the sentence and what to do, in the alphabet of RFC 6749 §5.2: printable ASCII without quote and backslash.
func describe(f refusal.Finding) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '“' || c == '”' || c == '"' || c == '’':
			return '\''
		case c == '—' || c == '–':
			return '-'
		case c == '›':
			return '>'
		case c < 0x20 || c > 0x7e || c == '\\':
			return '?'
		}
		return c
	}, f.Message().EN+" "+f.Remedy().EN)
}

// writeJSON answers JSON. Nobody keeps it (RFC 6749 §5.1, A067) unless whoever calls said for how long.
func writeJSON(w http.ResponseWriter, r *http.Request, status int, body any) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
		header.Set("Pragma", "no-cache")
	}
	out, err := json.Marshal(body)
	if err != nil { // our own types: they can be written
		status, out = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out) // a caller who went away is nobody's problem
	}
}
