package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"prokura/bench/measure"
	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// governance measures how long it takes to revoke an app, with one live refresh family and with very many.
func governance(ctx context.Context, out io.Writer) error {
	rounds, err := numberFrom("BENCH_PAIRS", 40, 2)
	if err != nil {
		return err
	}
	many, err := numberFrom("BENCH_FAMILIES", 1_000_000, 1)
	if err != nil {
		return err
	}
	p, err := newProduct(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.dir, "prokura.db")+"?_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	g := &governed{p: p, db: db}
	var sides [2]revocable
	began := time.Now()
	for i, n := range []int{1, many} {
		if sides[i], err = g.installed(ctx, n); err != nil {
			return err
		}
	}
	if _, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n## Governance\n\n%d rounds, SQLite with synchronous=FULL, one app with one live refresh family and one with %d, which were\n"+
		"written in %v. Medians with their 95 %% interval.\n\n", rounds, many, time.Since(began).Round(time.Second))
	var took [2][]float64
	for round := range rounds + 2 { // the first two warm
		for i := range sides {
			side := (i + round) % 2
			ms, err := g.revokes(ctx, &sides[side])
			if err != nil {
				return err
			}
			if round >= 2 {
				took[side] = append(took[side], ms)
			}
		}
	}
	fmt.Fprintf(out, "| revoking an app with | ms |\n|---|---|\n")
	for i, what := range []string{"one family", fmt.Sprint(many, " families")} {
		f := measure.Of(took[i])
		fmt.Fprintf(out, "| %s | %.2f (%.2f-%.2f) |\n", what, f.Median, f.Low, f.High)
	}
	fmt.Fprintf(out, "\nThe second takes %s of the first.\n", percent(took[1], took[0]))
	return nil
}

// governed is a product with a second connection to its database, for what would take too long by its own ways.
type governed struct {
	p  *product
	db *sql.DB
}

// revocable is an app that is revoked again and again.
type revocable struct {
	client        id.Client
	authorization id.Authorization // on which its grants hang
	families      int
}

// installed writes an app with so many live grants, each with its refresh token. They are written in bulk, in the order of their
// keys, and their users are not: nothing that is measured looks at them.
func (g *governed) installed(ctx context.Context, families int) (revocable, error) {
	in, err := scope.ParseSet(granted)
	if err != nil {
		return revocable{}, err
	}
	now, tenant := time.Now(), g.p.tenant.ID
	reg := store.Registration{Name: "App", Publisher: "Bench", RedirectURIs: []string{callback}, Required: in}
	c := store.Client{ID: entropy.ID[id.Client](), Owner: tenant, Registration: reg, Version: 1, Created: now}
	a := store.FirstAuthorization(tenant, entropy.ID[id.Authorization](), c, now)
	a.Approved, a.Installed = in, now
	err = g.p.store.Do(ctx, audit.Act{Tenant: tenant, Actor: audit.Operator, Action: "bench.fill", Target: "bench"}, func(tx store.Tx) error {
		if err := tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: reg, By: "operator", At: now}); err != nil {
			return err
		}
		return tx.AddAuthorization(a)
	})
	if err != nil {
		return revocable{}, err
	}
	const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)`
	key := entropy.Bytes(8) // of the app, so that two have other rows
	for _, fill := range []struct {
		text string
		args []any
	}{
		{numbers + `INSERT INTO grants (tenant, id, client, version, authorization_id, user_id, required, scopes, dropped, created, installed,
			last_used, expires, ended, ended_by)
			SELECT $2, CAST($3 || unhex(printf('%016x', i)) AS BLOB), $4, 1, $5, CAST($3 || unhex(printf('%016x', i)) AS BLOB), $6, $6, '', $7, $7, $7, 0, 0, '' FROM n`,
			[]any{families, tenant, key, c.ID, a.ID, in.String(), now.Unix()}},
		{numbers + `INSERT INTO refresh_tokens (tenant, hash, grant_id, created, expires, used)
			SELECT $2, CAST(zeroblob(16) || $3 || unhex(printf('%016x', i)) AS BLOB), CAST($3 || unhex(printf('%016x', i)) AS BLOB), $4, 0, 0 FROM n`,
			[]any{families, tenant, key, now.Unix()}},
	} {
		if _, err := g.db.ExecContext(ctx, fill.text, fill.args...); err != nil {
			return revocable{}, fmt.Errorf("writing %d grants: %w", families, err)
		}
	}
	return revocable{c.ID, a.ID, families}, nil
}

// revokes times one revocation in milliseconds. Then the app is authorized again, and its grants are made to hang on that, as if
// all users had installed it anew.
func (g *governed) revokes(ctx context.Context, r *revocable) (float64, error) {
	by, tenant := govern.By{Actor: audit.Operator}, g.p.tenant.ID
	start := time.Now()
	done, err := g.p.govern.Revoke(ctx, by, tenant, r.client, "")
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if (done.Reach.Grants < min(r.families, 100)) || !done.Authorization.Revoked {
		return 0, fmt.Errorf("of %d grants %d were found", r.families, done.Reach.Grants)
	}
	if _, err := g.p.govern.Authorize(ctx, by, tenant, r.client, govern.Terms{Uncapped: true, Admission: policy.Admission{All: true},
		Version: done.Authorization.Version}); err != nil {
		return 0, err
	}
	_, err = g.db.ExecContext(ctx, `UPDATE authorizations SET id = $1 WHERE tenant = $2 AND client = $3`, r.authorization, tenant, r.client)
	return float64(took.Microseconds()) / 1e3, err
}
