package admin

import (
	"net/http"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/refusal"
	v1 "prokura/internal/v1"
)

// decides is who decides here.
func decides(r *http.Request) govern.By { return govern.By{Actor: by(r)} }

// governanceRoutes are how tenants decide on apps, and what other settings would change.
func (a *API) governanceRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/governance", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		return one(w, renderGovernance)(a.c.Govern.Governance(r.Context(), in))
	})
	a.inTenant("PUT /v1/tenants/{tenant}/governance", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var c v1.GovernanceChange
		if err := body(w, r, &c); err != nil {
			return err
		}
		g, err := readGovernance(c.GovernanceSettings)
		if err != nil {
			return err
		}
		return one(w, renderGovernance)(a.c.Govern.SetGovernance(r.Context(), decides(r), in, g, c.Version))
	})
	a.inTenant("POST /v1/tenants/{tenant}/governance/preview", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var s v1.GovernanceSettings
		if err := body(w, r, &s); err != nil {
			return err
		}
		g, err := readGovernance(s)
		if err != nil {
			return err
		}
		shift, err := a.c.Govern.ForeseeGovernance(r.Context(), in, g)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, v1.GovernanceEffect{Stops: renderAffected(shift.Stops), Starts: renderAffected(shift.Starts), More: shift.More})
		return nil
	})
	a.inTenant("GET /v1/tenants/{tenant}/impact", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		list, err := a.c.Govern.Impact(r.Context(), in)
		if err != nil {
			return err
		}
		answerWhole(w, list, renderImpact)
		return nil
	})
	a.inTenant("POST /v1/tenants/{tenant}/impact/authorize", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var c v1.SeenProposals
		if err := body(w, r, &c); err != nil {
			return err
		}
		apps := make([]govern.Proposed, len(c.Apps))
		for i, s := range c.Apps {
			client, err := id.Parse[id.Client](s.ClientID)
			if err != nil {
				return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "app", Got: s.ClientID})
			}
			apps[i] = govern.Proposed{Client: client, Version: s.Version, Registration: s.Registration}
		}
		return a.authorizeProposals(w, r, in, apps)
	})
	a.handle("GET /v1/enforcement", func(w http.ResponseWriter, r *http.Request) error {
		stage, err := a.c.Govern.VendorStage(r.Context())
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, v1.Stage{Enforcement: said(stageWords, stage)})
		return nil
	})
	a.handle("PUT /v1/enforcement", func(w http.ResponseWriter, r *http.Request) error {
		var s v1.Stage
		if err := body(w, r, &s); err != nil {
			return err
		}
		stage, err := kept(stageWords, s.Enforcement, "enforcement")
		if err != nil {
			return err
		}
		if err := a.c.Govern.SetVendorStage(r.Context(), decides(r), stage); err != nil {
			return err
		}
		answer(w, http.StatusOK, s)
		return nil
	})
}

// authorizeProposals answers what became of each app: one that fails does not hold up the others.
func (a *API) authorizeProposals(w http.ResponseWriter, r *http.Request, in id.Tenant, apps []govern.Proposed) error {
	if _, err := a.c.Govern.Governance(r.Context(), in); err != nil {
		return err // there is no such tenant
	}
	done := v1.Authorized{Failed: []v1.NotAuthorizedApp{}}
	err := a.c.Govern.AuthorizeProposals(r.Context(), decides(r), in, apps, func(s govern.Step) {
		if s.Err == nil {
			done.Authorized++
			return
		}
		done.Failed = append(done.Failed, v1.NotAuthorizedApp{ClientID: s.Client.String(), Findings: v1.FindingsOf(refusal.Of(s.Err).Findings)})
	})
	if len(done.Failed) == 0 && err != nil {
		return err // it was broken off
	}
	if first := refusal.Of(err).First(); err != nil && first.Definition().Kind.Ours() {
		a.c.Log.ErrorContext(r.Context(), "could not authorize several apps", "reference", reference(r).String(), "err", err)
	}
	answer(w, http.StatusOK, done)
	return nil
}
