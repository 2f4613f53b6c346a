package main

import (
	"context"
	"log/slog"

	"prokura/internal/cli"
	"prokura/internal/config"
	"prokura/internal/server"
	"prokura/internal/store/sqlstore"
)

// wired is what package server does, in the form that the commands want.
func wired() cli.Server {
	return cli.Server{Serve: serve, Migrations: steps(server.Migrations), Migrate: steps(server.Migrate)}
}

func serve(ctx context.Context, cfg config.Config, log *slog.Logger, started func(cli.Started)) error {
	s, err := server.New(ctx, cfg, server.Deps{Log: log})
	if err != nil {
		return err
	}
	started(cli.Started{Addresses: s.Addresses(), Issuer: s.Issuer(), OperatorTokenFile: s.OperatorTokenFile, FirstStart: s.FirstStart, SetUpLink: s.SetUpLink})
	return s.Run(ctx)
}

func steps(do func(context.Context, config.Config) ([]sqlstore.Migration, error)) func(context.Context, config.Config) ([]cli.Migration, error) {
	return func(ctx context.Context, cfg config.Config) ([]cli.Migration, error) {
		list, err := do(ctx, cfg)
		if err != nil {
			return nil, err
		}
		var out []cli.Migration
		for _, m := range list {
			out = append(out, cli.Migration{Version: m.Version, Name: m.Name, Applied: m.Applied})
		}
		return out, nil
	}
}
