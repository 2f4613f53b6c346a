package docket

import (
	"container/list"
	"time"

	"prokura/internal/id"
)

// entry is a case in memory. All but c, fp and size is held by the docket's mutex.
type entry struct {
	c         Case
	fp        [32]byte
	size      int
	count     int // how often it came
	last      time.Time
	unwritten int  // how often of them the book does not know
	queued    bool // it stands in the list of what must be written
}

// newEntry copies the case, bounded and fit to be shown.
func newEntry(c *Case, fp [32]byte) *entry {
	e := &entry{c: bounded(c), fp: fp}
	e.size = size(&e.c)
	return e
}

// shelf holds cases, bounded in number and bytes. For a new one the oldest go, but none that must still be written.
type shelf struct {
	max, maxBytes, bytes int
	byPrint              map[[32]byte]*entry
	byRef                map[id.Reference]*entry
	order                *list.List // of *entry, oldest first
}

func newShelf(max, maxBytes int) *shelf {
	return &shelf{max: max, maxBytes: maxBytes, byPrint: map[[32]byte]*entry{}, byRef: map[id.Reference]*entry{}, order: list.New()}
}

// put says whether there was room.
func (s *shelf) put(e *entry) bool {
	for old := s.order.Front(); s.order.Len() >= s.max || s.bytes+e.size > s.maxBytes; {
		if old == nil {
			return false
		}
		next := old.Next()
		if old.Value.(*entry).unwritten == 0 {
			s.remove(old)
		}
		old = next
	}
	s.bytes += e.size
	s.byPrint[e.fp], s.byRef[e.c.Reference] = e, e
	s.order.PushBack(e)
	return true
}

func (s *shelf) remove(at *list.Element) {
	e := s.order.Remove(at).(*entry)
	s.bytes -= e.size
	// A later case may stand under the same fingerprint by now.
	if s.byPrint[e.fp] == e {
		delete(s.byPrint, e.fp)
	}
	if s.byRef[e.c.Reference] == e {
		delete(s.byRef, e.c.Reference)
	}
}
