package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/ledger"
	"prokura/internal/page"
	"prokura/internal/store"
)

const auditPath = "/console/audit"

// audits says whether the user may read the audit book of the tenant.
func (v *visit) audits() bool { return v.Rights.Hold(directory.MayAudit) }

// auditQuery is the form that narrows the book, as it was typed.
type auditQuery struct {
	Actor, Action, Target, Since, Until, Text string
	before                                    id.Entry // where the page begins; zero: with the newest entry
}

// values are the fields of the form that say something.
func (q *auditQuery) values() url.Values {
	out := url.Values{}
	for name, field := range q.fields() {
		if *field != "" {
			out.Set(name, *field)
		}
	}
	return out
}

func (q *auditQuery) fields() map[string]*string {
	return map[string]*string{"actor": &q.Actor, "action": &q.Action, "target": &q.Target, "since": &q.Since, "until": &q.Until, "text": &q.Text}
}

// at is the path of a page of the book with the same filter.
func (q *auditQuery) at(path string, more ...string) string {
	set := q.values()
	for i := 0; i+1 < len(more); i += 2 {
		set.Set(more[i], more[i+1])
	}
	return path + strings.TrimSuffix("?"+set.Encode(), "?")
}

// maxFilter bounds a field of the filter, in bytes.
const maxFilter = 200

// auditQuery reads the filter. What cannot be understood is said, and never left out: whoever narrows a book must not get all of it.
func (c *Console) auditQuery(r *http.Request, v *visit) (q auditQuery, f store.AuditFilter, wrong []page.FieldError, err error) {
	sent := r.URL.Query()
	flaw := func(field, message string) {
		wrong = append(wrong, page.FieldError{Field: field, Label: v.t("audit." + field), Message: message})
	}
	for name, field := range q.fields() {
		if *field = strings.TrimSpace(sent.Get(name)); len(*field) > maxFilter {
			*field = ""
			flaw(name, v.t("form.too_long", maxFilter))
		}
	}
	if before, err := id.Parse[id.Entry](sent.Get("before")); err == nil {
		q.before = before
	}
	day := func(field, s string) time.Time {
		t, err := time.Parse(time.DateOnly, s)
		if s != "" && (err != nil || t.Year() < 1970) {
			flaw(field, v.t("audit.day_wrong"))
		}
		return t
	}
	f = store.AuditFilter{Actor: q.Actor, Action: q.Action, Target: q.Target, Text: q.Text, Since: day("since", q.Since), Until: day("until", q.Until)}
	if !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1) // the day itself belongs to it
	}
	for _, act := range page.Acts(v.lang) {
		if strings.EqualFold(act.Words, f.Action) {
			f.Action = act.Code
		}
	}
	if f.Target == "" {
		return q, f, wrong, nil
	}
	apps, err := c.appsCalled(r, v, f.Target)
	switch {
	case len(apps) == 1:
		f.Target = apps[0].String()
	case len(apps) > 1:
		flaw("target", v.t("audit.target_many"))
	}
	return q, f, wrong, err
}

// appsCalled are the apps of the tenant that have a name. People know names; entries name client IDs.
func (c *Console) appsCalled(r *http.Request, v *visit, name string) ([]id.Client, error) {
	list, err := c.Govern.ListAuthorizations(r.Context(), v.Tenant.ID, store.AuthorizationFilter{Name: name, Now: c.Clock.Now()}, store.Page{Limit: 2 * pageSize})
	var out []id.Client
	for i := range list {
		if strings.EqualFold(list[i].App.Name, name) {
			out = append(out, list[i].App.ID)
		}
	}
	return out, err
}

// auditList is the data of the page "audit".
type auditList struct {
	Query       auditQuery
	Rows        []auditRow
	Acts        []page.Act // what can be asked for
	Narrowed    bool
	First, Next string
	CSV, JSONL  string    // where the book is exported with the same filter
	Sealed      time.Time // when the newest checkpoint was signed; zero: nothing is sealed yet
}

