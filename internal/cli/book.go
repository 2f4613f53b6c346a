package cli

import (
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

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
