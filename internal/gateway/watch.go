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

// pulse looks after the exchanges of one connection, which follow one another. While there are any it beats every so often,
// and what is under way at a beat is looked at; most exchanges are over before the next one and pay for no timer.
type pulse struct {
	mu      sync.Mutex
	timer   *time.Timer   // held: mu; nil before the first exchange
	step    time.Duration // held: mu; from the last beat to the next; zero: there is none
	current *exchange     // held: mu; nil: none, and the connection is not ours
}

// begin puts an exchange under the watch.
func (p *pulse) begin(ex *exchange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = ex
	if step := ex.interval(); p.step == 0 || step < p.step {
		ex.watch.whole = true
		p.set(step)
	}
}

// set has it beat once more. Held: mu.
func (p *pulse) set(step time.Duration) {
	p.step = step
	if p.timer == nil {
		p.timer = time.AfterFunc(step, p.beat)
	} else {
		p.timer.Reset(step)
	}
}

// beat is called by the timer.
func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	ex, step := p.current, p.step
	p.step = 0
	if ex != nil && ex.look(step) {
		p.set(ex.interval())
	}
}

// watch is what is known of an exchange that lasts. No deadline is set on a connection unless it is to be cut, or the
// server's own has to give way to the watch.
type watch struct {
	pulse *pulse
	moved atomic.Uint32 // pieces of a body, in either direction
	phase atomic.Uint32

	whole   bool          // held: pulse.mu; the exchange lasted for all of the step to the next beat
	ticked  bool          // held: pulse.mu
	severed bool          // held: pulse.mu; nothing more is read from the client
	seen    uint32        // held: pulse.mu
	still   time.Duration // held: pulse.mu; since something was seen to move
	checked time.Duration // held: pulse.mu; since the caller was last asked after, or longer
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

// look judges an exchange at a beat, a step after the one before, and answers whether it goes on. Held: watch.pulse.mu.
func (ex *exchange) look(step time.Duration) bool {
	w := &ex.watch
	whole := w.whole
	w.whole = true
	if !w.ticked {
		// From here on it counts that bytes move, not how long it takes.
		w.ticked = true
		_ = http.NewResponseController(ex.client).SetReadDeadline(time.Time{})
		_ = http.NewResponseController(ex.client).SetWriteDeadline(time.Time{})
	}
	if moved := w.moved.Load(); moved != w.seen || w.phase.Load() == awaiting || !whole {
		w.seen, w.still = moved, 0
	} else if w.still += step; w.still >= ex.route.Timeouts.Stall {
		cut := &cutError{}
		if !ex.upload.waiting.Load() && !ex.download.waiting.Load() {
			cut.err = refusal.New(refusal.Finding{Code: refusal.UpstreamTimeout})
		}
		ex.cut(cut)
		return false
	}
	if w.checked += step; w.checked >= ex.gateway.recheck {
		w.checked = 0
		if err := ex.gateway.access.Still(ex.pass.Caller); err != nil {
			ex.cut(&cutError{err})
			return false
		}
	}
	return true
}

// cut ends the exchange: the upstream's side by its context, the client's by deadlines that have passed. An answer that
// did not begin yet can still be a refusal. Held: watch.pulse.mu.
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
	p := w.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = nil
	if ex.ending || ex.in.Close { // else the next exchange of the connection finds it beating
		p.timer.Stop()
		p.step = 0
	}
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
