package cli

import (
	"context"
	"log/slog"

	"prokura/internal/config"
)

// Server is what the commands need of the process that package server builds. main fills it in.
type Server struct {
	// Serve runs until ctx ends, then stops gracefully. It calls started once everything answers.
	Serve func(ctx context.Context, cfg config.Config, log *slog.Logger, started func(Started)) error
	// Migrations lists the steps of the schema without changing anything.
	Migrations func(ctx context.Context, cfg config.Config) ([]Migration, error)
	// Migrate brings the schema up to date and answers the steps.
	Migrate func(ctx context.Context, cfg config.Config) ([]Migration, error)
}

// Started says where a server answers.
type Started struct {
	Addresses         []string // as listened on, with the real port
	Issuer            string
	OperatorTokenFile string // empty: it does not stand where it was written
	FirstStart        bool   // the operator's token was written just now
	SetUpLink         string // makes the first tenant and its administrator; empty where there is a tenant
}

// Migration is one step of the schema.
type Migration struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}
