package registry

import (
	"strings"

	"prokura/internal/refusal"
)

// InWords puts what people call functions, permissions and plans in place of their ids in what a finding is about. It is for
// what people read; programs go by the ids.
func (c *Catalogs) InWords(lang string, f refusal.Finding) refusal.Finding {
	switch f.Code {
	case refusal.ScopeNotGranted: // a catalog writes alternatives apart by " | "
		f.Want = oneOf(lang, strings.Split(f.Want, " | "))
	case refusal.UserLacksPermission:
		f.Want = c.PermissionNames(lang, f.Want)
	case refusal.TenantLacksEntitlement:
		f.Want = c.FunctionNames(lang, f.Want)
		// The finding lists plans as policy writes them: each of them would do, or all of them together.
		between := ", "
		if f.Case == refusal.PlansTogether {
			between = " + "
		}
		if f.Got != "" {
			f.Got = strings.Join(c.PlanNames(lang, strings.Split(f.Got, between)...), between)
		}
	}
	return f
}

// oneOf names things of which one is enough.
func oneOf(lang string, names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	or := " or "
	if lang == "de" {
		or = " oder "
	}
	return strings.Join(names[:last], ", ") + or + names[last]
}

// Tell is what a finding says and what helps against it, in both languages, with names for people.
func (c *Catalogs) Tell(f refusal.Finding) (message, remedy refusal.Text) {
	en, de := c.InWords("en", f), c.InWords("de", f)
	return refusal.Text{EN: en.Message().EN, DE: de.Message().DE}, refusal.Text{EN: en.Remedy().EN, DE: de.Remedy().DE}
}

// PermissionNames are permissions as people know them, each with its id, since roles are made of ids.
func (c *Catalogs) PermissionNames(lang string, ids ...string) string {
	return strings.Join(each(ids, func(id string) string {
		if p, ok := c.Permission(id); ok && p.Title.In(lang) != "" {
			return p.Title.In(lang) + " (" + id + ")"
		}
		return id
	}), ", ")
}

// FunctionNames are functions of plans as people know them.
func (c *Catalogs) FunctionNames(lang string, ids ...string) string {
	return strings.Join(each(ids, func(id string) string {
		if e, ok := c.Entitlement(id); ok && e.Title.In(lang) != "" {
			return e.Title.In(lang)
		}
		return id
	}), ", ")
}

// PlanNames are plans as people know them.
func (c *Catalogs) PlanNames(lang string, ids ...string) []string {
	return each(ids, func(id string) string {
		if p, ok := c.Plan(id); ok && p.Title.In(lang) != "" {
			return p.Title.In(lang)
		}
		return id
	})
}

func each(ids []string, name func(string) string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = name(id)
	}
	return out
}
