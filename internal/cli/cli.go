package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"prokura/internal/config"
	"prokura/internal/strictyaml"
)

// The exit statuses.
const (
	ExitOK    = 0
	ExitError = 1
	ExitUsage = 2
	// ExitTampered: audit verify found that the books are not what was sealed.
	ExitTampered = 3
)

// Process is what a command takes from the process that it runs in.
type Process struct {
	Args   []string // without the program's name
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Env    map[string]string
	Server Server
}

// grammar is the command line as kong reads it. The help tags are keys of helpTexts, which has them in both languages.
type grammar struct {
	Config    string `short:"c" placeholder:"FILE" help:"flag_config"`
	ServerURL string `name:"server" placeholder:"URL" help:"flag_server"`
	JSON      bool   `name:"json" help:"flag_json"`

	Version  versionCommand  `cmd:"" help:"version"`
	Serve    serveCommand    `cmd:"" help:"serve"`
	Migrate  migrateCommand  `cmd:"" help:"migrate"`
	Conf     configCommand   `cmd:"" name:"config" help:"config"`
	Catalog  catalogCommand  `cmd:"" help:"catalog"`
	Keys     keysCommand     `cmd:"" help:"keys"`
	Tenant   tenantCommand   `cmd:"" help:"tenant"`
	User     userCommand     `cmd:"" help:"user"`
	Group    groupCommand    `cmd:"" help:"group"`
	Role     roleCommand     `cmd:"" help:"role"`
	Grant    grantCommand    `cmd:"" help:"grant"`
	App      appCommand      `cmd:"" name:"connected-app" help:"connected_app"`
	Client   clientCommand   `cmd:"" name:"app" help:"client"`
	Audit    auditCommand    `cmd:"" help:"audit"`
	Refusals refusalsCommand `cmd:"" help:"refusals"`
	Explain  explainCommand  `cmd:"" help:"explain"`

	Authorization authorizationCommand `cmd:"" help:"authorization"`
	Request       requestCommand       `cmd:"" help:"request"`
	Governance    governanceCommand    `cmd:"" help:"governance"`
	Impact        impactCommand        `cmd:"" help:"impact"`
	Enforcement   enforcementCommand   `cmd:"" help:"enforcement"`
}

// run is one invocation, as commands see it.
type run struct {
	Process
	ctx  context.Context
	lang string
	g    *grammar
}

// exited carries kong's wish to end, for --help.
type exited int

// Run executes one command and answers the exit status.
func Run(ctx context.Context, p Process) (status int) {
	r := &run{Process: p, ctx: ctx, lang: language(p.Env), g: &grammar{}}
	defer func() {
		if e := recover(); e != nil {
			code, ok := e.(exited)
			if !ok {
				panic(e)
			}
			status = int(code)
		}
	}()
	parser, err := kong.New(r.g,
		kong.Name("prokura"), kong.Description(helpTexts["prokura"].In(r.lang)),
		kong.Writers(p.Stdout, p.Stderr), kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 110}),
		kong.Help(helpPrinter(r.lang)),
	)
	if err != nil {
		panic(fmt.Sprintf("cli: the grammar is wrong: %v", err)) // a programmer's error, found by any test
	}
	translate(parser.Model.Node, r.lang)
	args := p.Args
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if err != nil {
		return r.fail(usage(r.lang, err, parser.Model.Node))
	}
	if err := kctx.Run(r); err != nil {
		return r.fail(err)
	}
	return ExitOK
}

// language is the one of messages, by the order of POSIX locale variables.
func language(env map[string]string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env[name]; v != "" {
			if v == "de" || strings.HasPrefix(v, "de_") || strings.HasPrefix(v, "de.") {
				return "de"
			}
			return "en"
		}
	}
	return "en"
}

// say is the sentence in the language of the invocation.
func (r *run) say(en, de string) string {
	if r.lang == "de" {
		return de
	}
	return en
}

// note tells the person at the terminal something that is no result.
func (r *run) note(en, de string, args ...any) {
	fmt.Fprintf(r.Stderr, r.say(en, de)+"\n", args...)
}

// configPath is the file to read: named, or in the working directory, or none.
func (r *run) configPath() string {
	switch {
	case r.g.Config != "":
		return r.g.Config
	case r.Env["PROKURA_CONFIG"] != "":
		return r.Env["PROKURA_CONFIG"]
	}
	if _, err := os.Stat("prokura.yaml"); err == nil {
		return "prokura.yaml"
	}
	return ""
}

// config reads the configuration, or answers everything that is wrong with it.
func (r *run) config() (config.Config, error) {
	cfg, src, problems := config.Open(r.configPath(), r.Env)
	if len(problems) > 0 {
		return cfg, &badConfig{src, problems}
	}
	return cfg, nil
}

// log is the logger of commands that run the server's code.
func (r *run) log(cfg *config.Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: cfg.Log.Level.Slog()}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(r.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(r.Stderr, opts))
}

// badConfig is a configuration that cannot be used.
type badConfig struct {
	src      []byte
	problems []config.Problem
}

func (b *badConfig) Error() string { return fmt.Sprintf("%d problems", len(b.problems)) }

func (r *run) showProblems(b *badConfig) { strictyaml.Render(r.Stderr, b.src, b.problems) }

// errStop ends a command with status 1 when everything has been said.
var errStop = errors.New("stop")
