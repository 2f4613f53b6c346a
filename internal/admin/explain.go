package admin

import (
	"net/http"
	"strings"

	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/v1"
)

func (a *API) explainRoutes() {
	a.handle("POST /v1/explain/assertion", func(w http.ResponseWriter, r *http.Request) error {
		var in v1.AssertionQuestion
		if err := body(w, r, &in); err != nil {
			return err
		}
		x, err := a.c.Access.ExplainAssertion(r.Context(), in.Tenant, in.JWT)
		if err != nil {
			return err
		}
		out := v1.ExplanationOf(x.Verdict)
		out.Header, out.Claims = x.Description.Header, x.Description.Claims
		answer(w, http.StatusOK, out)
		return nil
	})
	a.handle("POST /v1/explain/install", func(w http.ResponseWriter, r *http.Request) error {
		var in v1.InstallQuestion
		if err := body(w, r, &in, "tenant", "user"); err != nil {
			return err
		}
		if strings.TrimSpace(in.URL) == "" {
			return refusal.New(refusal.Finding{Code: refusal.FieldMissing, Got: "url"})
		}
		x, err := a.c.Access.ExplainInstall(r.Context(), in.URL, in.Tenant, in.User)
		if err != nil {
			return err
		}
		out := v1.InstallExplanationOf(&x.Verdict, a.c.Catalogs.Tell)
		if out.URLAlone = x.Alone; x.Alone && out.Code == "" {
			out.Message = v1.NothingWrong
		}
		out.URL, out.CorrectedURL = x.URL, x.Corrected
		for _, m := range x.Marks {
			out.Marks = append(out.Marks, v1.InstallMark{Text: m.Text, FoundIn: v1.PlaceOf(m.Place), Start: m.Start, End: m.End, Code: string(m.Code)})
		}
		answer(w, http.StatusOK, out)
		return nil
	})
	a.handle("POST /v1/explain/call", func(w http.ResponseWriter, r *http.Request) error {
		var in v1.CallQuestion
		if err := body(w, r, &in); err != nil {
			return err
		}
		scopes, err := registry.ParseScopes(in.Scopes)
		if err != nil {
			return err
		}
		x := a.c.Access.ExplainCall(in.Method, in.Path, scopes)
		answer(w, http.StatusOK, v1.CallExplanationOf(x.Verdict, x.Catalog, x.Method, x.Covering))
		return nil
	})
}
