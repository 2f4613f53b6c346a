// Package console is the pages for people: signing in and out, links that were sent, my apps, users, the registration of
// apps, the install-URL clinic.
//
// A handler reads a form, asks a service, and renders a page. Nothing is decided here: who may do what is answered by the
// directory, at every request anew. A form is acted on only after [page.Renderer.Guard] accepted it; a GET changes nothing.
// What cannot be undone is asked back on a page of its own, which names the consequence in figures.
package console

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/ledger"
	"prokura/internal/page"
	"prokura/internal/registry"
	"prokura/internal/reserved"
	"prokura/internal/store"
)

// Config is what the console needs. All of it must be set.
type Config struct {
	Store     store.Store
	Directory *directory.Directory
	Registry  *registry.Registry
	Catalogs  *registry.Catalogs
	Access    *access.Access
	Govern    *govern.Decisions
	Docket    *docket.Docket
	Ledger    *ledger.Ledger
	Page      *page.Renderer
	Clock     clock.Clock
	Log       *slog.Logger
	// Routed are the names of the catalogs whose API a route leads to. Forms offer what stands in them; where there is none, since
	// the API asks for tokens by introspection, what stands in any.
	Routed []string
	Issuer string // links to us begin with it, never with the host that a request names (A187)
}

// Console answers what [Owns] names.
type Console struct {
	Config
	mux      *http.ServeMux
	patterns []string
}

// New makes a Console.
func New(c Config) (*Console, error) {
	if c.Store == nil || c.Directory == nil || c.Registry == nil || c.Catalogs == nil || c.Access == nil || c.Docket == nil ||
		c.Ledger == nil || c.Page == nil || c.Clock == nil || c.Log == nil {
		return nil, errors.New("building the console: something that it needs is missing")
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
		return nil, errors.New("building the console: the issuer is not a URL of scheme and host alone")
	}
	h := &Console{Config: c, mux: http.NewServeMux()}
	h.routes()
	return h, nil
}

// segments are the first segments of the console's paths.
var segments = [...]string{"account", "assets", "console", "invite", "login", "logout", "password", "set-up"}

// Owns says whether a path belongs to the console. The root leads to it.
func Owns(p *canon.Path) bool {
	if p.Len() == 0 {
		return true
	}
	for _, s := range segments {
		if p.Segment(0) == s {
			return true
		}
	}
	return false
}

// ReferenceHeader names the answer, as in every answer of ours; what is our own fault is logged under it.
const ReferenceHeader = reserved.ReferenceHeader

// ServeHTTP answers a request whose path [Owns] accepted.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(ReferenceHeader, entropy.ID[id.Reference]().String())
	switch {
	case strings.HasPrefix(r.URL.Path, page.LogoPrefix):
		c.logo(w, r)
	case page.Owns(r.URL.Path):
		c.Page.Assets(w, r)
	default:
		c.Page.Guard(c.mux).ServeHTTP(w, r)
	}
}

// Routes are the patterns of what the console answers, in the words of [http.ServeMux].
func (c *Console) Routes() []string {
	return append([]string{page.LogoPrefix + "{sum}"}, c.patterns...)
}

