package feed_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"prokura/internal/clock"
	"prokura/internal/feed"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

func memory(t *testing.T, n *node) *feed.Memory {
	t.Helper()
	return feed.New(feed.Config{Store: n, Clock: clock.System{}, Log: quiet(t)})
}

func TestMemory_refusesUntilItIsLoaded(t *testing.T) {
	m := memory(t, newDatabase().node())
	if got := refusal.Of(m.Fresh()).First().Code; got != refusal.RevocationsStale {
		t.Errorf("before the first read: %v, want revocations_stale (A217)", got)
	}
	if m.CaughtUp() {
		t.Error("it says that it caught up before the first read")
	}
	sync1(t, m)
	if err := m.Fresh(); err != nil {
		t.Errorf("after the first read: %v", err)
	}
}

func sync1(t *testing.T, m *feed.Memory) {
	t.Helper()
	if err := m.Sync(t.Context()); err != nil {
		t.Fatalf("Sync: %v", err)
	}
}

func TestMemory_ownMarksCountAtOnceButTheNumberKeepsGaps(t *testing.T) {
	db := newDatabase()
	a, b := db.node(), db.node()
	ma, mb := memory(t, a), memory(t, b)
	sync1(t, ma)
	sync1(t, mb)

	b.commit(nil, user) // 1, not known to a
	a.commit(nil, x1)   // 2
	if !ma.Judge(&x1, state(0)).Void {
		t.Error("a revocation is not in force on its own node when it is answered")
	}
	if got := ma.Head(); got != state(0) {
		t.Errorf("the number is %v, want it to stay before the gap", got)
	}
	if ma.CaughtUp() {
		t.Error("it says that it caught up with its own mark")
	}
	if ma.Judge(&user, state(0)).Void {
		t.Error("the other node's mark is known too soon for this test")
	}
	sync1(t, ma)
	if got := ma.Head(); got != state(2) || !ma.CaughtUp() {
		t.Errorf("after reading: number %v, caught up %v", got, ma.CaughtUp())
	}
	if !ma.Judge(&user, state(0)).Void || ma.Judge(&user, state(1)).Void {
		t.Error("the other node's mark is not in force after reading")
	}
	a.commit(nil, x2) // 3, nothing missing before it
	if got := ma.Head(); got != state(3) || !ma.CaughtUp() {
		t.Errorf("own commit without a gap: number %v, caught up %v", got, ma.CaughtUp())
	}
}

func TestMemory_localIsTheHead(t *testing.T) {
	db := newDatabase()
	n := db.node()
	m := feed.New(feed.Config{Store: n, Clock: clock.System{}, Log: quiet(t), Local: true})
	n.commit(nil, x1) // before it was loaded
	sync1(t, m)
	for range 3 {
		want := n.commit(nil, x2)
		if got := m.Head(); got != want {
			t.Errorf("after a commit the number is %v, want %v", got, want)
		}
	}
	before := db.reads
	sync1(t, m)
	if db.reads != before {
		t.Error("a local memory reads the head")
	}
	if err := m.Fresh(); err != nil {
		t.Errorf("a local memory is not fresh: %v", err)
	}
}

func TestMemory_localKnowsWhatWasCommittedWhileItLoaded(t *testing.T) {
	db := newDatabase()
	n := db.node()
	m := feed.New(feed.Config{Store: n, Clock: clock.System{}, Log: quiet(t), Local: true})
	n.commit(nil, x1)
	cache := feed.NewCache(m, 10, named)
	var last mark.Number
	db.pause = func(at string) {
		if at == "marks were read" {
			db.pause = nil
			last = n.commit(map[string]string{"app": "new"}, x2)
		}
	}
	sync1(t, m)
	if got := m.Head(); got != last || !m.CaughtUp() {
		t.Errorf("the number is %v, want %v", got, last)
	}
	if !m.Judge(&x1, state(0)).Void || !m.Judge(&x2, state(0)).Void {
		t.Error("a mark is unknown")
	}
	if v, _ := cache.Get(t.Context(), "app", n.fact("app")); v != "new" {
		t.Errorf("the record is %q", v)
	}
}

func TestMemory_loadsAnewWhenItFellBehind(t *testing.T) {
	db := newDatabase()
	a, b := db.node(), db.node()
	ma, _ := memory(t, a), memory(t, b)
	a.commit(map[string]string{"app": "old"})
	sync1(t, ma)
	cache := feed.NewCache(ma, 10, named)
	if v, err := cache.Get(t.Context(), "app", a.fact("app")); v != "old" || err != nil {
		t.Fatalf("Get = %q, %v", v, err)
	}
	b.commit(map[string]string{"app": "new"}, x1)
	db.sweep()
	sync1(t, ma)
	if got := ma.Head(); got != state(3) || !ma.Judge(&x1, state(1)).Void {
		t.Errorf("after loading anew: number %v, mark known %v", got, ma.Judge(&x1, state(1)).Void)
	}
	if v, _ := cache.Get(t.Context(), "app", a.fact("app")); v != "new" {
		t.Errorf("a record outlived the changes that could not be read: %q", v)
	}
}

