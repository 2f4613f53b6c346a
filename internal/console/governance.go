package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/access"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

const governancePath = "/console/governance"

// settings is the data of the page "governance", and of its review.
type settings struct {
	Door, Stage                      string
	Verified, Deleting               bool // the two rules that the page offers
	OwnPermissions, ShowMail, NoMail bool
	Days                             string
	Reviewers                        []page.TermRole
	Others                           int // rules that only a program can write
	Version                          int
	Never                            bool // the tenant never said
	Stops, Starts                    []affected
	More                             bool
	Hidden                           []page.Hidden
	Voids                            bool // everybody fetches new tokens
}

// affected is an app whose standing would change.
type affected struct {
	access.App
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
	g, err := c.Access.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.governancePage(w, r, v, http.StatusOK, &g, nil)
}

func (c *Console) governancePage(w http.ResponseWriter, r *http.Request, v *visit, status int, g *store.Governance, errs []page.FieldError) {
	s := &g.Settings
	data := settings{Door: nameIn(doors, s.Door), Stage: nameIn(stages, s.Stage), OwnPermissions: s.OwnPermissions, ShowMail: s.ShowMail, NoMail: s.NoMail,
		Days: strconv.Itoa(int(s.RequestLife().Hours()) / 24), Version: g.Version, Never: g.Version == 0}
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
	roles, err := c.roles(r, v)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	for _, one := range roles {
		data.Reviewers = append(data.Reviewers, page.TermRole{ID: one.ID, Title: one.Title, Ticked: slices.Contains(s.Reviewers, one.ID)})
	}
	c.show(w, r, v, status, "governance", page.View{Title: v.t("nav.governance"), Data: data, Errors: errs, Form: "governance", Notice: said(r, v, "gov.saved")})
}

// saveGovernance shows first what would stop, and what would start; only then it is saved.
func (c *Console) saveGovernance(w http.ResponseWriter, r *http.Request, v *visit) {
	was, err := c.Access.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	next := readSettings(r.PostForm, &was.Settings)
	typed := store.Governance{Settings: next, Version: was.Version}
	if page.Switched(r) {
		c.governancePage(w, r, v, http.StatusOK, &typed, nil)
		return
	}
	if !confirmed(r) {
		c.reviewGovernance(w, r, v, &was, next)
		return
	}
	version, _ := strconv.Atoi(r.PostForm.Get("version"))
	if _, err := c.Access.SetGovernance(r.Context(), v.by(), v.Tenant.ID, next, version); err != nil {
		f := refusal.Of(err).First()
		if k := f.Definition().Kind; k.Ours() {
			c.fail(w, r, err)
			return
		}
		c.governancePage(w, r, v, http.StatusUnprocessableEntity, &typed, []page.FieldError{{Field: "door", Label: v.t("nav.governance"), Message: f.Message().In(v.lang)}})
		return
	}
	http.Redirect(w, r, governancePath+"?done=saved", http.StatusSeeOther)
}

// readSettings reads the form. Rules that only a program can write stay, after the two that the form has.
func readSettings(p url.Values, was *policy.Governance) policy.Governance {
	g := policy.Governance{Door: doors[p.Get("door")], Stage: stages[p.Get("stage")], OwnPermissions: p.Get("own_permissions") == "yes",
		ShowMail: p.Get("show_mail") == "yes", NoMail: p.Get("mail") != "yes", Reviewers: p["reviewer"]}
	g.RequestDays, _ = strconv.Atoi(p.Get("days"))
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
	return g
}

func (c *Console) reviewGovernance(w http.ResponseWriter, r *http.Request, v *visit, was *store.Governance, next policy.Governance) {
	shift, err := c.Access.ForeseeGovernance(r.Context(), v.Tenant.ID, next)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	data := settings{More: shift.More, Voids: was.Settings.Stage.Lenient() && !next.Stage.Lenient(), Stage: nameIn(stages, next.Stage), Door: nameIn(doors, next.Door)}
	rows := func(list []access.Affected) (out []affected) {
		for _, a := range list {
			out = append(out, affected{App: a.App, Reach: a.Reach, Why: c.Catalogs.InWords(v.lang, a.Why).Message().In(v.lang)})
		}
		return out
	}
	data.Stops, data.Starts = rows(shift.Stops), rows(shift.Starts)
	for name, values := range r.PostForm {
		if name == "form_token" || name == "confirmed" {
			continue
		}
		for _, value := range values {
			data.Hidden = append(data.Hidden, page.Hidden{Name: name, Value: value})
		}
	}
	slices.SortFunc(data.Hidden, func(a, b page.Hidden) int { return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
	c.show(w, r, v, http.StatusOK, "governance_review", page.View{Title: v.t("gov.review_title"), Data: data, Form: "confirm",
		Crumbs: []page.Link{{Text: v.t("nav.governance"), Href: governancePath}}})
}

// impactRow is an app that would have been refused something.
type impactRow struct {
	access.Impact
	LogoPath string
	Methods  []string
	Proposed []page.ScopeRow
	Beyond   []page.ScopeRow
}

// Initial stands where there is no logo.
func (i impactRow) Initial() string { return initial(i.App.Name) }

// Logo is the path of the logo.
func (i impactRow) Logo() string { return i.LogoPath }

// impactReport is the data of the page "impact".
type impactReport struct {
	Rows  []impactRow
	Stage string
}

// showImpact lists what would have been refused if the account enforced its decisions.
func (c *Console) showImpact(w http.ResponseWriter, r *http.Request, v *visit) {
	g, err := c.Access.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	list, err := c.Access.Impact(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	data := impactReport{Stage: nameIn(stages, g.Settings.Stage)}
	for _, i := range list {
		row := impactRow{Impact: i, LogoPath: page.LogoPath(i.App.Registration.Logo), Proposed: page.RowsOf(c.Catalogs, v.lang, i.Proposal.Scopes, ""),
			Beyond: page.RowsOf(c.Catalogs, v.lang, i.Beyond, "")}
		for _, m := range i.Methods {
			row.Methods = append(row.Methods, m.Title.In(v.lang))
		}
		data.Rows = append(data.Rows, row)
	}
	c.show(w, r, v, http.StatusOK, "impact", page.View{Title: v.t("nav.impact"), Data: data, Form: "impact", Notice: said(r, v, "impact.authorized"),
		Crumbs: []page.Link{{Text: v.t("nav.governance"), Href: governancePath}}})
}

// authorizeImpact authorizes the apps that were ticked, each with the terms that keep it alive.
func (c *Console) authorizeImpact(w http.ResponseWriter, r *http.Request, v *visit) {
	var clients []id.Client
	for _, text := range r.PostForm["client"] {
		if client, err := id.Parse[id.Client](text); err == nil {
			clients = append(clients, client)
		}
	}
	if page.Switched(r) || len(clients) == 0 {
		c.showImpact(w, r, v)
		return
	}
	if err := c.Access.AuthorizeProposals(r.Context(), v.by(), v.Tenant.ID, clients, func(int, int) {}); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, governancePath+"/impact?done=authorized", http.StatusSeeOther)
}
