package admin

import (
	"errors"
	"net/http"
	"time"

	"prokura/internal/audit"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Refusal is a case of the refusal book as it is answered.
type Refusal struct {
	Reference id.Reference `json:"reference"`
	Door      string       `json:"door"`
	Method    string       `json:"method"`
	Path      string       `json:"path"`
	Tenant    id.Tenant    `json:"tenant,omitzero"`
	Client    id.Client    `json:"client_id,omitzero"`
	User      id.User      `json:"user,omitzero"`
	Proven    bool         `json:"proven"`
	First     time.Time    `json:"first_at"`
	Last      time.Time    `json:"last_at"`
	Count     int          `json:"count"`
	Findings  []Finding    `json:"findings"`
	Dropped   []Finding    `json:"dropped"`
	Checks    []Check      `json:"checks,omitempty"`
}

func renderCase(c docket.Case) Refusal {
	out := Refusal{Reference: c.Reference, Door: c.Door, Method: c.Method, Path: c.Path, Tenant: c.Tenant, Client: c.Client,
		User: c.User, Proven: c.Proven, First: c.At.UTC(), Last: c.Last.UTC(), Count: c.Count,
		Findings: renderFindings(c.Findings), Dropped: renderFindings(c.Dropped)}
	for _, check := range c.Checks {
		out.Checks = append(out.Checks, Check{Code: string(check.Code), Outcome: check.Outcome})
	}
	return out
}

// Entry is an audit entry as it is answered.
type Entry struct {
	ID     id.Entry          `json:"id"`
	At     time.Time         `json:"at"`
	Tenant id.Tenant         `json:"tenant,omitzero"`
	Actor  Actor             `json:"actor"`
	Action string            `json:"action"`
	Target string            `json:"target"`
	Detail map[string]string `json:"detail"`
}

// Actor is who did something, as it is answered.
type Actor struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

func renderEntry(e audit.Entry) Entry {
	detail := e.Act.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	return Entry{ID: e.ID, At: e.At, Tenant: e.Act.Tenant, Actor: Actor(e.Act.Actor), Action: e.Act.Action, Target: e.Act.Target, Detail: detail}
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
	a.inTenant("GET /v1/tenants/{tenant}/refusals", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		cases, err := a.c.Docket.List(r.Context(), in, p.Limit)
		if err != nil {
			return err
		}
		out := listed[Refusal]{Items: make([]Refusal, 0, len(cases))}
		for _, c := range cases {
			out.Items = append(out.Items, renderCase(c))
		}
		answer(w, http.StatusOK, out)
		return nil
	})
	a.handle("GET /v1/audit", func(w http.ResponseWriter, r *http.Request) error { return a.audit(w, r, id.Tenant{}) })
	a.inTenant("GET /v1/tenants/{tenant}/audit", a.audit)
}

// audit lists a tenant's entries, or the vendor's own, newest first.
func (a *API) audit(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	var before id.Entry
	if p.After != "" {
		if before, err = id.Parse[id.Entry](p.After); err != nil {
			return refusal.New(refusal.Finding{Code: refusal.FieldInvalid, Want: "after", Got: "want the cursor of the page before"})
		}
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
