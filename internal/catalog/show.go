package catalog

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"prokura/internal/scope"
	"prokura/internal/text"
)

// Table writes the methods for people, a line each, and under them what the wildcards stand for; the permissions of users only
// where a method names one. Lang is "de" or "en".
func (c *Catalog) Table(w io.Writer, lang string) error {
	head := text.Text{EN: "CATEGORY\tMETHOD\tVERB\tPATH\tSCOPE", DE: "KATEGORIE\tMETHODE\tVERB\tPFAD\tBEREICH"}
	none := text.Text{EN: "(no scope)", DE: "(kein Bereich)"}
	rows := [][]string{strings.Split(head.In(lang), "\t")}
	for _, m := range c.methods {
		need := m.NeedNames()
		if need == "" {
			need = none.In(lang)
		}
		rows = append(rows, []string{m.Category.In(lang), m.Title.In(lang), m.Verb, m.Path, need})
	}
	if slices.ContainsFunc(c.methods, func(m *Method) bool { return m.Permission != "" }) {
		permission := text.Text{EN: "PERMISSION", DE: "BERECHTIGUNG"}
		rows[0] = append(rows[0], permission.In(lang))
		for i, m := range c.methods {
			if m.Permission != "" {
				rows[i+1] = append(rows[i+1], m.Permission)
			}
		}
	}
	wild := text.Text{EN: "WILDCARD\tSTANDS FOR", DE: "PLATZHALTERBEREICH\tSTEHT FÜR"}
	rest := [][]string{strings.Split(wild.In(lang), "\t")}
	for i := range c.scopes {
		if s := &c.scopes[i]; s.Type == Wildcard {
			rest = append(rest, []string{s.Name.String(), s.Members.String()})
		}
	}
	if err := columns(w, rows); err != nil || len(rest) == 1 {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return columns(w, rest)
}

// columns writes rows with their columns aligned. Widths count characters, not bytes.
func columns(w io.Writer, rows [][]string) error {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		if _, err := fmt.Fprintln(w, line.String()); err != nil {
			return err
		}
	}
	return nil
}

type shownCatalog struct {
	Name    string        `json:"catalog"`
	Version string        `json:"version"`
	Title   text.Text     `json:"title"`
	Scopes  []shownScope  `json:"scopes"`
	Methods []shownMethod `json:"methods"`

	Entitlements []shownEntitlement `json:"entitlements"`
	Permissions  []shownPermission  `json:"permissions"`
	Plans        []shownPlan        `json:"plans"`
	Roles        []shownRole        `json:"roles"`
}

type shownScope struct {
	Name        string    `json:"name"`
	Type        ScopeType `json:"type"`
	Title       text.Text `json:"title"`
	Description text.Text `json:"description"`
	Members     []string  `json:"members,omitempty"`
	Entitlement string    `json:"entitlement,omitempty"`
	Permissions []string  `json:"permissions,omitempty"`
	Resource    string    `json:"resource,omitempty"`
	Dangerous   bool      `json:"dangerous,omitempty"`
	Elsewhere   bool      `json:"elsewhere,omitempty"`
}

type shownMethod struct {
	ID          string     `json:"id"`
	Category    string     `json:"category"`
	Verb        string     `json:"verb"`
	Path        string     `json:"path"`
	Needs       [][]string `json:"needs"` // alternatives
	Tenant      string     `json:"tenant"`
	Permission  string     `json:"permission,omitempty"`
	AnsweredBy  AnsweredBy `json:"answered_by"`
	AliasOf     string     `json:"alias_of,omitempty"`
	Title       text.Text  `json:"title"`
	Description text.Text  `json:"description"`
}

type shownEntitlement struct {
	ID          string    `json:"id"`
	Title       text.Text `json:"title"`
	Description text.Text `json:"description,omitzero"`
}

type shownPermission struct {
	ID    string    `json:"id"`
	Title text.Text `json:"title"`
}

type shownPlan struct {
	ID           string    `json:"id"`
	Title        text.Text `json:"title"`
	Entitlements []string  `json:"entitlements"`
}

type shownRole struct {
	ID          string    `json:"id"`
	Title       text.Text `json:"title"`
	Description text.Text `json:"description"`
	Permissions []string  `json:"permissions"`
}

// JSON writes the whole catalog for programs.
func (c *Catalog) JSON(w io.Writer) error {
	out := shownCatalog{Name: c.Name, Version: c.Version, Title: c.Title,
		Entitlements: []shownEntitlement{}, Permissions: []shownPermission{}, Plans: []shownPlan{}, Roles: []shownRole{}}
	for i := range c.scopes {
		s := &c.scopes[i]
		shown := shownScope{Name: s.Name.String(), Type: s.Type, Title: s.Title, Description: s.Description,
			Entitlement: s.Entitlement, Permissions: s.Permissions, Resource: s.Resource.ID, Dangerous: s.Dangerous, Elsewhere: s.Elsewhere}
		if s.Type == Wildcard {
			shown.Members = s.Members.Names()
		}
		out.Scopes = append(out.Scopes, shown)
	}
	for _, m := range c.methods {
		out.Methods = append(out.Methods, m.shown())
	}
	for _, e := range c.entitlements {
		out.Entitlements = append(out.Entitlements, shownEntitlement{e.ID, e.Title, e.Description})
	}
	for _, p := range c.permissions {
		out.Permissions = append(out.Permissions, shownPermission{p.ID, p.Title})
	}
	for _, p := range c.plans {
		out.Plans = append(out.Plans, shownPlan{p.ID, p.Title, append([]string{}, p.Entitlements...)})
	}
	for _, r := range c.roles {
		out.Roles = append(out.Roles, shownRole{r.ID, r.Title, r.Description, append([]string{}, r.Permissions...)})
	}
	return writeJSON(w, out)
}

func (m *Method) shown() shownMethod {
	s := shownMethod{
		ID: m.ID, Category: m.Category.ID, Verb: m.Verb, Path: m.Path, Needs: nameSets(m.alternatives),
		Permission: m.Permission, AnsweredBy: m.AnsweredBy, AliasOf: m.AliasOf, Title: m.Title, Description: m.Description,
	}
	switch m.TenantFrom {
	case FromPath:
		s.Tenant = "path"
	case FromToken:
		s.Tenant = "token"
	case FromBody:
		s.Tenant = "body"
	}
	return s
}

func nameSets(sets []scope.Set) [][]string {
	out := make([][]string, 0, len(sets))
	for _, s := range sets {
		out = append(out, s.Names())
	}
	return out
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
