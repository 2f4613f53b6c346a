package catalog

import (
	"fmt"
	"io"
	"strings"

	"prokura/internal/scope"
)

// Matrix draws how far each scope alone reaches: a line for each scope, under each category a mark for every method, ■
// for one that the scope covers and · for one that it does not. Categories are numbered above and named below. Methods
// that need no scope are left out. Lang is "de" or "en".
func (c *Catalog) Matrix(w io.Writer, lang string) error {
	groups := map[string][]*Method{}
	for _, m := range c.methods {
		if m.NeedNames() != "" {
			groups[m.Category.ID] = append(groups[m.Category.ID], m)
		}
	}
	head, legend := []string{""}, [][]string{}
	for _, g := range c.categories {
		if len(groups[g.ID]) > 0 {
			head = append(head, fmt.Sprint(len(head)))
			legend = append(legend, []string{fmt.Sprintf("%4d", len(head)-1), g.In(lang)})
		}
	}
	rows := [][]string{head}
	for i := range c.scopes {
		bits, _, _ := c.Expand(scope.NewSet(c.scopes[i].Name))
		row := []string{c.scopes[i].Name.String()}
		for _, g := range c.categories {
			if len(groups[g.ID]) == 0 {
				continue
			}
			var marks strings.Builder
			for _, m := range groups[g.ID] {
				if m.Covered(&bits) {
					marks.WriteString("■")
				} else {
					marks.WriteString("·")
				}
			}
			row = append(row, marks.String())
		}
		rows = append(rows, row)
	}
	if err := columns(w, rows); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return columns(w, legend)
}
