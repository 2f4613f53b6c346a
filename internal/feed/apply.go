package feed

import (
	"prokura/internal/mark"
	"prokura/internal/store"
)

// learn takes in what changes say. It comes before the number moves over them, so that whoever reads the number finds
// no record that is older than it. To learn a change twice does no harm (A211).
func (m *Memory) learn(changes []store.Change) {
	var marks []mark.Mark
	var names []store.RecordName
	for i := range changes {
		c := &changes[i]
		if c.Mark != nil {
			marks = append(marks, *c.Mark)
		}
		if c.Record != "" {
			names = append(names, c.Record)
		}
	}
	m.marks.Add(marks...)
	if len(names) == 0 {
		return
	}
	for _, c := range m.droppers() {
		c.drop(names)
	}
}

// reload takes in the whole list of marks, where the changes since the last number cannot be had any more. Which
// records changed is not known then, so all are forgotten.
func (m *Memory) reload(marks []mark.Mark, head mark.Number) {
	m.marks.Begin(head.Epoch)
	m.marks.Add(marks...)
	for _, c := range m.droppers() {
		c.wipe()
	}
}

func (m *Memory) droppers() []dropper {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.caches // only ever appended to
}

// committed hears this process's own changes, a transaction or a group of them at a time. Whoever made them is
// answered only after it returns.
func (m *Memory) committed(changes []store.Change) {
	if len(changes) == 0 {
		return
	}
	last := changes[len(changes)-1].Number
	m.learn(changes)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.change(func(s *state) {
		if s.own.Before(last) {
			s.own = last
		}
		switch {
		case !s.loaded || s.older || !s.at.Before(last):
		case m.local:
			m.marks.Begin(last.Epoch)
			s.at = last
		case contiguous(s.at, changes):
			// The number moves over all of them at once: it never stands inside a transaction.
			s.at = last
		}
	})
}

// contiguous says whether changes go on without a gap from a number that is known.
func contiguous(after mark.Number, changes []store.Change) bool {
	for i := range changes {
		n := changes[i].Number
		switch {
		case n.Epoch != after.Epoch:
			return false
		case n.N <= after.N: // known already
		case n.N != after.N+1:
			return false
		default:
			after = n
		}
	}
	return true
}
