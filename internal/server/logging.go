package server

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeats is how often a minute one warning or error is logged. Whoever can make us fail, such as everybody who signs in
// while the database is away, could fill the disk with it otherwise (A206).
const repeats = 20

// sampled passes on what is logged, but of each warning and error only so many a minute; the first one after that says
// how many were left out. Messages are constants, so that there are few.
type sampled struct {
	slog.Handler
	seen *seen
}

// seen is shared by the handlers that were made of one.
type seen struct {
	mu       sync.Mutex
	messages map[string]*sample // held: mu
}

type sample struct {
	from    time.Time
	n, left int // logged since then, and left out
}

// sampling makes a handler that samples.
func sampling(h slog.Handler) slog.Handler {
	return sampled{h, &seen{messages: map[string]*sample{}}}
}

// Handle passes a record on, or counts it.
func (s sampled) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		left, ok := s.seen.take(r.Message, r.Time)
		if !ok {
			return nil
		}
		if left > 0 {
			r = r.Clone()
			r.AddAttrs(slog.Int("left_out", left))
		}
	}
	return s.Handler.Handle(ctx, r)
}

// take says whether a message is logged, and how many like it were not.
func (s *seen) take(message string, at time.Time) (left int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[message]
	if m == nil {
		m = &sample{from: at}
		s.messages[message] = m
	}
	if at.Sub(m.from) >= time.Minute {
		left = m.left
		*m = sample{from: at}
	}
	if m.n == repeats {
		m.left++
		return 0, false
	}
	m.n++
	return left, true
}

// WithAttrs is the handler with attributes.
func (s sampled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return sampled{s.Handler.WithAttrs(attrs), s.seen}
}

// WithGroup is the handler with a group.
func (s sampled) WithGroup(name string) slog.Handler {
	return sampled{s.Handler.WithGroup(name), s.seen}
}
