package feed

import (
	"slices"

	"prokura/internal/store"
)

// watch signals that a record may have changed.
type watch struct {
	name   store.RecordName
	signal chan struct{}
}

// Watch is signalled when a change names the record, or when memory had to load everything anew.
func (m *Memory) Watch(name store.RecordName) <-chan struct{} {
	w := &watch{name, make(chan struct{}, 1)}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.caches = append(slices.Clip(m.caches), w)
	return w.signal
}

func (w *watch) drop(names []store.RecordName) {
	if slices.Contains(names, w.name) {
		w.wipe()
	}
}

func (w *watch) wipe() {
	select {
	case w.signal <- struct{}{}:
	default: // it is signalled already
	}
}
