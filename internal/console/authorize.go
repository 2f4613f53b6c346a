package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// showClientID is the dialog that asks which client is to be authorized.
func (c *Console) showClientID(w http.ResponseWriter, r *http.Request, v *visit) {
	c.clientIDPage(w, r, v, http.StatusOK, clipped(r.URL.Query().Get("client_id")), nil)
}

func (c *Console) clientIDPage(w http.ResponseWriter, r *http.Request, v *visit, status int, typed string, errs []page.FieldError) {
	c.show(w, r, v, status, "authorize_client", page.View{Title: v.t("auth.authorize"), Data: typed, Errors: errs, Form: "authorize",
		Crumbs: v.authorizationCrumbs()})
}

// findClient leads from a client ID to the decision on it. One that nobody of the tenant may see is as unknown as one that does
// not exist (A044).
func (c *Console) findClient(w http.ResponseWriter, r *http.Request, v *visit) {
	typed := strings.TrimSpace(r.PostForm.Get("client_id"))
	if page.Switched(r) {
		c.clientIDPage(w, r, v, http.StatusOK, typed, nil)
		return
	}
	wrong := func(key string) {
		c.clientIDPage(w, r, v, http.StatusUnprocessableEntity, typed, []page.FieldError{{Field: "client_id", Label: v.t("auth.client_id"), Message: v.t(key)}})
	}
	if typed == "" {
		wrong("form.missing")
		return
	}
	s, err := c.Govern.FindClient(r.Context(), v.Tenant.ID, typed)
	switch {
	case err != nil && refusal.Of(err).First().Code == refusal.ClientUnknown:
		if _, err := id.Parse[id.Client](strings.ToLower(typed)); err != nil {
			wrong("auth.client_id_form")
		} else {
			wrong("auth.client_unknown")
		}
	case err != nil:
		c.fail(w, r, err)
	case s.App.Kind == govern.ConnectedAppKind:
		http.Redirect(w, r, authorizationPath(s.App.ID), http.StatusSeeOther)
	default:
		http.Redirect(w, r, authorizationPath(s.App.ID)+"/decide", http.StatusSeeOther)
	}
}

// deciding is the data of the pages "authorize" and "authorize_review".
type deciding struct {
	decision
	Since  time.Time // when the app was registered
	Terms  page.Terms
	Asking []asking // whose requests the decision answers
	Fresh  bool     // nothing holds that could be changed: it is another authorization
	// Now are the differences between what holds now and what was typed, where somebody else decided meanwhile.
	Now  []changeRow
	Cost page.Cost // of the review
	// Summary of the review.
	Holds   holding
	Changes []changeRow
	Hidden  []page.Hidden
}

// holding is what will hold, in words.
type holding struct {
	Scopes, Who   []string
	Until, Reason string
	Itself        bool
}

// asking is one request that waits.
type asking struct {
	Who, Reason string
	At          time.Time
}

func (c *Console) showDecision(w http.ResponseWriter, r *http.Request, v *visit) {
	if s, ok := c.decidable(w, r, v); ok {
		c.decisionPage(w, r, v, http.StatusOK, s, nil, deciding{}, nil)
	}
}

// decidable finds an app that the form is for. A connected app has none: its scopes are assigned to it where it is made.
func (c *Console) decidable(w http.ResponseWriter, r *http.Request, v *visit) (govern.Seen, bool) {
	s, ok := c.seen(w, r, v)
	if ok && s.App.Kind == govern.ConnectedAppKind {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return s, false
	}
	return s, ok
}

// decisionPage shows the form: as it was typed, or, where nothing was, as it stands.
func (c *Console) decisionPage(w http.ResponseWriter, r *http.Request, v *visit, status int, s govern.Seen, typed url.Values, data deciding, errs []page.FieldError) {
	if err := c.decisionData(r, v, &data, s, typed); err != nil {
		c.fail(w, r, err)
		return
	}
	title := v.t("auth.decide_title", s.App.Name)
	if !data.Fresh && data.State != pending {
		title = v.t("auth.change_title", s.App.Name)
	}
	c.show(w, r, v, status, "authorize", page.View{Title: title, Data: data, Errors: errs, Form: "decide", Crumbs: v.authorizationCrumbs()})
}

func (c *Console) decisionData(r *http.Request, v *visit, data *deciding, s govern.Seen, typed url.Values) error {
	roles, err := c.roles(r, v)
	if err != nil {
		return err
	}
	used, err := c.uses(r, v.Tenant.ID, s.App.ID, granted(&s))
	if err != nil {
		return err
	}
	n, err := c.naming(r, v, roles, &s.Authorization)
	if err != nil {
		return err
	}
	data.decision = c.described(&n, s, used.last)
	if err := c.await(r, v, &data.decision); err != nil {
		return err
	}
	data.Fresh = s.Version == 0 && !s.Virtual || data.Dead()
	named, err := c.people(v).Chosen(r.Context(), &s, typed)
	if err != nil {
		return err
	}
	var waiting []store.AuthorizationRequest
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		client, err := rd.Client(s.App.ID)
		if err != nil {
			return err
		}
		data.Since = client.Created
		waiting, err = rd.ListAuthorizationRequests(v.Tenant.ID, store.RequestFilter{Client: s.App.ID, States: []store.RequestState{store.RequestWaiting}}, store.Page{Limit: govern.MaxShownRequests})
		if err != nil {
			return err
		}
		data.Asking = nil
		for _, one := range waiting {
			u, err := rd.User(v.Tenant.ID, one.User)
			if errors.Is(err, store.ErrNotFound) {
				continue // the app itself asks
			}
			if err != nil {
				return err
			}
			data.Asking = append(data.Asking, asking{page.Called(&u), one.Reason, one.Created})
		}
		return nil
	})
	data.Terms = page.NewTerms(c.Catalogs, v.lang, &s, typed, used.method, roles, named)
	return err
}

