package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"prokura/internal/config"
	"prokura/internal/strictyaml"
	"prokura/internal/text"
)

type versionCommand struct{}

// build is what the binary knows of itself.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (versionCommand) Run(r *run) error {
	b := build{Version: "(unknown)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = info.Main.Version
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.time":
				b.Time = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if r.g.JSON {
		return r.json(b)
	}
	fmt.Fprintf(r.Stdout, "prokura %s\n", b.Version)
	if b.Revision != "" {
		fmt.Fprintf(r.Stdout, "%s %s %s\n", r.say("built from", "gebaut aus"), b.Revision, b.Time)
	}
	fmt.Fprintf(r.Stdout, "%s %s\n", b.Go, b.Platform)
	return nil
}

type serveCommand struct{}

func (serveCommand) Run(r *run) error {
	cfg, err := r.usable()
	if err != nil {
		return err
	}
	return r.Server.Serve(r.ctx, cfg, r.log(&cfg), func(s Started) {
		for _, a := range s.Addresses {
			r.note("listening on %s", "wartet auf %s", a)
		}
		r.note("issuer %s", "Aussteller %s", s.Issuer)
		if s.OperatorTokenFile != "" {
			r.note("the operator token is in %s", "der Betreiber-Token steht in %s", s.OperatorTokenFile)
		} else {
			r.note("the operator token is not in %s: it was written at the first start, and the database has only its hash",
				"der Betreiber-Token steht nicht in %s: Er wurde beim ersten Start geschrieben, und die Datenbank hat nur seinen Hash", cfg.OperatorTokenFile())
		}
		if s.SetUpLink != "" {
			r.note("open this link, once, to make the first tenant and its administrator; it is good for a day: %s",
				"öffnen Sie diesen Link, einmal, um das erste Konto und seinen Administrator anzulegen; er gilt einen Tag: %s", s.SetUpLink)
		}
		if s.FirstStart {
			r.note("or begin with: prokura tenant create NAME --content-url=URL --plan=PLAN",
				"oder beginnen Sie mit: prokura tenant create NAME --content-url=URL --plan=ABONNEMENT")
		}
	})
}

// usable reads the configuration and what it points at.
func (r *run) usable() (config.Config, error) {
	cfg, err := r.config()
	if err != nil {
		return cfg, err
	}
	if problems := cfg.Files(); len(problems) > 0 {
		return cfg, &badConfig{problems: problems}
	}
	return cfg, nil
}

var migrationColumns = []column[Migration]{
	{text.Text{EN: "version", DE: "Version"}, func(m Migration) string { return fmt.Sprint(m.Version) }},
	{text.Text{EN: "name", DE: "Name"}, func(m Migration) string { return m.Name }},
	{text.Text{EN: "applied", DE: "ausgeführt"}, func(m Migration) string { return mark(m.Applied) }},
}

type migrateCommand struct {
	Status bool `help:"flag_status"`
}

func (m *migrateCommand) Run(r *run) error {
	cfg, err := r.usable()
	if err != nil {
		return err
	}
	do := r.Server.Migrate
	if m.Status {
		do = r.Server.Migrations
	}
	steps, err := do(r.ctx, cfg)
	if err != nil {
		return err
	}
	if !m.Status {
		r.note("the schema is up to date", "das Schema ist auf dem neuesten Stand")
	}
	return printList(r, migrationColumns, steps, steps)
}

type configCommand struct {
	Check     configCheck     `cmd:"" help:"config_check"`
	Reference configReference `cmd:"" help:"config_reference"`
}

type configCheck struct{}

func (configCheck) Run(r *run) error {
	path := r.configPath()
	cfg, src, problems := config.Open(path, r.Env)
	// With problems in the text, paths may not be what was meant; what they point at is checked when the text is right.
	if len(problems) == 0 {
		problems = cfg.Files()
	}
	if r.g.JSON {
		if problems == nil {
			problems = []config.Problem{}
		}
		if err := r.json(problems); err != nil {
			return err
		}
	} else {
		strictyaml.Render(r.Stdout, src, problems)
	}
	switch {
	case len(problems) > 0:
		return errStop
	case r.g.JSON:
	case path == "":
		r.note("there is no prokura.yaml here; the defaults are in force", "hier gibt es keine prokura.yaml; es gelten die Vorgaben")
	default:
		r.note("%s has no problems", "%s hat keine Probleme", path)
	}
	return nil
}

type configReference struct{}

func (configReference) Run(r *run) error { return config.Reference(r.Stdout) }
