package ledger

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/v1"
)

// Format is a form of an export.
type Format string

// The forms.
const (
	CSV   Format = "csv"   // for spreadsheets: nothing in it is taken for a formula
	JSONL Format = "jsonl" // an object to a line, as the admin API has them
)

// MediaType is what an export is sent as.
func (f Format) MediaType() string {
	if f == CSV {
		return "text/csv; charset=utf-8; header=present"
	}
	return "application/jsonl"
}

const (
	// MaxExport is how many entries one export holds at most.
	MaxExport  = 1_000_000
	exportPage = 500
)

// Export writes what a filter lets through of a tenant's book, or of the vendor's own, newest first, as it is read: little is
// held in memory, and no transaction is held open for a slow reader. At most max entries are written, MaxExport where it is
// zero. It answers where to go on, zero where that was all.
func (l *Ledger) Export(ctx context.Context, w io.Writer, in id.Tenant, f store.AuditFilter, before id.Entry, format Format, max int) (id.Entry, error) {
	if max <= 0 || max > MaxExport {
		max = MaxExport
	}
	out := bufio.NewWriter(w)
	write := writer(out, format)
	for left := max; left > 0; {
		p, err := l.Find(ctx, in, f, before, min(left, exportPage))
		if err != nil {
			return before, err
		}
		for i := range p.Entries {
			if err := write(&p.Entries[i]); err != nil {
				return before, fmt.Errorf("exporting the audit book: %w", err)
			}
		}
		if err := out.Flush(); err != nil {
			return before, fmt.Errorf("exporting the audit book: %w", err)
		}
		if before = p.Next; before.IsZero() {
			return before, nil
		}
		left -= len(p.Entries)
	}
	return before, nil
}

var columns = []string{"at", "actor_kind", "actor_id", "actor_name", "from", "action", "target", "reason", "before", "after", "detail",
	"tenant", "id"}

func writer(w io.Writer, format Format) func(*audit.Entry) error {
	if format == JSONL {
		return func(e *audit.Entry) error {
			line, err := json.Marshal(Render(*e))
			if err == nil {
				_, err = w.Write(append(printable(line), '\n'))
			}
			return err
		}
	}
	out := csv.NewWriter(w)
	row := func(cells []string) error {
		for i, c := range cells {
			cells[i] = Cell(c)
		}
		err := out.Write(cells)
		out.Flush()
		return err
	}
	begun := row(slices.Clone(columns))
	return func(e *audit.Entry) error {
		if begun != nil {
			return begun
		}
		a := &e.Act
		return row([]string{e.At.UTC().Format(time.RFC3339), a.Actor.Kind, a.Actor.ID, a.Actor.Name, a.Actor.From, a.Action, a.Target, a.Reason,
			Pairs(a.Before), Pairs(a.After), Pairs(a.Detail), a.Tenant.String(), e.ID.String()})
	}
}

// Pairs writes fields in one line, in the order of their names.
func Pairs(m map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, k+"="+m[k])
	}
	return strings.Join(parts, "; ")
}

// Cell writes a value in one line, and keeps a spreadsheet from taking it, or a part of it, for a formula (A256, A259): an apostrophe
// stands before what begins like one. A semicolon begins a cell too: where the comma is the decimal one, spreadsheets split there,
// and take no notice of quotation marks in the middle of what they call a cell.
func Cell(s string) string {
	var b strings.Builder
	begins := true
	for _, r := range refusal.Escape(s) {
		switch {
		case r == ';':
			begins = true
		case begins && strings.ContainsRune("=+-@|%＝＋－＠", r):
			b.WriteByte('\'')
			begins = false
		case r != ' ' && r != '"':
			begins = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// printable writes what no terminal should get as JSON's escapes: encoding/json lets some of it stand as it is (A256).
func printable(line []byte) []byte {
	var out []byte
	for _, r := range string(line) {
		switch {
		case unicode.IsPrint(r):
			out = append(out, string(r)...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// Render is an entry as it travels.
func Render(e audit.Entry) v1.Entry {
	detail := e.Act.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	by := e.Act.Actor
	return v1.Entry{ID: e.ID.String(), At: e.At, Tenant: e.Act.Tenant.String(), Actor: v1.Actor{Kind: by.Kind, ID: by.ID, Name: by.Name},
		From: by.From, Action: e.Act.Action, Target: e.Act.Target, Reason: e.Act.Reason, Detail: detail, Before: e.Act.Before,
		After: e.Act.After, Erased: e.Erased}
}
