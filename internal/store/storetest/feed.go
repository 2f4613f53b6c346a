package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
	"prokura/internal/store"
)

func changes(t *testing.T, s store.Store, after mark.Number, limit int) []store.Change {
	t.Helper()
	list, err := s.Changes(ctx, after, limit)
	if err != nil {
		t.Fatalf("Changes(%v): %v", after, err)
	}
	return list
}

// testFeed: each change names its records, marks come last, and what is committed is told in order.
func testFeed(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	var told []store.Change
	s.Committed(func(list []store.Change) { told = append(told, list...) })
	if got := head(t, s); got != (mark.Number{Epoch: 1}) {
		t.Fatalf("head of a new database = %v, want 1.0", got)
	}
	tenant := newTenant("t")
	in := tenant.ID
	u, a := newUser(in, "ada"), newApp(in)
	sec := newSecret("x")
	renamed, moved := u, tenant
	renamed.Name, moved.ContentURL = "Ada", "T"
	person := store.Person{ID: entropy.ID[id.Person](), Login: "ada@example.com"}
	subject := mark.Subject{Tenant: in, User: u.ID}
	c1, v1 := newClient(in)
	c2, v2 := newClient(in)
	secret, auth := newClientSecret(), newAuthorization(in, c1.ID)
	revoked, grant, login := auth, newGrant(auth, u.ID), newLogin(person.ID)
	revoked.Revoked, revoked.Version = true, 2
	rights, authorized := []store.RecordName{store.RightsRecord(in)}, []store.RecordName{store.AuthorizationRecord(in, c1.ID)}
	for _, step := range []struct {
		fn   func(tx store.Tx) error
		want []store.RecordName
		mark bool
	}{
		{func(tx store.Tx) error { return tx.AddTenant(tenant) }, []store.RecordName{store.TenantRecord(in), store.ContentURLRecord("t")}, false},
		{func(tx store.Tx) error { return tx.UpdateTenant(moved) },
			[]store.RecordName{store.TenantRecord(in), store.ContentURLRecord("t"), store.ContentURLRecord("T")}, false},
		{func(tx store.Tx) error { return tx.AddPerson(person) }, []store.RecordName{store.PersonRecord(person.ID), store.LoginRecord(person.Login)}, false},
		{func(tx store.Tx) error { return tx.AddUser(u) }, []store.RecordName{store.UserRecord(in, u.ID), store.UserNameRecord(in, "ada")}, false},
		{func(tx store.Tx) error { tx.Mark(subject, nil, start.Add(time.Hour)); return tx.UpdateUser(renamed) },
			[]store.RecordName{store.UserRecord(in, u.ID), store.UserNameRecord(in, "ada"), store.UserNameRecord(in, "Ada")}, true},
		{func(tx store.Tx) error { return errors.Join(tx.AddConnectedApp(a), tx.AddSecret(in, a.Client, sec)) },
			[]store.RecordName{store.ConnectedAppRecord(a.Client)}, false},
		{func(tx store.Tx) error { return tx.DeleteSecret(in, a.Client, sec.ID) }, []store.RecordName{store.ConnectedAppRecord(a.Client)}, false},
		{func(tx store.Tx) error { return tx.AddKey(store.Key{ID: entropy.ID[id.Key]()}) }, []store.RecordName{store.KeysRecord}, false},
		{func(tx store.Tx) error { return errors.Join(tx.AddClient(c1, v1), tx.AddClient(c2, v2)) },
			[]store.RecordName{store.ClientRecord(c1.ID), store.ClientRecord(c2.ID)}, false},
		{func(tx store.Tx) error {
			return errors.Join(tx.AddClientSecret(c1.ID, secret), tx.DeleteClientSecret(c1.ID, secret.ID), tx.UpdateClient(c1, nil))
		}, []store.RecordName{store.ClientRecord(c1.ID)}, false},
		{func(tx store.Tx) error { return tx.AddRole(newRole(in, "r")) }, rights, false},
		{func(tx store.Tx) error { return tx.UpdateRole(newRole(in, "r")) }, rights, false},
		{func(tx store.Tx) error { return tx.DeleteRole(in, "r") }, rights, false},
		{func(tx store.Tx) error { return tx.PutEntitlement(store.Entitlement{Tenant: in, Entitlement: "e"}) }, rights, false},
		{func(tx store.Tx) error { return tx.DeleteEntitlement(in, "e") }, rights, false},
		{func(tx store.Tx) error { return tx.AddAuthorization(auth) }, authorized, false},
		{func(tx store.Tx) error { return tx.NoteApproval(auth) }, authorized, false},
		{func(tx store.Tx) error { return tx.PutGovernance(newGovernance(in)) }, []store.RecordName{store.GovernanceRecord(in)}, false},
		{func(tx store.Tx) error { // what no memory holds
			return errors.Join(tx.AddGrant(grant), tx.PutConsent(newConsent(auth, u.ID)),
				tx.AddCode(newCode(grant)), tx.AddRefreshToken(newToken(grant)), tx.EndGrant(in, grant.ID, "x", start),
				tx.AddAuthorizationRequest(newRequest(auth, u.ID)), tx.ForgetForeseen(in, c1.ID),
				tx.AddLogin(login), tx.DeleteLogin(login.Hash), tx.AddLink(store.Link{Hash: newHash(), Kind: store.SetUpLink}))
		}, nil, false},
		{func(tx store.Tx) error { return tx.UpdateAuthorization(revoked) }, authorized, false},
		{func(tx store.Tx) error { return tx.DeleteClient(c1.ID) },
			[]store.RecordName{store.ClientRecord(c1.ID)}, false},
		{func(tx store.Tx) error { return tx.DeleteUser(in, u.ID) }, []store.RecordName{store.UserRecord(in, u.ID), store.UserNameRecord(in, "Ada")}, false},
		{func(tx store.Tx) error { return tx.DeleteTenant(in) },
			[]store.RecordName{store.ClientRecord(c2.ID), store.TenantRecord(in), store.TenantGoneRecord(in),
				store.ContentURLRecord("T")}, false},
	} {
		before := head(t, s)
		told = nil
		do(t, s, step.fn)
		list := changes(t, s, before, 100)
		same(t, "what was told and what stands in the feed", told, list)
		var want []store.Change
		n := before
		for _, r := range step.want {
			n.N++
			want = append(want, store.Change{Number: n, At: start, Record: r})
		}
		if step.mark {
			n.N++
			want = append(want, store.Change{Number: n, At: start, Mark: &mark.Mark{Number: n, Subject: subject, Until: start.Add(time.Hour)}})
		}
		same(t, "changes", list, want)
		if got := head(t, s); got != n {
			t.Errorf("head = %v, want %v", got, n)
		}
		if got := view(t, s, func(r store.Reader) (mark.Number, error) { return r.Head(), nil }); got != n {
			t.Errorf("head of a view = %v, want %v", got, n)
		}
	}
	if list := changes(t, s, head(t, s), 100); len(list) != 0 {
		t.Errorf("changes after the head: %v", list)
	}
	if list := changes(t, s, mark.Number{Epoch: 1, N: 2}, 3); len(list) != 3 || list[0].Number.N != 3 {
		t.Errorf("three changes after 1.2: %v", list)
	}
	for _, n := range []mark.Number{{}, {Epoch: 2, N: 1}} {
		if _, err := s.Changes(ctx, n, 10); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("changes of another epoch, after %v: %v, want %v", n, err, store.ErrNotFound)
		}
	}
}

