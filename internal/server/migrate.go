package server

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"prokura/internal/config"
	"prokura/internal/store/postgres"
	"prokura/internal/store/sqlite"
	"prokura/internal/store/sqlstore"
)

// Migrate applies the steps of the schema that the configured database lacks, and answers them all.
func Migrate(ctx context.Context, cfg config.Config) ([]sqlstore.Migration, error) {
	return onSchema(ctx, cfg, sqlite.Migrate, postgres.Migrate)
}

// Migrations are the steps of the schema, those that the configured database has marked as applied.
func Migrations(ctx context.Context, cfg config.Config) ([]sqlstore.Migration, error) {
	return onSchema(ctx, cfg, sqlite.Status, postgres.Status)
}

type migrator func(ctx context.Context, where string) ([]sqlstore.Migration, error)

func onSchema(ctx context.Context, cfg config.Config, inFile, onServer migrator) ([]sqlstore.Migration, error) {
	if cfg.Storage.Engine == config.Postgres {
		url, err := cfg.DatabaseURL()
		if err != nil {
			return nil, fmt.Errorf("finding the database: %w", err)
		}
		return onServer(ctx, url)
	}
	if err := makeDir(cfg.Data, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	return inFile(ctx, filepath.Join(cfg.Data, databaseFile))
}
