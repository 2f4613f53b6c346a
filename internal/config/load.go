package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"prokura/internal/strictyaml"
)

// Problem is one thing that is wrong, and where.
type Problem = strictyaml.Problem

// EnvPrefix begins the names of environment variables that override keys of the file: PROKURA_LOG_LEVEL is log.level.
const EnvPrefix = "PROKURA_"

// commandLineVariables belong to commands that talk to a server, not to the configuration.
var commandLineVariables = []string{"PROKURA_TOKEN", "PROKURA_SERVER", "PROKURA_CONFIG"}

// Load reads a configuration from its text and checks it. With any problem, the Config must not be used to serve.
func Load(file string, src []byte) (Config, []Problem) {
	return load(file, src, nil)
}

// Open reads a configuration file, or the defaults where path is empty, overrides it from the environment and checks
// it. The text is returned for showing problems in it. Paths in the file count from the file's directory, those in the
// environment from the working directory.
func Open(path string, environ map[string]string) (Config, []byte, []Problem) {
	if path == "" {
		cfg, problems := load("", nil, environ)
		return cfg, nil, problems
	}
	src, err := os.ReadFile(path)
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err
		}
		return Config{}, nil, []Problem{{File: path, Message: err.Error()}}
	}
	cfg, problems := load(path, src, environ)
	return cfg, src, problems
}

func load(file string, src []byte, environ map[string]string) (Config, []Problem) {
	cfg := Default()
	doc := strictyaml.Decode(file, src, &cfg)
	cfg.resolve(doc, filepath.Dir(file))
	problems := cfg.override(environ)
	cfg.fill()
	cfg.validate(doc)
	problems = append(doc.Problems(), problems...)
	strictyaml.Sort(problems)
	return cfg, problems
}

// resolve makes the paths that the file names count from where the file is, so that the working directory of a service
// does not matter. Defaults keep counting from the working directory.
func (c *Config) resolve(doc *strictyaml.Document, dir string) {
	paths := map[string]*string{
		"data": &c.Data, "tls.certificate": &c.TLS.Certificate, "tls.key": &c.TLS.Key, "storage.url_file": &c.Storage.URLFile,
		"mail.password_file": &c.Mail.PasswordFile,
	}
	for i := range c.Catalogs {
		paths[fmt.Sprintf("catalogs[%d].file", i)] = &c.Catalogs[i].File
	}
	for key, p := range paths {
		if doc.Has(key) && *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// override lets environment variables win over the file. A variable with our prefix that no key has is a problem like
// an unknown key: a misspelt PROKURA_TLS_KEY must not be a server without TLS (A252).
func (c *Config) override(environ map[string]string) []Problem {
	var problems []Problem
	if len(environ) == 0 {
		return nil
	}
	opts := env.Options{Environment: environ, Prefix: EnvPrefix}
	known := slices.Clone(commandLineVariables)
	params, err := env.GetFieldParamsWithOptions(c, opts)
	if err != nil {
		return []Problem{{Message: fmt.Sprintf("reading the environment: %v", err)}}
	}
	for _, p := range params {
		known = append(known, p.Key)
	}
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		switch {
		case !strings.HasPrefix(name, EnvPrefix) || slices.Contains(commandLineVariables, name):
		case slices.Contains(known, name):
			// One at a time, because the library's errors name the field and not the variable.
			opts.Environment = map[string]string{name: environ[name]}
			if err := env.ParseWithOptions(c, opts); err != nil {
				problems = append(problems, Problem{Message: name + ": " + reason(err)})
			}
		default:
			message := "unknown environment variable " + name
			if near := strictyaml.Nearest(name, known); near != "" {
				message += "; did you mean " + near + "?"
			}
			problems = append(problems, Problem{Message: message})
		}
	}
	return problems
}

func reason(err error) string {
	if p, ok := errors.AsType[env.ParseError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// fill gives the routes the timeouts that they leave out.
func (c *Config) fill() {
	for i := range c.Routes {
		t := &c.Routes[i].Timeouts
		if t.Connect == 0 {
			t.Connect = defaultTimeouts.Connect
		}
		if t.ResponseHeader == 0 {
			t.ResponseHeader = defaultTimeouts.ResponseHeader
		}
		if t.Idle == 0 {
			t.Idle = defaultTimeouts.Idle
		}
	}
}
