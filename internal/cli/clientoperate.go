package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// asOwner lets an app be switched as its developer's account does: what the operator disabled stays so.
type asOwner struct {
	Owner string `placeholder:"TENANT" help:"flag_as_owner"`
}

// switchTo enables or disables an app: for the operator, or for the account that it belongs to.
func (o *oneClient) switchTo(r *run, owner asOwner, action string) error {
	if owner.Owner == "" {
		return o.send(r, http.MethodPost, nil, action)
	}
	in := inTenant{Tenant: owner.Owner}
	c, path, err := in.below(r, "clients", findClient, o.App, action)
	if err != nil {
		return err
	}
	return send(r, c, clientColumns(r), http.MethodPost, path, nil)
}

type clientEnable struct {
	oneClient
	asOwner
}

func (s *clientEnable) Run(r *run) error { return s.switchTo(r, s.asOwner, "enable") }

type clientDisable struct {
	oneClient
	asOwner
}

func (s *clientDisable) Run(r *run) error { return s.switchTo(r, s.asOwner, "disable") }

type clientVerify struct{ oneClient }

func (s *clientVerify) Run(r *run) error { return s.send(r, http.MethodPost, nil, "verify") }

type clientUnverify struct {
	oneClient
	Yes bool `short:"y" help:"flag_yes"`
}

// Run asks first: tokens end with it.
func (s *clientUnverify) Run(r *run) error {
	c, path, err := s.path(r)
	if err != nil {
		return err
	}
	if !s.Yes {
		app, tenants, err := r.usedBy(c, path)
		if err != nil {
			return err
		}
		if app.Verified {
			if err := r.sure(false,
				fmt.Sprintf(r.say("All tokens of %q end at once: it is installed in %s.", "Alle Token von %q enden sofort: Sie ist in %s installiert."), app.Name, tenants),
				r.say("Where an account is open to verified publishers only, it gets no others; elsewhere it refreshes.",
					"Wo ein Konto nur geprüften Herausgebern offensteht, bekommt sie keine neuen; anderswo erneuert sie sie.")); err != nil {
				return err
			}
		}
	}
	return send(r, c, clientColumns(r), http.MethodPost, path+"/unverify", nil)
}

// usedBy is an app, and in how many accounts something of it lives, in words.
func (r *run) usedBy(c *v1client.Client, path string) (v1.Client, string, error) {
	app, _, err := v1client.Send[v1.Client](r.ctx, c, http.MethodGet, path, nil)
	if err != nil {
		return app, "", err
	}
	impact, _, err := v1client.Send[v1.Impact](r.ctx, c, http.MethodPost, path+"/impact", patch{})
	if err != nil {
		return app, "", err
	}
	return app, r.some(impact.Tenants, text.Text{EN: "account", DE: "Konto"}, text.Text{EN: "accounts", DE: "Konten"}), nil
}

type clientRecall struct {
	oneClient
	Reason string `placeholder:"TEXT" help:"flag_reason"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

// Run revokes an app everywhere, after saying in how many accounts something of it lives.
func (s *clientRecall) Run(r *run) error {
	c, path, err := s.path(r)
	if err != nil {
		return err
	}
	if !s.Yes {
		app, tenants, err := r.usedBy(c, path)
		if err != nil {
			return err
		}
		if err := r.sure(false,
			fmt.Sprintf(r.say("%q is refused everywhere at once, every live token included: it is installed in %s.",
				"%q wird sofort überall verweigert, jedes gültige Token eingeschlossen: Sie ist in %s installiert."), app.Name, tenants),
			r.say("Nothing brings it back but each account deciding anew, and then everybody installs it anew.",
				"Nichts bringt sie zurück, als dass jedes Konto neu entscheidet, und dann installieren alle sie neu.")); err != nil {
			return err
		}
	}
	return send(r, c, []column[v1.Recalled]{{text.Text{EN: "accounts that lost it", DE: "Konten, die sie verloren haben"}, func(v v1.Recalled) string { return count(v.Tenants) }}},
		http.MethodPost, path+"/recall", v1.Reason{Reason: s.Reason})
}
