package directory

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"prokura/internal/clock"
	"prokura/internal/refusal"
)

// throttle slows down who guesses passwords. It counts by login and network, by network, and by browsers that the person
// used before, and by nothing else: a login as such is never locked, so that guesses from elsewhere keep nobody out (A180).
// Every attempt is counted before its password is checked, and taken back when that was right, so that attempts side by side
// gain nothing.
type throttle struct {
	clock clock.Clock
	mu    sync.Mutex
	seen  *otter.Cache[[32]byte, *tally] // held: mu
}

// tally is what is remembered of one key.
type tally struct {
	failures int
	last     time.Time
	until    time.Time // nothing is tried before
}

// lane says how many failures are free, and how long is waited after each further one: a second, doubled every time.
type lane struct {
	kind    string
	free    int
	longest time.Duration
}

// The lanes. Many people can share a network, so that it has the most patience.
var (
	byLogin   = lane{"login", 5, time.Minute}
	byNetwork = lane{"network", 100, 15 * time.Second}
	byDevice  = lane{"device", 10, time.Minute}
	byMail    = lane{"mail", 3, 15 * time.Minute} // links asked for, whose mails somebody gets
)

const (
	// watched bounds how many keys are remembered.
	watched = 100_000
	// forgotten is how long after the last failure a key begins anew.
	forgotten = time.Hour
)

func newThrottle(c clock.Clock) *throttle {
	// The options are ours and have no flaw that New would find.
	cache := otter.Must(&otter.Options[[32]byte, *tally]{MaximumSize: watched})
	return &throttle{clock: c, seen: cache}
}

// key is one thing that is counted in a lane.
type key struct {
	lane
	of string
}

func (k key) sum() [32]byte { return sha256.Sum256([]byte(k.kind + "\x00" + k.of)) }

// take counts an attempt under all keys, or under none and refuses, where one of them must wait.
func (t *throttle) take(keys ...key) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	var wait time.Duration
	for _, k := range keys {
		if e, ok := t.seen.GetIfPresent(k.sum()); ok {
			wait = max(wait, e.until.Sub(now))
		}
	}
	if wait > 0 {
		return refusal.New(refusal.Finding{Code: refusal.LoginThrottled, Want: strconv.Itoa(int((wait + time.Second - 1) / time.Second))})
	}
	for _, k := range keys {
		t.count(k, now)
	}
	return nil
}

// held: mu
func (t *throttle) count(k key, now time.Time) {
	sum := k.sum()
	e, ok := t.seen.GetIfPresent(sum)
	if !ok {
		e = &tally{}
		t.seen.Set(sum, e)
	}
	if now.Sub(e.last) > forgotten {
		*e = tally{}
	}
	e.failures++
	e.last = now
	if over := e.failures - k.free; over >= 0 {
		e.until = now.Add(min(k.longest, time.Second<<min(over, 20)))
	}
}

// forget begins the key anew.
func (t *throttle) forget(k key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen.Invalidate(k.sum())
}

// giveBack takes one attempt back: it was right. What others earned stays.
func (t *throttle) giveBack(k key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.seen.GetIfPresent(k.sum()); ok && e.failures > 0 {
		e.failures--
		if e.failures < k.free {
			e.until = time.Time{}
		}
	}
}

// RetryAfter is how long to wait where a login was throttled, and zero elsewhere.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*refusal.Error](err); ok && e.First().Code == refusal.LoginThrottled {
		n, _ := strconv.Atoi(e.First().Want)
		return time.Duration(n) * time.Second
	}
	return 0
}

// network is what one subscriber has: an IPv4 address, or an IPv6 /64. What is no address is counted together.
func network(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// inNetwork is the key of a login and a network.
func inNetwork(login, net string) string { return fmt.Sprintf("%q %s", login, net) }
