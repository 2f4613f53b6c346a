package console

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// auditRow is an entry as pages show it: everything in it is one line without control characters.
type auditRow struct {
	audit.Entry
	WhoKind         string
	Who             auditValue
	From, Reason    auditValue
	Action          string
	Target, Name    string // what it was done to, as it was written down; what it is called now, where that is known
	Changes, Detail []auditField
	More            int // changes that are not shown
}

// auditField is a field of an entry, with what it was and what it is. A detail has the latter only.
type auditField struct {
	Name          string
	Before, After auditValue
}

// auditValue is a value of an entry, which may have been erased with a deleted user.
type auditValue struct {
	Text   string
	Erased bool
}

const (
	shownChanges = 3  // of an entry, in the list
	shownLength  = 80 // of a value in it, in characters
)

// auditRows makes rows of a list.
func (c *Console) auditRows(r *http.Request, v *visit, entries []audit.Entry) ([]auditRow, error) {
	names := map[string]string{}
	out := make([]auditRow, 0, len(entries))
	for _, e := range entries {
		row, err := c.auditRow(r, v, e, names)
		if err != nil {
			return nil, err
		}
		if row.More = len(row.Changes) - shownChanges; row.More > 0 {
			row.Changes = row.Changes[:shownChanges]
		}
		for i := range row.Changes {
			ch := &row.Changes[i]
			ch.Before.Text, ch.After.Text = shortened(ch.Before.Text), shortened(ch.After.Text)
		}
		row.Reason.Text = shortened(row.Reason.Text)
		out = append(out, row)
	}
	return out, nil
}

func (c *Console) auditEntry(r *http.Request, v *visit, e audit.Entry) (auditRow, error) {
	return c.auditRow(r, v, e, map[string]string{})
}

func shortened(s string) string {
	if utf8.RuneCountInString(s) <= shownLength {
		return s
	}
	return string([]rune(s)[:shownLength-1]) + "…"
}

func (c *Console) auditRow(r *http.Request, v *visit, e audit.Entry, names map[string]string) (auditRow, error) {
	value := func(field, text string) auditValue {
		return auditValue{Text: refusal.Escape(text), Erased: slices.Contains(e.Erased, field)}
	}
	by := e.Act.Actor
	row := auditRow{Entry: e, Action: refusal.Escape(e.Act.Action), Target: refusal.Escape(e.Act.Target),
		Who: value("actor_name", or(by.Name, by.ID)), WhoKind: v.actorKind(by.Kind),
		From: value("from", by.From), Reason: value("reason", e.Act.Reason)}
	for _, name := range fieldsOf(&e, []string{"before.", "after."}, e.Act.Before, e.Act.After) {
		row.Changes = append(row.Changes, auditField{Name: refusal.Escape(name), Before: value("before."+name, e.Act.Before[name]),
			After: value("after."+name, e.Act.After[name])})
	}
	for _, name := range fieldsOf(&e, []string{"detail."}, e.Act.Detail) {
		row.Detail = append(row.Detail, auditField{Name: refusal.Escape(name), After: value("detail."+name, e.Act.Detail[name])})
	}
	name, known := names[e.Act.Target]
	if !known {
		var err error
		if name, err = c.targetName(r, v, e.Act.Target); err != nil {
			return row, err
		}
		names[e.Act.Target] = name
	}
	row.Name = name
	return row, nil
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
	return slices.Sorted(maps.Keys(all))
}

// actorKind is the word for a kind of actor.
func (v *visit) actorKind(kind string) string {
	if s := v.t("audit.kind." + kind); s != "audit.kind."+kind {
		return s
	}
	return refusal.Escape(kind)
}

// targetName is what an app or a user is called now. Of an app that nobody of the tenant may see, and of what is gone, there
// is no name.
func (c *Console) targetName(r *http.Request, v *visit, target string) (string, error) {
	kind, text, _ := strings.Cut(target, " ")
	switch kind {
	case "client", "connected_app":
		client, err := id.Parse[id.Client](text)
		if err != nil {
			return "", nil
		}
		s, err := c.Govern.Authorization(r.Context(), v.Tenant.ID, client)
		if refusal.Of(err).First().Code == refusal.ClientUnknown && err != nil {
			return "", nil
		}
		return s.App.Name, err
	case "user":
		user, err := id.Parse[id.User](text)
		if err != nil {
			return "", nil
		}
		var name string
		err = c.Store.View(r.Context(), func(rd store.Reader) error {
			u, err := rd.User(v.Tenant.ID, user)
			name = or(u.FullName, u.Name)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
		return name, err
	}
	return "", nil
}
