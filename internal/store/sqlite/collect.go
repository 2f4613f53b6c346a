package sqlite

import (
	"runtime"
	"time"
)

// maxGroup is how many members share one transaction at most: enough that a commit costs each of them little, and few
// enough that the first is not kept waiting for the last.
const maxGroup = 64

// patience is how long a group waits for callers who were here a moment ago and are likely to come again. A commit costs
// far more than a member: two groups that take turns pay it twice. Who is alone never waits.
type patience struct {
	each time.Duration // for the next of them
	all  time.Duration // from when it first had to wait
}

var usualPatience = patience{each: 500 * time.Microsecond, all: 5 * time.Millisecond}

// collect adds to the group those who wait already. It lets the other goroutines run first: the callers of the last
// group have just been answered, and are about to ask again.
func (w *writer) collect(group []*member) []*member {
	var end *time.Timer
	for len(group) < maxGroup {
		runtime.Gosched()
		before := len(group)
		for len(group) < maxGroup && len(w.queue) > 0 {
			group = append(group, <-w.queue)
		}
		if len(group) > before {
			continue
		}
		if len(group) >= w.callers {
			return group
		}
		if end == nil {
			end = time.NewTimer(w.patience.all)
			defer end.Stop()
		}
		m := w.await(end)
		if m == nil {
			return group
		}
		group = append(group, m)
	}
	return group
}

// await is who comes next; nil if nobody does in time.
func (w *writer) await(end *time.Timer) *member {
	next := time.NewTimer(w.patience.each)
	defer next.Stop()
	select {
	case m := <-w.queue: // nil: it is closed
		return m
	case <-next.C:
	case <-end.C:
	}
	return nil
}
