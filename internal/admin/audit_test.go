package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/v1"
)

// tell writes an entry, past the services.
func (w *world) tell(a audit.Act) {
	w.t.Helper()
	w.ok(w.db.Do(audit.Received(context.Background(), "192.0.2.5"), a, func(store.Tx) error { return nil }))
}

func tenantOf(t *testing.T, path string) id.Tenant {
	t.Helper()
	in, err := id.Parse[id.Tenant](path[strings.LastIndex(path, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestAudit_is_filtered page by page, and exported with the same filters.
func TestAudit_is_filtered(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	for i := range 7 {
		w.clock.Advance(time.Minute)
		w.tell(audit.Act{Tenant: tenantOf(t, in), Actor: audit.Actor{Kind: "user", ID: fmt.Sprint("u", i%2), Name: "ada"}, Action: "grant.create",
			Target: fmt.Sprint("grant ", i), Reason: "as asked", Before: map[string]string{"n": "0"}, After: map[string]string{"n": fmt.Sprint(i)}})
	}
	for _, tt := range []struct{ query, want string }{
		{"", "6 5 4 3 2 1 0 tenant"},
		{"actor=u1", "5 3 1"},
		{"action=grant.&limit=2", "6 5 4 3 2 1 0"},
		{"action=tenant.create", "tenant"},
		{"target=grant+3", "3"},
		{"text=AS+ASKED&limit=3", "6 5 4 3 2 1 0"},
		{"since=2026-11-22T12:03:00Z&until=2026-11-22T12:05:00Z", "3 2"},
		{"actor=nobody", ""},
	} {
		var got []string
		for after := ""; ; {
			p := as[v1.List[v1.Entry]](w.do("GET", in+"/audit?"+tt.query+after, "").is(200))
			for _, e := range p.Items {
				got = append(got, strings.TrimPrefix(strings.Fields(e.Target)[0]+strings.Fields(e.Target + " ")[len(strings.Fields(e.Target))-1], "grant"))
				if e.Action == "grant.create" && (e.From != "192.0.2.5" || e.Reason != "as asked" || e.Before["n"] != "0" || e.After["n"] == "") {
					t.Errorf("an entry says %+v", e)
				}
			}
			if p.Next == "" {
				break
			}
			after = "&after=" + p.Next
			if tt.query == "" {
				after = "after=" + p.Next
			}
		}
		for i, g := range got {
			if strings.HasPrefix(g, "tenant") {
				got[i] = "tenant"
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%q lists %q, want %q", tt.query, s, tt.want)
		}
		lines := w.do("GET", in+"/audit/export.jsonl?"+strings.ReplaceAll(strings.ReplaceAll(tt.query, "&limit=2", ""), "&limit=3", ""), "").is(200).body
		if n := strings.Count(lines, "\n"); n != len(strings.Fields(tt.want)) {
			t.Errorf("%q exports %d lines, want %q", tt.query, n, tt.want)
		}
	}
	a := w.do("GET", in+"/audit/export.csv?actor=u1", "").is(200)
	if strings.Count(a.body, "\n") != 4 || a.header.Get("Content-Disposition") != `attachment; filename="audit.csv"` {
		t.Errorf("as CSV: %v\n%s", a.header, a.body)
	}
	w.do("GET", "/v1/audit/export.csv", "").is(200)
	w.do("HEAD", "/v1/audit/export.jsonl", "").is(200)
	w.do("GET", in+"/audit?since=yesterday", "").refused(400, "date_unreadable")
	w.do("GET", in+"/audit?after=x", "").refused(400, "cursor_invalid")
	w.do("GET", in+"/audit/export.csv?format=x", "").refused(400, "field_unknown")
	w.do("GET", in+"/audit?actor=a&actor=b", "").refused(400, "field_twice")
}

// TestA152_a_cursor_of_another_book only names a place.
func TestA152_a_cursor_of_another_book(t *testing.T) {
	w := newWorld(t)
	acme, beta := w.tenant("acme"), w.tenant("beta")
	list := as[v1.List[v1.Entry]](w.do("GET", acme+"/audit", "").is(200))
	got := as[v1.List[v1.Entry]](w.do("GET", beta+"/audit?after="+list.Items[0].ID, "").is(200))
	for _, e := range got.Items {
		if e.Tenant == list.Items[0].Tenant {
			t.Errorf("an entry of another tenant: %+v", e)
		}
	}
}

// TestA258_nothing_in_a_request_sets_where_it_came_from.
func TestA258_nothing_in_a_request_sets_where_it_came_from(t *testing.T) {
	w := newWorld(t)
	made := w.send("POST", "/v1/tenants", `{"name":"T","content_url":"acme","plan":"starter"}`, http.Header{"X-Forwarded-For": {"203.0.113.9"},
		"Forwarded": {"for=203.0.113.9"}, "X-Real-Ip": {"203.0.113.9"}, "From": {"203.0.113.9"}}).is(201)
	list := as[v1.List[v1.Entry]](w.do("GET", "/v1/tenants/"+as[v1.Tenant](made).ID+"/audit", "").is(200))
	if len(list.Items) != 1 || list.Items[0].From != "" || strings.Contains(fmt.Sprint(list), "203.0.113.9") {
		t.Errorf("audit: %+v", list.Items)
	}
	w.do("POST", "/v1/tenants", `{"name":"T","content_url":"b","plan":"starter","from":"203.0.113.9"}`).refused(400, "field_unknown")
}

// TestA257_the_log_is_verified_over_the_API, and says what stands in the place of what was sealed.
func TestA257_the_log_is_verified_over_the_API(t *testing.T) {
	w := newWorld(t)
	w.do("GET", "/v1/audit/checkpoint", "").refused(404, "object_not_found")
	if r := as[v1.AuditReport](w.do("POST", "/v1/audit/verify", "").is(200)); !r.Sound || r.Size != 0 {
		t.Errorf("an empty log: %+v", r)
	}
	in := w.tenant("acme")
	_, err := w.ledger.Seal(t.Context())
	w.ok(err)
	kept := as[v1.Checkpoint](w.do("GET", "/v1/audit/checkpoint", "").is(200))
	if kept.Key != w.ledger.Key() || !strings.HasPrefix(kept.Note, "prokura.example/audit\n"+fmt.Sprint(kept.Size)+"\n"+kept.Root+"\n") {
		t.Errorf("checkpoint: %+v", kept)
	}
	w.make(in+"/groups", `{"name":"g"}`)
	handed := fmt.Sprintf(`{"checkpoints":[%q]}`, kept.Note)
	r := as[v1.AuditReport](w.do("POST", "/v1/audit/verify", handed).is(200))
	if !r.Sound || int64(r.Checked) != kept.Size || r.Unsealed != 1 || r.Checkpoints != 2 || r.Key != kept.Key {
		t.Errorf("verified: %+v", r)
	}
	r = as[v1.AuditReport](w.do("POST", "/v1/audit/verify", `{"checkpoints":["not mine"]}`).is(200))
	if r.Sound || r.Problems[0].Kind != "forged" || r.Problems[0].Checkpoint != "1" {
		t.Errorf("with somebody else's checkpoint: %+v", r)
	}
	w.do("POST", "/v1/audit/verify", `{"x":1}`).refused(400, "field_unknown")
	w.do("GET", "/v1/audit/export.csv?text="+url.QueryEscape("=x"), "").is(200)
}
