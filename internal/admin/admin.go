// Package admin is the /v1 JSON API of the operator.
//
// Every request carries the operator's token. Handlers parse, call a service and render; they decide nothing. Errors are
// problem documents (RFC 9457) that name the code, who can fix it, the remedy, and the reference of the answer.
package admin

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// Config is what the API needs.
type Config struct {
	Directory *directory.Directory
	Registry  *registry.Registry
	Access    *access.Access
	Catalogs  *registry.Catalogs
	Keys      *keyring.Keyring
	Store     store.Store // for reading the two books
	Docket    *docket.Docket
	Clock     clock.Clock
	Log       *slog.Logger
	// Operator is the hash of the operator's token.
	Operator [32]byte
}

// API is the handler. It answers every path below /v1/.
type API struct {
	c   Config
	mux *http.ServeMux
}

// New makes the handler.
func New(c Config) *API {
	a := &API{c: c, mux: http.NewServeMux()}
	a.tenantRoutes()
	a.userRoutes()
	a.groupRoutes()
	a.connectedAppRoutes()
	a.explainRoutes()
	a.bookRoutes()
	a.keyRoutes()
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, refusal.New(refusal.Finding{Code: refusal.RouteUnknown}))
	})
	return a
}

// ServeHTTP checks the operator's token before anything else.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ref := entropy.ID[id.Reference]()
	r = r.WithContext(context.WithValue(r.Context(), referenceKey{}, ref))
	w.Header().Set("Prokura-Reference", ref.String())
	w.Header().Set("Cache-Control", "no-store")
	if err := a.authenticate(r); err != nil {
		a.fail(w, r, err)
		return
	}
	a.mux.ServeHTTP(&onlyOurs{ResponseWriter: w, api: a, request: r}, r)
}

// authenticate accepts exactly one operator token.
func (a *API) authenticate(r *http.Request) error {
	sent := r.Header.Values("Authorization")
	if len(sent) == 0 {
		return refusal.New(refusal.Finding{Code: refusal.OperatorTokenMissing})
	}
	scheme, value, _ := strings.Cut(sent[0], " ")
	if len(sent) > 1 || r.Header.Get("X-Tableau-Auth") != "" {
		return refusal.New(refusal.Finding{Code: refusal.CredentialAmbiguous})
	}
	tok, err := id.ParseOpaque(id.OperatorToken, value)
	hash := tok.Hash()
	if err != nil || !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(hash[:], a.c.Operator[:]) != 1 {
		return refusal.New(refusal.Finding{Code: refusal.OperatorTokenInvalid})
	}
	return nil
}

// by is who acts here: only the operator has a token for this API (A258).
func by(*http.Request) audit.Actor { return audit.Operator }

type referenceKey struct{}

func reference(r *http.Request) id.Reference {
	ref, _ := r.Context().Value(referenceKey{}).(id.Reference)
	return ref
}

// onlyOurs turns the plain texts with which the mux answers a wrong method into a problem document.
type onlyOurs struct {
	http.ResponseWriter
	api      *API
	request  *http.Request
	replaced bool
}

// WriteHeader replaces what the mux says by what we say.
func (o *onlyOurs) WriteHeader(status int) {
	if status != http.StatusMethodNotAllowed || o.Header().Get("Content-Type") == problemType {
		o.ResponseWriter.WriteHeader(status)
		return
	}
	o.replaced = true
	allow := o.Header().Get("Allow")
	o.api.fail(o.ResponseWriter, o.request, refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: o.request.Method, Want: allow}))
}

// Write drops the mux's text where it was replaced.
func (o *onlyOurs) Write(b []byte) (int, error) {
	if o.replaced {
		return len(b), nil
	}
	return o.ResponseWriter.Write(b)
}
