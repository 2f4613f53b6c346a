package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// enforcementCommand is the stage of tenants that chose none; it is the operator's.
type enforcementCommand struct {
	Show enforcementShow `cmd:"" help:"show"`
	Set  enforcementSet  `cmd:"" help:"enforcement_set"`
}

func (r *run) stageColumns() []column[v1.Stage] {
	return []column[v1.Stage]{{text.Text{EN: "accounts that chose no stage", DE: "Konten, die keine Stufe gewählt haben"},
		func(s v1.Stage) string { return r.word(enforcementTexts, s.Enforcement) }}}
}

type enforcementShow struct{}

func (*enforcementShow) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	return send(r, c, r.stageColumns(), http.MethodGet, address("enforcement"), nil)
}

type enforcementSet struct {
	Stage string `arg:"" help:"arg_stage"`
	Yes   bool   `short:"y" help:"flag_yes"`
}

// Run asks before accounts begin to enforce that never chose to.
func (e *enforcementSet) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	if e.Stage == "enforce" && !e.Yes {
		now, _, err := v1client.Send[v1.Stage](r.ctx, c, http.MethodGet, address("enforcement"), nil)
		if err != nil {
			return err
		}
		if now.Enforcement != "enforce" {
			tenants, _, err := v1client.All[v1.Tenant](r.ctx, c, address("tenants"), 0)
			if err != nil {
				return err
			}
			if err := r.sure(false,
				fmt.Sprintf(r.say("In every account that chose no stage itself, of %d in all, what no decision covers is refused from now on.",
					"In jedem Konto, das selbst keine Stufe gewählt hat, von insgesamt %d, wird ab jetzt verweigert, was keine Entscheidung deckt."), len(tenants)),
				r.say("All their tokens end at once: apps fetch new ones by themselves, scripts of connected apps sign in again.",
					"Alle ihre Token enden sofort: Anwendungen holen sich selbst neue, Skripte verbundener Apps melden sich neu an."),
				r.say("prokura impact list -t TENANT says what would stop in one of them.", "prokura impact list -t KONTO sagt, was in einem davon nicht mehr ginge.")); err != nil {
				return err
			}
		}
	}
	return send(r, c, r.stageColumns(), http.MethodPut, address("enforcement"), v1.Stage{Enforcement: e.Stage})
}
