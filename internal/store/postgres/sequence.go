package postgres

import "sync"

// sequence tells of commits in the order of their numbers. Places are taken in that order, while the lock on the feed's
// head is held; commits are then answered to many goroutines, in any order.
type sequence struct {
	mu     sync.Mutex
	places []*place // held: mu; in order, those of which was not told yet
}

type place struct {
	settled bool   // held: mu
	tell    func() // nil: the transaction did not commit
	told    chan struct{}
}

func (s *sequence) enter() *place {
	p := &place{told: make(chan struct{})}
	s.mu.Lock()
	s.places = append(s.places, p)
	s.mu.Unlock()
	return p
}

// leave settles a place, and returns when everything up to it was told.
func (s *sequence) leave(p *place, tell func()) {
	s.mu.Lock()
	p.settled, p.tell = true, tell
	for len(s.places) > 0 && s.places[0].settled {
		first := s.places[0]
		s.places = s.places[1:]
		if first.tell != nil {
			first.tell()
		}
		close(first.told)
	}
	s.mu.Unlock()
	<-p.told
}