func TestMemory_aNewEpochVoidsEverything(t *testing.T) {
	db := newDatabase()
	n := db.node()
	m := memory(t, n)
	n.commit(nil, x1)
	sync1(t, m)
	db.restore(0, true)
	sync1(t, m)
	if got := m.Head(); got != (mark.Number{Epoch: 2}) {
		t.Errorf("the number is %v, want 2.0", got)
	}
	if !m.Judge(&x2, state(5)).Void {
		t.Error("a token of the epoch before lives")
	}
}

func TestMemory_anOlderDatabaseIsNoticedAndStays(t *testing.T) {
	db := newDatabase()
	n := db.node()
	m := memory(t, n)
	n.commit(nil, x1)
	n.commit(nil, x2)
	sync1(t, m)
	db.restore(1, false)
	if err := m.Sync(t.Context()); !errors.Is(err, feed.ErrOlderDatabase) || refusal.Of(err).First().Code != refusal.RevocationsStale {
		t.Errorf("reading an older database: %v", err)
	}
	n.commit(nil, user) // the numbers meet again, but not the same changes
	n.commit(nil, user)
	if err := m.Sync(t.Context()); !errors.Is(err, feed.ErrOlderDatabase) {
		t.Errorf("after it grew again: %v", err)
	}
	if _, err := check(t.Context(), m, &x2, state(0)); !errors.Is(err, feed.ErrOlderDatabase) {
		t.Errorf("Check: %v", err)
	}
	db.restore(1, true)
	sync1(t, m)
	if err := m.Fresh(); err != nil {
		t.Errorf("in its new epoch: %v", err)
	}
}

func TestMemory_whatProvesAnOlderDatabaseBeginsAnEpoch(t *testing.T) {
	for _, local := range []bool{false, true} {
		db := newDatabase()
		n := db.node()
		m := feed.New(feed.Config{Store: n, Clock: clock.System{}, Log: quiet(t), Local: local,
			BeginEpoch: func(context.Context, mark.Number) error {
				db.mu.Lock()
				defer db.mu.Unlock()
				db.epoch, db.changes, db.marks = db.epoch+1, nil, nil
				return nil
			}})
		sync1(t, m)
		// The process is new and its memory empty: only the token knows.
		if j, err := check(t.Context(), m, &x1, state(9)); err != nil || !j.Void {
			t.Errorf("local %v: the token that proves it: %v, %v; want it void", local, j, err)
		}
		if got := m.Head(); got != (mark.Number{Epoch: 2}) {
			t.Errorf("local %v: the number is %v, want 2.0", local, got)
		}
	}
	db := newDatabase()
	n := db.node()
	m := feed.New(feed.Config{Store: n, Clock: clock.System{}, Log: quiet(t),
		BeginEpoch: func(context.Context, mark.Number) error { db.restore(0, true); return nil }})
	n.commit(nil, x1)
	sync1(t, m)
	db.restore(0, false) // while the process runs: its memory knows
	if err := m.Sync(t.Context()); !errors.Is(err, feed.ErrOlderDatabase) {
		t.Errorf("the read that notices it: %v", err)
	}
	sync1(t, m)
	if j, err := check(t.Context(), m, &x2, state(1)); err != nil || !j.Void {
		t.Errorf("in the new epoch, a token of the old one: %v, %v", j, err)
	}
}

func TestMemory_aTokenAboveItsNumberMakesItCatchUp(t *testing.T) {
	db := newDatabase()
	a, b := db.node(), db.node()
	ma, _ := memory(t, a), memory(t, b)
	sync1(t, ma)
	b.commit(nil, x1)
	b.commit(nil, user)
	j, err := check(t.Context(), ma, &x1, state(2))
	if err != nil || j.Void {
		t.Errorf("a token made at 2 on another node: %v, %v", j, err)
	}
	if got := ma.Head(); got != state(2) {
		t.Errorf("the number is %v, want 2", got)
	}
	if j, err := check(t.Context(), ma, &x1, state(3)); !errors.Is(err, feed.ErrOlderDatabase) || !j.Void {
		t.Errorf("a token above the head: %v, %v", j, err)
	}
	if err := ma.Fresh(); err != nil {
		t.Errorf("one such token took everybody's access away: %v", err)
	}
}

func TestA210_lostContactIsRefusedAfterTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		n := db.node()
		m := memory(t, n)
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { m.Run(ctx) })
		synctest.Wait()
		if err := m.Fresh(); err != nil {
			t.Fatalf("in health: %v", err)
		}
		db.failing(errors.New("no route to the database"))
		time.Sleep(19 * time.Second)
		if m.Fresh() != nil || m.Ready() != nil {
			t.Errorf("within two thirds of the bound: fresh %v, ready %v", m.Fresh(), m.Ready())
		}
		time.Sleep(9 * time.Second)
		if m.Fresh() != nil || m.Ready() == nil {
			t.Errorf("shortly before the bound: fresh %v, ready %v; want it fresh and unready (A218)", m.Fresh(), m.Ready())
		}
		time.Sleep(3 * time.Second)
		if got := refusal.Of(m.Fresh()).First().Code; got != refusal.RevocationsStale {
			t.Errorf("after the bound: %v", got)
		}
		db.failing(nil)
		time.Sleep(2 * time.Second)
		if err := m.Fresh(); err != nil {
			t.Errorf("after contact came back: %v", err)
		}
		stop()
		run.Wait()
	})
}

