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
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/ledger"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/reserved"
	"prokura/internal/store"
)

// Config is what the API needs.
type Config struct {
	Directory *directory.Directory
	Registry  *registry.Registry
	Access    *access.Access
	Govern    *govern.Decisions
	Catalogs  *registry.Catalogs
	Keys      *keyring.Keyring
	Store     store.Store
	Docket    *docket.Docket // the book of refusals
	Ledger    *ledger.Ledger // and that of acts
	Clock     clock.Clock
	Log       *slog.Logger
	// Operator is the hash of the operator's token.
	Operator [32]byte
	// Issuer is where install URLs lead; empty: they are written relative.
	Issuer string
}

// API is the handler. It answers every path below /v1/.
type API struct {
	c      Config
	mux    *http.ServeMux
	routes []route
}

// route is a pattern of the mux and the query parameters that its handler takes.
type route struct {
	pattern    string
	parameters []string
}

// New makes the handler.
func New(c Config) *API {
	a := &API{c: c, mux: http.NewServeMux()}
	a.tenantRoutes()
	a.userRoutes()
	a.linkRoutes()
	a.roleRoutes()
	a.entitlementRoutes()
	a.grantRoutes()
	a.authorizationRoutes()
	a.requestRoutes()
	a.governanceRoutes()
	a.groupRoutes()
	a.connectedAppRoutes()
	a.secretRoutes()
	a.explainRoutes()
	a.bookRoutes()
	a.auditRoutes()
	a.keyRoutes()
	a.documentRoutes()
	a.clientRoutes()
	return a
}

// Routes are the patterns of what the API answers, in the words of [http.ServeMux].
func (a *API) Routes() []string {
	var out []string
	for _, r := range a.routes {
		out = append(out, r.pattern)
	}
	return out
}

// ServeHTTP checks the operator's token before anything else, but for what is open to everybody.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ref := entropy.ID[id.Reference]()
	r = r.WithContext(context.WithValue(r.Context(), referenceKey{}, ref))
	w.Header().Set(reserved.ReferenceHeader, ref.String())
	w.Header().Set("Cache-Control", "no-store")
	if !open(r) {
		if err := a.authenticate(r); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.fail(w, r, a.unrouted(w, r))
		return
	}
	a.mux.ServeHTTP(w, r)
}

// unrouted says why no handler has the request: nothing answers at the address, or not to this verb (RFC 9110 §15.5.6).
func (a *API) unrouted(w http.ResponseWriter, r *http.Request) error {
	var allow []string
	for _, verb := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := &http.Request{Method: verb, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(probe); pattern != "" {
			allow = append(allow, verb)
		}
	}
	if len(allow) == 0 {
		return refusal.New(refusal.Finding{Code: refusal.RouteUnknown})
	}
	list := strings.Join(allow, ", ")
	w.Header().Set("Allow", list)
	return refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: r.Method, Want: list})
}

// authenticate accepts exactly one operator token.
func (a *API) authenticate(r *http.Request) error {
	sent := r.Header.Values("Authorization")
	if len(sent) == 0 {
		return refusal.New(refusal.Finding{Code: refusal.OperatorTokenMissing})
	}
	scheme, value, _ := strings.Cut(sent[0], " ")
	if len(sent) > 1 || len(r.Header.Values("X-Tableau-Auth")) > 0 {
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
