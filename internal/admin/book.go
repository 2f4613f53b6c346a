package admin

import (
	"errors"
	"net/http"

	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/v1"
)

func renderCase(c docket.Case) v1.Refusal {
	out := v1.Refusal{Reference: c.Reference.String(), Door: c.Door, Method: c.Method, Path: c.Path, Tenant: c.Tenant.String(),
		ClientID: c.Client.String(), User: c.User.String(), Proven: c.Proven, FirstAt: c.At.UTC(), LastAt: c.Last.UTC(),
		Count: c.Count, Findings: v1.FindingsOf(c.Findings), Dropped: v1.FindingsOf(c.Dropped)}
	for _, check := range c.Checks {
		out.Checks = append(out.Checks, v1.Check{Code: string(check.Code), Outcome: check.Outcome})
	}
	return out
}

func (a *API) bookRoutes() {
	a.handle("GET /v1/refusals/{reference}", func(w http.ResponseWriter, r *http.Request) error {
		ref, err := inPath[id.Reference](r, "reference", "refusal")
		if err != nil {
			return err
		}
		c, err := a.c.Docket.Lookup(r.Context(), ref)
		if errors.Is(err, store.ErrNotFound) {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "refusal", Got: ref.String()})
		}
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, renderCase(c))
		return nil
	})
	a.inTenant("GET /v1/tenants/{tenant}/refusals", a.refusals, "limit")
}

// refusals lists a tenant's refusals, newest first. The book is bounded, so that one page holds what matters.
func (a *API) refusals(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	if _, err := a.c.Directory.Tenant(r.Context(), in); err != nil {
		return err
	}
	cases, err := a.c.Docket.List(r.Context(), in, limit)
	if err != nil {
		return err
	}
	out := v1.List[v1.Refusal]{Items: make([]v1.Refusal, 0, len(cases))}
	for _, c := range cases {
		out.Items = append(out.Items, renderCase(c))
	}
	answer(w, http.StatusOK, out)
	return nil
}
