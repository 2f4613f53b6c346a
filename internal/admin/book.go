package admin

import (
	"errors"
	"net/http"

	"prokura/internal/audit"
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

func renderEntry(e audit.Entry) v1.Entry {
	detail := e.Act.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	by := e.Act.Actor
	return v1.Entry{ID: e.ID.String(), At: e.At, Tenant: e.Act.Tenant.String(), Actor: v1.Actor{Kind: by.Kind, ID: by.ID, Name: by.Name},
		From: by.From, Action: e.Act.Action, Target: e.Act.Target, Reason: e.Act.Reason, Detail: detail, Before: e.Act.Before,
		After: e.Act.After, Erased: e.Erased}
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
	a.handle("GET /v1/audit", func(w http.ResponseWriter, r *http.Request) error { return a.audit(w, r, id.Tenant{}) }, paged...)
	a.inTenant("GET /v1/tenants/{tenant}/audit", a.audit, paged...)
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

// audit lists a tenant's entries, or the vendor's own, newest first. Those of a tenant that was deleted can still be read.
func (a *API) audit(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	before, err := cursor[id.Entry](p)
	if err != nil {
		return err
	}
	var entries []audit.Entry
	err = a.c.Store.View(r.Context(), func(rd store.Reader) error {
		entries, err = rd.ListAudit(in, before, p.Limit)
		return err
	})
	if err != nil {
		return err
	}
	answerList(w, p, entries, nil, renderEntry, func(e audit.Entry) string { return e.ID.String() })
	return nil
}
