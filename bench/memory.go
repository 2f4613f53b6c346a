package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"prokura/internal/access"
	"prokura/internal/catalog"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

// memory measures what is kept, in memory and on disk.
func memory(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\n## Memory and disk\n\n| | |\n|---|---|\n")
	resident, err := idle(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| `prokura serve`, idle for 3 s, resident | %.1f MB |\n", resident)

	const many = 1_000_000
	ended, err := marks(many, func() mark.Subject { return mark.Subject{Session: entropy.ID[id.Session]()} })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| a session signed out, as a mark in memory (of a million) | %.0f bytes |\n", ended)
	tenant := entropy.ID[id.Tenant]()
	wide, err := marks(many/10, func() mark.Subject { return mark.Subject{Tenant: tenant, User: entropy.ID[id.User]()} })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| a user switched off, as a mark in memory (of 100 000) | %.0f bytes |\n", wide)

	const sessions = 20_000
	p, err := newProduct(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	before, err := p.sizes(ctx)
	if err != nil {
		return err
	}
	list, err := p.sessions(ctx, sessions, granted)
	if err != nil {
		return err
	}
	after, err := p.sizes(ctx)
	if err != nil {
		return err
	}
	for _, kept := range []struct{ what, table string }{
		{fmt.Sprintf("a session on disk, %d scopes, with its index", len(granted)), "sessions"},
		{"a JWT used up, on disk until it ends, with its index", "replay"}, {"an audit entry of a sign-in, on disk", "audit"},
	} {
		fmt.Fprintf(out, "| %s | %.0f bytes |\n", kept.what, (after[kept.table]-before[kept.table])/sessions)
	}
	start := heap()
	if err := p.callWith(ctx, list); err != nil {
		return err
	}
	fmt.Fprintf(out, "| a verified token of %d bytes in the cache, with its identity header | %.0f bytes |\n", len(list[0]), (heap()-start)/sessions)
	runtime.KeepAlive(p)
	runtime.KeepAlive(list)
	return nil
}

// marks answers what one of many marks takes.
func marks(n int, subject func() mark.Subject) (float64, error) {
	s := mark.NewSet()
	list := make([]mark.Mark, n)
	for i := range list {
		list[i] = mark.Mark{Number: mark.Number{Epoch: 1, N: uint64(i + 1)}, Subject: subject(), Until: time.Unix(2_000_000_000, 0)}
	}
	s.Begin(1)
	before := heap()
	s.Add(list...)
	after := heap()
	if s.Len() != n {
		return 0, fmt.Errorf("%d of %d marks are kept", s.Len(), n)
	}
	runtime.KeepAlive(list)
	return (after - before) / float64(n), nil
}

// heap is the bytes in use after a collection.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// sizes is what each table takes with its indexes, in bytes.
func (p *product) sizes(ctx context.Context) (map[string]float64, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.dir, "prokura.db")+"?_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT m.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name GROUP BY 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]float64{}
	for rows.Next() {
		var table string
		var bytes float64
		if err := rows.Scan(&table, &bytes); err != nil {
			return nil, err
		}
		out[table] = bytes
	}
	return out, rows.Err()
}

// callWith makes a call with each token, so that each is verified and kept.
func (p *product) callWith(ctx context.Context, tokens []string) error {
	set, err := scope.ParseSet(granted)
	if err != nil {
		return err
	}
	have := p.catalog.Bits(set)
	for _, m := range p.catalog.Methods() {
		if m.AnsweredBy != catalog.ByUpstream || m.TenantFrom != catalog.FromPath || !m.Covered(&have) {
			continue
		}
		for _, token := range tokens {
			q := access.CallRequest{Credential: token, Catalog: p.catalog, Audience: "bench", Method: m, Tenant: p.tenant.ID.String()}
			if _, err := p.access.Call(ctx, &q); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.New("no method is covered")
}

// idle starts the real binary as a new user does, and answers its resident megabytes.
func idle(ctx context.Context) (float64, error) {
	dir, err := os.MkdirTemp("", "prokura-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "prokura")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "prokura/cmd/prokura").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building prokura: %w: %s", err, text)
	}
	cmd := exec.CommandContext(ctx, binary, "serve")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PROKURA_LISTEN=127.0.0.1:0")
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}()
	time.Sleep(3 * time.Second)
	return residentMegabytes(cmd.Process.Pid)
}

func residentMegabytes(pid int) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kb float64
		if n, _ := fmt.Sscanf(lines.Text(), "VmRSS: %f kB", &kb); n == 1 {
			return kb / 1000, nil
		}
	}
	return 0, errors.New("the process does not say how much memory it has")
}