// testFeedInParallel: numbers are without gaps in the order of commits, so that a reader who goes on from the last
// number it saw never skips one; a node's own changes are told in order, before whoever made them is answered.
func testFeedInParallel(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	const writers, rounds = 8, 20
	var mu sync.Mutex
	told := make([][]store.Change, len(all))
	for i, s := range all {
		s.Committed(func(list []store.Change) {
			mu.Lock()
			defer mu.Unlock()
			told[i] = append(told[i], list...)
		})
	}
	in := addTenant(t, all[0], "t").ID
	begin := head(t, all[0])
	stop := make(chan struct{})
	var reading, writing sync.WaitGroup
	for i := range 2 {
		reading.Go(func() { followFeed(t, all[i%len(all)], begin, begin.N+writers*rounds*3, stop) })
	}
	for w := range writers {
		node := w % len(all)
		s := all[node]
		writing.Go(func() {
			for i := range rounds {
				u := newUser(in, fmt.Sprintf("user %d %d", w, i))
				err := s.Do(ctx, act("add"), func(tx store.Tx) error {
					tx.Mark(mark.Subject{User: u.ID}, nil, start.Add(time.Hour))
					return tx.AddUser(u)
				})
				if err != nil {
					t.Errorf("Do: %v", err)
					continue
				}
				mu.Lock()
				if !slices.ContainsFunc(told[node], func(c store.Change) bool { return c.Record == store.UserRecord(in, u.ID) }) {
					t.Errorf("%s was answered before it was told", u.Name)
				}
				mu.Unlock()
				if i%3 == 0 { // neighbors that are refused leave no hole
					err := s.Do(ctx, act("add"), func(tx store.Tx) error { return tx.AddUser(newUser(in, u.Name)) })
					if !errors.Is(err, store.ErrTaken) {
						t.Errorf("adding twice: %v", err)
					}
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	reading.Wait()
	mu.Lock()
	defer mu.Unlock()
	n := 0
	for i, list := range told {
		n += len(list)
		if !slices.IsSortedFunc(list, func(a, b store.Change) int { return int(a.Number.N) - int(b.Number.N) }) {
			t.Errorf("node %d was not told in order", i)
		}
	}
	if want := writers*rounds*3 + int(begin.N); n != want {
		t.Errorf("%d changes were told, want %d", n, want)
	}
}

// followFeed reads the feed as a node does, until it has the last number.
func followFeed(t *testing.T, s store.Store, at mark.Number, last uint64, stop chan struct{}) {
	for stopped := false; at.N < last; {
		list, err := s.Changes(ctx, at, 7)
		if err != nil {
			t.Errorf("Changes(%v): %v", at, err)
			return
		}
		for _, c := range list {
			if c.Number.N != at.N+1 {
				t.Errorf("after %v came %v", at, c.Number)
				return
			}
			at = c.Number
		}
		if len(list) == 0 && stopped {
			t.Errorf("the feed ends at %v, want %d", at, last)
			return
		}
		select {
		case <-stop:
			stopped = true
		default:
		}
	}
}

func testMarks(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	full := mark.Subject{Tenant: entropy.ID[id.Tenant](), Client: entropy.ID[id.Client](),
		Authorization: entropy.ID[id.Authorization](), Grant: entropy.ID[id.Grant](), User: entropy.ID[id.User](),
		Session: entropy.ID[id.Session](), Secret: entropy.ID[id.Secret](), Key: entropy.ID[id.Key](), Plan: "starter ä"}
	do(t, s, func(tx store.Tx) error {
		tx.Mark(full, []string{"b:x", "a:y"}, start.Add(time.Hour))
		tx.Mark(mark.Subject{Session: full.Session}, nil, start.Add(2*time.Hour).Add(999*time.Millisecond))
		return nil
	})
	want := []mark.Mark{
		{Number: mark.Number{Epoch: 1, N: 1}, Subject: full, Lost: scope.NewSet(scope.MustParse("a:y"), scope.MustParse("b:x")), Until: start.Add(time.Hour)},
		{Number: mark.Number{Epoch: 1, N: 2}, Subject: mark.Subject{Session: full.Session}, Until: start.Add(2 * time.Hour)},
	}
	read := func() []mark.Mark {
		list, at, err := s.Marks(ctx)
		if err != nil || at != (mark.Number{Epoch: 1, N: 2}) {
			t.Errorf("Marks: %v at %v", err, at)
		}
		return list
	}
	same(t, "marks", read(), want)
	c.Advance(2*time.Hour + time.Second) // an hour longer than the longest token
	same(t, "marks that can still match", read(), want[1:])
}

func testBadMarks(t *testing.T, db Database) {
	s := open(t, db, Options{})
	for what, fn := range map[string]func(tx store.Tx){
		"a mark of everything":       func(tx store.Tx) { tx.Mark(mark.Subject{}, nil, start) },
		"a mark without end":         func(tx store.Tx) { tx.Mark(mark.Subject{Plan: "x"}, nil, time.Time{}) },
		"a mark that loses no scope": func(tx store.Tx) { tx.Mark(mark.Subject{Plan: "x"}, []string{"a b"}, start) },
	} {
		if err := s.Do(ctx, act("test"), func(tx store.Tx) error { fn(tx); return nil }); err == nil {
			t.Errorf("%s was written", what)
		}
	}
	if got := head(t, s); got.N != 0 {
		t.Errorf("head = %v, want 1.0", got)
	}
}

func testBeginEpoch(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	do(t, s, func(tx store.Tx) error { tx.Mark(mark.Subject{Tenant: in}, nil, start.Add(1000*time.Hour)); return nil })
	began := func(proof mark.Number) bool {
		t.Helper()
		var b bool
		tend(t, s, func(u store.Upkeep) (err error) {
			b, err = u.BeginEpoch(proof)
			return err
		})
		return b
	}
	before := head(t, s)
	if began(before) || head(t, s) != before {
		t.Error("a token of the present state began an epoch")
	}
	if !began(mark.Number{Epoch: before.Epoch, N: before.N + 1}) {
		t.Error("a token of the future began no epoch")
	}
	if got := head(t, s); got != (mark.Number{Epoch: 2}) {
		t.Errorf("head = %v, want 2.0", got)
	}
	if _, err := s.Changes(ctx, before, 10); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("changes of the old epoch: %v, want %v", err, store.ErrNotFound)
	}
	if !began(mark.Number{Epoch: 7, N: 3}) || head(t, s) != (mark.Number{Epoch: 8}) {
		t.Errorf("head = %v, want 8.0", head(t, s))
	}
	if list, _, err := s.Marks(ctx); err != nil || len(list) != 0 {
		t.Errorf("marks of older epochs: %v, %v", list, err)
	}
	addTenant(t, s, "u")
	if list := changes(t, s, mark.Number{Epoch: 8}, 10); len(list) != 2 || list[0].Number != (mark.Number{Epoch: 8, N: 1}) {
		t.Errorf("changes of the new epoch: %v", list)
	}
}

// testSweptFeed: below the floor only marks are left, above it nothing is missing.
func testSweptFeed(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	addTenant(t, s, "old") // 1, 2
	do(t, s, func(tx store.Tx) error {
		tx.Mark(mark.Subject{Plan: "short"}, nil, start.Add(time.Minute)) // 3
		tx.Mark(mark.Subject{Plan: "long"}, nil, start.Add(48*time.Hour)) // 4
		return nil
	})
	c.Advance(3 * time.Hour)
	addTenant(t, s, "new") // 5, 6
	for range 3 {          // in small batches
		tend(t, s, func(u store.Upkeep) error { _, err := u.Sweep(c.Now(), 2); return err })
	}
	for n := range uint64(4) {
		if _, err := s.Changes(ctx, mark.Number{Epoch: 1, N: n}, 10); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("changes after 1.%d: %v, want %v", n, err, store.ErrNotFound)
		}
	}
	if list := changes(t, s, mark.Number{Epoch: 1, N: 4}, 10); len(list) != 2 || list[0].Number.N != 5 {
		t.Errorf("changes after the floor: %v", list)
	}
	list, _, err := s.Marks(ctx)
	if err != nil || len(list) != 1 || list[0].Subject.Plan != "long" {
		t.Errorf("marks after sweeping: %v, %v", list, err)
	}
	rows := 0
	if err := db.Raw(t).QueryRow("SELECT count(*) FROM changes").Scan(&rows); err != nil || rows != 3 {
		t.Errorf("%d rows are left (%v), want 3", rows, err)
	}
}

func testSweep(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	do(t, s, func(tx store.Tx) error {
		for i := range 10 {
			n := newSession(in)
			n.Expires = start.Add(time.Duration(i) * time.Minute)
			if err := errors.Join(tx.AddSession(n), tx.Burn([32]byte{byte(i)}, n.Expires)); err != nil {
				return err
			}
		}
		return nil
	})
	sweep := func(at time.Time, limit int) int {
		n := 0
		tend(t, s, func(u store.Upkeep) (err error) {
			n, err = u.Sweep(at, limit)
			return err
		})
		return n
	}
	if n := sweep(start, 100); n != 0 {
		t.Errorf("swept %d rows that had not expired", n)
	}
	if n := sweep(start.Add(5*time.Minute), 3); n != 6 {
		t.Errorf("swept %d rows, want 3 of each table", n)
	}
	if n := sweep(start.Add(5*time.Minute), 100); n != 4 {
		t.Errorf("swept %d rows, want the other 4", n)
	}
	for i := range byte(10) {
		burned := view(t, s, func(r store.Reader) (bool, error) { return r.Burned([32]byte{i}) })
		if burned != (i >= 5) {
			t.Errorf("assertion %d burned = %v", i, burned)
		}
	}
}
