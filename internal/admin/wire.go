package admin

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/strictjson"
	"prokura/internal/text"
)

const (
	problemType = "application/problem+json"
	maxBody     = 1 << 20

	defaultLimit = 100
	maxLimit     = 1000
)

// Problem is an error as it is answered (RFC 9457).
type Problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail"`
	Code      string    `json:"code"`
	Fixer     string    `json:"fixer"`
	Remedy    text.Text `json:"remedy"`
	Message   text.Text `json:"message"`
	Reference string    `json:"reference"`
	Findings  []Finding `json:"findings"`
}

// Finding is one reason, as it is answered.
type Finding struct {
	Code    string    `json:"code"`
	Scope   string    `json:"scope,omitempty"`
	Fixer   string    `json:"fixer"`
	Message text.Text `json:"message"`
	Remedy  text.Text `json:"remedy"`
}

// RenderFinding writes a finding as the API answers it.
func RenderFinding(f refusal.Finding) Finding {
	d := f.Definition()
	return Finding{Code: string(f.Code), Scope: f.Scope, Fixer: string(d.Fixer), Message: f.Message(), Remedy: f.Remedy()}
}

func renderFindings(list []refusal.Finding) []Finding {
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		out = append(out, RenderFinding(f))
	}
	return out
}

// status is the HTTP status of a kind of refusal.
func status(f refusal.Finding) int {
	switch f.Code {
	case refusal.VerbNotAllowed:
		return http.StatusMethodNotAllowed
	case refusal.MediaTypeUnsupported:
		return http.StatusUnsupportedMediaType
	case refusal.BodyTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	switch f.Definition().Kind {
	case refusal.Invalid:
		return http.StatusBadRequest
	case refusal.Unauthenticated:
		return http.StatusUnauthorized
	case refusal.Denied:
		return http.StatusForbidden
	case refusal.NotFound:
		return http.StatusNotFound
	case refusal.Conflict:
		return http.StatusConflict
	case refusal.Exhausted:
		return http.StatusTooManyRequests
	case refusal.Stale, refusal.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail is the one place where this API says no.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	e := refusal.Of(err)
	first := e.First()
	if e.Err != nil {
		a.c.Log.ErrorContext(r.Context(), "admin request failed", "reference", reference(r).String(), "code", first.Code, "cause", e.Err)
	}
	ref := a.c.Docket.Record(docket.Case{Reference: reference(r), Door: "admin", Method: r.Method, Path: refusal.Safe(r.URL.Path),
		At: a.c.Clock.Now(), Findings: e.Findings})
	d := first.Definition()
	p := Problem{Type: "about:blank", Title: http.StatusText(status(first)), Status: status(first), Detail: first.Message().EN,
		Code: string(first.Code), Fixer: string(d.Fixer), Remedy: first.Remedy(), Message: first.Message(), Reference: ref.String(),
		Findings: renderFindings(e.Findings)}
	h := w.Header()
	h.Set("Prokura-Reference", ref.String())
	h.Set("Content-Type", problemType)
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="prokura"`)
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	writeJSON(w, p)
}

// answer writes a value.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeJSON(w, v)
}

// writeJSON writes indented: the API is read by people with curl as often as by programs.
func writeJSON(w io.Writer, v any) {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client went away: nobody is left to tell
}

// body reads the request's one JSON document, strictly. A form that a foreign page could post has another media type
// and is refused (A128).
func body(w http.ResponseWriter, r *http.Request, into any) error {
	mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mt != "application/json" {
		return refusal.New(refusal.Finding{Code: refusal.MediaTypeUnsupported, Got: r.Header.Get("Content-Type"), Want: "application/json"})
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refusal.New(refusal.Finding{Code: refusal.BodyTooLarge, Want: strconv.FormatInt(tooLarge.Limit, 10) + " bytes"})
	}
	if err != nil {
		return refusal.New(refusal.Finding{Code: refusal.BodyUnreadable, Got: "it ended early"})
	}
	if err := strictjson.Decode(data, maxBody, into); err != nil {
		return refusal.New(refusal.Finding{Code: refusal.BodyUnreadable, Got: err.Error()})
	}
	return nil
}

// page reads ?limit= and ?after=.
func page(r *http.Request) (store.Page, error) {
	p := store.Page{Limit: defaultLimit, After: r.URL.Query().Get("after")}
	if s := r.URL.Query().Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxLimit {
			return p, refusal.New(refusal.Finding{Code: refusal.FieldInvalid, Want: "limit", Got: "want a number from 1 to 1000"})
		}
		p.Limit = n
	}
	return p, nil
}

// listed is one page of a list.
type listed[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
	Total *int   `json:"total,omitempty"`
}

// answerList writes a page. The cursor is the key of its last record: it names a place in a list of the tenant in the
// path, and gives no access of its own (A152).
func answerList[R, T any](w http.ResponseWriter, p store.Page, records []R, total *int, render func(R) T, key func(R) string) {
	out := listed[T]{Items: make([]T, 0, len(records)), Total: total}
	for _, rec := range records {
		out.Items = append(out.Items, render(rec))
	}
	if len(records) == p.Limit {
		out.Next = key(records[len(records)-1])
	}
	answer(w, http.StatusOK, out)
}

// inPath reads an identifier from the path. What is none names nothing.
func inPath[T interface{ From([16]byte) T }](r *http.Request, name, kind string) (T, error) {
	v, err := id.Parse[T](r.PathValue(name))
	if err != nil {
		return v, refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: kind, Got: r.PathValue(name)})
	}
	return v, nil
}

// handle runs a handler that may refuse.
func (a *API) handle(pattern string, fn func(w http.ResponseWriter, r *http.Request) error) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := fn(w, r); err != nil {
			a.fail(w, r, err)
		}
	})
}

// inTenant runs a handler below a tenant.
func (a *API) inTenant(pattern string, fn func(w http.ResponseWriter, r *http.Request, in id.Tenant) error) {
	a.handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
		in, err := inPath[id.Tenant](r, "tenant", "tenant")
		if err != nil {
			return err
		}
		return fn(w, r, in)
	})
}
