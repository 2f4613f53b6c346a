package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mattn/go-isatty"

	"prokura/internal/text"
)

// column is one column of a table, or one line of a single thing.
type column[T any] struct {
	title text.Text
	value func(T) string
}

// printList writes a table, or with --json what the server sent.
func printList[T any, R any](r *run, columns []column[T], items []T, raws []R) error {
	if r.g.JSON {
		if raws == nil {
			raws = []R{}
		}
		return r.json(raws)
	}
	if len(items) == 0 {
		r.note("there are none", "es gibt keine")
		return nil
	}
	w := tabwriter.NewWriter(r.Stdout, 0, 0, 2, ' ', 0)
	var b strings.Builder
	for _, c := range columns {
		b.WriteString(strings.ToUpper(c.title.In(r.lang)) + "\t")
	}
	b.WriteString("\n")
	for _, item := range items {
		for _, c := range columns {
			b.WriteString(cell(c.value(item)) + "\t")
		}
		b.WriteString("\n")
	}
	// Trailing blanks help nobody and make goldens hard to read.
	fmt.Fprint(w, strings.ReplaceAll(b.String(), "\t\n", "\n"))
	return w.Flush()
}

// printOne writes one thing line by line, or with --json what the server sent.
func printOne[T any](r *run, columns []column[T], item T, raw any) error {
	if r.g.JSON {
		return r.json(raw)
	}
	w := tabwriter.NewWriter(r.Stdout, 0, 0, 2, ' ', 0)
	for _, c := range columns {
		fmt.Fprintf(w, "%s\t%s\n", c.title.In(r.lang), cell(c.value(item)))
	}
	return w.Flush()
}

func (r *run) json(v any) error {
	e := json.NewEncoder(r.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// cell makes a value fit for a table: one line, nothing that moves the cursor, a dash for nothing.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	return safe(s)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (r *run) yes(b bool) string {
	if b {
		return r.say("yes", "ja")
	}
	return r.say("no", "nein")
}

// some is a number with its noun.
func (r *run) some(n int, one, many text.Text) string {
	if n == 1 {
		return "1 " + one.In(r.lang)
	}
	return strconv.Itoa(n) + " " + many.In(r.lang)
}

// confirm asks before something is deleted. Without a terminal nobody can answer, so --yes must have been given.
func (r *run) confirm(yes bool, what string) error {
	if yes {
		return nil
	}
	if !terminal(r.Stdin) {
		return r.misuse(fmt.Sprintf(r.say("this would take away %s, and there is no terminal to ask at", "entfernt würde: %s; es gibt kein Terminal für eine Rückfrage"), what),
			r.say("pass --yes if you mean it", "geben Sie --yes an, wenn Sie das wollen"))
	}
	fmt.Fprintf(r.Stderr, r.say("This takes away %s, and cannot be undone. Go on? [y/N] ", "Entfernt wird: %s. Das lässt sich nicht rückgängig machen. Fortfahren? [j/N] "), safe(what))
	return r.answer()
}

// sure says what will come of a command, sentence by sentence, and asks. With --yes nothing is said: a script has read it.
func (r *run) sure(yes bool, consequences ...string) error {
	if yes {
		return nil
	}
	for _, sentence := range consequences {
		fmt.Fprintln(r.Stderr, safe(sentence))
	}
	if !terminal(r.Stdin) {
		return r.misuse(r.say("nothing was changed: there is no terminal to ask at", "es wurde nichts geändert: Es gibt kein Terminal für eine Rückfrage"),
			r.say("pass --yes if you mean it", "geben Sie --yes an, wenn Sie das wollen"))
	}
	fmt.Fprint(r.Stderr, r.say("Go on? [y/N] ", "Fortfahren? [j/N] "))
	return r.answer()
}

func (r *run) answer() error {
	answer, _ := bufio.NewReader(r.Stdin).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "j", "ja":
		return nil
	}
	return r.fault(r.say("nothing was changed", "es wurde nichts geändert"), "")
}

// terminal says whether somebody sits at the other end.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
