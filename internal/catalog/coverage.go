package catalog

import (
	"fmt"
	"io"
	"strings"

	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/text"
)

// Coverage is what a scope list can call, and what it cannot.
type Coverage struct {
	Concrete scope.Set // what the list means, wildcards expanded
	Unknown  scope.Set // what means nothing here
	Rows     []CoverageRow

	catalog *Catalog
}

// CoverageRow is one method under a scope list.
type CoverageRow struct {
	Method  *Method
	Covered bool
	Missing scope.Set // the least that would have to be added; empty if covered, or if nothing covers the method
}

// Coverage says of every method whether a scope list as somebody sent it covers it.
func (c *Catalog) Coverage(sent scope.Set) Coverage {
	bits, concrete, unknown := c.Expand(sent)
	out := Coverage{Concrete: concrete, Unknown: unknown, catalog: c}
	for _, m := range c.methods {
		row := CoverageRow{Method: m, Covered: m.Covered(&bits)}
		if !row.Covered {
			row.Missing = m.Missing(concrete)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// Missing is the least that must be added to concrete scopes so that they cover the method; empty if they do.
func (m *Method) Missing(concrete scope.Set) scope.Set {
	var least scope.Set
	for i, a := range m.alternatives {
		if lacking := a.Minus(concrete); i == 0 || lacking.Len() < least.Len() {
			least = lacking
		}
	}
	return least
}

// Text writes the coverage for people: per category a picture, a mark for each method, then the methods that can be
// called, and those that cannot with what is missing. Lang is "de" or "en".
func (v Coverage) Text(w io.Writer, lang string) error {
	say := func(en, de string) string { return text.Text{EN: en, DE: de}.In(lang) }
	covered := 0
	marks := map[string]*strings.Builder{}
	yes, no := [][]string{}, [][]string{}
	for _, r := range v.Rows {
		if marks[r.Method.Category.ID] == nil {
			marks[r.Method.Category.ID] = &strings.Builder{}
		}
		category, title := "  "+r.Method.Category.In(lang), r.Method.Title.In(lang)
		if r.Covered {
			covered++
			marks[r.Method.Category.ID].WriteString("■")
			yes = append(yes, []string{category, title, r.Method.Verb, r.Method.Path})
			continue
		}
		marks[r.Method.Category.ID].WriteString("·")
		no = append(no, []string{category, title, r.Missing.String(), r.Method.Verb, r.Method.Path})
	}
	var b strings.Builder
	fmt.Fprintf(&b, say("%d of %d methods can be called.\n\n", "%d von %d Methoden können aufgerufen werden.\n\n"), covered, len(v.Rows))
	picture := [][]string{}
	for _, g := range v.catalog.categories {
		if m := marks[g.ID]; m != nil {
			picture = append(picture, []string{"  " + g.In(lang), m.String()})
		}
	}
	_ = columns(&b, picture) // a strings.Builder takes everything
	section := func(title string, rows [][]string) {
		if len(rows) > 0 {
			fmt.Fprintf(&b, "\n%s\n", title)
			_ = columns(&b, rows)
		}
	}
	section(say("Can be called:", "Kann aufgerufen werden:"), yes)
	section(say("Cannot be called, because this scope is missing:", "Kann nicht aufgerufen werden, weil dieser Bereich fehlt:"), no)
	section(say("Not in the catalog, and so without effect:", "Nicht im Katalog und deshalb ohne Wirkung:"), v.strange(say))
	_, err := io.WriteString(w, b.String())
	return err
}

// strange are the unknown names, each with the nearest one that the catalog has.
func (v Coverage) strange(say func(en, de string) string) [][]string {
	var out [][]string
	for _, s := range v.Unknown.All() {
		row := []string{"  " + refusal.Safe(s.String())}
		if near, ok := v.catalog.Nearest(s); ok {
			row = append(row, fmt.Sprintf(say("did you mean %s?", "meinten Sie %s?"), near))
		}
		out = append(out, row)
	}
	return out
}

type shownCoverage struct {
	Scopes  []string   `json:"scopes"`
	Unknown []string   `json:"unknown"`
	Methods []shownRow `json:"methods"`
}

type shownRow struct {
	ID      string   `json:"id"`
	Verb    string   `json:"verb"`
	Path    string   `json:"path"`
	Covered bool     `json:"covered"`
	Missing []string `json:"missing"`
}

// JSON writes the coverage for programs.
func (v Coverage) JSON(w io.Writer) error {
	out := shownCoverage{Scopes: v.Concrete.Names(), Unknown: v.Unknown.Names(), Methods: []shownRow{}}
	for _, r := range v.Rows {
		out.Methods = append(out.Methods, shownRow{r.Method.ID, r.Method.Verb, r.Method.Path, r.Covered, r.Missing.Names()})
	}
	return writeJSON(w, out)
}
