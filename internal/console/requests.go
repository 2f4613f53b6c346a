package console

import (
	"net/http"
	"strings"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

const requestsPath = "/console/requests"

// reviewer lets through who may decide on apps, and whom the tenant made a reviewer: they see what waits, and decide nothing.
func (c *Console) reviewer(h handler) http.HandlerFunc {
	return c.user(func(w http.ResponseWriter, r *http.Request, v *visit) {
		may, err := c.reviews(r, v)
		switch {
		case err != nil:
			c.fail(w, r, err)
		case !may:
			c.notDecider(w, r, v)
		default:
			h(w, r, v)
		}
	})
}

// reviews says whether the user sees what waits for a decision.
func (c *Console) reviews(r *http.Request, v *visit) (bool, error) {
	if v.decides() {
		return true, nil
	}
	g, err := c.Govern.Governance(r.Context(), v.Tenant.ID)
	return err == nil && overlap(g.Settings.Reviewers, v.User.Roles), err
}

func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// queue is the data of the page "requests".
type queue struct {
	Rows    []waiting
	Decides bool
}

// waiting is an app that waits for a decision.
type waiting struct {
	govern.Queued
	LogoPath string
	Risk     string // read, write or delete
	New      []page.ScopeGroup
	Asking   []asking
	More     int  // requests that are not shown
	Itself   bool // the app itself asks for more than was authorized
	Oldest   time.Time
	Answer   string // as it was typed, where it answered nobody
}

// Initial stands where there is no logo.
func (w waiting) Initial() string { return initial(w.App.Name) }

// Logo is the path of the logo.
func (w waiting) Logo() string { return w.LogoPath }

// riskWord is what texts call a risk.
func riskWord(r policy.Risk) string {
	switch r {
	case policy.Reads:
		return "read"
	case policy.Writes:
		return "write"
	}
	return "delete"
}

// listRequests shows what waits, the apps that most users ask for first.
func (c *Console) listRequests(w http.ResponseWriter, r *http.Request, v *visit) {
	c.requestsPage(w, r, v, http.StatusOK, id.Client{}, nil)
}

// requestsPage shows the list, and with it what is wrong with an answer for one app.
func (c *Console) requestsPage(w http.ResponseWriter, r *http.Request, v *visit, status int, answered id.Client, errs []page.FieldError) {
	list, err := c.Govern.Queue(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	data := queue{Decides: v.decides()}
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		data.Rows = data.Rows[:0]
		for _, q := range list {
			row := waiting{Queued: q, LogoPath: page.LogoPath(q.App.Registration.Logo), Risk: riskWord(q.Risk), More: q.Count - len(q.Waiting),
				New: page.GroupScopes(c.classed(v, &q.Seen, q.New))}
			if q.App.ID == answered {
				row.Answer = r.PostForm.Get("justification")
			}
			for _, one := range q.Waiting {
				if row.Oldest.IsZero() || one.Created.Before(row.Oldest) {
					row.Oldest = one.Created
				}
				if one.User.IsZero() {
					row.Itself = true
					continue
				}
				u, err := rd.User(v.Tenant.ID, one.User)
				if err != nil {
					return err
				}
				row.Asking = append(row.Asking, asking{Who: or(u.FullName, u.Name), Reason: one.Reason, At: one.Created})
			}
			data.Rows = append(data.Rows, row)
		}
		return nil
	})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, status, "requests", page.View{Title: v.t("nav.requests"), Data: data, Errors: errs, Notice: said(r, v, "requests.denied", "requests.blocked", "requests.meanwhile")})
}

// denyRequests turns down what waits for an app, and was on the page: who asked since is shown first. Who blocks it is asked, since
// users cannot ask again then.
func (c *Console) denyRequests(w http.ResponseWriter, r *http.Request, v *visit) {
	s, ok := c.seen(w, r, v)
	if !ok {
		return
	}
	block := r.PostForm.Get("act") == "block"
	justification := strings.TrimSpace(r.PostForm.Get("justification"))
	q := confirm{Back: requestsPath, Button: v.t("requests.deny"), Sentences: []string{v.t("requests.deny_text")},
		Fields: []page.Hidden{{Name: "act", Value: "deny"}, {Name: "justification", Value: justification}}}
	title, done := v.t("requests.deny_title", s.App.Name), "denied"
	if block {
		q.Button, q.Sentences, q.Fields[0].Value = v.t("requests.block"), []string{v.t("requests.block_text")}, "block"
		title, done = v.t("requests.block_title", s.App.Name), "blocked"
		if justification != "" {
			q.Sentences = append(q.Sentences, v.t("unapproved.justification", justification))
		}
	}
	var seen []id.Request
	for _, text := range r.PostForm["request"] {
		request, _ := id.Parse[id.Request](text) // what cannot be read names none that waits
		seen = append(seen, request)
		q.Fields = append(q.Fields, page.Hidden{Name: "request", Value: text})
	}
	if block && !confirmed(r) {
		c.askDecision(w, r, v, &s, title, q, nil)
		return
	}
	_, err := c.Govern.Deny(r.Context(), v.by(), v.Tenant.ID, s.App.ID, justification, block, seen...)
	switch f := refusal.Of(err).First(); {
	case err == nil:
		http.Redirect(w, r, requestsPath+"?done="+done, http.StatusSeeOther)
	case f.Code == refusal.RequestClosed: // the list shows what is left
		http.Redirect(w, r, requestsPath+"?done=meanwhile", http.StatusSeeOther)
	case f.Code == refusal.AuthorizationChanged:
		c.requestsPage(w, r, v, http.StatusConflict, s.App.ID, []page.FieldError{{Message: f.Message().In(v.lang) + " " + f.Remedy().In(v.lang)}})
	default:
		c.fail(w, r, err)
	}
}

// said is what a page says was done, by the word that it was led to with.
func said(r *http.Request, v *visit, keys ...string) string {
	done := r.URL.Query().Get("done")
	for _, key := range keys {
		if done != "" && strings.HasSuffix(key, "."+done) {
			return v.t(key)
		}
	}
	return ""
}
