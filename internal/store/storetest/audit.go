package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/id"
	"prokura/internal/store"
)

// testAuditTold: an entry tells everything that its act does, and where the request came from.
func testAuditTold(t *testing.T, db Database) {
	s := open(t, db, Options{Clock: clock.NewFake(start)})
	in := addTenant(t, s, "t").ID
	a := audit.Act{Tenant: in, Actor: audit.Actor{Kind: "user", ID: "u", Name: "ada"}, Action: "authorization.narrow",
		Target: "client 1", Reason: "no longer \"needed\"\n\u2028", Before: map[string]string{"scopes": "a b"}}
	err := s.Do(audit.Received(ctx, "192.0.2.7"), a, func(tx store.Tx) error {
		tx.Changed(map[string]string{"expires": "1", "same": "x", "gone": "y"}, map[string]string{"expires": "2", "same": "x", "new": "z"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	book, err := listAudit(s, in)
	if err != nil || len(book) != 1 {
		t.Fatalf("the book has %d entries (%v), want 1", len(book), err)
	}
	want := audit.Entry{ID: book[0].ID, At: start, Act: a}
	want.Act.Actor.From = "192.0.2.7"
	want.Act.Before = map[string]string{"scopes": "a b", "expires": "1", "gone": "y"}
	want.Act.After = map[string]string{"expires": "2", "new": "z"}
	same(t, "entry", book[0], want)
	if len(a.Before) != 1 || a.After != nil {
		t.Errorf("the caller's act was changed: %v", a)
	}
	same(t, "the entry by its name", view(t, s, func(r store.Reader) (audit.Entry, error) { return r.AuditEntry(in, book[0].ID) }), want)
	absent(t, s, "the entry in another book", func(r store.Reader) (audit.Entry, error) { return r.AuditEntry(id.Tenant{}, book[0].ID) })
	if err := s.Do(audit.Received(ctx, "192.0.2.7"), audit.Act{Actor: audit.System, Action: "x"}, func(store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if vendor, _ := listAudit(s, id.Tenant{}); vendor[0].Act.Actor != audit.System {
		t.Errorf("the system acted from %+v", vendor[0].Act.Actor)
	}
	a.Reason = "a\x00b"
	if err := s.Do(ctx, a, func(store.Tx) error { return nil }); err == nil {
		t.Error("an act with an impossible reason was done")
	}
}

// addEntries adds entries to a book, a minute apart.
func addEntries(t *testing.T, s store.Store, c *clock.Fake, acts ...audit.Act) {
	t.Helper()
	for _, a := range acts {
		if err := s.Do(ctx, a, func(store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Minute)
	}
}

func testFindAudit(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	in, other := addTenant(t, s, "t").ID, addTenant(t, s, "o").ID
	ada, bea := audit.Actor{Kind: "user", ID: "u-ada", Name: "ada"}, audit.Actor{Kind: "user", ID: "u-bea", Name: "bea"}
	add := func(in id.Tenant, by audit.Actor, action, target, reason string, detail map[string]string) {
		addEntries(t, s, c, audit.Act{Tenant: in, Actor: by, Action: action, Target: target, Reason: reason, Detail: detail})
	}
	add(in, ada, "grant.create", "grant 1", "", map[string]string{"client": "c-1"})                    // 0
	add(in, bea, "grant.withdraw", "grant 1", "Too MUCH 100%", nil)                                    // 1
	add(in, audit.Operator, "user.create", "user u-cy", "", map[string]string{"name": `cy "the" <1>`}) // 2
	add(other, ada, "grant.create", "grant 9", "too much", map[string]string{"client": "c-1"})         // 3
	add(in, ada, "client.disable", "client c-1", "", nil)                                              // 4
	add(in, ada, "grantx", "x", "", map[string]string{"k": "a_b"})                                     // 5
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	for _, q := range []struct {
		what string
		f    store.AuditFilter
		want string
	}{
		{"everything", store.AuditFilter{}, "5 4 2 1 0"},
		{"by identifier", store.AuditFilter{Actor: "u-ada"}, "5 4 0"},
		{"by name", store.AuditFilter{Actor: "bea"}, "1"},
		{"by kind", store.AuditFilter{Actor: "operator"}, "2"},
		{"by action", store.AuditFilter{Action: "grant.create"}, "0"},
		{"by kind of action", store.AuditFilter{Action: "grant."}, "1 0"},
		{"by target", store.AuditFilter{Target: "grant 1"}, "1 0"},
		{"by what a detail names", store.AuditFilter{Target: "c-1"}, "4 0"},
		{"since", store.AuditFilter{Since: at(2)}, "5 4 2"},
		{"until", store.AuditFilter{Until: at(2)}, "1 0"},
		{"between", store.AuditFilter{Since: at(1), Until: at(3)}, "2 1"},
		{"text of the reason", store.AuditFilter{Text: "too much 100%"}, "1"},
		{"what is a pattern in SQL is none here", store.AuditFilter{Text: "t_o"}, ""},
		{"an underscore", store.AuditFilter{Text: "a_B"}, "5"},
		{"text that JSON writes otherwise", store.AuditFilter{Text: `"the" <1>`}, "2"},
		{"all at once", store.AuditFilter{Actor: "ada", Action: "grant.", Text: "C-1", Since: start, Until: at(9)}, "0"},
		{"impossible text", store.AuditFilter{Text: "\x00"}, ""},
		{"nothing", store.AuditFilter{Actor: "nobody"}, ""},
	} {
		find := func(max int) string {
			var got []string
			var before id.Entry
			for {
				p := view(t, s, func(r store.Reader) (store.AuditPage, error) { return r.FindAudit(in, q.f, before, max) })
				for _, e := range p.Entries {
					if e.Act.Tenant != in {
						t.Errorf("%s: an entry of another tenant", q.what)
					}
					got = append(got, fmt.Sprint(int(e.At.Sub(start)/time.Minute)))
				}
				if p.Next.IsZero() {
					return strings.Join(got, " ")
				}
				before = p.Next
			}
		}
		for _, max := range []int{1, 2, 100} {
			if got := find(max); got != q.want {
				t.Errorf("%s, %d at a time: %q, want %q", q.what, max, got, q.want)
			}
		}
	}
}

func pending(t *testing.T, s store.Store) []audit.Record {
	t.Helper()
	return view(t, s, func(r store.Reader) ([]audit.Record, error) { return r.PendingAudit(1000) })
}

// sealAll seals what is pending in a way that is none: the store does not look into tiles and notes.
func sealAll(t *testing.T, s store.Store) []store.AuditRef {
	t.Helper()
	state := view(t, s, func(r store.Reader) (store.AuditSeal, error) { return r.AuditSealed() })
	b := store.AuditBatch{From: state.Size}
	for _, r := range pending(t, s) {
		b.Sealed = append(b.Sealed, store.AuditRef{Book: r.Act.Tenant, Entry: r.ID})
	}
	b.Note = store.AuditNote{Kind: "checkpoint", Size: state.Size + int64(len(b.Sealed)), At: start, Note: []byte("n")}
	b.Tiles = []store.AuditTile{{Level: 0, N: 0, Hashes: make([]byte, 32*b.Note.Size), Refs: b.Sealed}}
	tend(t, s, func(u store.Upkeep) error { return u.SealAudit(b) })
	return b.Sealed
}

func testAuditLog(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	in := addTenant(t, s, "t").ID // an entry of the vendor's book
	addEntries(t, s, c, audit.Act{Tenant: in, Actor: audit.Operator, Action: "a"}, audit.Act{Tenant: in, Actor: audit.Operator, Action: "b"})
	failed := errors.New("no")
	refused(t, s, failed, "an act that fails", func(store.Tx) error { return failed })
	list := pending(t, s)
	var actions []string
	for _, r := range list {
		actions = append(actions, r.Act.Action)
		if len(r.Salt) != audit.SaltSize {
			t.Errorf("the salt of %v has %d bytes", r.ID, len(r.Salt))
		}
		if _, err := r.Leaf(); err != nil {
			t.Error(err)
		}
	}
	same(t, "unsealed, oldest first", actions, []string{"test", "a", "b"})
	err := s.View(ctx, func(r store.Reader) error {
		n, oldest, err := r.CountPendingAudit()
		if n != 3 || !oldest.Equal(start) {
			t.Errorf("%d are unsealed, since %v", n, oldest)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	refs := sealAll(t, s)
	if left := pending(t, s); len(left) != 0 {
		t.Errorf("%d entries are unsealed after sealing", len(left))
	}
	same(t, "a tile", view(t, s, func(r store.Reader) (store.AuditTile, error) { return r.AuditTile(0, 0) }),
		store.AuditTile{Hashes: make([]byte, 96), Refs: refs})
	absent(t, s, "another tile", func(r store.Reader) (store.AuditTile, error) { return r.AuditTile(0, 1) })
	same(t, "sealed entries", view(t, s, func(r store.Reader) ([]audit.Record, error) {
		return r.AuditRecords(append(slices.Clone(refs), store.AuditRef{}))
	}), list)
	same(t, "all entries", view(t, s, func(r store.Reader) ([]store.AuditRef, error) { return r.AuditRefs(refs[0], 10) }), refs[1:])
	again := store.AuditBatch{From: 0, Note: store.AuditNote{Kind: "checkpoint", Size: 9, At: start}}
	if err := s.Tend(ctx, func(u store.Upkeep) error { return u.SealAudit(again) }); !errors.Is(err, store.ErrTaken) {
		t.Errorf("sealing what was sealed meanwhile: %v", err)
	}
	testNotes(t, s)
}

func testNotes(t *testing.T, s store.Store) {
	t.Helper()
	n := store.AuditNote{Kind: "checkpoint", Size: 7, At: start.Add(time.Hour), Note: []byte("later")}
	tend(t, s, func(u store.Upkeep) error { return u.AddAuditNote(n) })
	if err := s.Tend(ctx, func(u store.Upkeep) error { return u.AddAuditNote(n) }); !errors.Is(err, store.ErrTaken) {
		t.Errorf("a second note of that size: %v", err)
	}
	first := store.AuditNote{Kind: "checkpoint", Size: 3, At: start, Note: []byte("n")}
	same(t, "notes", view(t, s, func(r store.Reader) ([]store.AuditNote, error) { return r.AuditNotes("checkpoint", 0, 9) }),
		[]store.AuditNote{first, n})
	newest := func(size int64, before time.Time) (store.AuditNote, error) {
		return try(s, func(r store.Reader) (store.AuditNote, error) { return r.AuditNote("checkpoint", size, before) })
	}
	for _, q := range []struct {
		size   int64
		before time.Time
		want   store.AuditNote
	}{{-1, time.Time{}, n}, {7, time.Time{}, n}, {6, time.Time{}, first}, {-1, n.At, first}} {
		if got, err := newest(q.size, q.before); err != nil || got.Size != q.want.Size {
			t.Errorf("the newest note up to %d and before %v: %+v, %v", q.size, q.before, got, err)
		}
	}
	if _, err := newest(2, time.Time{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a note that there is not: %v", err)
	}
}

// testAuditLeader: of the nodes one seals, until its time is over.
func testAuditLeader(t *testing.T, db Database) {
	s := open(t, db, Options{})
	lead := func(node byte, from, until int) bool {
		var ok bool
		tend(t, s, func(u store.Upkeep) (err error) {
			ok, err = u.LeadAudit([16]byte{node}, start.Add(time.Duration(from)*time.Second), start.Add(time.Duration(until)*time.Second))
			return err
		})
		return ok
	}
	for i, step := range []struct {
		node        byte
		from, until int
		want        bool
	}{{1, 0, 10, true}, {2, 5, 15, false}, {1, 8, 18, true}, {2, 12, 22, false}, {2, 19, 29, true}, {1, 20, 30, false}} {
		if got := lead(step.node, step.from, step.until); got != step.want {
			t.Errorf("step %d: node %d leads: %v, want %v", i, step.node, got, step.want)
		}
	}
}

func testPruneAudit(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	in := addTenant(t, s, "t").ID
	for range 5 {
		addEntries(t, s, c, audit.Act{Tenant: in, Actor: audit.Operator, Action: "a"})
	}
	refs := sealAll(t, s)
	addEntries(t, s, c, audit.Act{Tenant: in, Actor: audit.Operator, Action: "unsealed"})
	prune := func(size int64, max, want int) {
		t.Helper()
		tend(t, s, func(u store.Upkeep) error {
			n, err := u.PruneAudit(size, max)
			if n != want {
				t.Errorf("%d leaves were passed, want %d", n, want)
			}
			return err
		})
	}
	prune(4, 3, 3)
	prune(4, 3, 1)
	prune(4, 3, 0)
	left := view(t, s, func(r store.Reader) ([]audit.Record, error) { return r.AuditRecords(refs) })
	if len(left) != 2 || left[0].ID != refs[4].Entry {
		t.Errorf("%d of the sealed entries are left, want the last 2", len(left))
	}
	prune(99, 99, 2)
	if n := view(t, s, func(r store.Reader) (int, error) { return r.CountAudit() }); n != 1 {
		t.Errorf("%d entries are left, want the one that is not sealed", n)
	}
	same(t, "how far", view(t, s, func(r store.Reader) (store.AuditSeal, error) { return r.AuditSealed() }), store.AuditSeal{Size: 6, Pruned: 6})
}

// testA260: the books name nobody who was deleted, in what they did and in what was done to them, and each leaf stays what
// it was.
func testA260(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	in := addTenant(t, s, "t").ID
	ada, bea := newUser(in, "ada-lovelace"), newUser(in, "bea")
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddUser(ada), tx.AddUser(bea)) })
	by := audit.Actor{Kind: "user", ID: ada.ID.String(), Name: ada.Name}
	other := audit.Actor{Kind: "user", ID: bea.ID.String(), Name: bea.Name}
	acts := []audit.Act{
		{Tenant: in, Actor: by, Action: "session.sign_in", Target: "session 1", Detail: map[string]string{"connected_app": "c"}},
		{Tenant: in, Actor: by, Action: "grant.create", Target: "grant 1", Reason: "I want it", Detail: map[string]string{"user": by.ID}},
		{Tenant: in, Actor: other, Action: "user.update", Target: "user " + by.ID, Reason: "asked by Ada-Lovelace",
			Before: map[string]string{"name": "ada", "roles": "user"}, After: map[string]string{"name": ada.Name, "roles": "admin"}},
		{Tenant: in, Actor: other, Action: "grant.end", Target: "grant 2", Detail: map[string]string{"user": by.ID, "mailed": ada.Email, "name": "kept"}},
		{Tenant: in, Actor: other, Action: "group.create", Target: "group 1", Reason: "not about ada-lovelace", Detail: map[string]string{"name": "ada-lovelace"}},
	}
	for _, a := range acts {
		if err := s.Do(audit.Received(ctx, "192.0.2.9"), a, func(store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	gone := audit.Act{Tenant: in, Actor: other, Action: "user.delete", Target: "user " + by.ID, Detail: map[string]string{"name": ada.Name}}
	if err := s.Do(ctx, gone, func(tx store.Tx) error { return tx.DeleteUser(in, ada.ID) }); err != nil {
		t.Fatal(err)
	}
	before := leaves(t, pending(t, s))
	erase := func(max int) (steps int) {
		for more := true; more; steps++ {
			tend(t, s, func(u store.Upkeep) (err error) {
				more, err = u.EraseAudit(c.Now(), max)
				return err
			})
		}
		return steps
	}
	if erase(2) != 1 {
		t.Error("something was erased before all that was under way can be in the book")
	}
	c.Advance(2 * time.Minute)
	if n := erase(2); n < 4 {
		t.Errorf("it was done in %d steps of 2", n)
	}
	after := pending(t, s)
	if !maps.Equal(before, leaves(t, after)) {
		t.Error("a leaf is not what it was")
	}
	book := fmt.Sprintf("%q", after)
	for _, name := range []string{"I want it", "asked by", ada.Email, ada.FullName, "user.delete\" \"user " + by.ID + "\" \"\" map[\"name\":\"ada"} {
		if strings.Contains(book, name) {
			t.Errorf("the book still says %s:\n%s", name, book)
		}
	}
	for i, want := range [][]string{{"actor_name", "from"}, {"actor_name", "from", "reason"}, {"after.name", "before.name", "reason"},
		{"detail.mailed"}, nil, {"detail.name"}} {
		same(t, fmt.Sprintf("what was erased of entry %d", i), after[i+2].Erased, want)
	}
	if e := after[4]; e.Act.Actor.Name != "bea" || e.Act.After["roles"] != "admin" || e.Act.Before["name"] != "" {
		t.Errorf("of what another did is left %+v", e.Act)
	}
}

func leaves(t *testing.T, list []audit.Record) map[id.Entry]string {
	t.Helper()
	out := map[id.Entry]string{}
	for i := range list {
		h, err := list[i].Leaf()
		if err != nil {
			t.Fatal(err)
		}
		out[list[i].ID] = h.String()
	}
	return out
}
