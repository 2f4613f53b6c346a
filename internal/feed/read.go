package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

const (
	batch      = 1000
	sweepEvery = time.Minute
	warnEvery  = 60 // seconds
)

// round is one read of the database, shared by all who wait for it.
type round struct {
	done chan struct{}
	err  error
}

// Run reads the feed until the context ends: when the store wakes it, and every Poll. What fails is tried again. It runs
// once; when it returned, nothing is read any more.
func (m *Memory) Run(ctx context.Context) {
	poll := time.NewTicker(m.poll)
	defer poll.Stop()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	defer m.settle()
	woken := m.store.Woken()
	var ailing bool
	for {
		if err := m.Sync(ctx); ctx.Err() == nil {
			ailing = m.report(err, ailing)
		}
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		case _, open := <-woken:
			if !open {
				woken = nil
			}
		case <-sweep.C:
			m.marks.Sweep(m.steady())
		}
	}
}

// report logs when contact is lost for a third of the bound, and when it is found again (A210).
func (m *Memory) report(err error, ailing bool) bool {
	switch {
	case err == nil && ailing:
		m.log.Info("the feed of changes is read again", "head", m.Head().String())
		return false
	case err == nil || ailing:
		return ailing
	case errors.Is(err, ErrOlderDatabase):
		m.log.Error("nobody is let in: the database is older than what it has confirmed before", "head", m.Head().String(), "err", err)
		return true
	case !m.state.Load().loaded || m.age(m.state.Load()) > m.bound/3:
		m.log.Warn("the feed of changes cannot be read; calls are refused when that lasts", "bound", m.bound, "err", err)
		return true
	}
	return false
}

// settle ends the read under way and waits for it, so that the store can be closed.
func (m *Memory) settle() {
	m.end()
	for {
		m.mu.Lock()
		r := m.reading
		m.mu.Unlock()
		if r == nil {
			return
		}
		<-r.done
	}
}

// Sync returns when memory knows everything that was committed before the call: after one read that began after it.
// All who wait share that read, and there is never more than one under way. It refuses with revocations_stale where
// the read fails.
func (m *Memory) Sync(ctx context.Context) error {
	if s := m.state.Load(); m.local && s.loaded && !s.older {
		return nil
	}
	return m.sync(ctx)
}

func (m *Memory) sync(ctx context.Context) error {
	m.mu.Lock()
	r := m.next
	if r == nil {
		r = &round{done: make(chan struct{})}
		m.next = r
		if m.reading == nil {
			m.begin()
		}
	}
	m.mu.Unlock()
	select {
	case <-r.done:
	case <-ctx.Done():
		return fmt.Errorf("waiting for the feed: %w", ctx.Err())
	}
	if r.err != nil {
		return refusal.Because(refusal.RevocationsStale, r.err)
	}
	return nil
}

// begin lets the waiting round begin, under a context of its own: who asked first may leave, the others wait on.
// held: mu
func (m *Memory) begin() {
	r := m.next
	m.next, m.reading = nil, r
	go func() {
		r.err = m.read()
		m.mu.Lock()
		m.reading = nil
		if m.next != nil {
			m.begin()
		}
		m.mu.Unlock()
		close(r.done)
	}()
}

// Reach returns when memory knows the state of this number, which a token carries that is signed by us. A number that
// the database does not know proves that it lost commits: ErrOlderDatabase, inside a refusal.
func (m *Memory) Reach(ctx context.Context, n mark.Number) error {
	if !m.Head().Before(n) {
		return nil
	}
	if err := m.sync(ctx); err != nil {
		return err
	}
	head := m.Head()
	if !head.Before(n) {
		return nil
	}
	now, warned := m.clock.Now().Unix(), m.warned.Load()
	if now-warned >= warnEvery && m.warned.CompareAndSwap(warned, now) { // everybody may hold such a token (A206)
		m.log.Error("a token of ours is newer than the database", "token", n.String(), "head", head.String())
	}
	if m.beginEpoch != nil {
		if err := m.beginEpoch(ctx, n); err != nil {
			return refusal.Because(refusal.RevocationsStale, fmt.Errorf("beginning an epoch after %v: %w", n, err))
		}
		if err := m.sync(ctx); err != nil || !m.Head().Before(n) {
			return err
		}
	}
	return refusal.Because(refusal.RevocationsStale, fmt.Errorf("a token was made at %v, the head is %v: %w", n, head, ErrOlderDatabase))
}

// read brings memory up to the head that the database has when it begins.
func (m *Memory) read() error {
	began := m.clock.Now()
	// Taken before the head is read: own commits may move the number over that head meanwhile.
	before := m.state.Load()
	head, err := ask(m.life, m.bound/3, m.store.Head)
	switch {
	case err != nil:
		return fmt.Errorf("reading the head of the feed: %w", err)
	case !before.loaded || before.at.Epoch < head.Epoch:
		return m.readAll(began, before)
	case before.older || head.Before(before.at):
		return m.isOlder(before.at)
	}
	for from := before.at; from.Before(head); {
		changes, err := ask(m.life, m.bound/3, func(ctx context.Context) ([]store.Change, error) {
			return m.store.Changes(ctx, from, int(min(batch, head.N-from.N)))
		})
		switch {
		case errors.Is(err, store.ErrNotFound):
			return m.readAll(began, before)
		case err != nil:
			return fmt.Errorf("reading changes after %v: %w", from, err)
		case len(changes) == 0 || !contiguous(from, changes) || !from.Before(changes[len(changes)-1].Number):
			m.log.Warn("the feed of changes has a gap; everything is loaded anew", "after", from.String())
			return m.readAll(began, before)
		}
		m.learn(changes)
		from = changes[len(changes)-1].Number
	}
	// The head stands between transactions, so the number does too, even where one read ended inside of one.
	m.reached(head, began)
	return nil
}

// readAll loads every mark, at the start and where the reader fell behind the oldest kept change.
func (m *Memory) readAll(began time.Time, before *state) error {
	var head mark.Number
	marks, err := ask(m.life, 4*m.bound, func(ctx context.Context) (marks []mark.Mark, err error) {
		marks, head, err = m.store.Marks(ctx)
		return marks, err
	})
	switch {
	case err != nil:
		return fmt.Errorf("loading all marks: %w", err)
	case before.loaded && head.Before(before.at):
		return m.isOlder(before.at)
	}
	m.reload(marks, head)
	m.reached(head, began)
	return nil
}

func (m *Memory) reached(head mark.Number, began time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.change(func(s *state) {
		if m.local && head.Before(s.own) {
			head = s.own // committed while the head was read, and learned already
		}
		if s.at.Before(head) {
			s.at = head
		}
		s.loaded, s.older, s.seen = true, false, began
	})
}

// isOlder stops letting anybody in, and has an epoch begun where it may; the next read finds it.
func (m *Memory) isOlder(proof mark.Number) error {
	m.mu.Lock()
	m.change(func(s *state) { s.older = true })
	m.mu.Unlock()
	if m.beginEpoch == nil {
		return ErrOlderDatabase
	}
	_, err := ask(m.life, m.bound/3, func(ctx context.Context) (struct{}, error) { return struct{}{}, m.beginEpoch(ctx, proof) })
	return errors.Join(ErrOlderDatabase, err)
}

// ask puts one question to the database, which must not hang.
func ask[T any](life context.Context, limit time.Duration, question func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(life, limit)
	defer cancel()
	return question(ctx)
}
