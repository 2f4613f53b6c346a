package genesys

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/token"
)

// Docket keeps refusals under their reference. It does not block, and answers the reference to give the caller: that of
// the first refusal of its kind, where this one repeats it.
type Docket interface {
	Record(c docket.Case) id.Reference
}

// CatalogName is the catalog that describes the methods of this package.
const CatalogName = "contactcenter"

// Config is what a Handler needs. All of it must be set.
type Config struct {
	Access   *access.Access
	Govern   *govern.Decisions
	Registry *registry.Registry
	Catalogs *registry.Catalogs // with one named [CatalogName]
	Store    store.Store
	Docket   Docket
	Clock    clock.Clock
	Log      *slog.Logger
}

// Handler answers the methods of the catalog that Prokura answers itself. It may be used by many requests at once.
type Handler struct {
	Config
	catalog   *catalog.Catalog
	endpoints map[string]endpoint
}

// New makes a Handler.
func New(c Config) (*Handler, error) {
	if c.Access == nil || c.Registry == nil || c.Catalogs == nil || c.Store == nil || c.Docket == nil || c.Clock == nil || c.Log == nil {
		return nil, errors.New("building Genesys' endpoints: access, registry, catalogs, store, docket, clock and log are all needed")
	}
	h := &Handler{Config: c, endpoints: methods()}
	var ok bool
	if h.catalog, ok = c.Catalogs.Named(CatalogName); !ok {
		return nil, errors.New("building Genesys' endpoints: there is no catalog " + CatalogName)
	}
	for _, m := range h.catalog.Methods() {
		if _, ok := h.endpoints[m.ID]; m.AnsweredBy == catalog.ByProkura && !ok {
			return nil, errors.New("building Genesys' endpoints: nobody answers " + m.ID)
		}
	}
	return h, nil
}

// Owns says whether a path belongs to this package: /api/v2/oauth and /api/v2/tokens. What is owned falls through to nobody,
// also where nothing is there.
func Owns(p *canon.Path) bool {
	return p.Len() > 2 && p.Segment(0) == "api" && p.Segment(1) == "v2" && (p.Segment(2) == "oauth" || p.Segment(2) == "tokens")
}

// Routes are the patterns of the methods that are answered here, in the words of [http.ServeMux].
func (h *Handler) Routes() []string {
	var out []string
	for _, m := range h.catalog.Methods() {
		if m.AnsweredBy == catalog.ByProkura {
			out = append(out, m.Verb+" "+m.Path)
		}
	}
	return out
}

// endpoint answers a method, and names the parameters that its query may have.
type endpoint struct {
	answer func(*exchange) error
	query  []string
}

// methods are the endpoints by the ids of their methods in the catalog.
func methods() map[string]endpoint {
	return map[string]endpoint{
		"list_oauth_clients":           {(*exchange).listClients, paging},
		"create_oauth_client":          {(*exchange).createClient, nil},
		"get_oauth_client":             {(*exchange).getClient, nil},
		"update_oauth_client":          {(*exchange).updateClient, nil},
		"delete_oauth_client":          {(*exchange).deleteClient, nil},
		"create_oauth_client_secret":   {(*exchange).newSecret, nil},
		"query_oauth_client_usage":     {(*exchange).queryUsage, nil},
		"get_oauth_client_usage":       {(*exchange).usageResult, nil},
		"summarize_oauth_client_usage": {(*exchange).summarizeUsage, []string{"days"}},
		"list_oauth_authorizations":    {(*exchange).listAuthorizations, paging},
		"get_oauth_authorization":      {(*exchange).getAuthorization, nil},
		"put_oauth_authorization":      {(*exchange).putAuthorization, nil},
		"delete_oauth_authorization":   {(*exchange).deleteAuthorization, []string{"reason"}},
		"list_oauth_scopes":            {(*exchange).listScopes, nil},
		"get_oauth_scope":              {(*exchange).getScope, nil},
		"get_token":                    {(*exchange).getToken, nil},
		"check_token":                  {(*exchange).getToken, nil},
		"delete_token":                 {(*exchange).deleteToken, nil},
		"delete_tokens_of_user":        {(*exchange).deleteTokensOfUser, nil},
	}
}

// exchange is one request, and who sent it.
type exchange struct {
	*Handler
	w          http.ResponseWriter
	r          *http.Request
	ref        id.Reference
	path       canon.Path
	match      catalog.Match
	query      map[string]string
	credential string
	caller     *access.Caller
	token      *token.Access
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Handler: h, w: w, r: r, ref: entropy.ID[id.Reference]()}
	w.Header().Set(ReferenceHeader, x.ref.String())
	err := x.admit()
	if err == nil {
		err = x.endpoints[x.match.Method.ID].answer(x)
	}
	if err != nil {
		x.refuse(err)
	}
}

// admit finds the method and asks whether the call may pass. The order of the checks is part of the API.
func (x *exchange) admit() error {
	var err error
	if x.path, err = canon.Parse(x.r.URL.EscapedPath()); err != nil {
		return err
	}
	var outcome catalog.Outcome
	switch x.match, outcome = x.catalog.Match(x.r.Method, &x.path); {
	case outcome == catalog.WrongVerb:
		return refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: refusal.Safe(x.r.Method), Want: strings.Join(x.match.Allowed(), ", ")})
	case outcome == catalog.NoPath || x.match.Method.AnsweredBy != catalog.ByProkura:
		return refusal.New(refusal.Finding{Code: refusal.RouteUnknown})
	}
	m := x.match.Method
	c, err := Wire{}.Credential(x.r.Header)
	if err != nil {
		return err
	}
	pass, err := x.Access.Call(x.r.Context(), &access.CallRequest{Credential: c.Token, Bearer: true, Catalog: x.catalog, Method: m, Remote: x.r.RemoteAddr})
	if err != nil {
		return err
	}
	x.credential, x.caller, x.token = c.Token, pass.Caller, pass.Caller.Token()
	if err := x.decided(m); err != nil {
		return err
	}
	x.query, err = readQuery(x.r.URL.RawQuery, x.endpoints[m.ID].query)
	return err
}

