package console

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/registry"
)

// secretMade is the data of the page "secret": a secret that was made, shown this once.
type secretMade struct {
	Client id.Client
	ID     id.Secret
	Value  string
	Back   string
}

func (c *Console) createSecret(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	s, value, err := c.Registry.CreateClientSecret(r.Context(), v.actor(), v.reach(), a.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, http.StatusOK, "secret", page.View{Title: v.t("secret.title"), Crumbs: v.registrationCrumbs(&a),
		Data: secretMade{a.ID, s.ID, value.Reveal(), pathOf(a.ID)}})
}

func (c *Console) deleteSecret(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	secret, err := id.Parse[id.Secret](r.PathValue("secret"))
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return
	}
	if !confirmed(r) {
		c.ask(w, r, v, v.t("secret.delete_title"), confirm{Back: pathOf(a.ID), Button: v.t("secret.delete"),
			Sentences: []string{page.Count(v.lang, "secret.delete_text", len(a.Secrets)-1), v.t("secret.delete_grants")}}, nil)
		return
	}
	if err := c.Registry.DeleteClientSecret(r.Context(), v.actor(), v.reach(), a.ID, secret); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, pathOf(a.ID)+"?done=secret_deleted", http.StatusSeeOther)
}

// switchRegistration disables an app or enables it again, as its owner may. Disabling says first whom it hits.
func (c *Console) switchRegistration(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	stop := !a.Disabled
	if stop && !confirmed(r) {
		impact, err := c.Registry.Impact(r.Context(), v.reach(), a.ID, registry.DraftOf(a.Registration))
		if err != nil {
			c.fail(w, r, err)
			return
		}
		c.ask(w, r, v, v.t("reg.stop_title", a.Registration.Name), confirm{Back: pathOf(a.ID), Button: v.t("reg.stop"),
			Fields:    []page.Hidden{{Name: "act", Value: "stop"}},
			Sentences: []string{page.Count(v.lang, "reg.delete_tenants", impact.Tenants), v.t("reg.stop_kept"), v.t("reg.stop_again")}}, nil)
		return
	}
	if act := r.PostForm.Get("act"); stop != (act == "stop") { // somebody else was first
		http.Redirect(w, r, pathOf(a.ID), http.StatusSeeOther)
		return
	}
	if _, err := c.Registry.StopClient(r.Context(), v.actor(), v.reach(), a.ID, stop); err != nil {
		c.fail(w, r, err)
		return
	}
	done := "started"
	if stop {
		done = "stopped"
	}
	http.Redirect(w, r, pathOf(a.ID)+"?done="+done, http.StatusSeeOther)
}

// deleteRegistration deletes an app with everything that hangs on it. The loss is large, so that its name is typed.
func (c *Console) deleteRegistration(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	impact, err := c.Registry.Impact(r.Context(), v.reach(), a.ID, registry.DraftOf(a.Registration))
	if err != nil {
		c.fail(w, r, err)
		return
	}
	typed := strings.TrimSpace(r.PostForm.Get("typed"))
	if !confirmed(r) || typed != a.Registration.Name {
		var errs []page.FieldError
		if confirmed(r) {
			errs = []page.FieldError{{Field: "typed", Message: v.t("confirm.typed_wrong")}}
		}
		c.ask(w, r, v, v.t("reg.delete_title", a.Registration.Name), confirm{Back: pathOf(a.ID), Button: v.t("reg.delete"), Name: a.Registration.Name,
			Sentences: []string{page.Count(v.lang, "reg.delete_tenants", impact.Tenants), page.Count(v.lang, "reg.delete_urls", impact.Seen), v.t("reg.delete_for_good")}}, errs)
		return
	}
	if err := c.Registry.DeleteClient(r.Context(), v.actor(), v.reach(), a.ID); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/console/registrations?done=deleted", http.StatusSeeOther)
}

// uploadLogo keeps an image as the app's logo, or removes it.
func (c *Console) uploadLogo(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	var image []byte
	if r.PostForm.Get("act") != "remove" {
		file, _, err := r.FormFile("logo")
		if err != nil {
			c.logoPage(w, r, v, []page.FieldError{{Field: "logo", Message: v.t("logo.missing")}})
			return
		}
		defer file.Close()
		if image, err = io.ReadAll(io.LimitReader(file, registry.MaxLogo+1)); err != nil || len(image) == 0 {
			c.logoPage(w, r, v, []page.FieldError{{Field: "logo", Message: v.t("logo.missing")}})
			return
		}
	}
	if _, err := c.Registry.SetLogo(r.Context(), v.actor(), v.reach(), a.ID, image); err != nil {
		if errs, ok := flaws(v.lang, err, map[string]string{"logo_invalid": "logo"}); ok {
			c.logoPage(w, r, v, errs)
			return
		}
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, pathOf(a.ID)+"?done=saved", http.StatusSeeOther)
}

func (c *Console) showLogo(w http.ResponseWriter, r *http.Request, v *visit) {
	c.logoPage(w, r, v, nil)
}

func (c *Console) logoPage(w http.ResponseWriter, r *http.Request, v *visit, errs []page.FieldError) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	status := http.StatusOK
	if len(errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	c.show(w, r, v, status, "logo", page.View{Title: v.t("logo.title"), Errors: errs, Crumbs: v.registrationCrumbs(&a),
		Data: registered{Client: a, LogoPath: page.LogoPath(a.Registration.Logo)}})
}

// logo serves an image that was uploaded, as what it was found to be, and as nothing else (A179). It is for whoever asks: a
// consent page shows it before anybody has consented.
func (c *Console) logo(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	sum := strings.TrimPrefix(r.URL.Path, page.LogoPrefix)
	image, err := c.Registry.Logo(r.Context(), sum)
	if err != nil || len(sum) != 64 || r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Cache-Control", "no-store")
		if err != nil && errors.Is(err, r.Context().Err()) {
			return
		}
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h.Set("Content-Type", image.Media)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method == http.MethodGet {
		_, _ = w.Write(image.Image)
	}
}
