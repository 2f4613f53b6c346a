package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/reserved"
	"prokura/internal/v1"
)

// status is the HTTP status of a refusal.
func status(f refusal.Finding) int {
	switch f.Code {
	case refusal.VerbNotAllowed:
		return http.StatusMethodNotAllowed
	case refusal.MediaTypeUnsupported:
		return http.StatusUnsupportedMediaType
	case refusal.BodyTooLarge:
		return http.StatusRequestEntityTooLarge
	case refusal.ScopeUnknown:
		return http.StatusBadRequest // here it is somebody's list that is wrong
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
	e, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		e = refusal.Because(refusal.StorageUnavailable, err) // the services know no other failure
	}
	first := e.First()
	ref := a.c.Docket.Record(docket.Case{Reference: reference(r), Door: "admin", Method: r.Method, Path: refusal.Safe(r.URL.Path),
		At: a.c.Clock.Now(), Findings: e.Findings})
	d := first.Definition()
	switch d.Kind {
	case refusal.Internal, refusal.Stale, refusal.Unavailable: // ours to mend
		a.c.Log.ErrorContext(r.Context(), "admin request failed", "reference", ref.String(), "code", first.Code, "cause", e.Err)
	}
	p := v1.Problem{Type: "about:blank", Title: http.StatusText(status(first)), Status: status(first), Detail: first.Message().EN,
		Code: string(first.Code), Fixer: string(d.Fixer), Remedy: first.Remedy(), Message: first.Message(), Reference: ref.String(),
		Findings: v1.FindingsOf(e.Findings)}
	h := w.Header()
	h.Set(reserved.ReferenceHeader, ref.String())
	h.Set("Content-Type", v1.ProblemType)
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

// created answers a new object that stands below the path of the request.
func created(w http.ResponseWriter, r *http.Request, name string, v any) {
	w.Header().Set("Location", r.URL.Path+"/"+name)
	answer(w, http.StatusCreated, v)
}

// inPath reads an identifier from the path. What is none names nothing.
func inPath[T interface{ From([16]byte) T }](r *http.Request, name, kind string) (T, error) {
	v, err := id.Parse[T](r.PathValue(name))
	if err != nil {
		return v, refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: kind, Got: r.PathValue(name)})
	}
	return v, nil
}

// handle runs a handler that may refuse. It takes no query parameters but those that are named.
func (a *API) handle(pattern string, fn func(w http.ResponseWriter, r *http.Request) error, parameters ...string) {
	a.routes = append(a.routes, route{pattern, parameters})
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		err := checkQuery(r, parameters)
		if err == nil {
			err = fn(w, r)
		}
		if err != nil {
			a.fail(w, r, err)
		}
	})
}

// inTenant runs a handler below a tenant, which only the path names (A153).
func (a *API) inTenant(pattern string, fn func(w http.ResponseWriter, r *http.Request, in id.Tenant) error, parameters ...string) {
	a.handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
		in, err := inPath[id.Tenant](r, "tenant", "tenant")
		if err != nil {
			return err
		}
		return fn(w, r, in)
	}, parameters...)
}