// decided refuses what nobody decided: a permission where there is no user who could hold one, since whoever acts here must be
// somebody; and a scope that comes with every installation of an app, whatever methods this catalog has for its name.
func (x *exchange) decided(m *catalog.Method) error {
	if m.Permission != "" && x.token.User.IsZero() {
		return refusal.New(refusal.Finding{Code: refusal.UserLacksCallPermission, Got: m.ID, Want: m.Permission})
	}
	if !x.token.Secret.IsZero() {
		return nil // of a connected app, to which nothing comes by itself
	}
	app, err := x.Registry.Client(x.r.Context(), x.token.Client)
	if errors.Is(err, store.ErrNotFound) {
		return refusal.New(refusal.Finding{Code: refusal.CredentialRevoked}) // it went since the token was judged
	}
	if err != nil {
		return refusal.Because(refusal.StorageUnavailable, err)
	}
	implied := x.Catalogs.Implied(&app.Registration)
	if implied.Len() == 0 || m.NeedNames() == "" {
		return nil
	}
	bits := x.catalog.Bits(x.Access.AssuredScopes(x.caller).Minus(implied))
	if !m.Covered(&bits) {
		return refusal.New(refusal.Finding{Code: refusal.ScopeNotGranted, Case: refusal.ForApp, Got: m.ID, Want: m.NeedNames()})
	}
	return nil
}

// refuse answers a refusal and keeps it. A caller that has gone was refused nothing: what it gets is for nobody.
func (x *exchange) refuse(err error) {
	if !errors.Is(err, context.Canceled) || x.r.Context().Err() == nil {
		x.record(err)
	}
	refuse(x.w, x.r, x.ref, refusal.Of(err).Findings, x.told(err))
}

func (x *exchange) record(err error) {
	c := docket.Case{Reference: x.ref, At: x.Clock.Now(), Door: "genesys", Method: refusal.Safe(x.r.Method), Path: refusal.Safe(x.r.URL.EscapedPath())}
	if x.match.Method != nil {
		c.Method = x.match.Method.ID
	}
	if x.token != nil {
		c.Tenant, c.Client, c.User, c.Proven = x.token.Tenant, x.token.Client, x.token.User, true
	}
	described := access.Describe(c, err)
	if !described.Proven && c.Proven { // a use that knew nobody: the caller is known here
		described.Tenant, described.Client, described.User, described.Proven = c.Tenant, c.Client, c.User, true
	}
	x.ref = x.Docket.Record(described)
	if refusal.Of(err).First().Definition().Kind.Ours() {
		x.Log.ErrorContext(x.r.Context(), "could not answer", "door", "genesys", "reference", x.ref.String(), "err", err)
	}
}

// told are details for a caller that is known: what is wrong with the request, at which field.
func (x *exchange) told(err error) []errorDetail {
	if x.token == nil {
		return nil
	}
	details := []errorDetail{}
	for _, f := range refusal.Of(err).Findings {
		a, _ := answerTo(f)
		if a.status == http.StatusBadRequest || a.status == http.StatusConflict || a.status == http.StatusForbidden && f.Field != "" {
			details = append(details, errorDetail{ErrorCode: string(f.Code), FieldName: fieldOf(f), Message: f.Message().EN})
		}
	}
	return details
}

// by is who acts, for the audit book: the user of the token.
func (x *exchange) by() govern.By {
	return govern.By{User: x.token.User, Actor: audit.Actor{Kind: "user", ID: x.token.User.String(), Name: x.token.Name}}
}

// reach is the apps of the tenant, and what the user may do there.
func (x *exchange) reach() (registry.Reach, error) {
	rights, err := x.Access.RightsOf(x.r.Context(), x.token.Tenant, x.token.User)
	return registry.OwnedBy(x.token.Tenant).Holding(rights.Hold), err
}

// named reads an identifier of the path. What is none is not found, like one that nobody has.
func named[T interface{ From([16]byte) T }](x *exchange, parameter, kind string) (T, error) {
	text := x.match.Param(parameter)
	v, err := id.Parse[T](text)
	if err != nil {
		return v, refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: kind, Got: text})
	}
	return v, nil
}

// ok answers what was asked for.
func (x *exchange) ok(body any) error {
	write(x.w, x.r, http.StatusOK, x.ref, body)
	return nil
}

// done answers that there is nothing more to say.
func (x *exchange) done() error {
	x.w.Header().Set("Cache-Control", "no-store")
	x.w.WriteHeader(http.StatusNoContent)
	return nil
}

// readQuery reads a query in which each of the parameters named may stand once, and no other. One that is misspelt must not be
// passed over.
func readQuery(raw string, known []string) (map[string]string, error) {
	out := map[string]string{}
	if raw == "" {
		return out, nil
	}
	for pair := range strings.SplitSeq(raw, "&") {
		name, escaped, _ := strings.Cut(pair, "=")
		value, err := unescape(escaped)
		switch _, twice := out[name]; {
		case !slices.Contains(known, name):
			return nil, refusal.New(refusal.Finding{Code: refusal.FieldUnknown, Got: name, Want: or(strings.Join(known, ", "), "—"), Field: name})
		case twice:
			return nil, refusal.New(refusal.Finding{Code: refusal.FieldTwice, Got: name, Field: name})
		case err != nil:
			return nil, refusal.Because(refusal.QueryUnreadable, err)
		}
		out[name] = value
	}
	return out, nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
