package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// largeLoss is from how many users on the name of an app is typed before it is revoked.
const largeLoss = 20

// revocation is the data of the page "authorization_revoked".
type revocation struct {
	Name  string
	Back  string
	Reach store.Reach
}

// revokeAuthorization revokes an app for everybody, administrators too, after saying who loses access.
func (c *Console) revokeAuthorization(w http.ResponseWriter, r *http.Request, v *visit) {
	s, ok := c.seen(w, r, v)
	if !ok {
		return
	}
	reach, err := c.living(r, v, s.App.ID, id.User{})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	q := confirm{Back: authorizationPath(s.App.ID), Button: v.t("auth.revoke"), WithReason: true, Reason: reason,
		Sentences: append(losses(v, reach), v.t("auth.revoke_all"), v.t("auth.revoke_for_good"))}
	if reach.More || reach.Users >= largeLoss {
		q.Name = s.App.Name
	}
	typed := strings.TrimSpace(r.PostForm.Get("typed"))
	if !confirmed(r) || q.Name != "" && typed != q.Name {
		var errs []page.FieldError
		if confirmed(r) {
			errs = []page.FieldError{{Field: "typed", Message: v.t("confirm.typed_wrong")}}
		}
		c.askDecision(w, r, v, &s, v.t("auth.revoke_title", s.App.Name), q, errs)
		return
	}
	done, err := c.Govern.Revoke(r.Context(), v.by(), v.Tenant.ID, s.App.ID, reason)
	if err != nil {
		c.revokeFlaws(w, r, v, &s, v.t("auth.revoke_title", s.App.Name), q, err)
		return
	}
	data := revocation{Name: s.App.Name, Back: authorizationPath(s.App.ID), Reach: done.Reach}
	c.show(w, r, v, http.StatusOK, "authorization_revoked", page.View{Title: v.t("auth.revoked_title", s.App.Name), Data: data, Crumbs: v.authorizationCrumbs()})
}

// losses say in figures who loses access.
func losses(v *visit, reach store.Reach) []string {
	switch {
	case reach.Grants == 0:
		return []string{v.t("auth.loses_nobody")}
	case reach.More:
		return []string{v.t("auth.loses_more", page.Number(v.lang, reach.Users), page.Number(v.lang, reach.Grants))}
	}
	return []string{page.Count(v.lang, "auth.loses_users", reach.Users) + " " + page.Count(v.lang, "auth.loses_grants", reach.Grants)}
}

// askDecision asks back, with the way to the page of the app above.
func (c *Console) askDecision(w http.ResponseWriter, r *http.Request, v *visit, s *govern.Seen, title string, q confirm, errs []page.FieldError) {
	q.Action = r.URL.Path
	status := http.StatusOK
	if len(errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	c.show(w, r, v, status, "confirm", page.View{Title: title, Data: q, Errors: errs, Form: "confirm",
		Crumbs: v.authorizationCrumbs(page.Link{Text: s.App.Name, Href: authorizationPath(s.App.ID)})})
}

// revokeFlaws asks back again with what is wrong.
func (c *Console) revokeFlaws(w http.ResponseWriter, r *http.Request, v *visit, s *govern.Seen, title string, q confirm, err error) {
	if errs, ok := flaws(v.lang, err, nil); ok {
		c.askDecision(w, r, v, s, title, q, errs)
		return
	}
	c.fail(w, r, err)
}

// user finds the user of the path among those of the tenant.
func (c *Console) userOf(w http.ResponseWriter, r *http.Request, v *visit) (store.User, bool) {
	user, err := id.Parse[id.User](r.PathValue("user"))
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return store.User{}, false
	}
	u, err := c.Directory.User(r.Context(), v.Tenant.ID, user)
	if err != nil {
		if refusal.Of(err).First().Definition().Kind == refusal.NotFound {
			c.problem(w, r, v, http.StatusNotFound, "not_found")
		} else {
			c.fail(w, r, err)
		}
		return store.User{}, false
	}
	return u, true
}

