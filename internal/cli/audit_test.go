package cli

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prokura/internal/admin"
	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/ledger"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
)

// auditWorld is a vendor's book with entries, behind the admin API.
type auditWorld struct {
	t      *testing.T
	db     *sqlite.Store
	raw    *sql.DB
	ledger *ledger.Ledger
	env    map[string]string
	dir    string
}

func newAuditWorld(t *testing.T) *auditWorld {
	t.Helper()
	w := &auditWorld{t: t, dir: t.TempDir()}
	c, log := clock.NewFake(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), slog.New(slog.DiscardHandler)
	file := testsqlite.File(t, w.dir)
	var err error
	w.db, err = sqlite.Open(t.Context(), sqlite.Options{Path: file, Clock: c})
	w.ok(err)
	t.Cleanup(func() { w.db.Close() })
	w.raw, err = sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	w.ok(err)
	t.Cleanup(func() { w.raw.Close() })
	sealer, err := seal.OpenFile(filepath.Join(w.dir, "seal.key"))
	w.ok(err)
	w.ledger, err = ledger.Open(t.Context(), ledger.Config{Store: w.db, Clock: c, Log: log, Sealer: sealer, Name: "prokura.example/audit"})
	w.ok(err)
	operator := entropy.Token(id.OperatorToken)
	api := httptest.NewServer(admin.New(admin.Config{Store: w.db, Ledger: w.ledger, Clock: c, Log: log, Operator: operator.Hash(),
		Docket: docket.New(docket.Config{Store: w.db, Clock: c, Log: log})}))
	t.Cleanup(api.Close)
	w.env = map[string]string{"PROKURA_SERVER": api.URL, "PROKURA_TOKEN": operator.Reveal()}
	return w
}

func (w *auditWorld) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *auditWorld) act(a audit.Act) {
	w.t.Helper()
	w.ok(w.db.Do(context.Background(), a, func(store.Tx) error { return nil }))
}

// TestA257_audit_verify_ends_with_a_status_of_its_own, and names the entry.
func TestA257_audit_verify(t *testing.T) {
	w := newAuditWorld(t)
	for range 3 {
		w.act(audit.Act{Actor: audit.Operator, Action: "key.rotate", Target: "key 1"})
	}
	_, err := w.ledger.Seal(t.Context())
	w.ok(err)
	w.act(audit.Act{Actor: audit.Operator, Action: "key.rotate", Target: "key 2"})
	kept := filepath.Join(w.dir, "kept")
	note := prokura(t, w.env, "", "audit", "checkpoint")
	key := strings.TrimSpace(prokura(t, w.env, "", "audit", "checkpoint", "--public-key").out)
	w.ok(os.WriteFile(kept, []byte(note.out), 0o600))
	got := prokura(t, w.env, "", "audit", "verify", "--checkpoint", kept, "--key", key)
	if got.status != ExitOK || !strings.Contains(got.out, "sound") || !strings.Contains(got.out, "not sealed yet          1, since 2026-11-22T12:00:00Z\n") {
		t.Errorf("sound: %+v", got)
	}
	if got := prokura(t, w.env, "", "--json", "audit", "verify"); got.status != ExitOK || !strings.Contains(got.out, `"sound": true`) {
		t.Errorf("as JSON: %+v", got)
	}
	other, err := audit.NewSigner("prokura.example/audit", make([]byte, 32))
	w.ok(err)
	if got := prokura(t, w.env, "", "audit", "verify", "--key", other.String()); got.status != ExitTampered {
		t.Errorf("signed with another key: %+v", got)
	}
	if got := prokura(t, w.env, "", "audit", "verify", "--key", "x"); got.status != ExitUsage {
		t.Errorf("a key that is none: %+v", got)
	}
	_, err = w.raw.Exec("UPDATE audit SET target = 'key 9' WHERE target = 'key 1'")
	w.ok(err)
	got = prokura(t, w.env, "", "audit", "verify")
	if got.status != ExitTampered || !strings.Contains(got.out, "NOT SOUND") ||
		!strings.Contains(got.err, "an entry was edited (entry ") || !strings.Contains(got.err, "place 0, now: operator key.rotate key 9)") {
		t.Errorf("tampered: %+v", got)
	}
	if got := prokura(t, w.env, "", "--json", "audit", "verify"); got.status != ExitTampered || !strings.Contains(got.out, `"kind": "edited"`) {
		t.Errorf("tampered, as JSON: %+v", got)
	}
}

// TestA256_the_audit_book_on_a_terminal is one line for each entry, with nothing that moves the cursor.
func TestA256_the_audit_book_on_a_terminal(t *testing.T) {
	w := newAuditWorld(t)
	const evil = "a\r\nb\x1b[2J\u2028\u202e"
	w.act(audit.Act{Actor: audit.Actor{Kind: "user", ID: "1", Name: evil}, Action: "x", Target: evil, Reason: evil,
		Detail: map[string]string{evil: evil}, Before: map[string]string{"n": evil}})
	for _, args := range [][]string{{"audit"}, {"audit", "list", "--actor", "1"}, {"audit", "export"}, {"audit", "export", "--format", "csv"}} {
		got := prokura(t, w.env, "", args...)
		lines := 2
		if strings.Join(args, " ") == "audit export" {
			lines = 1
		}
		if got.status != ExitOK || strings.Count(got.out, "\n") != lines || strings.ContainsAny(got.out, "\r\x1b\u2028\u202e") {
			t.Errorf("%v: %d, %s\n%q", args, got.status, got.err, got.out)
		}
	}
}

func TestAudit_filters_are_sent(t *testing.T) {
	w := newAuditWorld(t)
	for _, target := range []string{"key 1", "key 2"} {
		w.act(audit.Act{Actor: audit.Operator, Action: "key.rotate", Target: target})
	}
	for _, tt := range []struct {
		args []string
		want int // lines, with the head
	}{
		{[]string{"--target", "key 2"}, 2}, {[]string{"--since", "2026-11-22"}, 3}, {[]string{"--until", "2026-11-22T13:00:00+01:00"}, 0},
		{[]string{"--action", "key."}, 3}, {[]string{"--text", "KEY 1"}, 2}, {[]string{"--actor", "nobody"}, 0},
	} {
		got := prokura(t, w.env, "", append([]string{"audit", "list"}, tt.args...)...)
		if got.status != ExitOK || strings.Count(got.out, "\n") != tt.want {
			t.Errorf("%v: %+v, want %d lines", tt.args, got, tt.want)
		}
	}
	if got := prokura(t, w.env, "", "audit", "--since", "yesterday"); got.status != ExitUsage {
		t.Errorf("a time that is none: %+v", got)
	}
	if got := prokura(t, w.env, "", "audit", "export", "--format", "xml"); got.status != ExitUsage {
		t.Errorf("a format that is none: %+v", got)
	}
}
