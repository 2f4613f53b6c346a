package server

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"prokura/catalogs"
	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/config"
	"prokura/internal/dialect/genesys"
	"prokura/internal/dialect/hubspot"
	"prokura/internal/dialect/tableau"
	"prokura/internal/gateway"
	"prokura/internal/host"
	"prokura/internal/registry"
	"prokura/internal/reserved"
)

// loadCatalogs puts the catalogs in force that ship, and those that the configuration names.
func loadCatalogs(cfg config.Config) (*registry.Catalogs, error) {
	var list []*catalog.Catalog
	load := func(file string, src []byte) error {
		c, problems := catalog.Load(file, src)
		var errs []error
		for _, p := range problems {
			if p.Severity == catalog.Error {
				errs = append(errs, errors.New(p.String()))
			}
		}
		if len(errs) > 0 {
			return fmt.Errorf("catalog %s: %w", file, errors.Join(errs...))
		}
		if err := collides(c); err != nil {
			return fmt.Errorf("catalog %s: %w", file, err)
		}
		list = append(list, c)
		return nil
	}
	for _, name := range catalogs.Names() {
		src, _ := catalogs.Builtin(name)
		if err := load(name+".yaml", src); err != nil {
			return nil, err
		}
	}
	for _, named := range cfg.Catalogs {
		src, err := os.ReadFile(named.File)
		if err != nil {
			return nil, fmt.Errorf("reading a catalog: %w", err)
		}
		if err := load(named.File, src); err != nil {
			return nil, err
		}
		if got := list[len(list)-1].Name; got != named.Name {
			return nil, fmt.Errorf("catalog %s calls itself %q, and the configuration %q", named.File, got, named.Name)
		}
	}
	return registry.NewCatalogs(list...)
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// collides refuses a catalog with a method whose path we answer ourselves.
func collides(c *catalog.Catalog) error {
	for _, m := range c.Methods() {
		if m.AnsweredBy == catalog.ByProkura {
			continue
		}
		sample := parameter.ReplaceAllStringFunc(m.Path, func(p string) string {
			if p == "{version}" {
				return "3.0"
			}
			return "x"
		})
		p, err := canon.Parse(sample)
		if err != nil {
			return fmt.Errorf("method %s: %w", m.ID, err)
		}
		if p.Len() == 0 || reserved.Segment(p.Segment(0)) || tableau.Owns(&p) || hubspot.Owns(&p) || genesys.Owns(&p) {
			return fmt.Errorf("method %s: %s is a path that Prokura answers itself", m.ID, m.Path)
		}
	}
	return nil
}

// gateway builds the routes. Without any it answers every call with "nothing here".
func (s *Server) gateway(catalogs *registry.Catalogs, uses *access.Access, hosts host.Names) (*gateway.Gateway, error) {
	var routes []gateway.Route
	for _, r := range s.cfg.Routes {
		cat, ok := catalogs.Named(r.Catalog)
		if !ok {
			return nil, fmt.Errorf("route %s: there is no catalog %q", r.Prefix, r.Catalog)
		}
		upstream, err := url.Parse(r.Upstream)
		if err != nil {
			return nil, fmt.Errorf("route %s: upstream: %w", r.Prefix, err)
		}
		routes = append(routes, gateway.Route{Prefix: r.Prefix, Catalog: cat, Dialect: s.wire(r.Dialect), Upstream: upstream,
			Audience: r.Audience, RequestHeaders: r.RequestHeaders, ResponseHeaders: r.ResponseHeaders,
			Timeouts: gateway.Timeouts{Dial: r.Timeouts.Connect, ResponseHeader: r.Timeouts.ResponseHeader, Stall: r.Timeouts.Idle}})
	}
	return gateway.New(gateway.Config{Routes: routes, Dialect: tableau.Wire{}, Access: uses, Docket: s.docket,
		Log: s.log, Clock: s.clock, Hosts: hosts})
}

// wire is the dialect of a route, which the configuration was checked to name.
func (s *Server) wire(name string) gateway.Dialect {
	switch name {
	case "hubspot":
		return hubspot.Wire{Errors: s.errorPages()}
	case "genesys":
		return genesys.Wire{}
	}
	return tableau.Wire{}
}

// hosts are the names that requests may carry: those configured, or the issuer's and those of loopback.
func (s *Server) hosts() (host.Names, error) {
	if len(s.cfg.Hosts) > 0 {
		return host.Exactly(s.cfg.Hosts...)
	}
	u, err := url.Parse(s.issuer)
	if err != nil {
		return host.Names{}, fmt.Errorf("issuer: %w", err)
	}
	return host.Also(strings.ToLower(u.Host))
}

func (s *Server) tableauConfig(uses *access.Access) tableau.Config {
	codes := tableau.SeedCodes
	if s.cfg.Tableau.ErrorCodes == config.ExtendedCodes {
		codes = tableau.ExtendedCodes
	}
	return tableau.Config{Access: uses, Docket: s.docket, Clock: s.clock, Log: s.log, ErrorCodes: codes,
		ProductVersion: Version(), Build: Revision(), MaxBody: int(s.cfg.Limits.SignInBody)}
}

// routed are the catalogs that a route leads to.
func (s *Server) routed() []string {
	var out []string
	for _, r := range s.cfg.Routes {
		if !slices.Contains(out, r.Catalog) {
			out = append(out, r.Catalog)
		}
	}
	return out
}
