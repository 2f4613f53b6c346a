package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/id"
	"prokura/internal/store"
)

func listAudit(s store.Store, in id.Tenant) ([]audit.Entry, error) {
	return try(s, func(r store.Reader) ([]audit.Entry, error) { return r.ListAudit(in, id.Entry{}, 1000) })
}

func testAudit(t *testing.T, db Database) {
	c := clock.NewFake(start.Add(123456789)) // stored to the second
	s := open(t, db, Options{Clock: c})
	in := addTenant(t, s, "t").ID
	a := audit.Act{Tenant: in, Actor: audit.Actor{Kind: "user", ID: "u1", Name: "Ada \u00e4"}, Action: "group.add",
		Detail: map[string]string{"why": "test"}}
	for i := range 10 {
		if i == 5 {
			c.Advance(-time.Hour) // the order of the book is not the clock's
		}
		err := s.Do(ctx, a, func(tx store.Tx) error {
			tx.Target(fmt.Sprintf("group %d", i))
			tx.Detail("n", fmt.Sprint(i))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(a.Detail) != 1 {
		t.Errorf("the caller's act was changed: %v", a.Detail)
	}
	book, err := listAudit(s, in)
	if err != nil || len(book) != 10 {
		t.Fatalf("the book has %d entries (%v), want 10", len(book), err)
	}
	for i, e := range book {
		n := 9 - i
		want := audit.Entry{ID: e.ID, At: start, Act: a}
		if n >= 5 {
			want.At = start.Add(-time.Hour)
		}
		want.Act.Target, want.Act.Detail = fmt.Sprintf("group %d", n), map[string]string{"why": "test", "n": fmt.Sprint(n)}
		same(t, "entry, newest first", e, want)
	}
	page, err := try(s, func(r store.Reader) ([]audit.Entry, error) { return r.ListAudit(in, book[3].ID, 2) })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the next page", page, book[4:6])
	vendor, err := listAudit(s, id.Tenant{})
	if err != nil || len(vendor) != 1 || !vendor[0].Act.Tenant.IsZero() || vendor[0].Act.Detail != nil {
		t.Errorf("the vendor's own book: %+v, %v", vendor, err)
	}
	failed := errors.New("no")
	refused(t, s, failed, "an act that fails", func(store.Tx) error { return failed })
	if again, _ := listAudit(s, id.Tenant{}); len(again) != 1 {
		t.Errorf("an act that failed is in the book")
	}
}

// testA232: an act without its entry does not happen.
func testA232(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	before := head(t, s)
	u := newUser(in, "ada")
	bad := act("user.add")
	bad.Target = "a\x00b"
	if err := s.Do(ctx, bad, func(tx store.Tx) error { return tx.AddUser(u) }); err == nil {
		t.Error("an act that the book cannot tell was done")
	}
	rawDB := db.Raw(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := rawDB.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	exec("ALTER TABLE audit RENAME TO audit_gone")
	if err := s.Do(ctx, act("user.add"), func(tx store.Tx) error { return tx.AddUser(u) }); err == nil {
		t.Error("an act without a book was done")
	}
	exec("ALTER TABLE audit_gone RENAME TO audit")
	absent(t, s, "the user", func(r store.Reader) (store.User, error) { return r.User(in, u.ID) })
	if got := head(t, s); got != before {
		t.Errorf("the feed moved from %v to %v", before, got)
	}
	do(t, s, func(tx store.Tx) error { return tx.AddUser(u) })
}

func testActWithoutAction(t *testing.T, db Database) {
	s := open(t, db, Options{})
	for _, a := range []audit.Act{{Actor: audit.Operator}, {Action: "x"}} {
		err := s.Do(ctx, a, func(store.Tx) error { t.Error("it was run"); return nil })
		if err == nil {
			t.Errorf("the act %+v was done", a)
		}
	}
}

func testRefusals(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, other := addTenant(t, s, "t").ID, addTenant(t, s, "o").ID
	first := newRefusal(in, 1)
	add := func(r store.Refusal) { t.Helper(); tend(t, s, func(u store.Upkeep) error { return u.AddRefusal(r) }) }
	add(first)
	get := func(r store.Reader) (store.Refusal, error) { return r.Refusal(first.Reference) }
	same(t, "refusal", view(t, s, get), first)
	again := newRefusal(in, 1)
	again.First, again.Last, again.Count = start.Add(59*time.Minute), start.Add(59*time.Minute), 3
	add(again)
	first.Last, first.Count = again.Last, 4
	same(t, "refusal that was repeated within the hour", view(t, s, get), first)
	absent(t, s, "the repetition", func(r store.Reader) (store.Refusal, error) { return r.Refusal(again.Reference) })
	later := newRefusal(in, 1)
	later.First, later.Last, later.Count = start.Add(61*time.Minute), start.Add(61*time.Minute), 0
	add(later)
	later.Count = 1 // a refusal happened at least once
	foreign := newRefusal(other, 1)
	add(foreign)
	list := func(in id.Tenant) []store.Refusal {
		return view(t, s, func(r store.Reader) ([]store.Refusal, error) { return r.ListRefusals(in, 10) })
	}
	same(t, "refusals, newest first", list(in), []store.Refusal{later, first})
	same(t, "another tenant's refusals", list(other), []store.Refusal{foreign})
	unknown := newRefusal(id.Tenant{}, 1)
	unknown.Proven = false
	add(unknown)
	same(t, "refusals of no tenant", list(id.Tenant{}), []store.Refusal{unknown})
}

// testRefusalBounds: a tenant's book is bounded, and callers who prove nothing fill at most half of it.
func testRefusalBounds(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	refusals := func(proven bool, from, n int) []store.Refusal {
		list := make([]store.Refusal, n)
		for i := range list {
			r := newRefusal(in, 0)
			k := from + i
			r.Fingerprint = [32]byte{byte(k), byte(k >> 8), byte(k >> 16)}
			r.Proven, r.First, r.Last = proven, start.Add(time.Duration(k)*time.Second), start.Add(time.Duration(k)*time.Second)
			list[i] = r
		}
		return list
	}
	add := func(proven bool, from, n int) {
		t.Helper()
		tend(t, s, func(u store.Upkeep) error {
			for _, r := range refusals(proven, from, n) {
				if err := u.AddRefusal(r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	raw := db.Raw(t)
	count := func() (proven, unproven int) {
		t.Helper()
		all := 0
		err := raw.QueryRow("SELECT count(*), coalesce(sum(CASE WHEN proven THEN 1 ELSE 0 END), 0) FROM refusals").Scan(&all, &proven)
		if err != nil {
			t.Fatal(err)
		}
		return proven, all - proven
	}
	add(true, 0, 50)
	add(false, 50, 50)
	seedRefusals(t, db, refusals(false, 100, 4900)) // what would take AddRefusal long
	add(false, 5000, 100)
	if p, u := count(); p != 50 || u != 5000 {
		t.Errorf("after a flood that proved nothing: %d proven and %d unproven, want 50 and 5000", p, u)
	}
	seedRefusals(t, db, refusals(true, 6000, 4900))
	add(true, 11000, 100)
	if p, u := count(); p != 5000 || u != 5000 {
		t.Errorf("after the bound: %d proven and %d unproven, want 5000 and 5000", p, u)
	}
	swept := -1
	tend(t, s, func(u store.Upkeep) (err error) {
		swept, err = u.Sweep(start.Add(8*24*time.Hour), 500)
		return err
	})
	if p, u := count(); p+u != 9500 || swept < 500 {
		t.Errorf("after a sweep of %d: %d proven and %d unproven, want 9500", swept, p, u)
	}
	add(false, 20000, 600)
	if p, u := count(); u != 5000 || p != 5000 {
		t.Errorf("after sweep and flood: %d proven and %d unproven, want 5000 and 5000", p, u)
	}
}

// seedRefusals writes refusals of one tenant past the store.
func seedRefusals(t *testing.T, db Database, list []store.Refusal) {
	t.Helper()
	raw := db.Raw(t)
	in := list[0].Tenant
	for chunk := range slices.Chunk(list, 50) {
		var rows []string
		var args []any
		for _, r := range chunk {
			n := len(args)
			rows = append(rows, fmt.Sprintf("($%d, $%d, $%d, $%d, $%d, $%d, 1, $%d)", n+1, n+2, n+3, n+4, n+5, n+6, n+7))
			args = append(args, r.Reference, r.Fingerprint[:], in, r.Proven, r.First.Unix(), r.Last.Unix(), r.Verdict)
		}
		_, err := raw.Exec("INSERT INTO refusals (reference, fingerprint, tenant, proven, first, last, count, verdict) VALUES "+
			strings.Join(rows, ", "), args...)
		if err != nil {
			t.Fatal(err)
		}
	}
	unproven := 0
	if !list[0].Proven {
		unproven = len(list)
	}
	_, err := raw.Exec("UPDATE refusal_counts SET kept = kept + $1, unproven = unproven + $2 WHERE tenant = $3",
		len(list), unproven, in)
	if err != nil {
		t.Fatal(err)
	}
}
