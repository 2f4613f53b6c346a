package cli

import (
	"maps"
	"slices"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

var entryColumns = []column[v1.Entry]{
	{text.Text{EN: "at", DE: "Zeit"}, func(e v1.Entry) string { return moment(e.At) }},
	{text.Text{EN: "actor", DE: "durch"}, func(e v1.Entry) string {
		return strings.TrimSpace(e.Actor.Kind + " " + e.Actor.Name)
	}},
	{text.Text{EN: "action", DE: "Vorgang"}, func(e v1.Entry) string { return e.Action }},
	{text.Text{EN: "target", DE: "Gegenstand"}, func(e v1.Entry) string { return e.Target }},
	{text.Text{EN: "detail", DE: "Einzelheiten"}, func(e v1.Entry) string {
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(e.Detail)) {
			parts = append(parts, k+"="+e.Detail[k])
		}
		return strings.Join(parts, " ")
	}},
}

type auditCommand struct {
	Tenant string `short:"t" placeholder:"TENANT" help:"flag_audit_tenant"`
	Limit  int    `default:"100" help:"flag_limit"`
}

// Run lists the tenant's book, or the vendor's own, newest first.
func (a *auditCommand) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path := address("audit")
	if a.Tenant != "" {
		t, err := findTenant(r, c, a.Tenant)
		if err != nil {
			return err
		}
		path = address("tenants", t, "audit")
	}
	items, raws, err := v1client.All[v1.Entry](r.ctx, c, path, a.Limit)
	if err != nil {
		return err
	}
	return printList(r, entryColumns, items, raws)
}

var refusalColumns = []column[v1.Refusal]{
	{text.Text{EN: "reference", DE: "Fehlerreferenz"}, func(f v1.Refusal) string { return f.Reference }},
	{text.Text{EN: "last", DE: "zuletzt"}, func(f v1.Refusal) string { return moment(f.LastAt) }},
	{text.Text{EN: "count", DE: "Anzahl"}, func(f v1.Refusal) string { return count(f.Count) }},
	{text.Text{EN: "codes", DE: "Codes"}, func(f v1.Refusal) string {
		var codes []string
		for _, found := range f.Findings {
			codes = append(codes, found.Code)
		}
		return strings.Join(codes, ", ")
	}},
	{text.Text{EN: "request", DE: "Anforderung"}, func(f v1.Refusal) string {
		return strings.TrimSpace(f.Method + " " + f.Path)
	}},
}

type refusalsCommand struct {
	inTenant
	Limit int `default:"100" help:"flag_limit"`
}

// Run lists what was refused in a tenant; explain ref shows one of them in full.
func (f *refusalsCommand) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := f.path(r, c, "refusals")
	if err != nil {
		return err
	}
	items, raws, err := v1client.All[v1.Refusal](r.ctx, c, path, f.Limit)
	if err != nil {
		return err
	}
	return printList(r, refusalColumns, items, raws)
}
