package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"

	"prokura/bench/floor"
	"prokura/bench/measure"
	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/scope"
)

// decision measures what is decided about one call, on one list of requests: every method of the catalog once.
func decision(ctx context.Context, out io.Writer) error {
	p, err := newProduct(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	list, err := calls(p.catalog, p.tenant.ID.String())
	if err != nil {
		return err
	}
	pl, err := newPleas(ctx, p, list)
	if err != nil {
		return err
	}
	const rounds, n = 200, 79 * 40
	contenders := []contender{
		{"match and scopes", pl.match},
		{"read the path, match, scopes", pl.readAndMatch},
		{"match, marks judged, `policy.Call`", pl.judge},
		{"`access.Call`: the token looked up too, identity header answered", pl.call},
		{"ServeMux and maps", pl.router(floor.NewServeMux(pl.methods))},
		{"chi and maps", pl.router(floor.NewChi(pl.methods))},
		{"cedar-go, method found beforehand", pl.cedar},
	}
	runs := make([]func(int), len(contenders))
	for i, c := range contenders {
		runs[i] = c.run
	}
	samples := measure.Interleave(rounds, n, runs...)
	if pl.wrong > 0 {
		return fmt.Errorf("%d decisions were wrong", pl.wrong)
	}
	fmt.Fprintf(out, "\n## Decision\n\n%d requests, all methods of the catalog, all allowed; %d rounds of %d decisions, contenders interleaved. Medians\nwith their 95 %% interval.\n\n", len(list), rounds, n)
	fmt.Fprintf(out, "| | ns a decision | allocations | ServeMux takes | chi takes |\n|---|---|---|---|---|\n")
	for i, c := range contenders {
		allocs := testing.AllocsPerRun(10, func() { c.run(len(list)) }) / float64(len(list))
		mux := measure.Of(measure.Ratios(samples[4], samples[i])).Median
		chi := measure.Of(measure.Ratios(samples[5], samples[i])).Median
		f := measure.Of(samples[i])
		fmt.Fprintf(out, "| %s | %.0f (%.0f-%.0f) | %.1f | %.1f times | %.1f times |\n", c.name, f.Median, f.Low, f.High, allocs, mux, chi)
	}
	return nil
}

type contender struct {
	name string
	run  func(n int)
}

// call is one request of the list.
type call struct {
	verb, path string
	method     *catalog.Method
}

// calls are requests for every method that an upstream answers.
func calls(c *catalog.Catalog, tenant string) ([]call, error) {
	var out []call
	for _, m := range c.Methods() {
		if m.AnsweredBy != catalog.ByUpstream || m.AliasOf != "" {
			continue
		}
		path := fill(m, tenant)
		p, err := canon.Parse(path)
		if err != nil {
			return nil, err
		}
		if found, _ := c.Match(m.Verb, &p); found.Method != m {
			return nil, fmt.Errorf("%s does not lead to %s", path, m.ID)
		}
		out = append(out, call{m.Verb, path, m})
	}
	return out, nil
}

// fill puts values into a template.
func fill(m *catalog.Method, tenant string) string {
	values := map[string]string{"version": "3.21", "site": tenant, "revision": "12", "content_kind": "flows",
		"grantee_kind": "groups", "capability": "Read", "capability_mode": "Allow"}
	parts := strings.Split(m.Path, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		var known bool
		if parts[i], known = values[strings.Trim(part, "{}")]; !known {
			parts[i] = fmt.Sprintf("7d1f2a40-9c3e-4b57-8f60-%012x", i)
		}
	}
	return strings.Join(parts, "/")
}

// tokensEach is how many tokens there are for each method.
const tokensEach = 10

// scopesFor is what a token for a method has: what the method needs, and five scopes more, as a script has as a rule.
func scopesFor(m *catalog.Method, all []string, i int) []string {
	scopes := append([]string{}, m.Alternatives()[0].Names()...)
	for k := range 5 {
		scopes = append(scopes, all[(i+7*k)%len(all)])
	}
	return scopes
}

// pleas are the requests of the list in the form that each contender wants.
type pleas struct {
	product *product
	calls   []call
	methods []floor.Method
	paths   []canon.Path
	have    scope.Bits // what is granted: everything
	granted map[string]bool
	tokens  []string // tokensEach for each call
	tenant  string
	subject mark.Subject
	at      mark.Number
	wrong   int

	requests []*http.Request
	cedars   []cedar.Request
	engine   *floor.Cedar
}

func newPleas(ctx context.Context, p *product, list []call) (*pleas, error) {
	pl := &pleas{product: p, calls: list, granted: map[string]bool{}, tenant: p.tenant.ID.String()}
	pl.have = p.catalog.Bits(p.catalog.Concrete())
	all := p.catalog.Concrete().Names()
	for _, s := range all {
		pl.granted[s] = true
	}
	for _, c := range list {
		m := floor.Method{Verb: c.verb, Path: c.method.Path}
		for _, a := range c.method.Alternatives() {
			m.Scopes = append(m.Scopes, a.Names()...) // no method of this catalog needs two at once
		}
		pl.methods = append(pl.methods, m)
		path, err := canon.Parse(c.path)
		if err != nil {
			return nil, err
		}
		pl.paths = append(pl.paths, path)
		pl.requests = append(pl.requests, &http.Request{Method: c.verb, Host: "localhost", URL: &url.URL{Path: c.path}, Header: http.Header{}})
		pl.cedars = append(pl.cedars, floor.CedarRequest(m, all))
	}
	var err error
	if pl.engine, err = floor.NewCedar(pl.methods); err != nil {
		return nil, err
	}
	for i, c := range list {
		more, err := p.sessions(ctx, tokensEach, scopesFor(c.method, all, i))
		if err != nil {
			return nil, err
		}
		pl.tokens = append(pl.tokens, more...)
	}
	s, err := p.keys.Verifier().Session(pl.tokens[0], p.clock.Now())
	if err != nil {
		return nil, err
	}
	pl.subject, pl.at = s.Subject(), s.State
	return pl, p.revokeOthers(ctx, 10_000, 1_000)
}

func (pl *pleas) each(n int, ok func(i int) bool) {
	for k := range n {
		if !ok(k % len(pl.calls)) {
			pl.wrong++
		}
	}
}

func (pl *pleas) match(n int) {
	have := pl.have
	pl.each(n, func(i int) bool {
		m, outcome := pl.product.catalog.Match(pl.calls[i].verb, &pl.paths[i])
		return outcome == catalog.Matched && m.Method.Covered(&have)
	})
}

func (pl *pleas) readAndMatch(n int) {
	have := pl.product.catalog.Bits(pl.product.catalog.Concrete())
	var path canon.Path // here, as in the gateway, it is part of what a request allocates anyway
	pl.each(n, func(i int) bool {
		var err error
		if path, err = canon.Parse(pl.calls[i].path); err != nil {
			return false
		}
		m, outcome := pl.product.catalog.Match(pl.calls[i].verb, &path)
		return outcome == catalog.Matched && m.Method.Covered(&have)
	})
}

// judge has paths that were read before. It asks the marks every time; access asks them once for each generation of theirs.
func (pl *pleas) judge(n int) {
	have := pl.have
	memory := pl.product.memory
	var q policy.CallQuestion
	pl.each(n, func(i int) bool {
		m, _ := pl.product.catalog.Match(pl.calls[i].verb, &pl.paths[i])
		j := memory.Judge(&pl.subject, pl.at)
		q = policy.CallQuestion{Fresh: memory.Fresh() == nil, Live: !j.Void, Method: m.Method, Tenant: pl.product.tenant.ID, Scopes: &have}
		if named := m.Tenant(); named != "" {
			q.TenantNamed = true
			q.PathTenant, _ = id.Parse[id.Tenant](named)
		}
		v := policy.Call(&q)
		return v.Allowed()
	})
}

// call takes another of the tokens for each request.
func (pl *pleas) call(n int) {
	k := 0
	ctx := context.Background()
	pl.each(n, func(i int) bool {
		k = (k + 1) % tokensEach
		q := access.CallRequest{Credential: pl.tokens[i*tokensEach+k], Catalog: pl.product.catalog,
			Method: pl.calls[i].method, Audience: "bench"}
		if pl.calls[i].method.TenantFrom == catalog.FromPath {
			q.Tenant = pl.tenant
		}
		_, err := pl.product.access.Call(ctx, &q)
		return err == nil
	})
}

func (pl *pleas) router(d floor.Decider) func(int) {
	return func(n int) { pl.each(n, func(i int) bool { return d.Decide(pl.requests[i], pl.granted) }) }
}

func (pl *pleas) cedar(n int) {
	pl.each(n, func(i int) bool { return pl.engine.Decide(pl.cedars[i]) })
}
