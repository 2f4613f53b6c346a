package tableau

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// Access decides. Its errors carry a *[refusal.Error].
type Access interface {
	SignIn(ctx context.Context, q access.SignInRequest) (access.SignedIn, error)
	SignOut(ctx context.Context, token, remote string) error
}

// Docket keeps refusals under their reference. It does not block, and answers the reference to give the caller: that of
// the first refusal of its kind, where this one repeats it.
type Docket interface {
	Record(c docket.Case) id.Reference
}

// The doors of this wire, as the refusal book names them.
const (
	doorSignIn     = "sign-in"
	doorSignOut    = "sign-out"
	doorServerInfo = "server-info"
	doorUnknown    = "unknown" // below what we own, but nothing is there
)

// Config is what a Handler needs. All of it must be set, but ErrorCodes and MaxBody.
type Config struct {
	Access         Access
	Docket         Docket
	Clock          clock.Clock
	Log            *slog.Logger
	ErrorCodes     ErrorCodes
	ProductVersion string // as serverInfo names it
	Build          string
	MaxBody        int // of a sign-in, in bytes; 64 KiB where it is zero, and never more (A123)
}

// Handler answers what this wire owns. It may be used by many requests at once.
type Handler struct{ Config }

// New makes a Handler.
func New(c Config) *Handler {
	if c.MaxBody <= 0 || c.MaxBody > maxBody {
		c.MaxBody = maxBody
	}
	return &Handler{c}
}

// Owns says whether a path belongs to this wire: /api/{digits.digits}/auth and below, and serverInfo in either
// spelling. What is owned falls through to nobody, also where nothing is there.
func Owns(p *canon.Path) bool {
	if p.Len() < 3 || p.Segment(0) != "api" || !versioned(p.Segment(1)) {
		return false
	}
	return p.Segment(2) == "auth" || p.Len() == 3 && strings.EqualFold(p.Segment(2), "serverInfo")
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ref := entropy.ID[id.Reference]()
	w.Header().Set(ReferenceHeader, ref.String())
	door, verb, serve, err := h.route(r)
	if err == nil && r.Method != verb {
		err = refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: r.Method, Want: verb})
	}
	if err == nil {
		err = serve(w, r)
	}
	if err != nil {
		h.fail(w, r, ref, door, err)
	}
}

type serveFunc func(http.ResponseWriter, *http.Request) error

// endpoint answers a path, which begins with /api and a version.
type endpoint struct {
	door, verb string
	path       []string // below the version; the case of its first segment is free
	serve      serveFunc
}

func (h *Handler) endpoints() []endpoint {
	return []endpoint{
		{doorServerInfo, http.MethodGet, []string{"serverInfo"}, h.serverInfo},
		{doorSignIn, http.MethodPost, []string{"auth", "signin"}, h.signIn},
		{doorSignOut, http.MethodPost, []string{"auth", "signout"}, h.signOut},
	}
}

// Routes are the patterns of what is answered here.
func (h *Handler) Routes() []string {
	var out []string
	for _, e := range h.endpoints() {
		out = append(out, e.verb+" /api/{version}/"+strings.Join(e.path, "/"))
	}
	return out
}

// route finds what answers a path, and the one verb it takes. One trailing slash makes no difference.
func (h *Handler) route(r *http.Request) (door, verb string, serve serveFunc, err error) {
	p, err := canon.Parse(r.URL.EscapedPath())
	if err != nil {
		return doorUnknown, "", nil, err
	}
	if !Owns(&p) || !supported(p.Segment(1)) {
		return doorUnknown, "", nil, refusal.New(refusal.Finding{Code: refusal.RouteUnknown})
	}
	for _, e := range h.endpoints() {
		if len(e.path) == p.Len()-2 && strings.EqualFold(p.Segment(2), e.path[0]) && (p.Len() == 3 || p.Segment(3) == e.path[1]) {
			return e.door, e.verb, e.serve, nil
		}
	}
	return doorUnknown, "", nil, refusal.New(refusal.Finding{Code: refusal.RouteUnknown})
}

func (h *Handler) signIn(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r, h.MaxBody)
	if err != nil {
		return err
	}
	q, err := parseSignIn(r.Header.Values("Content-Type"), body)
	if err != nil {
		return err
	}
	q.Remote = r.RemoteAddr
	s, err := h.Access.SignIn(r.Context(), q)
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, r, http.StatusOK, element{
		name: "credentials",
		attrs: []attribute{
			{"token", s.Token},
			{"estimatedTimeToExpiration", hours(s.Expires.Sub(h.Clock.Now()))},
		},
		children: []element{
			{name: "site", attrs: []attribute{{"id", s.Tenant.ID.String()}, {"contentUrl", s.Tenant.ContentURL}}},
			{name: "user", attrs: []attribute{{"id", s.User.ID.String()}}},
		},
	})
	return nil
}

// signOut ends the session. The vendor's Python client sends an empty body as text/xml; whatever the body is, it is not
// looked at.
func (h *Handler) signOut(w http.ResponseWriter, r *http.Request) error {
	token, err := Credential(r.Header)
	if err != nil {
		return err
	}
	if err := h.Access.SignOut(r.Context(), token, r.RemoteAddr); err != nil {
		return fmt.Errorf("signing out: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) serverInfo(w http.ResponseWriter, r *http.Request) error {
	write(w, r, http.StatusOK, element{name: "serverInfo", children: []element{
		{name: "productVersion", attrs: []attribute{{"build", h.Build}}, text: h.ProductVersion},
		{name: "restApiVersion", text: latestVersion},
	}})
	return nil
}

// fail is the one place that refuses: it records, logs what is our own fault, and answers.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, ref id.Reference, door string, err error) {
	// A caller that has gone was refused nothing: what it gets is for nobody.
	if gone := errors.Is(err, context.Canceled) && r.Context().Err() != nil; !gone {
		ref = h.record(r, ref, door, err)
		w.Header().Set(ReferenceHeader, ref.String())
	}
	writeError(w, r, ref, err, h.ErrorCodes)
}

func (h *Handler) record(r *http.Request, ref id.Reference, door string, err error) id.Reference {
	ref = h.Docket.Record(access.Describe(docket.Case{Reference: ref, At: h.Clock.Now(), Door: door,
		Method: refusal.Safe(r.Method), Path: refusal.Safe(r.URL.EscapedPath())}, err))
	if refusal.Of(err).First().Definition().Kind.Ours() {
		h.Log.ErrorContext(r.Context(), "could not answer", "door", door, "reference", ref.String(), "err", err)
	}
	return ref
}

// hours writes a duration as hours, minutes and seconds, such as 04:00:00; hours may have more digits.
func hours(d time.Duration) string {
	s := max(0, int64(d/time.Second))
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}