func (c *Console) routes() {
	on := func(pattern string, h http.HandlerFunc) {
		c.mux.HandleFunc(pattern, h)
		c.patterns = append(c.patterns, pattern)
	}
	c.mux.HandleFunc("/", c.notFound)
	on("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/console", http.StatusSeeOther) })

	on("GET /login", c.showLogin)
	on("POST /login", c.logIn)
	on("GET /logout", c.showLogOut)
	on("POST /logout", c.logOut)
	on("GET /account/tenant", c.person(c.showTenants))
	on("POST /account/tenant", c.person(c.chooseTenant))
	on("GET /account", c.person(c.showAccount))
	on("POST /account/password", c.person(c.changePassword))
	on("POST /account/everywhere", c.person(c.logOutEverywhere))

	on("GET /set-up", c.showSetUp)
	on("POST /set-up", c.setUp)
	on("GET /invite", c.showInvite)
	on("POST /invite", c.acceptInvite)
	on("GET /password", c.showPassword)
	on("POST /password", c.setPassword)

	on("GET /console", c.user(c.overview))
	on("GET /console/apps", c.user(c.listApps))
	on("GET /console/apps/{client}", c.user(c.showApp))
	on("POST /console/apps/{client}/withdraw", c.user(c.withdraw))
	on("POST /console/apps/{client}/ask", c.user(c.askForApp))
	on("POST /console/apps/{client}/take-back", c.user(c.takeBack))
	on("GET /console/history", c.user(c.history))

	on("GET /console/users", c.administrator(c.listUsers))
	on("GET /console/users/new", c.administrator(c.newUser))
	on("POST /console/users/new", c.administrator(c.inviteUser))
	on("GET /console/users/{user}", c.administrator(c.showUser))
	on("POST /console/users/{user}", c.administrator(c.updateUser))
	on("POST /console/users/{user}/switch", c.administrator(c.switchUser))
	on("POST /console/users/{user}/invite", c.administrator(c.inviteAgain))
	on("POST /console/users/{user}/password", c.administrator(c.linkPassword))

	on("GET /console/clinic", c.user(c.showClinic))
	on("POST /console/clinic", c.user(c.examine))
	on("GET /console/refusals", c.administrator(c.listRefusals))
	on("GET /console/refusals/{reference}", c.user(c.showRefusal))

	const authorizations = " " + authorizationsPath
	on("GET"+authorizations, c.decider(c.listAuthorizations))
	on("GET "+requestsPath, c.reviewer(c.listRequests))
	on("POST "+requestsPath+"/{client}/deny", c.decider(c.denyRequests))
	on("GET "+governancePath, c.decider(c.showGovernance))
	on("POST "+governancePath, c.decider(c.saveGovernance))
	on("GET "+governancePath+"/impact", c.decider(c.showImpact))
	on("POST "+governancePath+"/impact", c.decider(c.authorizeImpact))
	on("GET"+authorizations+"/new", c.decider(c.showClientID))
	on("POST"+authorizations+"/new", c.decider(c.findClient))
	on("GET"+authorizations+"/{client}", c.decider(c.showAuthorization))
	on("GET"+authorizations+"/{client}/decide", c.decider(c.showDecision))
	on("POST"+authorizations+"/{client}/decide", c.decider(c.decide))
	on("POST"+authorizations+"/{client}/revoke", c.decider(c.revokeAuthorization))
	on("POST"+authorizations+"/{client}/roles/revoke", c.decider(c.revokeRole))
	on("POST"+authorizations+"/{client}/users/{user}/revoke", c.decider(c.revokeUser))
	on("POST"+authorizations+"/{client}/users/{user}/readmit", c.decider(c.readmitUser))
	on("POST"+authorizations+"/{client}/shrink", c.decider(c.shrink))
	on("POST"+authorizations+"/{client}/unshrink", c.decider(c.unshrink))
	on("GET /console/oauth-clients", c.decider(c.listOAuthClients))

	audits := func(h handler) http.HandlerFunc { return c.may(directory.MayAudit, h) }
	on("GET "+auditPath, audits(c.listAudit))
	on("GET "+auditPath+"/{entry}", audits(c.showAuditEntry))
	for _, f := range []ledger.Format{ledger.CSV, ledger.JSONL} {
		on("GET "+auditPath+"/export."+string(f), audits(c.exportAudit(f)))
	}

	const registrations = " /console/registrations"
	manage := func(h handler) http.HandlerFunc { return c.may(directory.MayManage, h) }
	on("GET"+registrations, manage(c.listRegistrations))
	on("GET"+registrations+"/new", manage(c.newRegistration))
	on("POST"+registrations+"/new", manage(c.createRegistration))
	on("GET"+registrations+"/{client}", manage(c.showRegistration))
	on("GET"+registrations+"/{client}/edit", manage(c.editRegistration))
	on("POST"+registrations+"/{client}/edit", manage(c.updateRegistration))
	on("GET"+registrations+"/{client}/versions", manage(c.listVersions))
	on("GET"+registrations+"/{client}/logo", manage(c.showLogo))
	on("POST"+registrations+"/{client}/logo", manage(c.uploadLogo))
	on("POST"+registrations+"/{client}/secrets", manage(c.createSecret))
	on("POST"+registrations+"/{client}/secrets/{secret}/delete", manage(c.deleteSecret))
	on("POST"+registrations+"/{client}/switch", manage(c.switchRegistration))
	on("POST"+registrations+"/{client}/delete", manage(c.deleteRegistration))
}
