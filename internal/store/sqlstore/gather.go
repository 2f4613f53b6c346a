package sqlstore

import (
	"strings"

	"prokura/internal/store"
)

// The most entries that one statement writes; a power of two. For each power up to it there are three statements, which a
// connection keeps prepared.
const maxGathered = 64

// gathered are the statements that write 1, 2, 4 … entries, and take so many off the list of those that are not sealed.
var gathered = func() (list []gatheredStatements) {
	columns := strings.Count(insertColumns, ",") + 1
	for n := 1; n <= maxGathered; n *= 2 {
		list = append(list, gatheredStatements{n, "INSERT INTO audit (" + insertColumns + ") VALUES " + values(n, columns),
			"INSERT INTO audit_pending (tenant, id) VALUES " + values(n, 2),
			"DELETE FROM audit_pending WHERE (id, tenant) IN (VALUES " + values(n, 2) + ")"})
	}
	return list
}()

type gatheredStatements struct {
	n                        int
	entries, pending, sealed string
}

// values are the placeholders of n rows. They have no names, which SQLite's driver would look up one by one.
func values(n, columns int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return row + strings.Repeat(", "+row, n-1)
}

// WriteEntries writes the audit entries of all who share a transaction. One by one they would cost as much as the rows that
// they tell of.
func WriteEntries(conn Conn, rows [][]any) error {
	for i := len(gathered) - 1; i >= 0; i-- {
		g := &gathered[i]
		for ; len(rows) >= g.n; rows = rows[g.n:] {
			var all, names []any
			for _, row := range rows[:g.n] {
				all = append(all, row...)
				names = append(names, row[0], row[1])
			}
			if _, err := conn.Exec(g.entries, all...); err != nil {
				return err
			}
			if _, err := conn.Exec(g.pending, names...); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeOffPending takes entries off the list of those that are not sealed. One by one it would cost three times as much.
func (t *Tx) takeOffPending(sealed []store.AuditRef) error {
	if !t.dialect.Gather {
		for _, ref := range sealed {
			if _, err := t.exec("sealing the audit book", deletePending, ref.Entry, book(ref.Book)); err != nil {
				return err
			}
		}
		return nil
	}
	for i := len(gathered) - 1; i >= 0; i-- {
		g := &gathered[i]
		for ; len(sealed) >= g.n; sealed = sealed[g.n:] {
			names := make([]any, 0, 2*g.n)
			for _, ref := range sealed[:g.n] {
				names = append(names, ref.Entry, book(ref.Book))
			}
			if _, err := t.exec("sealing the audit book", g.sealed, names...); err != nil {
				return err
			}
		}
	}
	return nil
}