func TestA214_aProcessThatWasStoppedRefusesFirst(t *testing.T) {
	for name, step := range map[string]time.Duration{"on": 31 * time.Second, "on by years": 10 * 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			stopped := clock.NewFake(noon)
			m := feed.New(feed.Config{Store: newDatabase().node(), Clock: stopped, Log: quiet(t)})
			sync1(t, m)
			stopped.Advance(step)
			if j, err := check(t.Context(), m, &x1, state(0)); err == nil || !j.Void {
				t.Errorf("the first decision after the wake: %v, %v", j, err)
			}
			sync1(t, m)
			if _, err := check(t.Context(), m, &x1, state(0)); err != nil {
				t.Errorf("after contact: %v", err)
			}
		})
	}
}

func TestA211_pollingClosesWhatWakingLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		a, b := db.node(), db.node()
		ma, _ := memory(t, a), memory(t, b)
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { ma.Run(ctx) })
		synctest.Wait()
		b.commit(nil, x1)
		time.Sleep(1100 * time.Millisecond)
		if !ma.Judge(&x1, state(0)).Void {
			t.Error("unknown after more than a second, though nothing failed")
		}
		b.commit(nil, x2)
		a.woken <- struct{}{}
		synctest.Wait()
		if !ma.Judge(&x2, state(0)).Void {
			t.Error("unknown though the reader was woken")
		}
		close(a.woken) // as a store does that is closed
		time.Sleep(3 * time.Second)
		stop()
		run.Wait()
	})
}

func TestRun_endsAReadThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newDatabase().node()
		m := feed.New(feed.Config{Store: hanging{n}, Clock: clock.System{}, Log: quiet(t)})
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { m.Run(ctx) })
		synctest.Wait()
		began := time.Now()
		stop()
		run.Wait()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it waited %v for a database that does not answer", waited)
		}
	})
}

// hanging is a database that takes questions and answers none.
type hanging struct{ *node }

func (hanging) Head(ctx context.Context) (mark.Number, error) {
	<-ctx.Done()
	return mark.Number{}, ctx.Err()
}

func TestSync_isAnsweredByAReadThatBeganAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		a, b := db.node(), db.node()
		ma, _ := memory(t, a), memory(t, b)
		sync1(t, ma)
		gate, gated := make(chan struct{}), false
		db.pause = func(at string) {
			if at == "head was read" && !gated {
				gated = true
				<-gate
			}
		}
		before := db.reads
		var all sync.WaitGroup
		all.Go(func() { sync1(t, ma) })
		synctest.Wait() // its read has the head of now
		b.commit(nil, x1)
		for range 50 {
			all.Go(func() {
				sync1(t, ma)
				if !ma.Judge(&x1, state(0)).Void {
					t.Error("Sync returned without what was committed before it")
				}
			})
		}
		gone, leave := context.WithCancel(t.Context())
		all.Go(func() {
			if err := ma.Sync(gone); !errors.Is(err, context.Canceled) {
				t.Errorf("a caller who left: %v", err)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		close(gate)
		all.Wait()
		if got := db.reads - before; got != 2 {
			t.Errorf("%d reads for 52 callers, want 2", got)
		}
	})
}

func TestMemory_aHundredThousandRevocationsArriveInBatches(t *testing.T) {
	db := newDatabase()
	a, b := db.node(), db.node()
	ma, _ := memory(t, a), memory(t, b)
	sync1(t, ma)
	subjects := make([]mark.Subject, 100_000)
	for i := range subjects {
		subjects[i].Session = nth[sessionID](uint64(i + 1))
	}
	b.commit(nil, subjects...)
	sync1(t, ma)
	if got := ma.Head(); got != state(100_000) {
		t.Errorf("the number is %v", got)
	}
	for i := range subjects {
		if !ma.Judge(&subjects[i], state(0)).Void {
			t.Fatalf("session %d lives", i)
		}
	}
}

// unknown answers with whatever the contract of the store calls no such record.
func unknown(context.Context) (string, error) { return "", store.ErrNotFound }

// check judges a token as whoever takes one must: its number first, and last whether what is known here is fresh.
func check(ctx context.Context, m *feed.Memory, token *mark.Subject, at mark.Number) (mark.Judgment, error) {
	void := mark.Judgment{Void: true}
	if err := m.Reach(ctx, at); err != nil {
		return void, err
	}
	j := m.Judge(token, at)
	if err := m.Fresh(); err != nil {
		return void, err
	}
	return j, nil
}
