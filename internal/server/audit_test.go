package server

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"prokura/internal/config"
	"prokura/internal/v1"
)

func (n *node) asked(verb, path string, in, out any, headers ...string) {
	n.t.Helper()
	status, b := n.do(verb, path, in, append(headers, "Authorization", "Bearer "+n.token)...)
	if status >= 300 {
		n.t.Fatalf("%s %s: %d %s", verb, path, status, b)
	}
	if err := json.Unmarshal(b, out); err != nil {
		n.t.Fatal(err)
	}
}

// TestA258_an_entry_says_where_the_request_came_from: the connection's address, or, behind a proxy, the one that the proxy saw,
// and in no case what the caller wrote.
func TestA258_an_entry_says_where_the_request_came_from(t *testing.T) {
	for _, tt := range []struct {
		what    string
		inFront bool
		want    string
	}{{"by itself", false, "127.0.0.1"}, {"behind a proxy", true, "192.0.2.44"}} {
		t.Run(tt.what, func(t *testing.T) {
			cfg := settings(t.TempDir(), "127.0.0.1:0", echo(t))
			cfg.TLS.InFront = tt.inFront
			cfg.Issuer = "http://127.0.0.1:8080"
			n := serve(t, cfg)
			var made v1.Tenant
			n.asked("POST", "/v1/tenants", map[string]any{"name": "Acme", "content_url": "acme", "plan": "enterprise"}, &made,
				"X-Forwarded-For", "203.0.113.66, 192.0.2.44", "Forwarded", "for=203.0.113.66", "X-Real-IP", "203.0.113.66", "Host", "127.0.0.1:8080")
			var list v1.List[v1.Entry]
			n.asked("GET", "/v1/tenants/"+made.ID+"/audit", nil, &list, "Host", "127.0.0.1:8080")
			if len(list.Items) != 1 || list.Items[0].From != tt.want {
				t.Errorf("the book says %+v, want it from %s", list.Items, tt.want)
			}
		})
	}
}

// TestA257_a_server_seals_its_books, and after a restart the log goes on from the checkpoint that somebody kept.
func TestA257_a_server_seals_its_books(t *testing.T) {
	engines(t, func(t *testing.T, config func(string) config.Config) {
		cfg := config("127.0.0.1:0")
		n := serve(t, cfg)
		sealed := func() (r v1.AuditReport) {
			t.Helper()
			for deadline := time.Now().Add(30 * time.Second); ; <-time.After(50 * time.Millisecond) {
				if n.asked("POST", "/v1/audit/verify", nil, &r); !r.Sound {
					t.Fatalf("the log is not sound: %+v", r.Problems)
				}
				if r.Unsealed == 0 && r.Size > 0 {
					return r
				}
				if time.Now().After(deadline) {
					t.Fatalf("not sealed within 30 s: %+v", r)
				}
			}
		}
		n.furnish()
		before := sealed()
		var kept v1.Checkpoint
		n.asked("GET", "/v1/audit/checkpoint", nil, &kept)
		if _, err := os.Stat(filepath.Join(cfg.Data, checkpointFile)); err != nil {
			t.Error(err)
		}
		n.stop()
		cfg.Listen = []string{"127.0.0.1:0"}
		n = serve(t, cfg)
		n.v1("POST", "/v1/tenants", map[string]any{"name": "Beta", "content_url": "beta", "plan": "enterprise"})
		if after := sealed(); after.Size <= before.Size || after.Key != before.Key {
			t.Errorf("before the restart %+v, after it %+v", before, after)
		}
		var r v1.AuditReport
		if n.asked("POST", "/v1/audit/verify", v1.Verification{Checkpoints: []string{kept.Note}}, &r); !r.Sound {
			t.Errorf("beside the checkpoint from before: %+v", r.Problems)
		}
	})
}
