package mark

import (
	"sync"
	"sync/atomic"
	"time"

	"prokura/internal/scope"
)

// Kept is how much longer than its last token a mark is kept, so that no difference between two clocks brings a token
// back.
const Kept = time.Hour

// Judgment is what the marks have to say of one token.
type Judgment struct {
	Void bool      // nothing that the token says holds any more
	Lost scope.Set // what is taken away from it
}

// Set is the index over all marks that can still match a live token. It is safe for concurrent use.
//
// A mark is filed under one of the ids that it names, the one that the fewest tokens share, so that a judgment looks
// at one short list for each id of the token, however many marks there are. Signing out, the one mark that is traffic,
// has a form of its own of 32 bytes.
//
// All marks of a set are of one epoch: what was made in an older one is void whatever it rests on.
type Set struct {
	generation atomic.Uint64
	signedOut  signOuts

	mu    sync.RWMutex
	epoch uint64                      // held: mu
	wide  [kinds]map[[16]byte][]entry // held: mu
	plans map[string][]entry          // held: mu
}

// entry is a mark as it is filed. Its epoch is the set's.
type entry struct {
	n       uint64
	subject Subject
	lost    scope.Set
	until   time.Time
}

// NewSet makes an empty set, which voids nothing.
func NewSet() *Set {
	s := &Set{plans: map[string][]entry{}}
	for k := range s.wide {
		s.wide[k] = map[[16]byte][]entry{}
	}
	return s
}

// Add files marks. Order does not matter and a mark may come again (A211). When it returns, every judgment that
// begins knows them, and Generation has moved.
func (s *Set) Add(marks ...Mark) {
	if len(marks) == 0 {
		return
	}
	var sessions []Mark
	s.mu.Lock()
	for i := range marks {
		s.begin(marks[i].Number.Epoch)
	}
	epoch := s.epoch
	for i := range marks {
		m := &marks[i]
		switch {
		case m.Number.Epoch < epoch: // it could match only what the epoch has voided already
		case onlySession(m):
			sessions = append(sessions, *m)
		default:
			s.file(m)
		}
	}
	s.mu.Unlock()
	s.signedOut.add(epoch, sessions)
	// Last, so that whoever reads the new generation judges with the new marks.
	s.generation.Add(1)
}

// Begin makes the epoch the set's, if it is newer: everything that older ones issued is void from here on.
func (s *Set) Begin(epoch uint64) {
	s.mu.Lock()
	began := s.begin(epoch)
	s.mu.Unlock()
	if began {
		s.generation.Add(1)
	}
}

// begin says whether a new epoch began. held: mu
func (s *Set) begin(epoch uint64) bool {
	if epoch <= s.epoch {
		return false
	}
	s.epoch = epoch
	clear(s.plans)
	for k := range s.wide {
		clear(s.wide[k])
	}
	s.signedOut.begin(epoch)
	return true
}

// file puts a mark where judgments look for it. held: mu
func (s *Set) file(m *Mark) {
	e := entry{n: m.Number.N, subject: m.Subject, lost: m.Lost, until: m.Until}
	kind, key := shelf(&m.Subject)
	if kind == plan {
		s.plans[m.Subject.Plan] = merge(s.plans[m.Subject.Plan], e)
		return
	}
	s.wide[kind][key] = merge(s.wide[kind][key], e)
}

// merge adds an entry to a list, or raises the one that says the same, so that a switch that is turned on and off all
// day costs one entry.
func merge(list []entry, e entry) []entry {
	for i := range list {
		old := &list[i]
		if old.subject == e.subject && old.lost.Equal(e.lost) {
			old.n = max(old.n, e.n)
			old.until = later(old.until, e.until)
			return list
		}
	}
	return append(list, e)
}

// later is the later of two ends; the zero time never comes.
func later(a, b time.Time) time.Time {
	if a.IsZero() || b.IsZero() {
		return time.Time{}
	}
	if a.Before(b) {
		return b
	}
	return a
}

// Generation moves with every change that can make a judgment stricter. A judgment made after reading it stands for
// as long as it does not move.
func (s *Set) Generation() uint64 { return s.generation.Load() }

// Judge answers what the marks take from a token that rests on these ids and was made from the state at. Unless more
// than one mark takes scopes from it, it allocates nothing.
func (s *Set) Judge(token *Subject, at Number) Judgment {
	var j Judgment
	s.mu.RLock()
	epoch := s.epoch
	if at.Epoch == epoch {
		for k := range s.wide {
			if len(s.wide[k]) == 0 {
				continue
			}
			j.weigh(s.wide[k][key(token, kind(k))], token, at.N)
		}
		if len(s.plans) > 0 {
			j.weigh(s.plans[token.Plan], token, at.N)
		}
	}
	s.mu.RUnlock()
	switch {
	case at.Epoch < epoch, !j.Void && s.signedOut.void(token.Session, at):
		j.Void = true
	}
	if j.Void {
		j.Lost = scope.Set{}
	}
	return j
}

func (j *Judgment) weigh(list []entry, token *Subject, n uint64) {
	for i := range list {
		e := &list[i]
		switch {
		case j.Void:
			return
		case n >= e.n || !e.subject.Covers(token):
		case e.lost.Len() == 0:
			j.Void = true
		case j.Lost.Len() == 0:
			j.Lost = e.lost
		default:
			j.Lost = j.Lost.Union(e.lost)
		}
	}
}

// Sweep forgets marks whose last token ended longer than Kept ago, and says how many.
func (s *Set) Sweep(now time.Time) int {
	dead := func(e entry) bool { return !e.until.IsZero() && e.until.Add(Kept).Before(now) }
	s.mu.Lock()
	n := sweep(s.plans, dead)
	for k := range s.wide {
		n += sweep(s.wide[k], dead)
	}
	s.mu.Unlock()
	return n + s.signedOut.sweep(now)
}

// Len is the number of marks held.
func (s *Set) Len() int {
	s.mu.RLock()
	n := 0
	for _, list := range s.plans {
		n += len(list)
	}
	for k := range s.wide {
		for _, list := range s.wide[k] {
			n += len(list)
		}
	}
	s.mu.RUnlock()
	return n + s.signedOut.len()
}
