package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/govern"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/store"
)

const governancePath = "/console/governance"

// settings is the data of the page "governance".
type settings struct {
	Door, Stage                      string
	Verified, Deleting               bool // the two rules that the page offers
	OwnPermissions, ShowMail, NoMail bool
	Days                             string // as typed
	MaxDays                          int
	Reviewers                        []page.TermRole
	Others                           int // rules that only a program can write
	Version                          int
	Never                            bool // the tenant never said
}

// settingsReview is the data of the page "governance_review".
type settingsReview struct {
	Stops, Starts []affected
	More          bool
	Voids         bool // everybody fetches new tokens
	Recorded      bool // the impact report has what stops, and can authorize it beforehand
	Hidden        []page.Hidden
}

// affected is an app whose standing would change.
type affected struct {
	govern.App
	Reach store.Reach
	Why   string
}

// The two rules that the page offers: reading by verified publishers is open, deleting is for administrators.
var (
	readingByVerified = policy.Rule{Verified: true, Risks: []policy.Risk{policy.Reads}, Door: policy.DoorOpen}
	deleting          = policy.Rule{Risks: []policy.Risk{policy.Deletes}, Door: policy.DoorAdministrator}
)

func sameRule(a, b policy.Rule) bool {
	return a.Verified == b.Verified && slices.Equal(a.Risks, b.Risks) && a.Door == b.Door &&
		len(a.Scopes)+len(a.Clients)+len(a.Publishers)+len(b.Scopes)+len(b.Clients)+len(b.Publishers) == 0
}

var doors = map[string]policy.Door{"open": policy.DoorOpen, "administrator": policy.DoorAdministrator, "blocked": policy.DoorBlocked}
var stages = map[string]policy.Stage{"enforce": policy.Enforce, "report": policy.Report, "off": policy.Off}

func nameIn[T comparable](m map[string]T, v T) string {
	for name, one := range m {
		if one == v {
			return name
		}
	}
	return ""
}

// showGovernance shows how the account decides on apps.
func (c *Console) showGovernance(w http.ResponseWriter, r *http.Request, v *visit) {
	g, err := c.Govern.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.governancePage(w, r, v, http.StatusOK, &g, strconv.Itoa(int(g.Settings.RequestLife().Hours())/24), nil)
}

func (c *Console) governancePage(w http.ResponseWriter, r *http.Request, v *visit, status int, g *store.Governance, days string, errs []page.FieldError) {
	s := &g.Settings
	data := settings{Door: nameIn(doors, s.Door), Stage: nameIn(stages, s.Stage), OwnPermissions: s.OwnPermissions, ShowMail: s.ShowMail, NoMail: s.NoMail,
		Days: days, MaxDays: govern.MaxRequestDays, Version: g.Version, Never: g.Version == 0}
	for _, rule := range s.Rules {
		switch {
		case sameRule(rule, readingByVerified):
			data.Verified = true
		case sameRule(rule, deleting):
			data.Deleting = true
		default:
			data.Others++
		}
	}
	var err error
	if data.Reviewers, err = c.roles(r, v); err != nil {
		c.fail(w, r, err)
		return
	}
	hold(data.Reviewers, s.Reviewers)
	c.show(w, r, v, status, "governance", page.View{Title: v.t("nav.governance"), Data: data, Errors: errs, Form: "governance", Notice: said(r, v, "gov.saved")})
}

// saveGovernance shows first what would stop, and what would start; only then it is saved.
func (c *Console) saveGovernance(w http.ResponseWriter, r *http.Request, v *visit) {
	was, err := c.Govern.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	next, errs := readSettings(v.lang, r.PostForm, &was.Settings)
	typed := store.Governance{Settings: next, Version: was.Version}
	days := clipped(r.PostForm.Get("days"))
	again := func(status int, errs []page.FieldError) { c.governancePage(w, r, v, status, &typed, days, errs) }
	switch {
	case page.Switched(r) && r.PostForm.Get("confirmed") == "": // on the form, not on its review
		again(http.StatusOK, nil)
		return
	case len(errs) > 0:
		again(http.StatusUnprocessableEntity, errs)
		return
	case !confirmed(r):
		err = c.reviewGovernance(w, r, v, &was, next)
	default:
		version, _ := strconv.Atoi(r.PostForm.Get("version"))
		if _, err = c.Govern.SetGovernance(r.Context(), v.by(), v.Tenant.ID, next, version); err == nil {
			http.Redirect(w, r, governancePath+"?done=saved", http.StatusSeeOther)
		}
	}
	if err == nil {
		return
	}
	errs, ok := flaws(v.lang, err, map[string]string{"request_days": "days", "reviewers": "reviewer"})
	if !ok {
		c.fail(w, r, err)
		return
	}
	again(http.StatusUnprocessableEntity, errs)
}

// readSettings reads the form. Rules that only a program can write stay, after the two that the form has.
func readSettings(lang string, p url.Values, was *policy.Governance) (policy.Governance, []page.FieldError) {
	g := policy.Governance{Door: doors[p.Get("door")], Stage: stages[p.Get("stage")], OwnPermissions: p.Get("own_permissions") == "yes",
		ShowMail: p.Get("show_mail") == "yes", NoMail: p.Get("mail") != "yes", Reviewers: p["reviewer"]}
	var errs []page.FieldError
	days, err := strconv.Atoi(strings.TrimSpace(p.Get("days")))
	if err != nil || days < 1 || days > govern.MaxRequestDays {
		// Zero would mean the number of days that holds where nobody chose one, which is not what was typed.
		days = was.RequestDays
		errs = append(errs, page.FieldError{Field: "days", Label: page.T(lang, "gov.days"), Message: page.T(lang, "gov.days_wrong", page.Number(lang, govern.MaxRequestDays))})
	}
	g.RequestDays = days
	if p.Get("deleting") == "yes" {
		g.Rules = append(g.Rules, deleting)
	}
	if p.Get("verified") == "yes" {
		g.Rules = append(g.Rules, readingByVerified)
	}
	for _, rule := range was.Rules {
		if !sameRule(rule, readingByVerified) && !sameRule(rule, deleting) {
			g.Rules = append(g.Rules, rule)
		}
	}
	return g, errs
}

func (c *Console) reviewGovernance(w http.ResponseWriter, r *http.Request, v *visit, was *store.Governance, next policy.Governance) error {
	shift, err := c.Govern.ForeseeGovernance(r.Context(), v.Tenant.ID, next)
	if err != nil {
		return err
	}
	rows := func(list []govern.Affected) (out []affected) {
		for _, a := range list {
			out = append(out, affected{App: a.App, Reach: a.Reach, Why: c.Catalogs.InWords(v.lang, a.Why).Message().In(v.lang)})
		}
		return out
	}
	data := settingsReview{More: shift.More, Voids: was.Settings.Stage.Lenient() && !next.Stage.Lenient(), Stops: rows(shift.Stops), Starts: rows(shift.Starts),
		Recorded: was.Settings.Stage == policy.Report && next.Stage == policy.Enforce && len(shift.Stops) > 0, Hidden: hidden(r.PostForm)}
	c.show(w, r, v, http.StatusOK, "governance_review", page.View{Title: v.t("gov.review_title"), Data: data, Form: "confirm",
		Crumbs: []page.Link{{Text: v.t("nav.governance"), Href: governancePath}}})
	return nil
}