// revokeUser takes an app from one user, and keeps the user from installing it again.
func (c *Console) revokeUser(w http.ResponseWriter, r *http.Request, v *visit) {
	s, ok := c.seen(w, r, v)
	if !ok {
		return
	}
	u, ok := c.userOf(w, r, v)
	if !ok {
		return
	}
	reach, err := c.living(r, v, s.App.ID, u.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	name, reason := or(u.FullName, u.Name), strings.TrimSpace(r.PostForm.Get("reason"))
	title := v.t("auth.revoke_user_title", s.App.Name, name)
	q := confirm{Back: authorizationPath(s.App.ID), Button: v.t("auth.revoke_user"), WithReason: true, Reason: reason,
		Sentences: []string{page.Count(v.lang, "auth.revoke_user_text", reach.Grants, s.App.Name, name), v.t("auth.revoke_user_barred", name)}}
	if !confirmed(r) {
		c.askDecision(w, r, v, &s, title, q, nil)
		return
	}
	if _, err := c.Govern.RevokeForUser(r.Context(), v.by(), v.Tenant.ID, s.App.ID, u.ID, reason); err != nil {
		c.revokeFlaws(w, r, v, &s, title, q, err)
		return
	}
	http.Redirect(w, r, authorizationPath(s.App.ID)+"?done=user_revoked#users", http.StatusSeeOther)
}

// readmitUser lets a user install an app again.
func (c *Console) readmitUser(w http.ResponseWriter, r *http.Request, v *visit) {
	s, ok := c.seen(w, r, v)
	if !ok {
		return
	}
	u, ok := c.userOf(w, r, v)
	if !ok {
		return
	}
	if _, err := c.Govern.ReadmitUser(r.Context(), v.by(), v.Tenant.ID, s.App.ID, u.ID, ""); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, authorizationPath(s.App.ID)+"?done=user_readmitted#users", http.StatusSeeOther)
}

// revokeRole takes a role out of those that may use an app.
func (c *Console) revokeRole(w http.ResponseWriter, r *http.Request, v *visit) {
	s, ok := c.seen(w, r, v)
	if !ok {
		return
	}
	role := r.PostForm.Get("role")
	if !slices.Contains(s.Admission.Roles, role) {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return
	}
	roles, err := c.roles(r, v)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	title := v.t("auth.revoke_role_title", s.App.Name, titleOf(roles, role))
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	q := confirm{Back: authorizationPath(s.App.ID), Button: v.t("auth.revoke_role"), WithReason: true, Reason: reason,
		Fields: []page.Hidden{{Name: "role", Value: role}}}
	t := govern.Terms{Uncapped: s.Uncapped, Scopes: s.Ceiling, Admission: s.Admission, ForItself: s.ForItself, Expires: s.Expires, Version: s.Authorization.Version}
	t.Admission.Roles = slices.DeleteFunc(slices.Clone(t.Admission.Roles), func(one string) bool { return one == role })
	cost, err := c.Govern.ForeseeTerms(r.Context(), v.Tenant.ID, s.App.ID, t)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	q.Sentences = []string{page.Count(v.lang, "cost.losing", cost.LosingUsers), v.t("auth.revoke_role_others")}
	if !confirmed(r) {
		c.askDecision(w, r, v, &s, title, q, nil)
		return
	}
	if _, err := c.Govern.RevokeForRole(r.Context(), v.by(), v.Tenant.ID, s.App.ID, role, reason); err != nil {
		c.revokeFlaws(w, r, v, &s, title, q, err)
		return
	}
	http.Redirect(w, r, authorizationPath(s.App.ID)+"?done=role_revoked", http.StatusSeeOther)
}

// versionField carries the version that was seen.
func versionField(s *govern.Seen) []page.Hidden {
	return []page.Hidden{{Name: "version", Value: strconv.Itoa(s.Authorization.Version)}}
}

// shrink takes the scopes that nothing used. One click takes it back.
func (c *Console) shrink(w http.ResponseWriter, r *http.Request, v *visit) {
	c.resize(w, r, v, "shrunk", func(s *govern.Seen, version int) error {
		keep, err := scope.ParseSet(r.PostForm["keep"])
		if err != nil {
			return refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged})
		}
		_, err = c.Govern.Shrink(r.Context(), v.by(), v.Tenant.ID, s.App.ID, keep, version)
		return err
	})
}

// unshrink gives back what the last shrink took.
func (c *Console) unshrink(w http.ResponseWriter, r *http.Request, v *visit) {
	c.resize(w, r, v, "unshrunk", func(s *govern.Seen, version int) error {
		_, err := c.Govern.Unshrink(r.Context(), v.by(), v.Tenant.ID, s.App.ID, version)
		return err
	})
}

func (c *Console) resize(w http.ResponseWriter, r *http.Request, v *visit, done string, change func(*govern.Seen, int) error) {
	s, ok := c.seen(w, r, v)
	if !ok {
		return
	}
	version, _ := strconv.Atoi(r.PostForm.Get("version"))
	switch err := change(&s, version); {
	case err == nil:
	case refusal.Of(err).First().Code == refusal.AuthorizationChanged:
		done = "changed_meanwhile"
	default:
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, authorizationPath(s.App.ID)+"?"+url.Values{"done": {done}}.Encode(), http.StatusSeeOther)
}
