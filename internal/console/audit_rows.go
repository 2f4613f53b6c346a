package console

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
)

// auditRow is an entry as pages show it, in words: everything in it is one line without control characters. The code and the IDs,
// as they were written down, are in the entry.
type auditRow struct {
	audit.Entry
	Action, Words   string // the code, and what it says; books are older than the program: perhaps nothing
	Who             auditName
	From, Reason    auditValue
	Target          string // as it was written down
	What            auditName
	Changes, Detail []auditField
	More            int // changes that are not shown
}

// auditName is what somebody or something is called now.
type auditName struct {
	Text, Href string
	Kind       string // the word for what it is
	Also       string // as it was called then, or for whom it is
	Erased     bool
}

// auditField is a field of an entry, with what it was and what it is. A detail has the latter only.
type auditField struct {
	Name, Words   string
	Before, After auditValue
	ID            string // of what a detail names, whether or not that has a name
}

// auditValue is a value of an entry, which may have been erased with a deleted user.
type auditValue struct {
	Text   string // as it was written down
	Items  []auditItem
	Erased bool
}

// auditItem is one thing of those that a value lists.
type auditItem struct {
	Text  string
	Other bool // it stands on this side of the change only
}

const (
	shownChanges = 3  // of an entry, in the list
	shownItems   = 3  // of each side of one
	shownLength  = 80 // of a value in it, in characters
)

// auditRows makes rows of a list: of changes, only what came and what went.
func (c *Console) auditRows(r *http.Request, v *visit, entries []audit.Entry) ([]auditRow, error) {
	names, err := c.bookNames(r, v)
	if err != nil {
		return nil, err
	}
	out := make([]auditRow, 0, len(entries))
	for _, e := range entries {
		row, err := names.row(e)
		if err != nil {
			return nil, err
		}
		row.Changes = slices.DeleteFunc(row.Changes, func(f auditField) bool { // no is no news
			return len(f.Before.Items) == 0 && !f.Before.Erased && f.After.Text == "false"
		})
		if row.More = len(row.Changes) - shownChanges; row.More > 0 {
			row.Changes = row.Changes[:shownChanges]
		}
		for i := range row.Changes {
			names.shorten(&row.Changes[i].Before)
			names.shorten(&row.Changes[i].After)
		}
		row.Reason.Text = shortened(row.Reason.Text)
		out = append(out, row)
	}
	return out, nil
}

func (b *bookNames) shorten(a *auditValue) {
	a.Items = slices.DeleteFunc(a.Items, func(i auditItem) bool { return !i.Other })
	if more := len(a.Items) - shownItems; more > 0 {
		a.Items = append(a.Items[:shownItems:shownItems], auditItem{Text: page.Count(b.lang, "requests.more", more), Other: true})
	}
	for i := range a.Items {
		a.Items[i].Text = shortened(a.Items[i].Text)
	}
}

func shortened(s string) string {
	if utf8.RuneCountInString(s) <= shownLength {
		return s
	}
	return string([]rune(s)[:shownLength-1]) + "…"
}

func (c *Console) auditEntry(r *http.Request, v *visit, e audit.Entry) (auditRow, error) {
	names, err := c.bookNames(r, v)
	if err != nil {
		return auditRow{}, err
	}
	return names.row(e)
}

func (b *bookNames) row(e audit.Entry) (row auditRow, err error) {
	row = auditRow{Entry: e, Action: refusal.Escape(e.Act.Action), Target: refusal.Escape(e.Act.Target)}
	// Of what was revoked before it is authorized again, the state changes too.
	row.Words = page.ActWords(b.lang, e.Act.Action, len(e.Act.Before) > 0 && e.Act.Before["state"] == "")
	value := func(label, field, text string) auditValue {
		out := auditValue{Text: refusal.Escape(text), Erased: slices.Contains(e.Erased, label)}
		if field == "" || err != nil {
			return out
		}
		var words []string
		words, err = b.said(field, text)
		for _, s := range words {
			out.Items = append(out.Items, auditItem{Text: refusal.Escape(s)})
		}
		return out
	}
	row.From, row.Reason = value("from", "", e.Act.Actor.From), value("reason", "", e.Act.Reason)
	for _, name := range fieldsOf(&e, []string{"before.", "after."}, e.Act.Before, e.Act.After) {
		row.change(b.lang, name, value("before."+name, name, e.Act.Before[name]), value("after."+name, name, e.Act.After[name]))
	}
	for _, name := range fieldsOf(&e, []string{"detail."}, e.Act.Detail) {
		// The registry writes what matters of a change as "old → new".
		if was, is, changed := strings.Cut(e.Act.Detail[name], " → "); changed && e.Act.Action == "client.update" {
			row.change(b.lang, name, value("", name, was), value("", name, is))
			continue
		}
		f := auditField{Name: refusal.Escape(name), Words: page.FieldWords(b.lang, name), After: value("detail."+name, name, e.Act.Detail[name])}
		if _, notID := id.Parse[id.User](f.After.Text); notID == nil { // any ID is written like a user's
			f.ID = f.After.Text
			f.After.Items = slices.DeleteFunc(f.After.Items, func(i auditItem) bool { return i.Text == f.ID })
		}
		row.Detail = append(row.Detail, f)
	}
	if err == nil {
		row.Who, err = b.who(&e)
	}
	if err == nil {
		row.What, err = b.target(&e)
	}
	return row, err
}

