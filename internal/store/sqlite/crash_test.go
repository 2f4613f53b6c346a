package sqlite

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"prokura/internal/store"
)

// crashVariable makes this test binary the process that is killed.
const crashVariable = "PROKURA_TEST_CRASH"

// TestCrash: what was acknowledged before a kill -9 is there after it, the feed has no gaps, and the database is not
// taken for a restored one.
func TestCrash(t *testing.T) {
	if path := os.Getenv(crashVariable); path != "" {
		writeUntilKilled(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "prokura.db")
	acknowledged := map[string]bool{}
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
		cmd.Env = append(os.Environ(), crashVariable+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			name, ok := strings.CutPrefix(lines.Text(), "acknowledged ")
			if !ok {
				t.Fatalf("the process says %q", lines.Text())
			}
			acknowledged[name] = true
			if n == 100+37*round {
				cmd.Process.Kill()
			}
		}
		if cmd.Wait() == nil {
			t.Fatal("the process ended by itself")
		}
	}
	s := reopen(t, path)
	head, err := s.Head(ctx)
	if err != nil || head.Epoch != 1 {
		t.Errorf("head = %v (%v), want epoch 1", head, err)
	}
	rows, tenants := 0, 0
	err = s.View(ctx, func(r store.Reader) error {
		for name := range acknowledged {
			if _, err := r.TenantByContentURL(name); err != nil {
				t.Errorf("%s was acknowledged: %v", name, err)
			}
		}
		list, err := r.ListTenants(store.Page{Limit: 1 << 20})
		tenants = len(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := rawDB(t, path).QueryRow("SELECT count(*) FROM changes").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if uint64(rows) != head.N || rows != 2*tenants || len(acknowledged) < 500 {
		t.Errorf("%d rows in the feed, head %v, %d tenants, %d acknowledged", rows, head, tenants, len(acknowledged))
	}
}

func writeUntilKilled(t *testing.T, path string) {
	s := reopen(t, path)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 1_000_000 {
				name := fmt.Sprintf("%d %d %d", os.Getpid(), w, i)
				err := s.Do(ctx, act("tenant.add"), func(tx store.Tx) error { return addTenant(tx, name) })
				if errors.Is(err, store.ErrOverloaded) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Println("acknowledged " + name)
			}
		})
	}
	all.Wait()
}
