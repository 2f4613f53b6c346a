package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// clinic is the data of the page "clinic".
type clinic struct {
	URL     string
	As      string       // for whom it is judged: "url" alone, "me", or "user"
	User    string       // name of that user
	Others  bool         // the visitor may ask for other users
	Users   []store.User // of the account, to choose from
	Example string
	Result  *judged
}

// judged is what the clinic found.
type judged struct {
	Outcome   string // outcome of the verdict, or "unreadable"
	App       string
	Alone     bool   // it is about the URL, not about an account
	For, In   string // the user and the account that it was judged for
	Findings  []finding
	Dropped   []finding
	Pieces    []piece
	Corrected string
	Edit      string // path of the app's registration, where the visitor may change it
	Granted   []page.ScopeGroup
}

// finding is one thing that is wrong, in the reader's language.
type finding struct {
	Message, Remedy, Code string
	Fixer                 refusal.Fixer
	Number                int // of its mark in the URL; zero: it has none
}

// piece is a part of the URL; one that is marked carries the numbers of its findings.
type piece struct {
	Text  string
	Marks string
}

func (c *Console) showClinic(w http.ResponseWriter, r *http.Request, v *visit) {
	q := r.URL.Query()
	c.clinicPage(w, r, v, clinic{URL: q.Get("url"), As: q.Get("as"), User: q.Get("user")})
}

// examine judges a URL that was sent in a form. Nothing of it is kept: it is neither counted, nor written into a book or a log.
func (c *Console) examine(w http.ResponseWriter, r *http.Request, v *visit) {
	p := r.PostForm
	c.clinicPage(w, r, v, clinic{URL: p.Get("url"), As: p.Get("as"), User: p.Get("user")})
}

func (c *Console) clinicPage(w http.ResponseWriter, r *http.Request, v *visit, data clinic) {
	data.URL = strings.TrimSpace(data.URL)
	data.Others = v.administers()
	data.Example = "/authorize?client_id=123&redirect_uri=xyz&scope=crm.objects.custom.read"
	if data.As != "me" && (data.As != "user" || !data.Others) {
		data.As = "url"
	}
	if data.Others {
		var err error
		if data.Users, _, err = c.Directory.ListUsers(r.Context(), v.Tenant.ID, store.Page{Limit: choices}); err != nil {
			c.fail(w, r, err)
			return
		}
	}
	status := http.StatusOK
	var errs []page.FieldError
	if data.URL == "" && r.Method == http.MethodPost && !page.Switched(r) {
		errs = append(errs, page.FieldError{Field: "url", Message: v.t("clinic.paste")})
	}
	var in id.Tenant
	var user id.User
	var whom string
	switch {
	case data.As == "me":
		in, user, whom = v.Tenant.ID, v.User.ID, v.name()
	case data.As == "user" && data.URL != "":
		u, err := c.Directory.UserByName(r.Context(), v.Tenant.ID, data.User)
		if err != nil && refusal.Of(err).First().Definition().Kind != refusal.NotFound {
			c.fail(w, r, err)
			return
		}
		if err != nil {
			errs = append(errs, page.FieldError{Field: "user", Message: v.t("clinic.no_user")})
		}
		in, user, whom = v.Tenant.ID, u.ID, or(u.FullName, u.Name)
	}
	if len(errs) > 0 {
		status = http.StatusUnprocessableEntity
	} else if data.URL != "" {
		result, err := c.judge(r, v, data.URL, in, user)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		result.For, result.In = whom, v.Tenant.Name
		data.Result = &result
	}
	c.show(w, r, v, status, "clinic", page.View{Title: v.t("nav.clinic"), Data: data, Errors: errs, Form: "clinic"})
}

// choices is how many users are offered; the names of others are typed in full.
const choices = 200

