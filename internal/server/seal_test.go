package server

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestA240_a_database_whose_key_is_elsewhere_is_not_opened_with_a_new_one(t *testing.T) {
	cfg := settings(t.TempDir(), "127.0.0.1:0", echo(t))
	serve(t, cfg).stop()
	file := filepath.Join(cfg.Data, sealFile)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, err := New(t.Context(), cfg, Deps{})
	if err == nil || !strings.Contains(err.Error(), "copy it here") {
		t.Errorf("New = %v, want a refusal that says what to copy", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a new key was made: %v", err)
	}
}
