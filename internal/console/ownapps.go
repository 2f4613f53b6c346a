package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

const appsPath = "/console/apps"

// myApps is the data of the page "apps": what the visitor asked administrators for, what works, and what an administrator's decision
// ended.
type myApps struct {
	Asked    []ownRow
	Apps     []connected
	Lost     []ownRow
	Deciders []string // whom to turn to; only where something takes them
}

// ownRow is an app that the visitor asked for, or had.
type ownRow struct {
	logo
	App    govern.App
	Client id.Client
	// State is what became of it: waiting, approved, denied, blocked or expired of a request; revoked, blocked, lapsed, barred,
	// not_admitted, undecided or again of what they had.
	State   string
	At      time.Time // since when; zero: it is not known
	Until   time.Time // a request waits
	Reason  string    // the visitor's
	Answer  string    // an administrator's
	Next    string    // what to do next, one of: install, start, ask, talk, look; empty: wait
	Install string    // the install URL
	Contact store.Contact
	Has     bool   // what the app was given is still there, and can be withdrawn
	Typed   string // the reason that was typed and is wrong
	Wrong   string
}

// requestsShown is how long a request is shown that was answered.
const requestsShown = 90 * 24 * time.Hour

// whyNot is how an account that does not let the user use an app stands to it, in the words of [ownRow].
func whyNot(o *govern.OwnApp) string {
	switch s := &o.Standing; {
	case s.State == policy.Blocked:
		return blocked
	case s.State == policy.Revoked:
		return revoked
	case s.Barred:
		return "barred"
	case s.State == policy.Lapsed:
		return "lapsed"
	case s.State == policy.Undecided:
		return "undecided"
	}
	return "not_admitted"
}

func (c *Console) listApps(w http.ResponseWriter, r *http.Request, v *visit) {
	c.appsPage(w, r, v, http.StatusOK, id.Client{}, nil)
}

