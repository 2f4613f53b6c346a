package hubspot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// Docket keeps refusals under their reference. It does not block, and answers the reference to give the caller: that of
// the first refusal of its kind, where this one repeats it.
type Docket interface {
	Record(c docket.Case) id.Reference
}

// Config is what a Handler needs. All of it must be set, but MaxBody.
type Config struct {
	Access  *access.Access
	Docket  Docket
	Clock   clock.Clock
	Log     *slog.Logger
	Errors  string // as [Wire] has it
	MaxBody int    // of a request, in bytes; 64 KiB where it is zero, and never more
}

// Handler answers the token endpoints of this wire. It may be used by many requests at once.
type Handler struct {
	Config
	endpoints []endpoint
}

// New makes a Handler.
func New(c Config) (*Handler, error) {
	if c.Access == nil || c.Docket == nil || c.Clock == nil || c.Log == nil || c.Errors == "" {
		return nil, errors.New("building HubSpot's token endpoints: access, docket, clock, log and the address of the errors are all needed")
	}
	return &Handler{c, endpoints()}, nil
}

// Owns says whether a path belongs to this package: /oauth/v1, /oauth/2026-03 and the like, and /appinstalls. What is
// owned falls through to nobody, also where nothing is there.
func Owns(p *canon.Path) bool {
	switch {
	case p.Len() == 0:
		return false
	case p.Segment(0) == "appinstalls":
		return true
	}
	return p.Segment(0) == "oauth" && p.Len() > 1 && (p.Segment(1) == "v1" || isMonth(p.Segment(1)))
}

// isMonth says whether a segment has the form of a dated version.
func isMonth(s string) bool {
	if len(s) != 7 || s[4] != '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; i != 4 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// dated says whether there is such a dated version.
func dated(s string) bool { return s == "2026-03" || s == "2026-09" }

// exchange is one request.
type exchange struct {
	*Handler
	w    http.ResponseWriter
	r    *http.Request
	ref  id.Reference
	door string // as the refusal book names it
	path string // as the refusal book keeps it: never with a token in it (A061)
}

// endpoint is what answers a path, by verb. Of the segments of its path {dated} stands for a version that there is, and {token}
// for any.
type endpoint struct {
	door, path string
	verbs      byVerb
	fail       func(*exchange, error) // in its words
}

// The segments that stand for others.
const (
	datedSegment = "{dated}"
	tokenSegment = "{token}"
)

// endpoints are all of them.
func endpoints() []endpoint {
	token, info := (*exchange).refuseToken, (*exchange).refuseInfo
	uninstall := byVerb{http.MethodDelete: (*exchange).uninstall}
	issue := byVerb{http.MethodPost: (*exchange).token}
	return []endpoint{
		{"token", "/oauth/v1/token", issue, token},
		{"token", "/oauth/{dated}/token", issue, token},
		{"token_info", "/oauth/v1/access-tokens/{token}", byVerb{http.MethodGet: (*exchange).accessToken}, info},
		{"token_info", "/oauth/v1/refresh-tokens/{token}",
			byVerb{http.MethodGet: (*exchange).refreshToken, http.MethodDelete: (*exchange).giveUp}, info},
		{"introspect", "/oauth/{dated}/token/introspect", byVerb{http.MethodPost: (*exchange).introspect}, token},
		{"revoke", "/oauth/{dated}/token/revoke", byVerb{http.MethodPost: (*exchange).revoke}, token},
		{"uninstall", "/appinstalls/v3/external-install", uninstall, (*exchange).refuse},
		{"uninstall", "/appinstalls/{dated}/external-install", uninstall, (*exchange).refuse},
	}
}

// Routes are the patterns of what is answered here, one for each verb. {dated} stands for a version.
func (h *Handler) Routes() []string {
	var out []string
	for _, e := range h.endpoints {
		for verb := range e.verbs {
			out = append(out, verb+" "+e.path)
		}
	}
	slices.Sort(out)
	return out
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Handler: h, w: w, r: r, ref: entropy.ID[id.Reference]()}
	w.Header().Set(ReferenceHeader, x.ref.String())
	e, ok := h.find(r)
	x.door, x.path = e.door, e.path
	if !ok {
		x.door, x.path = "unknown", "/oauth"
		x.refuse(refusal.New(refusal.Finding{Code: refusal.RouteUnknown}))
		return
	}
	answer, ok := e.verbs[r.Method]
	if !ok {
		want := "GET, DELETE"
		switch {
		case len(e.verbs) == 2:
		case e.verbs[http.MethodPost] != nil:
			want = http.MethodPost
		case e.verbs[http.MethodGet] != nil:
			want = http.MethodGet
		default:
			want = http.MethodDelete
		}
		x.refuse(refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: refusal.Safe(r.Method), Want: want}))
		return
	}
	if err := answer(x); err != nil {
		e.fail(x, err)
	}
}

type byVerb = map[string]func(*exchange) error

// find is the endpoint of a path. Its own path is that of the request then, without a token in it (A061).
func (h *Handler) find(r *http.Request) (endpoint, bool) {
	p, err := canon.Parse(r.URL.EscapedPath())
	if err != nil || p.TrailingSlash() {
		return endpoint{}, false
	}
next:
	for _, e := range h.endpoints {
		i, kept := 0, ""
		for want := range strings.SplitSeq(e.path[1:], "/") {
			if i == p.Len() {
				continue next
			}
			got := p.Segment(i)
			switch {
			case want == tokenSegment:
			case want == got, want == datedSegment && dated(got):
				kept += "/" + got
			default:
				continue next
			}
			i++
		}
		if i == p.Len() {
			e.path = kept
			return e, true
		}
	}
	return endpoint{}, false
}

// record notes a refusal. A caller that has gone was refused nothing: what it gets is for nobody.
func (x *exchange) record(err error) {
	if errors.Is(err, context.Canceled) && x.r.Context().Err() != nil {
		return
	}
	x.ref = x.Docket.Record(access.Describe(docket.Case{Reference: x.ref, At: x.Clock.Now(), Door: x.door,
		Method: refusal.Safe(x.r.Method), Path: x.path}, err))
	if refusal.Of(err).First().Definition().Kind.Ours() {
		x.Log.ErrorContext(x.r.Context(), "could not answer", "door", x.door, "reference", x.ref.String(), "err", err)
	}
}

// refuse answers in the form of the API's errors.
func (x *exchange) refuse(err error) {
	x.record(err)
	Wire{Errors: x.Errors}.WriteRefusal(x.w, x.r, x.ref, err)
}

// refuseInfo answers who asks about a token that is none, or none any more: there is no such object. Everything else is
// answered as anywhere.
func (x *exchange) refuseInfo(err error) {
	switch refusal.Of(err).First().Code {
	case refusal.CredentialInvalid, refusal.CredentialExpired, refusal.CredentialRevoked, refusal.RefreshTokenUnknown:
		x.record(err)
		write(x.w, x.r, http.StatusNotFound, x.ref, errorBody{Status: "error", Message: "There is no such token, or it has ended.",
			CorrelationID: x.ref.String(), Category: objectNotFound})
		return
	}
	x.refuse(err)
}

// ok answers what was asked for.
func (x *exchange) ok(body any) error {
	write(x.w, x.r, http.StatusOK, x.ref, body)
	return nil
}

// done answers that there is nothing more to say.
func (x *exchange) done(status int) error {
	x.w.Header().Set("Cache-Control", "no-store")
	x.w.WriteHeader(status)
	return nil
}
