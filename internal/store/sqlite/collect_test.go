package sqlite

import (
	"testing"
	"time"
)

// TestCollect holds a group together: who was here a moment ago is waited for, as long as that may take and no longer.
func TestCollect(t *testing.T) {
	const long = time.Hour
	for _, c := range []struct {
		name     string
		callers  int
		patience patience
		waiting  int // in the queue beside the first
		coming   int // once somebody waits for them
		want     int
	}{
		{"one who is alone waits for nobody", 1, patience{long, long}, 0, 0, 1},
		{"those who wait already come along", 1, patience{long, long}, 2, 0, 3},
		{"those who were here are waited for", 3, patience{long, long}, 0, 2, 3},
		{"some wait already, the others are waited for", 4, patience{long, long}, 2, 1, 4},
		{"a group that is full waits for nobody", 3, patience{long, long}, 2, 0, 3},
		{"nobody is waited for longer than for one", 3, patience{time.Microsecond, long}, 0, 0, 1},
		{"nor, all together, than for all", 3, patience{long, time.Microsecond}, 0, 0, 1},
		{"there is a most that share a transaction", 3 * maxGroup, patience{long, long}, maxGroup + 5, 0, maxGroup},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &writer{queue: make(chan *member, c.waiting), callers: c.callers, patience: c.patience}
			for range c.waiting {
				w.queue <- &member{}
			}
			go func() { // the queue is full until somebody reads from it
				for range c.coming {
					w.queue <- &member{}
				}
			}()
			if got := len(w.collect([]*member{{}})); got != c.want {
				t.Errorf("%d share the transaction, want %d", got, c.want)
			}
		})
	}
	t.Run("a queue that is closed holds up nobody", func(t *testing.T) {
		w := &writer{queue: make(chan *member), callers: 2, patience: patience{long, long}}
		close(w.queue)
		if got := len(w.collect([]*member{{}})); got != 1 {
			t.Errorf("%d share the transaction", got)
		}
	})
}