// decide takes the form: shows what the decision costs where it costs anything, and decides when that was seen.
func (c *Console) decide(w http.ResponseWriter, r *http.Request, v *visit) {
	s, ok := c.decidable(w, r, v)
	if !ok {
		return
	}
	p := r.PostForm
	reviewing := p.Get("stage") == "review"
	errs, err := c.people(v).Add(r.Context(), p)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if page.Switched(r) && !reviewing || p.Get("act") != "approve" || len(errs) > 0 {
		status := http.StatusOK
		if len(errs) > 0 && !page.Switched(r) {
			status = http.StatusUnprocessableEntity
		}
		c.decisionPage(w, r, v, status, s, p, deciding{}, errs)
		return
	}
	t, errs := page.ReadTerms(v.lang, p, &s)
	if len(errs) > 0 {
		c.decisionPage(w, r, v, http.StatusUnprocessableEntity, s, p, deciding{}, errs)
		return
	}
	if reviewing && !page.Switched(r) {
		c.authorizeAs(w, r, v, s, t)
		return
	}
	cost, err := c.Govern.ForeseeTerms(r.Context(), v.Tenant.ID, s.App.ID, t)
	if err != nil {
		c.decisionFlaws(w, r, v, s, t, err)
		return
	}
	shown := page.CostOf(c.Catalogs, v.lang, &cost)
	changes, holds, err := c.outcome(r, v, &s.Authorization, t)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if _, stands := s.Kept(); !shown.Any() && !(stands && len(changes) > 0) {
		c.authorizeAs(w, r, v, s, t)
		return
	}
	c.reviewPage(w, r, v, s, deciding{Cost: shown, Changes: changes, Holds: holds})
}

// reviewPage shows before the decision is taken what will hold, what it costs, and what it changes: what it opens, too.
func (c *Console) reviewPage(w http.ResponseWriter, r *http.Request, v *visit, s govern.Seen, data deciding) {
	if err := c.decisionData(r, v, &data, s, r.PostForm); err != nil {
		c.fail(w, r, err)
		return
	}
	if data.Fresh {
		data.Changes = nil // nothing holds that would change
	}
	data.Hidden = hidden(r.PostForm, "act", "stage")
	c.show(w, r, v, http.StatusOK, "authorize_review", page.View{Title: v.t("auth.review_title"), Data: data, Form: "review",
		Crumbs: v.authorizationCrumbs(page.Link{Text: s.App.Name, Href: authorizationPath(s.App.ID)})})
}

// hidden carries a form on, but for some fields, in an order that does not change.
func hidden(p url.Values, but ...string) []page.Hidden {
	var out []page.Hidden
	for field, values := range p {
		if slices.Contains([]string{page.TokenField, "lang", "confirmed"}, field) || slices.Contains(but, field) {
			continue
		}
		for _, value := range values {
			out = append(out, page.Hidden{Name: field, Value: value})
		}
	}
	slices.SortStableFunc(out, func(a, b page.Hidden) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (c *Console) authorizeAs(w http.ResponseWriter, r *http.Request, v *visit, s govern.Seen, t govern.Terms) {
	if _, err := c.Govern.Authorize(r.Context(), v.by(), v.Tenant.ID, s.App.ID, t); err != nil {
		c.decisionFlaws(w, r, v, s, t, err)
		return
	}
	http.Redirect(w, r, authorizationPath(s.App.ID)+"?done=authorized", http.StatusSeeOther)
}

// decisionFlaws shows the form again with what is wrong. Where somebody else decided meanwhile, it says what holds now and what
// the form would change about it; what was typed is kept, and saving again goes on from what holds now (A164).
func (c *Console) decisionFlaws(w http.ResponseWriter, r *http.Request, v *visit, s govern.Seen, t govern.Terms, err error) {
	switch refusal.Of(err).First().Code {
	case refusal.AuthorizationChanged, refusal.ClientChanged:
		now, err := c.Govern.Authorization(r.Context(), v.Tenant.ID, s.App.ID)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		changes, _, err := c.outcome(r, v, &now.Authorization, t)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		c.decisionPage(w, r, v, http.StatusConflict, now, r.PostForm, deciding{Now: changes}, []page.FieldError{{Message: v.t("auth.changed_meanwhile")}})
		return
	}
	errs, ok := flaws(v.lang, page.TypedDay(v.lang, err, r.PostForm), page.TermsFields())
	if !ok {
		c.fail(w, r, err)
		return
	}
	c.decisionPage(w, r, v, http.StatusUnprocessableEntity, s, r.PostForm, deciding{}, errs)
}

// outcome is what terms change about an authorization, and what holds then.
func (c *Console) outcome(r *http.Request, v *visit, a *store.Authorization, t govern.Terms) ([]changeRow, holding, error) {
	then := *a
	then.Uncapped, then.Ceiling, then.Admission, then.ForItself, then.Expires = t.Uncapped, t.Scopes, t.Admission, t.ForItself, t.Expires
	roles, err := c.roles(r, v)
	if err != nil {
		return nil, holding{}, err
	}
	n, err := c.naming(r, v, roles, a, &then)
	if err != nil {
		return nil, holding{}, err
	}
	return n.differences(a, &then), holding{n.extent(&then), n.admitted(&then.Admission), n.day(t.Expires), t.Reason, t.ForItself}, nil
}