// appsPage shows the page, with what is wrong with what was typed for one app.
func (c *Console) appsPage(w http.ResponseWriter, r *http.Request, v *visit, status int, of id.Client, errs []page.FieldError) {
	apps, own, err := c.related(r, v)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	data := myApps{}
	for _, a := range apps {
		if a.State() == "" {
			data.Apps = append(data.Apps, a)
		}
	}
	talk := false
	for i := range own {
		o := &own[i]
		has := slices.ContainsFunc(apps, func(a connected) bool { return a.Client == o.Client.ID })
		row, asked, ok := c.rowOf(o, has)
		if !ok {
			continue
		}
		if err := c.next(r, o, &row); err != nil {
			c.fail(w, r, err)
			return
		}
		if len(errs) > 0 && o.Client.ID == of {
			row.Typed, row.Wrong = r.PostForm.Get("reason"), errs[0].Message
		}
		talk = talk || row.Next == "talk"
		if asked {
			data.Asked = append(data.Asked, row)
		} else {
			data.Lost = append(data.Lost, row)
		}
	}
	if talk {
		users, err := c.Govern.Deciders(r.Context(), v.Tenant.ID)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		for _, u := range users[:min(len(users), 20)] {
			data.Deciders = append(data.Deciders, page.Called(&u))
		}
	}
	waits := func(row ownRow) int {
		if row.State == "waiting" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(data.Asked, func(a, b ownRow) int { return waits(a) - waits(b) })
	slices.SortStableFunc(data.Lost, func(a, b ownRow) int { return b.At.Compare(a.At) })
	c.show(w, r, v, status, "apps", page.View{Title: v.t("nav.apps"), Data: data, Errors: errs})
}

// rowOf is what is said of an app beside what is connected and works, and whether as of one that was asked for. False: nothing.
func (c *Console) rowOf(o *govern.OwnApp, has bool) (row ownRow, asked, ok bool) {
	row = ownRow{logo: logoOf(&o.Client), App: o.App, Client: o.Client.ID, Contact: o.Client.Registration.Contact, Has: has}
	q := o.Request
	if q.Decided.IsZero() {
		q.Decided = q.Expires // over, and not written yet
	}
	lost := !o.Former.ID.IsZero() || has && !o.Works()
	over := has && o.Works() || o.Had.After(q.Decided) || c.Clock.Now().Sub(q.Decided) > requestsShown ||
		lost && o.Standing.Dead() && q.Justification == ""
	switch {
	case q.ID.IsZero():
	case q.State == store.RequestWaiting:
		row.State, row.At, row.Until, row.Reason = string(q.State), q.Created, q.Expires, q.Reason
		return row, true, true
	case !over:
		row.State, row.At, row.Reason, row.Answer = string(q.State), q.Decided, q.Reason, q.Justification
		if o.Standing.Dead() && q.State == store.RequestApproved {
			row.State, row.At = whyNot(o), o.Since()
		}
		return row, true, true
	}
	if !lost {
		return row, false, false
	}
	if row.State, row.At = "again", o.Since(); !o.Works() {
		row.State = whyNot(o)
	}
	return row, false, true
}

// next says what the visitor can do about an app.
func (c *Console) next(r *http.Request, o *govern.OwnApp, row *ownRow) error {
	switch {
	case row.State == "waiting":
	case o.CanInstall:
		row.Next = "start"
		place, err := c.Govern.InstallPlace(r.Context(), o)
		if err != nil {
			return err
		}
		if place != "" {
			row.Next = "install"
			row.Install = registry.WriteURL(c.Issuer, &o.Client, place, o.Wish.Scope.String(), o.Wish.Optional.String(), "")
		}
	case o.CanAsk:
		row.Next = "ask"
	case o.Standing.Dead():
		row.Next = "talk"
	default:
		row.Next = "look"
	}
	return nil
}

// ownApp finds an app that the visitor has, had or asked for, by the client ID in the path.
func (c *Console) ownApp(w http.ResponseWriter, r *http.Request, v *visit) (govern.OwnApp, bool) {
	_, own, err := c.related(r, v)
	if err != nil {
		c.fail(w, r, err)
		return govern.OwnApp{}, false
	}
	i := slices.IndexFunc(own, func(o govern.OwnApp) bool { return o.Client.ID.String() == r.PathValue("client") })
	if i < 0 {
		c.problem(w, r, v, http.StatusNotFound, "not_connected")
		return govern.OwnApp{}, false
	}
	return own[i], true
}

// askForApp asks the administrators for an app that the visitor had, or asked for before.
func (c *Console) askForApp(w http.ResponseWriter, r *http.Request, v *visit) {
	o, ok := c.ownApp(w, r, v)
	if !ok {
		return
	}
	if page.Switched(r) {
		c.appsPage(w, r, v, http.StatusOK, id.Client{}, nil)
		return
	}
	wish := o.Wish
	wish.Reason = strings.TrimSpace(r.PostForm.Get("reason"))
	_, err := c.Govern.Ask(r.Context(), v.by(), v.Tenant.ID, o.Client.ID, wish)
	if f := refusal.Of(err).First(); err != nil && f.Field == "reason" {
		errs := []page.FieldError{{Field: "why-" + o.Client.ID.String(), Label: v.t("unapproved.reason"), Message: f.Message().In(v.lang)}}
		c.appsPage(w, r, v, http.StatusUnprocessableEntity, o.Client.ID, errs)
		return
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, appsPath+"?done=asked", http.StatusSeeOther)
}

// takeBack takes the visitor's request back.
func (c *Console) takeBack(w http.ResponseWriter, r *http.Request, v *visit) {
	o, ok := c.ownApp(w, r, v)
	if !ok {
		return
	}
	if page.Switched(r) {
		c.appsPage(w, r, v, http.StatusOK, id.Client{}, nil)
		return
	}
	if o.Request.State != store.RequestWaiting { // it was answered meanwhile: the page says how
		http.Redirect(w, r, appsPath, http.StatusSeeOther)
		return
	}
	if err := c.Govern.TakeBack(r.Context(), v.by(), v.Tenant.ID, o.Request.ID); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, appsPath+"?done=taken_back", http.StatusSeeOther)
}
