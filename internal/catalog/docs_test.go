package catalog_test

import (
	"os"
	"strings"
	"testing"

	"prokura/internal/catalog"
)

func TestDocs_the_complete_example_loads_without_notes_but_one(t *testing.T) {
	data, err := os.ReadFile("../../docs/catalog.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "```yaml\n")
	src, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/catalog.md has no example")
	}
	c, problems := catalog.Load("docs/catalog.md", []byte(src))
	if c == nil {
		t.Fatal(strings.Join(messages(problems), "\n"))
	}
	if notes := c.Lint(); len(notes) != 1 || !strings.Contains(notes[0].Message, `"notes:*" covers deletion`) {
		t.Errorf("%v", messages(notes))
	}
	if got := found(t, c, "GET", "/api/1.0/workspaces/w/notes/7/pdf"); got != "export_note" {
		t.Errorf("the example finds %s", got)
	}
}
