package admin

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/golden"
	"prokura/internal/refusal"
)

// TestProblems_of_every_code compares what this API answers for each code with a golden file, so that a new code is
// looked at in both languages.
func TestProblems_of_every_code(t *testing.T) {
	c := clock.NewFake(noon)
	api := &API{c: Config{Docket: docket.New(docket.Config{Clock: c}), Clock: c, Log: slog.New(slog.DiscardHandler)}}
	var b strings.Builder
	for _, d := range refusal.All() {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/v1/x", nil)
		api.fail(w, r, refusal.New(refusal.Finding{Code: d.Code, Scope: "SCOPE", Want: "WANT", Got: "GOT", Why: refusal.Why{Flaw: refusal.IsEmpty, In: "IN"}}))
		fmt.Fprintf(&b, "== %s\n%d\n", d.Code, w.Code)
		for _, name := range []string{"Content-Type", "Www-Authenticate", "Retry-After"} {
			if v := w.Header().Get(name); v != "" {
				fmt.Fprintf(&b, "%s: %s\n", name, v)
			}
		}
		b.WriteString(strings.ReplaceAll(w.Body.String(), w.Header().Get("Prokura-Reference"), "REFERENCE"))
	}
	golden.Check(t, "problems.golden", b.String())
}

// TestProblems_hide_the_cause of what no service classified: the database failed.
func TestProblems_hide_the_cause(t *testing.T) {
	c := clock.NewFake(noon)
	var log strings.Builder
	api := &API{c: Config{Docket: docket.New(docket.Config{Clock: c}), Clock: c, Log: slog.New(slog.NewTextHandler(&log, nil))}}
	w := httptest.NewRecorder()
	api.fail(w, httptest.NewRequest("GET", "/v1/x", nil), fmt.Errorf("reading table users: disk is gone"))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk") || !strings.Contains(log.String(), "disk is gone") {
		t.Errorf("%d %s\nlog: %s", w.Code, w.Body, &log)
	}
}
