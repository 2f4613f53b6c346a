package gateway

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"prokura/internal/clock"
	"prokura/internal/refusal"
)

// watch looks after an exchange that lasts. Short ones only pay for setting and stopping one timer: no deadline is set
// on a connection unless it is to be cut, or the server's own has to give way to the watch.
type watch struct {
	moved atomic.Uint32 // pieces of a body, in either direction
	phase atomic.Uint32

	mu      sync.Mutex
	over    bool          // held: mu; the connection is no longer ours
	ticked  bool          // held: mu
	severed bool          // held: mu; nothing more is read from the client
	timer   *time.Timer   // held: mu
	seen    uint32        // held: mu
	still   time.Duration // held: mu; since something was seen to move
	checked time.Duration // held: mu; since the caller was last asked after
}

// The phases of an exchange. An upstream may answer while the body is being sent.
const (
	sending  = iota
	awaiting // the request is sent; the transport bounds the wait for the answer
	answering
)

// sent ends the first phase.
func (w *watch) sent() { w.phase.CompareAndSwap(sending, awaiting) }

// answered begins the last one.
func (w *watch) answered() { w.phase.Store(answering) }

// cutError is why a watch ended an exchange. Without an error inside, it was the client who did not move.
type cutError struct{ err error }

// Error says why.
func (c *cutError) Error() string {
	if c.err == nil {
		return "the client neither sends nor receives"
	}
	return c.err.Error()
}

// wasCut is why the watch ended the exchange; nil if it did not.
func (ex *exchange) wasCut() *cutError {
	cut, _ := context.Cause(ex.context).(*cutError)
	return cut
}

// interval is the time between two looks.
func (ex *exchange) interval() time.Duration {
	return max(time.Millisecond, min(ex.route.Timeouts.Stall/2, ex.gateway.recheck))
}

func (w *watch) start(ex *exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(ex.interval(), ex.look)
}

// look is called by the timer.
func (ex *exchange) look() {
	w := &ex.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	if !w.ticked {
		// From here on it counts that bytes move, not how long it takes.
		w.ticked = true
		_ = http.NewResponseController(ex.client).SetReadDeadline(time.Time{})
		_ = http.NewResponseController(ex.client).SetWriteDeadline(time.Time{})
	}
	step := ex.interval()
	if moved := w.moved.Load(); moved != w.seen || w.phase.Load() == awaiting {
		w.seen, w.still = moved, 0
	} else if w.still += step; w.still >= ex.route.Timeouts.Stall {
		cut := &cutError{}
		if !ex.upload.waiting.Load() && !ex.download.waiting.Load() {
			cut.err = refusal.New(refusal.Finding{Code: refusal.UpstreamTimeout})
		}
		ex.cut(cut)
		return
	}
	if w.checked += step; w.checked >= ex.gateway.recheck {
		w.checked = 0
		if err := ex.gateway.access.Still(ex.pass.Caller); err != nil {
			ex.cut(&cutError{err})
			return
		}
	}
	w.timer.Reset(step)
}

// cut ends the exchange: the upstream's side by its context, the client's by deadlines that have passed. An answer that
// did not begin yet can still be a refusal. Held: watch.mu.
func (ex *exchange) cut(why *cutError) {
	ex.cancel(why)
	c := http.NewResponseController(ex.client)
	past := time.Unix(1, 0)
	if ex.upload.body != nil {
		_ = c.SetReadDeadline(past)
		ex.watch.severed = true
	}
	if ex.download.started.Load() {
		_ = c.SetWriteDeadline(past)
	} else {
		_ = c.SetWriteDeadline(shortly())
	}
}

// shortly is when an exchange that is over must be done with: with answering, with flushing what is buffered, with
// reading what is left. Deadlines of connections run on the machine's clock, whatever clock decisions are made by.
func shortly() time.Time { return clock.System{}.Now().Add(10 * time.Second) }

// stop ends the watch. If the server's deadlines gave way, or there is something left to read, new ones bound what
// net/http does after the handler: flushing to a client that may not read, reading from one that may not send.
func (w *watch) stop(ex *exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
	if !w.ticked && !ex.unread() {
		return
	}
	c := http.NewResponseController(ex.client)
	if !w.severed { // or a read that waits could miss that its time was up
		_ = c.SetReadDeadline(shortly())
	}
	if w.ticked {
		_ = c.SetWriteDeadline(shortly())
	}
}
