package admin

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/v1"
)

func renderClientSecrets(c store.Client) []v1.Secret {
	out := make([]v1.Secret, 0, len(c.Secrets))
	for _, s := range c.Secrets {
		out = append(out, v1.Secret{ID: s.ID.String(), CreatedAt: s.Created})
	}
	return out
}

func (a *API) clientSecretRoutes() {
	a.ofClient("GET /v1/clients/{client}/secrets", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		c, err := a.c.Registry.FindClient(r.Context(), registry.Everybody(), client)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, v1.List[v1.Secret]{Items: renderClientSecrets(c)})
		return nil
	})
	a.ofClient("POST /v1/clients/{client}/secrets", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		if err := noBody(w, r); err != nil {
			return err
		}
		s, value, err := a.c.Registry.CreateClientSecret(r.Context(), by(r), registry.Everybody(), client)
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, v1.Secret{ID: s.ID.String(), Value: value.Reveal(), CreatedAt: s.Created})
		return nil
	})
	a.ofClient("DELETE /v1/clients/{client}/secrets/{secret}", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		secret, err := inPath[id.Secret](r, "secret", "secret")
		if err != nil {
			return err
		}
		return gone(w, a.c.Registry.DeleteClientSecret(r.Context(), by(r), registry.Everybody(), client, secret))
	})
}

func (a *API) clientLogoRoutes() {
	a.ofClient("GET /v1/clients/{client}/logo", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		c, err := a.c.Registry.FindClient(r.Context(), registry.Everybody(), client)
		if err != nil {
			return err
		}
		logo, err := a.c.Registry.Logo(r.Context(), c.Registration.Logo)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", logo.Media)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
		_, _ = w.Write(logo.Image) // the client went away: nobody is left to tell
		return nil
	})
	a.ofClient("PUT /v1/clients/{client}/logo", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		file, err := readImage(w, r)
		if err != nil {
			return err
		}
		return one(w, renderChanged)(a.c.Registry.SetLogo(r.Context(), by(r), registry.Everybody(), client, file))
	})
	a.ofClient("DELETE /v1/clients/{client}/logo", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		_, err := a.c.Registry.SetLogo(r.Context(), by(r), registry.Everybody(), client, nil)
		return gone(w, err)
	})
}

// readImage reads an image that is sent as it is. A form that a foreign page could post has another media type (A128).
func readImage(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	const wanted = "image/png, image/jpeg"
	mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !strings.Contains(wanted, mt) || !strings.HasPrefix(mt, "image/") {
		return nil, refusal.New(refusal.Finding{Code: refusal.MediaTypeUnsupported, Got: r.Header.Get("Content-Type"), Want: wanted})
	}
	file, err := io.ReadAll(http.MaxBytesReader(w, r.Body, registry.MaxLogo))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refusal.New(refusal.Finding{Code: refusal.BodyTooLarge, Want: refusal.Size(registry.MaxLogo)})
	}
	if err != nil || len(file) == 0 {
		return nil, refusal.New(refusal.Finding{Code: refusal.LogoInvalid, Why: refusal.Why{Flaw: refusal.IsEmpty}})
	}
	return file, nil
}

// The bounds of a chart, in days.
const (
	defaultDays = 30
	maxDays     = 366
)

func (a *API) clientBookRoutes() {
	a.ofClient("GET /v1/clients/{client}/versions", a.listVersions, paged...)
	a.ofClient("GET /v1/clients/{client}/install-urls", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		c, err := a.c.Registry.FindClient(r.Context(), registry.Everybody(), client)
		if err != nil {
			return err
		}
		list, err := a.c.Registry.InstallURLs(r.Context(), registry.Everybody(), client)
		if err != nil {
			return err
		}
		out := v1.List[v1.InstallURLSum]{Items: make([]v1.InstallURLSum, 0, len(list))}
		for i := range list {
			out.Items = append(out.Items, a.renderURL(&c, &list[i]))
		}
		answer(w, http.StatusOK, out)
		return nil
	})
	a.ofClient("GET /v1/clients/{client}/tallies", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		days := defaultDays
		if s := r.URL.Query().Get("days"); s != "" {
			var err error
			if days, err = strconv.Atoi(s); err != nil || days < 1 || days > maxDays {
				return refusal.New(refusal.Finding{Code: refusal.LimitOutOfRange, Got: s, Want: strconv.Itoa(maxDays), Field: "days"})
			}
		}
		list, err := a.c.Registry.Tallies(r.Context(), registry.Everybody(), client, a.c.Clock.Now().AddDate(0, 0, 1-days))
		if err != nil {
			return err
		}
		out := v1.List[v1.Tally]{Items: make([]v1.Tally, 0, len(list))}
		for _, t := range list {
			out.Items = append(out.Items, v1.Tally{Day: t.Day.Format(time.DateOnly), Kind: t.Kind, Count: t.Count})
		}
		answer(w, http.StatusOK, out)
		return nil
	}, "days")
}

// listVersions answers the states of a registration, newest first. The cursor is the number of the last.
func (a *API) listVersions(w http.ResponseWriter, r *http.Request, client id.Client) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	before := 0
	if p.After != "" {
		if before, err = strconv.Atoi(p.After); err != nil || before < 1 {
			return refusal.New(refusal.Finding{Code: refusal.CursorInvalid, Got: p.After})
		}
	}
	// p.Limit is one more than fits: that one is what the last of the page is compared with.
	list, err := a.c.Registry.ClientVersions(r.Context(), registry.Everybody(), client, before, p.Limit)
	if err != nil {
		return err
	}
	earlier := map[int]store.Registration{}
	for _, v := range list {
		earlier[v.Number+1] = v.Registration
	}
	render := func(v store.ClientVersion) v1.ClientVersion {
		return v1.ClientVersion{Version: v.Number, By: v.By, At: v.At, Changes: renderChanges(registry.Diff(earlier[v.Number], v.Registration)),
			Registration: renderRegistration(v.Registration)}
	}
	answerList(w, p, list, nil, render, func(v store.ClientVersion) string { return strconv.Itoa(v.Number) })
	return nil
}

func (a *API) renderURL(c *store.Client, u *store.InstallURL) v1.InstallURLSum {
	return v1.InstallURLSum{URL: registry.WriteURL(a.c.Issuer, c, u.RedirectURI, u.Scope, u.Optional, ""), RedirectURI: u.RedirectURI,
		Scope: u.Scope, Optional: u.Optional, Count: u.Count, FirstAt: u.First, LastAt: u.Last}
}

func (a *API) renderImpact(c *store.Client, found registry.Impact) v1.Impact {
	return v1.Impact{Tenants: found.Tenants, Seen: found.Seen, Breaks: a.renderJudged(c, found.Breaks), Mends: a.renderJudged(c, found.Mends)}
}

func (a *API) renderJudged(c *store.Client, list []registry.URLImpact) []v1.InstallURLSum {
	out := make([]v1.InstallURLSum, 0, len(list))
	for i := range list {
		j := &list[i]
		sum := a.renderURL(c, &j.InstallURL)
		elsewhere := false
		for _, f := range j.Findings {
			sum.Findings = append(sum.Findings, v1.FindingOf(f.Finding))
			elsewhere = elsewhere || f.Code == refusal.RedirectURIMismatch
		}
		if j.Correctable && !elsewhere {
			sum.CorrectedURL = registry.WriteURL(a.c.Issuer, c, j.RedirectURI, j.NearestScope.String(), j.NearestOptional.String(), "")
		}
		out = append(out, sum)
	}
	return out
}
