package console

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/ledger"
	"prokura/internal/store"
)

// maxHistory bounds a download, in entries.
const maxHistory = 10_000

// event is one entry of somebody's own history.
type event struct {
	ID     id.Entry          `json:"id"`
	At     time.Time         `json:"at"`
	By     string            `json:"by"`
	Action string            `json:"action"`
	Target string            `json:"target"`
	Detail map[string]string `json:"detail,omitempty"`
}

// history is everything that the visitor's user did in the tenant, or that was done to it, newest first.
func (c *Console) history(w http.ResponseWriter, r *http.Request, v *visit) {
	entries := []event{}
	err := c.Store.View(r.Context(), func(rd store.Reader) error {
		entries = entries[:0]
		var before id.Entry
		for len(entries) < maxHistory {
			part, err := rd.ListAuditOf(v.Tenant.ID, v.User.ID, before, 500)
			if err != nil {
				return err
			}
			for _, e := range part {
				entries = append(entries, event{e.ID, e.At, actorName(e.Act.Actor), e.Act.Action, e.Act.Target, e.Act.Detail})
			}
			if len(part) < 500 {
				return nil
			}
			before = part[len(part)-1].ID
		}
		return nil
	})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if r.URL.Query().Get("format") == "csv" {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="history.csv"`)
		writeCSV(csv.NewWriter(w), entries)
		return
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="history.json"`)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(entries)
}

func actorName(a audit.Actor) string {
	return strings.Join(strings.Fields(a.Kind+" "+or(a.Name, a.ID)), " ")
}

func writeCSV(out *csv.Writer, entries []event) {
	_ = out.Write([]string{"at", "by", "action", "target", "detail", "id"})
	for _, e := range entries {
		_ = out.Write([]string{e.At.UTC().Format(time.RFC3339), ledger.Cell(e.By), ledger.Cell(e.Action), ledger.Cell(e.Target), ledger.Cell(ledger.Pairs(e.Detail)), e.ID.String()})
	}
	out.Flush()
}
