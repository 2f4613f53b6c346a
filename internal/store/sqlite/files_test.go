package sqlite

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"prokura/internal/mark"
	"prokura/internal/store"
)

// TestA224_second_process: a database that is open is not opened again.
func TestA224_second_process(t *testing.T) {
	_, path := openTemp(t)
	_, err := Open(ctx, Options{Path: path})
	if !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("held by process %d:", os.Getpid())) {
		t.Errorf("got %v, want %v with the owner", err, store.ErrInUse)
	}
	if _, err := Status(ctx, path); !errors.Is(err, store.ErrInUse) {
		t.Errorf("Status: %v, want %v", err, store.ErrInUse)
	}
}

// TestA224_corrupt: a database with broken pages is refused.
func TestA224_corrupt(t *testing.T) {
	s, path := openTemp(t)
	for i := range 200 {
		if err := s.Do(ctx, act("x"), func(tx store.Tx) error { return addTenant(tx, fmt.Sprint(i)) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 5 * 4096; i < len(b); i += 7 {
		b[i] ^= 0x55
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(ctx, Options{Path: path}); err == nil {
		s.Close()
		t.Error("a corrupt database was opened")
	} else if !strings.Contains(err.Error(), "restore a backup") {
		t.Errorf("the refusal names no remedy: %v", err)
	}
}

func TestFiles_areOurs(t *testing.T) {
	_, path := openTemp(t)
	for _, suffix := range []string{"", "-wal", "-shm", ".lock", ".commits"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", info.Name(), info.Mode())
		}
	}
}

// TestEpoch: a database that is older than the last one, or may be, begins a new epoch; one that was only closed, or
// whose process was killed, does not.
func TestEpoch(t *testing.T) {
	for _, c := range []struct {
		what   string
		damage func(t *testing.T, path string, old []byte)
		want   uint64
	}{
		{"nothing", func(*testing.T, string, []byte) {}, 1},
		{"an older copy", func(t *testing.T, path string, old []byte) { write(t, path, old) }, 2},
		{"the counting file is missing", func(t *testing.T, path string, _ []byte) { remove(t, path+".commits") }, 2},
		{"the counting file is broken", func(t *testing.T, path string, _ []byte) { write(t, path+".commits", []byte("7\n")) }, 2},
		{"the counting file is behind", func(t *testing.T, path string, _ []byte) {
			write(t, path+".commits", []byte("00000000000000000001\n"))
		}, 1},
	} {
		s, path := openTemp(t)
		add := func(s *Store, name string) {
			t.Helper()
			if err := s.Do(ctx, act("x"), func(tx store.Tx) error { return addTenant(tx, name) }); err != nil {
				t.Fatal(err)
			}
		}
		add(s, "a")
		closeStore(t, s)
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s = reopen(t, path)
		add(s, "b")
		closeStore(t, s)
		c.damage(t, path, old)
		for range 2 { // the second time nothing is noticed any more
			s = reopen(t, path)
			want := mark.Number{Epoch: 1, N: 4}
			if c.want == 2 {
				want = mark.Number{Epoch: 2}
			}
			if head, err := s.Head(ctx); err != nil || head != want {
				t.Errorf("%s: head = %v (%v), want %v", c.what, head, err, want)
			}
			closeStore(t, s)
		}
	}
}

func closeStore(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
