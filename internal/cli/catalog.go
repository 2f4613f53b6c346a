package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/text"
)

type catalogCommand struct {
	Lint catalogLint `cmd:"" help:"catalog_lint"`
	Show catalogShow `cmd:"" help:"catalog_show"`
}

// catalogFlag names a catalog: one that ships, one of the configuration, or a file.
type catalogFlag struct {
	Catalog string `placeholder:"NAME|FILE" default:"analytics" help:"flag_catalog"`
}

// source reads the catalog that is named; file is its name for messages.
func (r *run) catalogSource(named string) (file string, src []byte, err error) {
	if src, ok := catalogs.Builtin(named); ok {
		return named + ".yaml", src, nil
	}
	file = named
	if !strings.ContainsAny(named, "/.") {
		cfg, err := r.config()
		if err != nil {
			return "", nil, err
		}
		names := catalogs.Names()
		for _, c := range cfg.Catalogs {
			names = append(names, c.Name)
			if c.Name == named {
				file = c.File
			}
		}
		if !slices.Contains(names, named) {
			return "", nil, r.fault(fmt.Sprintf(r.say("there is no catalog %q", "Es gibt keinen Katalog %q"), named),
				r.say("known here: ", "bekannt sind: ")+strings.Join(names, ", ")+r.say("; or name a file", "; oder nennen Sie eine Datei"))
		}
	}
	src, err = os.ReadFile(file)
	if err != nil {
		return "", nil, fmt.Errorf("reading a catalog: %w", err)
	}
	return file, src, nil
}

// load answers the catalog, or shows everything that keeps it from loading.
func (r *run) catalog(named string) (*catalog.Catalog, error) {
	file, src, err := r.catalogSource(named)
	if err != nil {
		return nil, err
	}
	c, problems := catalog.Load(file, src)
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(r.Stderr, safe(p.String()))
		}
		return nil, r.fault(r.say("the catalog has ", "der Katalog hat ")+
			r.some(len(problems), text.Text{EN: "error", DE: "Fehler"}, text.Text{EN: "errors", DE: "Fehler"}), "prokura catalog lint "+safe(named))
	}
	return c, nil
}

type catalogLint struct {
	Catalog []string `arg:"" optional:"" placeholder:"NAME|FILE" help:"arg_catalogs"`
}

// Run ends with status 1 if there are errors; notes are no reason to fail.
func (l *catalogLint) Run(r *run) error {
	named := l.Catalog
	if len(named) == 0 {
		named = catalogs.Names()
	}
	all, errs := []catalog.Problem{}, 0
	for _, n := range named {
		file, src, err := r.catalogSource(n)
		if err != nil {
			return err
		}
		c, problems := catalog.Load(file, src)
		errs += len(problems)
		if c != nil {
			problems = c.Lint()
		}
		all = append(all, problems...)
	}
	if r.g.JSON {
		if err := r.json(all); err != nil {
			return err
		}
	} else {
		for _, p := range all {
			fmt.Fprintln(r.Stdout, safe(p.String()))
		}
		r.note("%s, %s", "%s, %s", r.some(errs, text.Text{EN: "error", DE: "Fehler"}, text.Text{EN: "errors", DE: "Fehler"}),
			r.some(len(all)-errs, text.Text{EN: "note", DE: "Hinweis"}, text.Text{EN: "notes", DE: "Hinweise"}))
	}
	if errs > 0 {
		return errStop
	}
	return nil
}

type catalogShow struct {
	catalogFlag
	For    *string `placeholder:"SCOPES" xor:"view" help:"flag_for"`
	Matrix bool    `xor:"view" help:"flag_matrix"`
}

func (s *catalogShow) Run(r *run) error {
	c, err := r.catalog(s.Catalog)
	if err != nil {
		return err
	}
	switch {
	case s.Matrix && r.g.JSON:
		return r.misuse(r.say("--matrix is a picture; it has no JSON", "--matrix ist ein Bild; es gibt es nicht als JSON"), "prokura catalog show --json")
	case s.Matrix:
		return c.Matrix(r.Stdout, r.lang)
	case s.For != nil:
		sent, err := r.scopes(*s.For)
		if err != nil {
			return err
		}
		if r.g.JSON {
			return c.Coverage(sent).JSON(r.Stdout)
		}
		return c.Coverage(sent).Text(r.Stdout, r.lang)
	case r.g.JSON:
		return c.JSON(r.Stdout)
	}
	return c.Table(r.Stdout, r.lang)
}
