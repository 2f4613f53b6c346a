package genesys

import (
	"strings"
	"testing"

	"prokura/internal/govern"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// FuzzBodies: whatever a body says, it is read or refused with findings; what is read makes a draft or findings, and nothing
// panics.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{newClient, `{}`, `{"name":"x","authorizedGrantType":"CODE"}`, `{"scope":["a b"],"users":["x"],"expires":"2027-01-01T00:00:00Z"}`,
		`{"interval":"2026-11-01T00:00:00Z/2026-11-02T00:00:00Z","granularity":"Day","groupBy":["TemplateUri"]}`, `{"interval":"9999-12-31T23:59:59Z/9999-12-31T23:59:59.9Z"}`,
		`{"accessTokenValiditySeconds":-9223372036854775808}`, `{"name":"x","name":"y"}`, "{\"name\":\"\xff\"}", `{"scope":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		check := func(err error) bool {
			if err == nil {
				return true
			}
			if first := refusal.Of(err).First(); first.Code == refusal.InternalFailure {
				t.Fatalf("%q is a failure of ours: %v", body, err)
			}
			return false
		}
		var c clientRequest
		if check(decode(body, &c, []string{"name"})) {
			if _, err := c.draft(store.Client{}, "x"); err == nil && (c.AuthorizedGrantType != codeGrant && c.AuthorizedGrantType != clientGrant || len(c.RoleIDs) > 0) {
				t.Fatalf("%q makes a draft", body)
			}
		}
		var a authorizationRequest
		if check(decode(body, &a, nil)) {
			terms, err := a.terms(&govern.Seen{})
			if check(err) && (terms.Uncapped || terms.Admission.All && len(terms.Admission.Roles)+len(terms.Admission.Users) > 0) {
				t.Fatalf("%q decides %+v", body, terms)
			}
		}
		var u usageRequest
		if check(decode(body, &u, []string{"interval"})) {
			q, err := u.query()
			if !check(err) {
				return
			}
			if again, ok := parseExecution(q.id()); !ok || again.id() != q.id() {
				t.Fatalf("%q is the execution %s, which is not read: %+v", body, q.id(), q)
			}
		}
	})
}

// FuzzExecution: an execution ID has one form, and what is read from it is in bounds.
func FuzzExecution(f *testing.F) {
	for _, seed := range []string{usageQuery{From: 1, To: 86400, GroupBy: groupings}.id(), "", "e30", "eyJmIjoxLCJ0IjoyfQ", "eyJmIjoxLCJ0IjoyfQ==", strings.Repeat("A", 400)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if q, ok := parseExecution(text); ok && (q.id() != text || q.From >= q.To || q.From < 0) {
			t.Fatalf("%q is read as %+v", text, q)
		}
	})
}

// FuzzQuery: a query is read with each parameter once, or refused.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "pageSize=1", "pageSize=1&pageNumber=2", "pageSize=%31", "pageSize", "a=b", "&", "pageSize=1&pageSize=1", "pageSize=%zz", "pageSize=1;x=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := readQuery(raw, paging)
		if err == nil && len(got) > len(paging) {
			t.Fatalf("%q is read as %v", raw, got)
		}
	})
}
