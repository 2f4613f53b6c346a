package oauth

import (
	"mime"
	"net/http"
	"net/url"

	"prokura/internal/body"
	"prokura/internal/entropy"
	"prokura/internal/form"
	"prokura/internal/page"
	"prokura/internal/refusal"
)

// maxPosted bounds an authorization request that is sent in a body: it becomes a query, which must fit into a header.
const maxPosted = 24 << 10

// authorize begins a request. The account is named in the path, by content URL or ID; empty: it is not.
func (p *Pages) authorize(w http.ResponseWriter, r *http.Request, account string) {
	s := &step{p: p, w: w, r: r}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		s.req = pending{ID: [16]byte(entropy.Bytes(16)), Query: r.URL.RawQuery, Account: account, Began: p.Clock.Now().Unix()}
		s.fresh = true
		s.proceed()
	case http.MethodPost:
		if err := s.posted(); err != nil {
			s.fail(err)
		}
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		p.Page.Problem(w, r, http.StatusMethodNotAllowed, "method")
	}
}

// posted takes a request in a body (OpenID Connect Core §3.1.2.1) and turns it into one in a query: a form of another site
// comes without our cookies, the redirect that answers it brings them. The body is the one place then (A023).
func (s *step) posted() error {
	if media, _, err := mime.ParseMediaType(s.r.Header.Get("Content-Type")); err != nil || media != form.Media {
		return refusal.New(refusal.Finding{Code: refusal.MediaTypeUnsupported, Got: s.r.Header.Get("Content-Type"), Want: form.Media})
	}
	posted, err := body.Read(s.w, s.r, maxPosted, refusal.FormUnreadable)
	if err != nil {
		return err
	}
	sent, why := form.Parse(string(posted))
	beside, whyBeside := form.Parse(s.r.URL.RawQuery)
	switch {
	case why != nil && why.Flaw == refusal.HasTwice:
		return refusal.New(refusal.Finding{Code: refusal.ParameterTwice, Got: why.Got})
	case why != nil:
		return refusal.New(refusal.Finding{Code: refusal.FormUnreadable, Why: *why})
	case whyBeside != nil:
		whyBeside.In = "query"
		return refusal.New(refusal.Finding{Code: refusal.QueryUnreadable, Why: *whyBeside})
	}
	for _, name := range beside.Names() {
		if sent.Has(name) {
			return refusal.New(refusal.Finding{Code: refusal.ParameterTwice, Got: name})
		}
	}
	s.w.Header().Set("Cache-Control", "no-store")
	// The path is the one that this handler owns, so that it cannot lead elsewhere.
	http.Redirect(s.w, s.r, (&url.URL{Path: s.r.URL.Path, RawQuery: sent.Encode()}).String(), http.StatusSeeOther)
	return nil
}

// resume goes on with a request after a login, or when another account is to be chosen.
func (p *Pages) resume(w http.ResponseWriter, r *http.Request) {
	s := &step{p: p, w: w, r: r}
	if err := s.open(); err != nil {
		s.fail(err)
		return
	}
	s.choosing = r.PostForm.Get("choose") == "1"
	s.proceed()
}

// open reads the request that a form carries.
func (s *step) open() error {
	if err := s.p.sealed.open(sealedPending, s.r.PostForm.Get("pending"), &s.req, s.browser()); err != nil {
		return err
	}
	if !s.p.Clock.Now().Before(s.req.until()) {
		return refusal.New(refusal.Finding{Code: refusal.RequestExpired})
	}
	return nil
}

// seal is the request as a form carries it.
func (s *step) seal() (string, error) { return s.p.sealed.seal(sealedPending, &s.req, s.browser()) }

func (s *step) browser() string { return s.p.Page.Browser(s.w, s.r) }

// logIn shows the login, which brings the request back.
func (s *step) logIn() {
	sealed, err := s.seal()
	if err != nil {
		s.fail(err)
		return
	}
	s.p.Page.Render(s.w, s.r, http.StatusOK, "login", page.View{Title: page.Text(s.r, "login.title"), Form: "login",
		Data: page.LoginForm{Pending: sealed, For: s.j.Client.Registration.Name}})
}

// choose shows the person's accounts; where there is no other, somebody else may log in. Whoever goes on is asked again, so
// that the request is bound to nobody until then.
func (s *step) choose() {
	s.req.Asked = true
	s.req.In = s.req.In.From([16]byte{})
	s.req.Person = s.req.Person.From([16]byte{})
	if s.choosing && (len(s.v.Tenants) < 2 || s.req.Account != "") {
		s.logIn()
		return
	}
	sealed, err := s.seal()
	if err != nil {
		s.fail(err)
		return
	}
	data := page.TenantChoice{Pending: sealed, For: s.j.Client.Registration.Name}
	for _, t := range s.v.Tenants {
		data.Tenants = append(data.Tenants, page.TenantRow{ID: t.ID.String(), Name: t.Name, ContentURL: t.ContentURL, Current: t.ID == s.tenant.ID})
	}
	s.p.Page.Render(s.w, s.r, http.StatusOK, "tenants", page.View{Title: page.Text(s.r, "tenants.title"), Form: "tenants", Data: data,
		Who: &page.Who{Person: s.name()}})
}
