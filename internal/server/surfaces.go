package server

import (
	"context"
	"fmt"
	"net/http"

	"prokura/internal/access"
	"prokura/internal/admin"
	"prokura/internal/console"
	"prokura/internal/dialect/genesys"
	"prokura/internal/dialect/hubspot"
	"prokura/internal/dialect/tableau"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/oauth"
	"prokura/internal/page"
	"prokura/internal/registry"
	"prokura/internal/seal"
	"prokura/internal/store"
)

// parts are what the surfaces stand on.
type parts struct {
	sealer    *seal.Sealer
	catalogs  *registry.Catalogs
	registry  *registry.Registry
	directory *directory.Directory
	access    *access.Access
	govern    *govern.Decisions
	operator  [32]byte // hash of the operator's token
}

// surfaces builds what answers, and says who owns which path.
func (s *Server) surfaces(ctx context.Context, p parts) error {
	hosts, err := s.hosts()
	if err != nil {
		return err
	}
	gates, err := s.gateway(p.catalogs, p.access, hosts)
	if err != nil {
		return err
	}
	pages, err := s.pages(ctx, p.sealer)
	if err != nil {
		return err
	}
	people, err := console.New(console.Config{Store: s.store, Directory: p.directory, Registry: p.registry, Catalogs: p.catalogs,
		Access: p.access, Govern: p.govern, Docket: s.docket, Ledger: s.ledger, Page: pages, Clock: s.clock, Log: s.log, Routed: s.routed(), Issuer: s.issuer})
	if err != nil {
		return err
	}
	authorize, err := oauth.NewPages(oauth.PagesConfig{Access: p.access, Govern: p.govern, Directory: p.directory, Registry: p.registry,
		Catalogs: p.catalogs, Page: pages, Sealer: p.sealer, Docket: s.docket, Clock: s.clock, Log: s.log, Issuer: s.issuer, Contact: s.cfg.Contact})
	if err != nil {
		return err
	}
	tokens, err := oauth.New(oauth.Config{Access: p.access, Docket: s.docket, Clock: s.clock, Log: s.log, Issuer: s.issuer, Authorize: authorize})
	if err != nil {
		return err
	}
	installs, err := hubspot.New(hubspot.Config{Access: p.access, Docket: s.docket, Clock: s.clock, Log: s.log, Errors: s.errorPages()})
	if err != nil {
		return err
	}
	apps, err := genesys.New(genesys.Config{Access: p.access, Govern: p.govern, Registry: p.registry, Catalogs: p.catalogs, Store: s.store,
		Docket: s.docket, Clock: s.clock, Log: s.log})
	if err != nil {
		return err
	}
	api := admin.New(admin.Config{Directory: p.directory, Registry: p.registry, Access: p.access, Govern: p.govern, Catalogs: p.catalogs, Keys: s.keys,
		Store: s.store, Docket: s.docket, Ledger: s.ledger, Clock: s.clock, Log: s.log, Operator: p.operator, Issuer: s.issuer})
	s.front = &front{server: s, hosts: hosts, gateway: gates, owners: []owner{
		{ownsAdmin, api},
		{ownsKeys, referring(s.keys.JWKS())},
		{oauth.Owns, tokens},
		{hubspot.Owns, installs},
		{genesys.Owns, apps},
		{ownsAssets, referring(http.HandlerFunc(pages.Assets))},
		{console.Owns, people},
		{tableau.Owns, tableau.New(s.tableauConfig(p.access))},
	}}
	if s.cfg.TLS.InFront {
		s.front = behindProxy(s.front)
	}
	return nil
}

// errorPages is the address of the pages that explain refusals.
func (s *Server) errorPages() string { return s.issuer + "/oauth/errors" }

// pages makes the renderer. All processes on one database make form tokens with one key, so that a form may be sent to
// another than the one that showed it.
func (s *Server) pages(ctx context.Context, sealer *seal.Sealer) (*page.Renderer, error) {
	const setting = "form_key"
	at := seal.Place{Table: "settings", Row: setting, Column: "value"}
	drawn, err := sealer.Seal(entropy.Bytes(32), at)
	if err != nil {
		return nil, err
	}
	var kept []byte
	err = s.store.Tend(ctx, func(u store.Upkeep) (err error) {
		kept, err = u.AddSetting(setting, drawn)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keeping the key of form tokens: %w", err)
	}
	key, err := sealer.Open(kept, at)
	if err != nil {
		return nil, fmt.Errorf("opening the key of form tokens: %w", err)
	}
	return page.New(page.Config{Clock: s.clock, Log: s.log, Key: key.Reveal()})
}
