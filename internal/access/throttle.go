package access

import (
	"context"
	"net/netip"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"prokura/internal/clock"
	"prokura/internal/refusal"
)

// throttle slows down addresses whose credentials fail to verify. What verifies is never counted, and callers whose
// tokens were seen before are never asked. Many programs can share an address, so that one which fails stops no other
// there: addresses that used up their failures are served one at a time, and what succeeds is answered (A105).
type throttle struct {
	clock     clock.Clock
	perMinute int
	failing   *otter.Cache[netip.Addr, *rate.Limiter]
	lane      chan struct{} // whoever is served of those addresses
}

// watchedAddresses bounds how many addresses are remembered.
const watchedAddresses = 50_000

// newThrottle allows each address so many failures a minute; zero sets no limit.
func newThrottle(c clock.Clock, perMinute int) (*throttle, error) {
	cache, err := otter.New(&otter.Options[netip.Addr, *rate.Limiter]{MaximumSize: watchedAddresses})
	if err != nil {
		return nil, err
	}
	return &throttle{clock: c, perMinute: perMinute, failing: cache, lane: make(chan struct{}, 1)}, nil
}

// try runs what may fail to verify, counts it for the address if it did, and answers that failure only while the address
// has failures left.
func (t *throttle) try(ctx context.Context, remote string, do func() *Refused) *Refused {
	slow := t.exhausted(remote)
	if slow {
		if r := takeTurn(ctx, t.lane, refusal.TooManyRequests); r != nil {
			return r
		}
		defer func() { <-t.lane }()
	}
	r := do()
	if r == nil || !r.denied() {
		return r
	}
	t.failed(remote)
	if slow {
		return refuseWith(refusal.Finding{Code: refusal.TooManyRequests}, r)
	}
	return r
}

// exhausted says whether the address has used up its failures.
func (t *throttle) exhausted(remote string) bool {
	if t.perMinute == 0 {
		return false
	}
	l, ok := t.failing.GetIfPresent(network(remote))
	return ok && l.TokensAt(t.clock.Now()) < 1
}

// failed counts a failure.
func (t *throttle) failed(remote string) {
	if t.perMinute == 0 {
		return
	}
	key := network(remote)
	l, ok := t.failing.GetIfPresent(key)
	if !ok {
		l, _ = t.failing.SetIfAbsent(key, rate.NewLimiter(rate.Limit(float64(t.perMinute)/60), t.perMinute))
	}
	l.AllowN(t.clock.Now(), 1)
}

// network is what one subscriber has: an IPv4 address, or an IPv6 /64. What is no address is counted together.
func network(remote string) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}