// listAudit shows the tenant's book, newest first.
func (c *Console) listAudit(w http.ResponseWriter, r *http.Request, v *visit) {
	q, f, wrong, err := c.auditQuery(r, v)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if len(wrong) > 0 {
		c.auditWrong(w, r, v, q, wrong)
		return
	}
	p, err := c.Ledger.Find(r.Context(), v.Tenant.ID, f, q.before, pageSize)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	data := auditList{Query: q, Acts: page.Acts(v.lang), Narrowed: len(q.values()) > 0, CSV: q.at(auditPath + "/export.csv"), JSONL: q.at(auditPath + "/export.jsonl")}
	if data.Rows, err = c.auditRows(r, v, p.Entries); err != nil {
		c.fail(w, r, err)
		return
	}
	if !q.before.IsZero() {
		data.First = q.at(auditPath)
	}
	if !p.Next.IsZero() {
		data.Next = q.at(auditPath, "before", p.Next.String())
	}
	switch s, _, err := c.Ledger.Checkpoint(r.Context()); {
	case err == nil:
		data.Sealed = s.At
	case !errors.Is(err, store.ErrNotFound):
		// A signature that is not ours is for the operator; what stands in the book is shown all the same.
		c.Log.ErrorContext(r.Context(), "could not read the newest checkpoint", "err", err)
	}
	c.show(w, r, v, http.StatusOK, "audit", page.View{Title: v.t("nav.audit"), Data: data, Crumbs: v.authorizationCrumbs()[:2]})
}

// auditWrong shows the form with what is wrong about it, and no entry.
func (c *Console) auditWrong(w http.ResponseWriter, r *http.Request, v *visit, q auditQuery, wrong []page.FieldError) {
	c.show(w, r, v, http.StatusUnprocessableEntity, "audit", page.View{Title: v.t("nav.audit"), Data: auditList{Query: q, Acts: page.Acts(v.lang), Narrowed: true},
		Crumbs: v.authorizationCrumbs()[:2], Errors: wrong})
}

// showAuditEntry shows one entry. That of another tenant is as unknown as one that does not exist.
func (c *Console) showAuditEntry(w http.ResponseWriter, r *http.Request, v *visit) {
	entry, err := id.Parse[id.Entry](r.PathValue("entry"))
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return
	}
	e, err := c.Ledger.Entry(r.Context(), v.Tenant.ID, entry)
	if errors.Is(err, store.ErrNotFound) {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	row, err := c.auditEntry(r, v, e)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, http.StatusOK, "audit_entry", page.View{Title: v.t("audit.entry"), Data: row,
		Crumbs: append(v.authorizationCrumbs()[:2:2], page.Link{Text: v.t("nav.audit"), Href: auditPath})})
}

// exportAudit sends the tenant's book as it is read, with the filter of the page.
func (c *Console) exportAudit(format ledger.Format) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		q, f, wrong, err := c.auditQuery(r, v)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		if len(wrong) > 0 {
			c.auditWrong(w, r, v, q, wrong)
			return
		}
		out := &download{ResponseWriter: w, format: format}
		if r.Method == http.MethodHead {
			out.begin()
			return
		}
		_, err = c.Ledger.Export(r.Context(), out, v.Tenant.ID, f, id.Entry{}, format, ledger.MaxExport)
		if err != nil && out.begun {
			c.Log.WarnContext(r.Context(), "an export of the audit book broke off", "reference", w.Header().Get(ReferenceHeader), "err", err)
			panic(http.ErrAbortHandler) // so that nobody takes what came for the whole
		}
		if err != nil {
			c.fail(w, r, err)
			return
		}
		out.begin()
	}
}

// download writes its header with the first byte, so that what fails before that can still be answered with a page.
type download struct {
	http.ResponseWriter
	format ledger.Format
	begun  bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	h := d.Header()
	h.Set("Content-Type", d.format.MediaType())
	h.Set("Content-Disposition", `attachment; filename="audit.`+string(d.format)+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
}

// Write sends a part.
func (d *download) Write(b []byte) (int, error) {
	d.begin()
	return d.ResponseWriter.Write(b)
}
