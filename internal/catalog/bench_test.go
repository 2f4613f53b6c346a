package catalog_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"prokura/internal/canon"
	"prokura/internal/catalog"
)

// request is one call of the benchmark: every method of the catalog is called once.
type request struct{ verb, path string }

func requests(b *testing.B) []request {
	var out []request
	for _, r := range rows(b) {
		out = append(out, request{r.verb, example(r.path)})
	}
	return out
}

// BenchmarkMatch is the decision alone: the method of a canonical path, and whether the scopes cover it.
func BenchmarkMatch(b *testing.B) {
	c := analytics(b)
	have := c.Bits(c.Concrete())
	calls := requests(b)
	paths := make([]canon.Path, len(calls))
	for i, r := range calls {
		var err error
		if paths[i], err = canon.Parse(r.path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i == len(calls) {
			i = 0
		}
		m, outcome := c.Match(calls[i].verb, &paths[i])
		if outcome != catalog.Matched || !m.Method.Covered(&have) {
			b.Fatal(calls[i])
		}
	}
}

// BenchmarkParseAndMatch adds reading the path as it was sent.
func BenchmarkParseAndMatch(b *testing.B) {
	c := analytics(b)
	have := c.Bits(c.Concrete())
	calls := requests(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i == len(calls) {
			i = 0
		}
		p, err := canon.Parse(calls[i].path)
		if err != nil {
			b.Fatal(err)
		}
		m, outcome := c.Match(calls[i].verb, &p)
		if outcome != catalog.Matched || !m.Method.Covered(&have) {
			b.Fatal(calls[i])
		}
	}
}

// BenchmarkServeMux is the same catalog in the standard library's router, with a map of granted scopes.
func BenchmarkServeMux(b *testing.B) {
	c := analytics(b)
	mux := http.NewServeMux()
	needs := map[string]string{} // by pattern
	for _, m := range c.Methods() {
		if m.AliasOf == "" {
			pattern := m.Verb + " " + m.Path
			needs[pattern] = m.NeedNames()
			mux.Handle(pattern, http.NotFoundHandler())
		}
	}
	granted := map[string]bool{"": true}
	for _, s := range c.Concrete().Names() {
		granted[s] = true
	}
	var calls []*http.Request
	for _, r := range requests(b) {
		req := httptest.NewRequest(r.verb, "http://localhost/", nil)
		req.URL = &url.URL{Scheme: "http", Host: "localhost", Path: r.path}
		calls = append(calls, req)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i == len(calls) {
			i = 0
		}
		_, pattern := mux.Handler(calls[i])
		if pattern == "" || !granted[needs[pattern]] {
			b.Fatal(calls[i].URL)
		}
	}
}
