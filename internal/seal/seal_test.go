package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
)

func open(t *testing.T, path string) *Sealer {
	t.Helper()
	s, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestA240_place: a sealed value opens where it was sealed for, and nowhere else.
func TestA240_place(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	s := open(t, path)
	at := Place{"secrets", "row-1", "sealed"}
	sealed, err := s.Seal([]byte("canary"), at)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("canary")) {
		t.Error("the value stands in what is stored")
	}
	if got, err := open(t, path).Open(sealed, at); err != nil || string(got.Reveal()) != "canary" {
		t.Errorf("after a restart: %q, %v", got.Reveal(), err)
	}
	for _, other := range []Place{{"secrets", "row-2", "sealed"}, {"keys", "row-1", "sealed"}, {"secrets", "row-1", "public"},
		{"secretsrow-1", "", "sealed"}, {"secret", "srow-1", "sealed"}, {"secrets", "row-1sealed", ""}, {}} {
		if got, err := s.Open(sealed, other); !errors.Is(err, ErrSealed) || got.Reveal() != nil {
			t.Errorf("opens at %s: %v", other, err)
		}
	}
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		if _, err := s.Open(damaged, at); !errors.Is(err, ErrSealed) {
			t.Fatalf("opens with byte %d changed", i)
		}
	}
	if _, err := s.Open(sealed[:len(sealed)-1], at); !errors.Is(err, ErrSealed) {
		t.Error("opens when cut")
	}
	if _, err := s.Open(nil, at); !errors.Is(err, ErrSealed) {
		t.Error("nothing opens")
	}
	if _, err := open(t, filepath.Join(t.TempDir(), "master.key")).Open(sealed, at); !errors.Is(err, ErrSealed) {
		t.Error("opens with another keyset")
	}
	again, err := s.Seal([]byte("canary"), at)
	if err != nil || bytes.Equal(sealed, again) {
		t.Errorf("the same value seals alike twice (%v)", err)
	}
	if _, err := s.Seal([]byte("x"), Place{Table: "secrets", Column: "sealed"}); err == nil {
		t.Error("seals for no row")
	}
}

// TestA240_file: a key file that others can read, that is damaged or that is none refuses to open, and stays as it is.
func TestA240_file(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "master.key")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("made with mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".master-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o660, 0o666, 0o601} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFile(path); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
	for what, content := range map[string][]byte{
		"empty": {}, "truncated": good[:len(good)-3], "half": good[:len(good)/2], "text": []byte("hello\n"), "an empty object": []byte("{}"),
		"huge": bytes.Repeat([]byte(" "), maxFile+1), "a keyset for something else": foreign(t),
		"a PEM": []byte("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"),
	} {
		path := filepath.Join(dir, strings.ReplaceAll(what, " ", "-"))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFile(path); !errors.Is(err, ErrKeyFile) {
			t.Errorf("%s: %v", what, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s: the file was changed (%v)", what, err)
		}
	}
	if _, err := OpenFile(dir); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := OpenFile(filepath.Join(dir, "none", "master.key")); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a missing directory: %v", err)
	}
}

// foreign is a good keyset that cannot encrypt.
func foreign(t *testing.T) []byte {
	t.Helper()
	handle, err := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestA239_many_processes_make_one_keyset: whoever comes second uses the first one's.
func TestA239_many_processes_make_one_keyset(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	sealers := make([]*Sealer, 8)
	var wg sync.WaitGroup
	for i := range sealers {
		wg.Go(func() {
			s, err := OpenFile(path)
			if err != nil {
				t.Error(err)
			}
			sealers[i] = s
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	at := Place{"t", "r", "c"}
	sealed, err := sealers[0].Seal([]byte("x"), at)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sealers {
		if _, err := s.Open(sealed, at); err != nil {
			t.Errorf("sealer %d has another keyset: %v", i, err)
		}
	}
}

// TestA243_secret_hides: no way of writing a value that holds a secret writes the secret.
func TestA243_secret_hides(t *testing.T) {
	const canary = "canary-7f3a"
	s := NewSecret([]byte(canary))
	type outer struct {
		Public Secret
		hidden Secret
		deep   *struct{ Secret }
	}
	o := outer{s, s, &struct{ Secret }{s}}
	var written []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%c", "%U", "%t", "%T", "%b"} {
		for _, value := range []any{s, &s, o, &o, []Secret{s}, map[string]Secret{"k": s}, [1]any{s}, fmt.Errorf("with %v", s)} {
			written = append(written, fmt.Sprintf(verb, value))
		}
	}
	text, err := json.Marshal(map[string]any{"s": s, "o": o, "p": &s, "k": map[string]Secret{"x": s}})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("m", "s", s, "o", o, "p", &s, slog.Group("g", "s", s))
	}
	written = append(written, string(text), log.String())
	for _, w := range written {
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), "99 97 110 97", "Y2FuYXJ5"} {
			if strings.Contains(w, form) {
				t.Errorf("written: %s", w)
			}
		}
	}
	if string(s.Reveal()) != canary || (Secret{}).Reveal() != nil {
		t.Error("Reveal does not")
	}
}

// TestA246_equal: nothing equals an empty secret.
func TestA246_equal(t *testing.T) {
	s := NewSecret([]byte("abc"))
	if !s.Equal([]byte("abc")) || s.Equal([]byte("abd")) || s.Equal([]byte("ab")) || s.Equal(nil) {
		t.Error("Equal is wrong")
	}
	if (Secret{}).Equal(nil) || NewSecret(nil).Equal([]byte{}) {
		t.Error("an empty secret equals something")
	}
}
