package docket_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func nth[T interface{ From([16]byte) T }](n uint64) T {
	var b [16]byte
	binary.BigEndian.PutUint64(b[8:], n)
	var zero T
	return zero.From(b)
}

// book is the refusal table as the contract of the store has it.
type book struct {
	mu    sync.Mutex
	rows  map[id.Reference]store.Refusal
	tends int
	fails func(store.Refusal) error
}

func newBook() *book { return &book{rows: map[id.Reference]store.Refusal{}} }

func (b *book) Tend(ctx context.Context, fn func(store.Upkeep) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tends++
	before := make(map[id.Reference]store.Refusal, len(b.rows))
	for k, v := range b.rows {
		before[k] = v
	}
	if err := fn(upkeep{book: b}); err != nil {
		b.rows = before
		return err
	}
	return nil
}

func (b *book) View(ctx context.Context, fn func(store.Reader) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fn(reader{book: b})
}

type reader struct {
	store.Reader // nil: what a docket does not use
	*book
}

func (r reader) Refusal(ref id.Reference) (store.Refusal, error) {
	if row, ok := r.rows[ref]; ok {
		return row, nil
	}
	return store.Refusal{}, store.ErrNotFound
}

type upkeep struct {
	store.Upkeep // nil: what a docket does not use
	*book
}

func (u upkeep) AddRefusal(r store.Refusal) error {
	if u.fails != nil {
		if err := u.fails(r); err != nil {
			return err
		}
	}
	for ref, old := range u.rows {
		if old.Tenant == r.Tenant && old.Fingerprint == r.Fingerprint && old.First.After(r.First.Add(-time.Hour)) {
			old.Count += r.Count
			old.Last = r.Last
			u.rows[ref] = old
			return nil
		}
	}
	if _, ok := u.rows[r.Reference]; ok {
		return store.ErrTaken
	}
	u.rows[r.Reference] = r
	return nil
}

func (b *book) count(ref id.Reference) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows[ref].Count
}

func (b *book) failing(how func(store.Refusal) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = how
}

func (b *book) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.rows)
}

type world struct {
	*docket.Docket
	book  *book
	clock *clock.Fake
	log   *bytes.Buffer
}

func newWorld(edit ...func(*docket.Config)) *world {
	w := &world{book: newBook(), clock: clock.NewFake(noon), log: &bytes.Buffer{}}
	c := docket.Config{Store: w.book, Clock: w.clock, Log: slog.New(slog.NewTextHandler(w.log, nil))}
	for _, e := range edit {
		e(&c)
	}
	w.Docket = docket.New(c)
	return w
}

func (w *world) flush(t *testing.T) {
	t.Helper()
	if err := w.Flush(t.Context()); err != nil {
		t.Fatalf("Flush: %v", err)
	}
}

func ref(n uint64) id.Reference { return nth[id.Reference](n) }

// denied is a refusal with tenant, client and user; n is its reference.
func denied(n uint64) docket.Case {
	return docket.Case{
		Reference: ref(n), At: noon, Door: "gateway", Method: "query_sites", Path: "/api/3.4/sites", Proven: true,
		Tenant: nth[id.Tenant](1), Client: nth[id.Client](1), User: nth[id.User](1),
		Findings: []refusal.Finding{{Code: refusal.ScopeNotGranted, Want: "tableau:sites:read", Got: "query_sites"}},
		Checks:   []docket.Check{{Code: refusal.CredentialExpired, Outcome: "passed"}, {Code: refusal.ScopeNotGranted, Outcome: "failed"}},
		Granted:  []string{"tableau:views:read"},
		Dropped:  []refusal.Finding{{Code: refusal.ScopeUnknown, Scope: "tableau:wishes:read"}},
	}
}

