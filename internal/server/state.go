package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"prokura/internal/clock"
	"prokura/internal/config"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/postgres"
	"prokura/internal/store/sqlite"
)

// The files of the data directory.
const (
	databaseFile   = "prokura.db"
	sealFile       = "seal.key"
	checkpointFile = "audit.checkpoint"
)

// makeDir makes the data directory, and warns where others may write to it: they could plant a token before the first
// start. It is not refused, because volumes are often mounted so.
func makeDir(dir string, log *slog.Logger) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("looking at the data directory: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 {
		log.Warn("others can write to the data directory: chmod 700 it", "dir", dir, "mode", info.Mode().Perm().String())
	}
	return nil
}

func openStore(ctx context.Context, cfg config.Config, c clock.Clock, log *slog.Logger) (store.Store, error) {
	if cfg.Storage.Engine == config.Postgres {
		url, err := cfg.DatabaseURL()
		if err != nil {
			return nil, fmt.Errorf("finding the database: %w", err)
		}
		return opened(postgres.Open(ctx, postgres.Options{URL: url, Connections: cfg.Storage.Connections, Clock: c, Log: log}))
	}
	return opened(sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(cfg.Data, databaseFile), Clock: c, Log: log}))
}

// opened keeps the nil pointer of a store that did not open from looking like a store.
func opened[S store.Store](s S, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openSealer opens the key that seals our secrets, and makes it where the database has none sealed yet. A second node
// that drew a key of its own could open nothing of the first one's.
func openSealer(ctx context.Context, cfg config.Config, db store.Store) (*seal.Sealer, error) {
	file := filepath.Join(cfg.Data, sealFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		var keys []store.Key
		err := db.View(ctx, func(r store.Reader) (err error) {
			keys, err = r.ListKeys()
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("looking for sealed keys: %w", err)
		}
		if len(keys) > 0 {
			return nil, fmt.Errorf("the secrets in this database are sealed, and %s is missing: copy it here from the node that made them, or from the backup", file)
		}
	}
	s, err := seal.OpenFile(file)
	if err != nil {
		return nil, fmt.Errorf("opening the key that seals our secrets: %w", err)
	}
	return s, nil
}

// operatorToken answers the hash of the operator's token. At the first start of all, one is drawn and written to a file
// that only this user can read; what the database keeps is the hash.
func (s *Server) operatorToken(ctx context.Context) (hash [32]byte, err error) {
	const setting = "operator_token"
	file := s.cfg.OperatorTokenFile()
	var kept []byte
	err = s.store.View(ctx, func(r store.Reader) (err error) {
		kept, err = r.Setting(setting)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		tok, err := s.operatorFileToken(file)
		if err != nil {
			return hash, err
		}
		sum := tok.Hash()
		err = s.store.Tend(ctx, func(u store.Upkeep) (err error) {
			kept, err = u.AddSetting(setting, sum[:])
			return err
		})
		if err != nil {
			return hash, fmt.Errorf("keeping the operator's token: %w", err)
		}
	} else if err != nil {
		return hash, fmt.Errorf("reading the operator's token: %w", err)
	}
	if len(kept) != len(hash) {
		return hash, fmt.Errorf("the operator's token in the database is damaged")
	}
	hash = [32]byte(kept)
	switch text, err := readSecret(file); {
	case errors.Is(err, fs.ErrNotExist): // another node wrote it, or it was put away
	case err != nil:
		return hash, fmt.Errorf("reading the operator's token: %w", err)
	default:
		if tok, err := id.ParseOpaque(id.OperatorToken, text); err == nil && tok.Hash() == hash {
			s.OperatorTokenFile = file
		} else {
			s.log.Warn("the file does not hold the operator's token of this database", "file", file)
		}
	}
	return hash, nil
}

// operatorFileToken reads the token from its file, or draws one and writes it there.
func (s *Server) operatorFileToken(file string) (id.Opaque, error) {
	text, err := readSecret(file)
	if err == nil {
		return id.ParseOpaque(id.OperatorToken, text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return id.Opaque{}, fmt.Errorf("reading the operator's token: %w", err)
	}
	tok := entropy.Token(id.OperatorToken)
	// It must be a new file: a link that somebody left there would carry the token to where they can read it (A240).
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = f.WriteString(tok.Reveal() + "\n")
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return id.Opaque{}, fmt.Errorf("writing the operator's token: %w", err)
	}
	s.FirstStart = true
	return tok, nil
}

// maxSecret bounds what is read as a secret.
const maxSecret = 64 << 10

// readSecret reads a file with one secret, refusing one that others can read (A240).
func readSecret(path string) (string, error) {
	// The file that was opened is judged, not the one that the path names a moment later.
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others: chmod 600 it", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}