// change adds a field that was changed, and marks what of it stands on one side only.
func (row *auditRow) change(lang, name string, was, is auditValue) {
	other := func(a, b []auditItem) {
		for i := range a {
			a[i].Other = !slices.ContainsFunc(b, func(x auditItem) bool { return x.Text == a[i].Text })
		}
	}
	other(was.Items, is.Items)
	other(is.Items, was.Items)
	row.Changes = append(row.Changes, auditField{Name: refusal.Escape(name), Words: page.FieldWords(lang, name), Before: was, After: is})
}

// fieldsOf are the names of the fields of an entry, with those of which nothing is left but that they were erased.
func fieldsOf(e *audit.Entry, prefixes []string, tables ...map[string]string) []string {
	all := map[string]bool{}
	for _, m := range tables {
		for name := range m {
			all[name] = true
		}
	}
	for _, erased := range e.Erased {
		for _, prefix := range prefixes {
			if name, ok := strings.CutPrefix(erased, prefix); ok {
				all[name] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Or(weight(b)-weight(a), strings.Compare(a, b)) })
}

// weighty are the fields that are told first, the most important one last.
var weighty = [...]string{"all_scopes", "expires", "barred", "admission", "scopes", "stage", "door", "state"}

// weight says how early a field is told.
func weight(field string) int { return slices.Index(weighty[:], field) }

// word is that of a text whose key ends in a name from the book, or the name.
func (v *visit) word(prefix, name string) string {
	if s := v.t(prefix + name); s != prefix+name {
		return s
	}
	return refusal.Escape(name)
}

// who is whoever acted: a user or an app by the name that they have now, with the one they had then if that was another.
func (b *bookNames) who(e *audit.Entry) (auditName, error) {
	by := e.Act.Actor
	out := auditName{Kind: b.word("audit.kind.", by.Kind), Erased: slices.Contains(e.Erased, "actor_name")}
	var now string
	var err error
	switch by.Kind {
	case "user":
		if now, err = b.user(by.ID); now != "" {
			out.Href = b.userLink(by.ID)
		}
	case "client":
		if now, err = b.app(by.ID); now != "" {
			out.Href = b.appLink(by.ID)
		}
	}
	if out.Text = refusal.Escape(or(or(now, by.Name), by.ID)); now != "" && by.Name != now {
		out.Also = refusal.Escape(by.Name)
	}
	return out, err
}

// target is what it was done to, by the name that it has now, else by the one that the entry tells.
func (b *bookNames) target(e *audit.Entry) (out auditName, err error) {
	kind, text, _ := strings.Cut(e.Act.Target, " ")
	out.Kind = b.word("audit.target.", kind)
	client, user := "", ""
	switch kind {
	case "client", "connected_app":
		client = text
	case "user":
		if out.Text, err = b.user(text); out.Text != "" {
			out.Href = b.userLink(text)
		}
	case "group":
		out.Text, err = b.group(text)
	case "role":
		out.Text = b.role(text)
	case "entitlement":
		known, _ := b.c.Catalogs.Entitlement(text)
		out.Text = known.Title.In(b.lang)
	case "tenant":
		out.Text = b.account(text)
	case "grant":
		if client, user, err = b.grant(text); client == "" {
			client, user = e.Act.Detail["client"], e.Act.Detail["user"]
		}
	case "session", "access_token":
		client, user = e.Act.Detail["connected_app"], e.Act.Detail["user"]
	}
	if group := kind == "group" || kind == "role"; group && e.Act.Detail["user"] != "" && err == nil {
		if out.Also, err = b.user(e.Act.Detail["user"]); out.Also != "" {
			out.Also = "· " + refusal.Escape(out.Also)
		}
	}
	if kind == "client" || kind == "connected_app" {
		user = e.Act.Detail["user"]
	}
	if client != "" && err == nil {
		if out.Text, err = b.app(client); out.Text != "" {
			out.Href = b.appLink(client)
		}
	}
	if user != "" && err == nil {
		if user, err = b.user(user); user != "" {
			out.Also = b.t("audit.target_for", refusal.Escape(user))
		}
	}
	out.Text = refusal.Escape(or(out.Text, e.Act.Detail["name"]))
	return out, err
}