// TestLookup_restoresTheReason, so that it is told in both languages however long ago it was written.
func TestLookup_restoresTheReason(t *testing.T) {
	w := newWorld()
	c := denied(1)
	c.Findings = []refusal.Finding{{Code: refusal.PathNotCanonical, Why: refusal.Why{Flaw: refusal.EscapeSeparator, At: 8, Got: "%2f\x1b"}}}
	w.Record(c)
	w.flush(t)
	if v := string(w.book.rows[ref(1)].Verdict); !strings.Contains(v, `{"code":"path_not_canonical","why":{"is":"escape_separator","at":8,"got":"%2f\\u001b"}}`) {
		t.Errorf("the book keeps %s", v)
	}
	other := docket.New(docket.Config{Store: w.book, Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	got, err := other.Lookup(t.Context(), ref(1))
	if err != nil || len(got.Findings) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if m := got.Findings[0].Message(); m.DE != `Der Pfad hat keine kanonische Form: Position 8: %2f\u001b verbirgt ein Trennzeichen.` {
		t.Errorf("%+v", m)
	}
}

func TestLookup_findsACaseBeforeAndAfterItIsWritten(t *testing.T) {
	w := newWorld()
	want := denied(1)
	if got := w.Record(want); got != ref(1) {
		t.Errorf("Record = %v, want the case's own reference", got)
	}
	want.Count, want.Last = 1, noon
	same := cmp.AllowUnexported(id.Reference{}, id.Tenant{}, id.Client{}, id.User{})
	got, err := w.Lookup(t.Context(), ref(1))
	if diff := cmp.Diff(want, got, same); err != nil || diff != "" {
		t.Errorf("while it waits: %v\n%s", err, diff)
	}
	w.flush(t)
	other := docket.New(docket.Config{Store: w.book, Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	got, err = other.Lookup(t.Context(), ref(1))
	if diff := cmp.Diff(want, got, same); err != nil || diff != "" {
		t.Errorf("from the book: %v\n%s", err, diff)
	}
	if _, err := w.Lookup(t.Context(), ref(2)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown reference: %v", err)
	}
}

func TestRecord_repeatsAnswerTheFirstReferenceForAnHour(t *testing.T) {
	w := newWorld()
	w.Record(denied(1))
	for n := uint64(2); n <= 5; n++ {
		if n == 4 {
			w.flush(t) // written or not makes no difference
		}
		if got := w.Record(denied(n)); got != ref(1) {
			t.Errorf("repeat %d answers %v, want the first", n, got)
		}
	}
	w.flush(t)
	w.flush(t)
	if got := w.book.count(ref(1)); got != 5 || w.book.len() != 1 {
		t.Errorf("%d rows, the first counts %d; want 1 that counts 5", w.book.len(), got)
	}
	if c, _ := w.Lookup(t.Context(), ref(1)); c.Count != 5 {
		t.Errorf("looked up: count %d", c.Count)
	}
	late := denied(9)
	late.At = noon.Add(time.Hour)
	if got := w.Record(late); got != ref(9) {
		t.Errorf("after an hour: %v, want its own reference", got)
	}
	w.flush(t)
	if w.book.count(ref(9)) != 1 || w.book.count(ref(1)) != 5 {
		t.Error("a case after the hour is counted into the one before")
	}
}

func TestRecord_tellsCasesApart(t *testing.T) {
	for what, edit := range map[string]func(*docket.Case){
		"tenant":  func(c *docket.Case) { c.Tenant = nth[id.Tenant](2) },
		"client":  func(c *docket.Case) { c.Client = nth[id.Client](2) },
		"user":    func(c *docket.Case) { c.User = nth[id.User](2) },
		"method":  func(c *docket.Case) { c.Method = "query_users" },
		"proof":   func(c *docket.Case) { c.Proven = false },
		"codes":   func(c *docket.Case) { c.Findings = []refusal.Finding{{Code: refusal.TenantMismatch}} },
		"another": func(c *docket.Case) { c.Findings = append(c.Findings, refusal.Finding{Code: refusal.TenantMismatch}) },
	} {
		w := newWorld()
		w.Record(denied(1))
		other := denied(2)
		edit(&other)
		if got := w.Record(other); got != ref(2) {
			t.Errorf("another %s is taken for a repeat", what)
		}
	}
	w := newWorld()
	w.Record(denied(1))
	other := denied(2)
	other.Findings[0].Got, other.Path = "something else", "/api/3.5/sites"
	if got := w.Record(other); got != ref(1) {
		t.Error("the same codes for the same caller and method are not taken for a repeat")
	}
}

func TestRecord_everyReferenceGivenOutIsFound(t *testing.T) {
	// Two nodes, and one of them started again, see the same refusal within the hour.
	b := newBook()
	for n := range uint64(3) {
		d := docket.New(docket.Config{Store: b, Clock: clock.NewFake(noon), Log: slog.New(slog.DiscardHandler)})
		if got := d.Record(denied(n + 1)); got != ref(n+1) {
			t.Fatalf("node %d answers %v", n, got)
		}
		if err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for n := range uint64(3) {
		if b.count(ref(n+1)) != 1 {
			t.Errorf("the reference that node %d answered leads nowhere", n)
		}
	}
}

func TestRecord_withoutTenantStandsInARing(t *testing.T) {
	w := newWorld(func(c *docket.Config) { c.Ring = 3 })
	nameless := func(n uint64) docket.Case {
		return docket.Case{Reference: ref(n), At: noon, Door: "tableau", Method: "POST",
			Findings: []refusal.Finding{{Code: refusal.AssertionUnreadable, Why: refusal.Why{Flaw: refusal.WrongDots, Got: fmt.Sprint(n)}}}}
	}
	for n := uint64(1); n <= 4; n++ {
		if got := w.Record(nameless(n)); got != ref(n) {
			t.Errorf("case %d answers %v; of a stranger only equal cases are repeats", n, got)
		}
	}
	again := nameless(4)
	again.Reference = ref(5)
	if got := w.Record(again); got != ref(4) {
		t.Errorf("an equal case answers %v", got)
	}
	w.flush(t)
	if w.book.tends != 0 {
		t.Error("a case without tenant is written")
	}
	if _, err := w.Lookup(t.Context(), ref(1)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the oldest of four in a ring of three: %v", err)
	}
	if c, err := w.Lookup(t.Context(), ref(4)); err != nil || c.Count != 2 || c.Findings[0].Why.Got != "4" {
		t.Errorf("the newest: %+v, %v", c, err)
	}
}

func TestA206_aFloodIsBoundedAndLoggedOnce(t *testing.T) {
	var w *world
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(func(c *docket.Config) { c.Recent = 100 })
		full := errors.New("disk is full")
		w.book.failing(func(store.Refusal) error { return full })
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { w.Run(ctx) })
		for n := range uint64(1000) {
			c := denied(n + 1)
			c.User = nth[id.User](n + 1)
			if got := w.Record(c); got != ref(n+1) {
				t.Fatalf("case %d answers %v", n, got)
			}
		}
		time.Sleep(30*time.Second + time.Second/2) // between two writings, since one that succeeds in part drops what failed
		w.book.failing(nil)
		time.Sleep(2 * time.Second)
		stop()
		run.Wait()
	})
	if got := w.book.len(); got != 100 {
		t.Errorf("%d rows, want the 100 that there was room for", got)
	}
	if got := strings.Count(w.log.String(), "\n"); got != 1 {
		t.Errorf("%d lines in the log, want 1:\n%s", got, w.log)
	}
	if !strings.Contains(w.log.String(), "dropped=900") {
		t.Errorf("the log does not say how many were dropped:\n%s", w.log)
	}
}

func TestFlush_oneThatCannotBeWrittenKeepsNoOthersOut(t *testing.T) {
	w := newWorld()
	gone := nth[id.Tenant](7)
	w.book.fails = func(r store.Refusal) error {
		if r.Tenant == gone {
			return store.ErrNotFound
		}
		return nil
	}
	for n := range uint64(10) {
		c := denied(n + 1)
		c.User = nth[id.User](n + 1)
		if n == 4 {
			c.Tenant = gone
		}
		w.Record(c)
	}
	w.flush(t)
	if got := w.book.len(); got != 9 {
		t.Errorf("%d rows, want 9", got)
	}
	w.book.tends = 0
	w.flush(t)
	if w.book.tends != 0 {
		t.Error("what can never be written is tried again")
	}
}

func TestFlush_isTriedAgainWhereTheStoreIsBusy(t *testing.T) {
	w := newWorld()
	w.Record(denied(1))
	w.book.fails = func(store.Refusal) error { return store.ErrOverloaded }
	if err := w.Flush(t.Context()); !errors.Is(err, store.ErrOverloaded) {
		t.Errorf("Flush = %v", err)
	}
	w.Record(denied(2))
	w.book.fails = nil
	w.flush(t)
	if got := w.book.count(ref(1)); got != 2 {
		t.Errorf("the row counts %d, want 2", got)
	}
}

func TestRecord_keepsNoQueryAndNothingLong(t *testing.T) {
	w := newWorld()
	c := denied(1)
	c.Path = "/api/3.4/sites?token=canary"
	c.Findings[0].Got = strings.Repeat("x", 1<<20) + "\x1b[31m"
	for range 10_000 {
		c.Granted = append(c.Granted, "scope\n")
		c.Findings = append(c.Findings, refusal.Finding{Code: refusal.ScopeUnknown, Scope: "\x00"})
	}
	w.Record(c)
	w.flush(t)
	verdict := string(w.book.rows[ref(1)].Verdict)
	if strings.Contains(verdict, "canary") || strings.Contains(verdict, "\\u001b") || len(verdict) > 20_000 {
		t.Errorf("the book keeps %d bytes: %.300s", len(verdict), verdict)
	}
	c.Findings[0].Code = refusal.NoScopes // the caller's slice is its own again
	if got, _ := w.Lookup(t.Context(), ref(1)); got.Findings[0].Code != refusal.ScopeNotGranted {
		t.Error("the book shares the caller's slice")
	}
}

func TestDocket_manyAtOnceLoseNothing(t *testing.T) {
	w := newWorld()
	ctx, stop := context.WithCancel(t.Context())
	var run, all sync.WaitGroup
	run.Go(func() { w.Run(ctx) })
	for g := range uint64(8) {
		all.Go(func() {
			for n := range uint64(500) {
				c := denied(1 + g*1000 + n)
				c.User = nth[id.User](n%50 + 1)
				w.Record(c)
				if n%100 == 0 {
					w.Flush(t.Context())
				}
			}
		})
	}
	all.Wait()
	stop()
	run.Wait()
	total := 0
	for _, r := range w.book.rows {
		total += r.Count
	}
	if total != 4000 || w.book.len() != 50 {
		t.Errorf("%d refusals in %d rows, want 4000 in 50", total, w.book.len())
	}
}

func BenchmarkRecord(b *testing.B) {
	w := newWorld()
	c := denied(1)
	b.ReportAllocs()
	for b.Loop() {
		w.Record(c)
	}
}
