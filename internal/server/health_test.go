package server

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/config"
)

// health is what a server answers to those who ask for it.
func health(t *testing.T, s *Server) (live, ready int) {
	t.Helper()
	ask := func(path string) int {
		a := httptest.NewRecorder()
		s.front.ServeHTTP(a, httptest.NewRequest("GET", path, nil))
		if want := "ok\n"; a.Code == http.StatusOK && a.Body.String() != want || a.Code != http.StatusOK && a.Body.String() != "not ready\n" {
			t.Errorf("%s says %q", path, a.Body)
		}
		return a.Code
	}
	return ask("/healthz"), ask("/readyz")
}

// TestA262_a_server_that_cannot_answer_is_alive_and_not_ready: while the database is away, the revocations are older than promised,
// or the clock cannot be relied on, a server asks for no requests, and says nothing of the reason; nobody restarts it for that. When
// the cause is gone it is ready again.
func TestA262_a_server_that_cannot_answer_is_alive_and_not_ready(t *testing.T) {
	engines(t, func(t *testing.T, conf func(string) config.Config) {
		cfg := conf("127.0.0.1:0")
		now := clock.NewFake(time.Now())
		var said strings.Builder
		s, err := New(t.Context(), cfg, Deps{Clock: now, Log: slog.New(slog.NewTextHandler(&said, nil))})
		if err != nil {
			t.Fatal(err)
		}
		closed := false
		defer func() {
			if !closed {
				_ = s.close()
			}
		}()
		is := func(what string, want int) {
			t.Helper()
			if live, ready := health(t, s); live != http.StatusOK || ready != want {
				t.Errorf("%s: alive %d, ready %d; want 200 and %d", what, live, ready, want)
			}
		}
		is("after the start", http.StatusOK)

		s.heedClock(errors.New("it stepped back"))
		is("with a clock that steps", http.StatusServiceUnavailable)
		s.heedClock(nil)
		is("with a clock that goes", http.StatusOK)

		if cfg.Storage.Engine == config.Postgres { // on SQLite the process is the only one who writes, so that it knows them all
			now.Advance(time.Minute)
			is("with old revocations", http.StatusServiceUnavailable)
			if err := s.memory.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			is("after it heard of them", http.StatusOK)
		}

		now.Advance(time.Minute) // beyond what an answer of the database is kept for
		if err := s.store.Close(); err != nil {
			t.Fatal(err)
		}
		if cfg.Storage.Engine == config.Postgres {
			_ = s.memory.Sync(t.Context())
		}
		is("without its database", http.StatusServiceUnavailable)
		if n := strings.Count(said.String(), "not ready"); n < 2 {
			t.Errorf("the reasons were logged %d times: %s", n, &said)
		}
		closed = true
		for _, l := range s.listeners {
			_ = l.Close()
		}
	})
}

// TestA167_a_directory_of_data_has_one_process: who would act on it beside a server that runs is refused, and what the command line
// acts with instead is readable for the operator alone.
func TestA167_a_directory_of_data_has_one_process(t *testing.T) {
	data := t.TempDir()
	n := serve(t, settings(data, "127.0.0.1:0", echo(t)))
	if s, err := New(t.Context(), settings(data, "127.0.0.1:0", echo(t)), Deps{}); err == nil {
		_ = s.close()
		t.Error("a second process opened the directory")
	}
	if status, _ := n.do("GET", "/v1/tenants", nil, "Authorization", "Bearer "+n.token); status != http.StatusOK {
		t.Errorf("the first one answers %d", status)
	}
	for _, name := range []string{"operator.token", sealFile} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
