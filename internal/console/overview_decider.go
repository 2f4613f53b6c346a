package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// stance is how an account decides, at a glance.
type stance struct {
	Door, Stage string
	Rules       int         // exceptions
	States      []page.Link // the apps that it decided on, by state
}

// waitingList is what waits for a decision.
type waitingList struct {
	Apps, Requests int
	More           bool // there are more apps than were counted
	Newest         []waitingApp
	Decides        bool // the reader, else they only look
}

// waitingApp is an app that somebody asks for.
type waitingApp struct {
	logo
	Client   id.Client
	Requests int
	Who      string // asked last; empty: the app itself asks for more
	Reason   string
	At       time.Time
}

// inUse is what the apps of an account called lately.
type inUse struct {
	Apps, Calls int
	Chart       page.Columns
}

// logo is what an app is recognized by.
type logo struct{ Name, Publisher, Logo string }

// Initial stands where there is no logo.
func (l logo) Initial() string { return initial(l.Name) }

func logoOf(c *store.Client) logo {
	return logo{c.Registration.Name, c.Registration.Publisher, page.LogoPath(c.Registration.Logo)}
}

// governed is what whoever decides on apps sees first, and of that what waits for those who only look at requests. All of it is read
// in one state, and each part is a few rows, however many apps the account has decided on.
func (c *Console) governed(r *http.Request, v *visit, data *overview) error {
	g, err := c.Govern.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		return err
	}
	if !data.Decides && !overlap(g.Settings.Reviewers, v.User.Roles) {
		return nil
	}
	now, ending := c.Clock.Now(), data.Ending
	return c.Store.View(r.Context(), func(rd store.Reader) error {
		o := overviewReader{Reader: rd, visit: v, now: now}
		var err error
		if data.Waiting, err = o.waiting(data.Decides); err != nil {
			return err
		}
		v.waiting = data.Waiting.Requests // the menu says it too
		if !data.Decides {
			return nil
		}
		if o.connected, err = o.ListConnectedApps(v.Tenant.ID, store.Page{Limit: maxConnected}); err != nil {
			return err
		}
		if data.Stance, err = o.stance(&g); err != nil {
			return err
		}
		if data.InUse, err = o.inUse(); err != nil {
			return err
		}
		soon, err := o.ending()
		if err != nil {
			return err
		}
		data.Ending = append(slices.Clip(ending), soon...)
		data.Revoked, err = o.revoked()
		return err
	})
}

// overviewReader reads the blocks of the overview.
type overviewReader struct {
	store.Reader
	visit     *visit
	now       time.Time
	connected []store.ConnectedApp // of the account
}

// maxConnected is how many connected apps are looked at.
const maxConnected = 500

// called is what a user is called; empty: none.
func (o *overviewReader) called(user id.User) (string, error) {
	if user.IsZero() {
		return "", nil
	}
	u, err := o.User(o.visit.Tenant.ID, user)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return page.Called(&u), err
}

func (o *overviewReader) waiting(decides bool) (*waitingList, error) {
	in := o.visit.Tenant.ID
	list, err := o.ListWaitingClients(in, govern.MaxQueue+1)
	if err != nil {
		return nil, err
	}
	out := &waitingList{More: len(list) > govern.MaxQueue, Decides: decides}
	list = list[:min(len(list), govern.MaxQueue)]
	slices.SortStableFunc(list, func(a, b store.WaitingClient) int { return b.Newest.Compare(a.Newest) })
	for _, w := range list {
		out.Apps, out.Requests = out.Apps+1, out.Requests+w.Waiting
		if len(out.Newest) == shortList {
			continue
		}
		last, err := o.ListAuthorizationRequests(in, store.RequestFilter{Client: w.Client, States: []store.RequestState{store.RequestWaiting}}, store.Page{Limit: 1})
		if err != nil {
			return nil, err
		}
		c, ok, err := store.Found(o.Client(w.Client))
		if err != nil {
			return nil, err
		}
		if !ok || len(last) == 0 || !last[0].Expires.IsZero() && !last[0].Expires.After(o.now) { // over, and not swept yet
			out.Apps, out.Requests = out.Apps-1, out.Requests-w.Waiting
			continue
		}
		app := waitingApp{logo: logoOf(&c), Client: w.Client, Requests: w.Waiting, Reason: last[0].Reason, At: last[0].Created}
		if app.Who, err = o.called(last[0].User); err != nil {
			return nil, err
		}
		out.Newest = append(out.Newest, app)
	}
	return out, nil
}

func (o *overviewReader) stance(g *store.Governance) (*stance, error) {
	counts, err := o.CountAuthorizations(o.visit.Tenant.ID, o.now)
	if err != nil {
		return nil, err
	}
	for _, app := range o.connected { // authorized by being made
		if app.Revoked {
			counts[policy.Revoked]++
		} else {
			counts[policy.Authorized]++
		}
	}
	out := &stance{Door: nameIn(doors, g.Settings.Door), Stage: nameIn(stages, g.Settings.Stage), Rules: len(g.Settings.Rules)}
	for _, one := range []struct {
		state string
		n     int
	}{{approved, counts[policy.Authorized]}, {open, counts[policy.Open]}, {expired, counts[policy.Lapsed]},
		{revoked, counts[policy.Revoked] + counts[policy.Blocked]}} {
		if one.n > 0 {
			out.States = append(out.States, page.Link{Text: o.visit.t("auth.filter." + one.state), Href: authorizationsPath + "?state=" + one.state, Count: one.n})
		}
	}
	return out, nil
}

func (o *overviewReader) inUse() (*inUse, error) {
	v := o.visit
	from := o.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-overviewDay)
	days, apps, err := o.UsesByDay(v.Tenant.ID, from)
	if err != nil {
		return nil, err
	}
	out := &inUse{Apps: apps}
	columns := make([]page.Column, overviewDay)
	for i := range columns {
		columns[i].From = from.AddDate(0, 0, i)
	}
	for _, d := range days {
		if i := int(d.Day.Sub(from) / (24 * time.Hour)); i >= 0 && i < len(columns) { // else of a node whose clock is ahead
			columns[i].Good = d.Calls
			out.Calls += d.Calls
		}
	}
	out.Chart = page.NewColumns(v.t("overview.calls_by_day"), v.t("overview.calls"), "", columns)
	return out, nil
}

func (o *overviewReader) ending() ([]ending, error) {
	list, err := o.ListExpiring(o.visit.Tenant.ID, o.now, o.now.Add(lookahead), 2*shortList)
	if err != nil {
		return nil, err
	}
	var out []ending
	for _, a := range list {
		c, ok, err := store.Found(o.Client(a.Client))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, ending{Title: c.Registration.Name, Href: authorizationPath(a.Client), Until: a.Expires, Date: true})
		}
	}
	return out, nil
}

// Last is the last day on which what ends still holds.
func (e ending) Last() time.Time { return e.Until.Add(-1) }

// Said is a reason as it is quoted: its first line.
func (w waitingApp) Said() string {
	line, _, _ := strings.Cut(w.Reason, "\n")
	return line
}