// judge asks what would come of an install URL, for an account and a user or by itself.
func (c *Console) judge(r *http.Request, v *visit, raw string, in id.Tenant, user id.User) (judged, error) {
	out := judged{Alone: in.IsZero()}
	x, err := c.Access.ExplainURL(r.Context(), raw, in, user)
	if err != nil {
		if refusal.Of(err).First().Definition().Kind != refusal.Invalid {
			return out, err
		}
		out.unreadable(v, raw)
		return out, nil
	}
	out.Outcome, out.App, out.Corrected = string(x.Verdict.Outcome), x.Client.Registration.Name, x.Corrected
	var marks []mark
	for i := range x.Verdict.Findings {
		f := &x.Verdict.Findings[i]
		shown := v.finding(f.Finding)
		for _, m := range x.Marks {
			if m.Code == f.Code && (f.Scope == "" || m.Text == f.Scope) {
				shown.Number = i + 1
				marks = append(marks, mark{m.Start, m.End, i + 1})
			}
		}
		out.Findings = append(out.Findings, shown)
	}
	for i := range x.Verdict.Dropped {
		out.Dropped = append(out.Dropped, v.finding(x.Verdict.Dropped[i].Finding))
	}
	out.Pieces = cut(x.URL, marks)
	out.Granted = page.GroupScopes(page.RowsOf(c.Catalogs.For(&x.Client.Registration), v.lang, x.Verdict.Granted, ""))
	if slices.ContainsFunc(x.Verdict.Findings, ofSettings) && v.owns(&x.Client) {
		out.Edit = pathOf(x.Client.ID) + "/edit"
	}
	return out, nil
}

// ofSettings says whether the app's settings could be changed instead of the URL.
func ofSettings(f policy.InstallFinding) bool {
	switch f.Code {
	case refusal.ScopeMismatch, refusal.RequiredScopeMissing, refusal.RedirectURIMismatch:
		return true
	}
	return false
}

// unreadable says why nothing of a URL counts, and where that stands.
func (j *judged) unreadable(v *visit, raw string) {
	j.Outcome = "unreadable"
	var marks []mark
	_, wrong := installurl.Parse(raw)
	for i, flaw := range wrong {
		j.Findings = append(j.Findings, v.finding(flaw.Finding))
		if flaw.Start < flaw.End {
			j.Findings[i].Number = i + 1
			marks = append(marks, mark{flaw.Start, flaw.End, i + 1})
		}
	}
	j.Pieces = cut(raw, marks)
}

func (v *visit) owns(a *store.Client) bool {
	return !a.Owner.IsZero() && a.Owner == v.Tenant.ID && v.manages()
}

func (v *visit) finding(f refusal.Finding) finding {
	f = v.catalogs.InWords(v.lang, f)
	return finding{Message: f.Message().In(v.lang), Remedy: f.Remedy().In(v.lang), Code: string(f.Code), Fixer: f.Definition().Fixer}
}

// mark is a place in a URL with the number of its finding.
type mark struct{ start, end, number int }

// cut takes a URL apart at its marks. What two findings share carries both numbers.
func cut(raw string, marks []mark) []piece {
	slices.SortFunc(marks, func(a, b mark) int { return cmp.Or(a.start-b.start, a.end-b.end, a.number-b.number) })
	var out []piece
	at := 0
	for i := 0; i < len(marks); i++ {
		m := marks[i]
		numbers := strconv.Itoa(m.number)
		for i+1 < len(marks) && marks[i+1].start < m.end {
			i++
			m.end = max(m.end, marks[i].end)
			numbers += ", " + strconv.Itoa(marks[i].number)
		}
		if m.start < at || m.end > len(raw) {
			continue
		}
		if m.start > at {
			out = append(out, piece{Text: refusal.Escape(raw[at:m.start])})
		}
		out = append(out, piece{refusal.Escape(raw[m.start:m.end]), numbers})
		at = m.end
	}
	if at < len(raw) {
		out = append(out, piece{Text: refusal.Escape(raw[at:])})
	}
	return out
}
