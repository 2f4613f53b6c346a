package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"prokura/internal/golden"
)

// TestHelp holds every help page, in both languages, against a golden file that is read like code.
func TestHelp_pages(t *testing.T) {
	parser, err := kong.New(&grammar{})
	if err != nil {
		t.Fatal(err)
	}
	for lang, locale := range map[string]string{"en": "C", "de": "de_DE.UTF-8"} {
		t.Run(lang, func(t *testing.T) {
			var pages strings.Builder
			for _, command := range append([]*kong.Node{parser.Model.Node}, parser.Model.Leaves(true)...) {
				var out strings.Builder
				args := append(strings.Fields(strings.TrimPrefix(command.Path(), parser.Model.Name)), "--help")
				p := Process{Args: args, Stdout: &out, Stderr: &out, Env: map[string]string{"LANG": locale}}
				if status := Run(t.Context(), p); status != ExitOK {
					t.Errorf("%v ends with status %d", args, status)
				}
				fmt.Fprintf(&pages, "$ prokura %s\n%s\n", strings.Join(args, " "), out.String())
			}
			golden.Check(t, "help."+lang+".txt", pages.String())
		})
	}
}
