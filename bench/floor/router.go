package floor

import (
	"fmt"
	"net/http"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/go-chi/chi/v5"
)

// Method is a method of an API: its route, and the scopes of which any one is enough.
type Method struct {
	Verb, Path string
	Scopes     []string
}

// name is how routers call the method.
func (m Method) name() string { return m.Verb + " " + m.Path }

// Decider says whether a request may pass with these scopes.
type Decider interface {
	Decide(r *http.Request, granted map[string]bool) bool
}

func covered(scopes []string, granted map[string]bool) bool {
	for _, s := range scopes {
		if granted[s] {
			return true
		}
	}
	return false
}

// ServeMux decides by the standard library's router, a map from pattern to scopes and a map of granted scopes.
type ServeMux struct {
	mux   *http.ServeMux
	needs map[string][]string
}

// NewServeMux makes it.
func NewServeMux(methods []Method) *ServeMux {
	s := &ServeMux{http.NewServeMux(), map[string][]string{}}
	for _, m := range methods {
		s.mux.Handle(m.name(), http.NotFoundHandler())
		s.needs[m.name()] = m.Scopes
	}
	return s
}

// Decide finds the pattern and looks its scopes up.
func (s *ServeMux) Decide(r *http.Request, granted map[string]bool) bool {
	_, pattern := s.mux.Handler(r)
	return covered(s.needs[pattern], granted)
}

// Chi decides by the chi router and the same maps.
type Chi struct {
	mux     *chi.Mux
	needs   map[string][]string
	context *chi.Context
}

// NewChi makes it.
func NewChi(methods []Method) *Chi {
	c := &Chi{chi.NewMux(), map[string][]string{}, chi.NewRouteContext()}
	for _, m := range methods {
		c.mux.Method(m.Verb, m.Path, http.NotFoundHandler())
		c.needs[m.name()] = m.Scopes
	}
	return c
}

// Decide finds the pattern and looks its scopes up. Its context is used again and again, so that it is not for
// goroutines.
func (c *Chi) Decide(r *http.Request, granted map[string]bool) bool {
	c.context.Reset()
	pattern := c.mux.Find(c.context, r.Method, r.URL.Path)
	return covered(c.needs[r.Method+" "+pattern], granted)
}

// Cedar decides by a policy engine, once somebody else has found the method: a policy for each method.
type Cedar struct{ policies *cedar.PolicySet }

// NewCedar makes it.
func NewCedar(methods []Method) (*Cedar, error) {
	set := cedar.NewPolicySet()
	for i, m := range methods {
		text := fmt.Sprintf(`permit(principal, action == Action::%q, resource) when { `, m.name())
		for j, s := range m.Scopes {
			if j > 0 {
				text += " || "
			}
			text += fmt.Sprintf("context.scopes.contains(%q)", s)
		}
		var p cedar.Policy
		if err := p.UnmarshalCedar([]byte(text + " };")); err != nil {
			return nil, fmt.Errorf("policy of %s: %w", m.name(), err)
		}
		set.Add(cedar.PolicyID(fmt.Sprint(i)), &p)
	}
	return &Cedar{set}, nil
}

// CedarRequest is a request as the engine wants it, made beforehand.
func CedarRequest(m Method, granted []string) cedar.Request {
	var values []types.Value
	for _, s := range granted {
		values = append(values, types.String(s))
	}
	return cedar.Request{
		Principal: cedar.NewEntityUID("User", "u"),
		Action:    cedar.NewEntityUID("Action", types.String(m.name())),
		Resource:  cedar.NewEntityUID("Site", "s"),
		Context:   cedar.NewRecord(cedar.RecordMap{"scopes": cedar.NewSet(values...)}),
	}
}

// Decide asks the engine.
func (c *Cedar) Decide(r cedar.Request) bool {
	d, _ := cedar.Authorize(c.policies, cedar.EntityMap{}, r)
	return d == cedar.Allow
}
