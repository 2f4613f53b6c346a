package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

var ctx = context.Background()

func openAt(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(ctx, Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func act(action string) audit.Act { return audit.Act{Actor: audit.System, Action: action} }

func addTenant(s *Store, contentURL string) error {
	return s.Do(ctx, act("tenant.add"), func(tx store.Tx) error {
		return tx.AddTenant(store.Tenant{ID: entropy.ID[id.Tenant](), ContentURL: contentURL})
	})
}

// TestWoken: another node's change wakes, also after the listening connection broke.
func TestWoken(t *testing.T) {
	url := server.Schema(t)
	a, b := openAt(t, url), openAt(t, url)
	awaken := func(name string) {
		t.Helper()
		deadline := time.After(20 * time.Second)
		<-b.Woken() // what was signalled before
		if err := addTenant(a, name); err != nil {
			t.Fatal(err)
		}
		select {
		case <-b.Woken():
		case <-deadline:
			t.Fatal("nobody woke")
		}
	}
	awaken("first")
	_, err := rawDB(t, url).Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN ` + channel + `'`)
	if err != nil {
		t.Fatal(err)
	}
	awaken("second")
}

// TestA225_restart: after the server was killed and came back, the store works again by itself.
func TestA225_restart(t *testing.T) {
	s := openAt(t, server.Schema(t))
	if err := addTenant(s, "before"); err != nil {
		t.Fatal(err)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := addTenant(s, "without"); err == nil {
		t.Error("a write without a server was acknowledged")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for err := s.Ping(ctx); err != nil; err = s.Ping(ctx) {
		if time.Now().After(deadline) {
			t.Fatalf("the store does not recover: %v", err)
		}
	}
	err := s.View(ctx, func(r store.Reader) error {
		if _, err := r.TenantByContentURL("before"); err != nil {
			t.Errorf("what was acknowledged: %v", err)
		}
		if _, err := r.TenantByContentURL("without"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what was refused: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if head, err := s.Head(ctx); err != nil || head.Epoch != 1 {
		t.Errorf("head = %v (%v): a restart is no failover", head, err)
	}
}

// TestA225_unknown_outcome: the connection breaks while a commit is under way. Whether it was done or not, in the end it
// was done once, the caller is told so, and so is the node's memory.
func TestA225_unknown_outcome(t *testing.T) {
	for _, c := range []struct {
		what string
		how  int32
	}{
		{"the commit does not reach the server", beforeCommit},
		{"the commit is done and its answer is lost", afterCommit},
	} {
		url := server.Schema(t)
		p := newProxy(t, url)
		s := openAt(t, p.url)
		var told []store.Change
		s.Committed(func(list []store.Change) { told = append(told, list...) })
		var runs int
		p.cut.Store(c.how)
		err := s.Do(ctx, act("tenant.add"), func(tx store.Tx) error {
			runs++
			return tx.AddTenant(store.Tenant{ID: entropy.ID[id.Tenant](), ContentURL: "once"})
		})
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if p.cut.Load() != whole {
			t.Errorf("%s: no connection was cut", c.what)
		}
		if want := map[int32]int{beforeCommit: 2, afterCommit: 1}[c.how]; runs != want {
			t.Errorf("%s: %d runs, want %d", c.what, runs, want)
		}
		list, err := s.Changes(ctx, mark.Number{Epoch: 1}, 10)
		if err != nil || len(list) != 2 || len(told) != 2 {
			t.Errorf("%s: %d changes, %d told (%v), want 2", c.what, len(list), len(told), err)
		}
		err = s.View(ctx, func(r store.Reader) error {
			book, err := r.ListAudit(id.Tenant{}, id.Entry{}, 10)
			if len(book) != 1 || book[0].Act.Action != "tenant.add" {
				t.Errorf("%s: the book has %d entries, want 1", c.what, len(book))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		p.cut.Store(c.how)
		err = s.Tend(ctx, func(u store.Upkeep) error { return u.SetSetting("a", nil) })
		if !errors.Is(err, store.ErrUncertain) {
			t.Errorf("%s: upkeep, which has no entry to look for: %v, want %v", c.what, err, store.ErrUncertain)
		}
	}
}

// The places where a proxy cuts a connection, once.
const (
	whole int32 = iota
	beforeCommit
	afterCommit
)

// proxy stands between a store and the server.
type proxy struct {
	url string
	cut atomic.Int32
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgproxy")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	host := q.Get("host")
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{url: u.String()}
	var all sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		all.Wait()
		os.RemoveAll(dir)
	})
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("unix", filepath.Join(host, ".s.PGSQL.5432"))
			if err != nil {
				client.Close()
				continue
			}
			all.Go(func() { p.join(client, upstream) })
		}
	})
	return p
}

// join copies both ways until one side ends.
func (p *proxy) join(client, upstream net.Conn) {
	var mute atomic.Bool
	var back sync.WaitGroup
	back.Go(func() {
		b := make([]byte, 64<<10)
		for {
			n, err := upstream.Read(b)
			if err != nil || mute.Load() { // the answer to the commit is read, and not passed on
				client.Close()
				return
			}
			if _, err := client.Write(b[:n]); err != nil {
				return
			}
		}
	})
	b := make([]byte, 64<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			break
		}
		if bytes.Contains(bytes.ToLower(b[:n]), []byte("commit\x00")) {
			if p.cut.CompareAndSwap(beforeCommit, whole) {
				break
			}
			mute.Store(p.cut.CompareAndSwap(afterCommit, whole))
		}
		if _, err := upstream.Write(b[:n]); err != nil {
			break
		}
	}
	client.Close()
	if !mute.Load() {
		upstream.Close()
	}
	back.Wait()
	upstream.Close()
}

// TestEpoch: nodes that find another database than the one they knew begin one new epoch, together.
func TestEpoch(t *testing.T) {
	url := server.Schema(t)
	s := openAt(t, url)
	if err := addTenant(s, "t"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// As if it had been restored into another cluster.
	if _, err := rawDB(t, url).Exec(`UPDATE settings SET value = 'another' WHERE name = 'feed.identity'`); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			s, err := Open(ctx, Options{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if head, err := s.Head(ctx); err != nil || head != (mark.Number{Epoch: 2}) {
				t.Errorf("head = %v (%v), want 2.0", head, err)
			}
		})
	}
	all.Wait()
}

// TestURL: what would weaken the connection is refused, and a password is never quoted.
func TestURL(t *testing.T) {
	for _, url := range []string{"postgres://u:hush@h/d?default_query_exec_mode=simple_protocol", "postgres://u:hush@h:port/d"} {
		_, err := Open(ctx, Options{URL: url})
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("Open(%q): %v", url, err)
		}
	}
}

// TestSequence: whoever is answered first, places are told of in their order.
func TestSequence(t *testing.T) {
	var s sequence
	var told []int
	places := []*place{s.enter(), s.enter(), s.enter(), s.enter()}
	var all sync.WaitGroup
	for _, i := range []int{3, 1} {
		all.Go(func() { s.leave(places[i], func() { told = append(told, i) }) })
	}
	s.leave(places[0], func() { told = append(told, 0) })
	s.leave(places[2], nil) // its commit failed
	all.Wait()
	if got := fmt.Sprint(told); got != "[0 1 3]" {
		t.Errorf("told %s, want [0 1 3]", got)
	}
}
