package registry

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"sync"
	"time"

	"prokura/internal/id"
	"prokura/internal/redirect"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// The kinds of tallies beside the codes of refusals.
const (
	TallyInstall   = "install"
	TallyUninstall = "uninstall"
)

const (
	flushEvery = time.Second
	// maxWaiting bounds how many rows wait to be written, over all clients. Beyond it what is new is not counted: these
	// counts are for looking, and a flood must fill neither the memory nor the writer's time. For what users installed, which
	// nobody floods without a login, there is as much room again.
	maxWaiting = 2_000
)

// counting holds what was seen since the last flush: one entry for a client and distinct URL, one for a client, day and kind.
type counting struct {
	log *slog.Logger

	mu      sync.Mutex
	urls    map[urlKey]*store.InstallURL // held: mu
	of      map[id.Client]int            // held: mu; how many of urls are a client's
	tallies map[tallyKey]int             // held: mu
	skipped int                          // held: mu; what found no place
}

type urlKey struct {
	client id.Client
	sum    [32]byte
}

type tallyKey struct {
	client id.Client
	day    time.Time
	kind   string
}

// NoteInstallURL notes that somebody opened an install URL of a client. It takes what was sent, of which the redirect URI was
// proven to be registered; the port of a loopback address does not tell one URL from another. Nothing is written now: a
// million requests that nobody finishes leave one row for each distinct URL, and at most [store.MaxInstallURLs] of a client.
func (r *Registry) NoteInstallURL(c *store.Client, redirectURI, scopes, optional string) {
	r.noteURL(c, redirectURI, scopes, optional, false)
}

// NoteInstalled notes that a user installed a client from an install URL that was noted when it was opened. However many are made up
// that nobody installs from, this one is remembered.
func (r *Registry) NoteInstalled(c *store.Client, redirectURI, scopes, optional string) {
	r.noteURL(c, redirectURI, scopes, optional, true)
}

func (r *Registry) noteURL(c *store.Client, redirectURI, scopes, optional string, installed bool) {
	uri, ok := redirect.Registered(c.Registration.RedirectURIs, redirectURI)
	if !ok || len(scopes) > scope.MaxListLength || len(optional) > scope.MaxListLength {
		return
	}
	key, now := urlKey{c.ID, sumOf(uri, scopes, optional)}, r.now()
	n := r.counting
	n.mu.Lock()
	defer n.mu.Unlock()
	u, ok := n.urls[key]
	if !ok {
		if full := n.of[c.ID] >= store.MaxInstallURLs || len(n.urls) >= maxWaiting; full && !installed || len(n.urls) >= 2*maxWaiting {
			n.skipped++
			return
		}
		if n.urls == nil {
			n.urls, n.of = map[urlKey]*store.InstallURL{}, map[id.Client]int{}
		}
		u = &store.InstallURL{Client: c.ID, Sum: key.sum, RedirectURI: uri, Scope: scopes, Optional: optional, First: now}
		n.urls[key] = u
		n.of[c.ID]++
	}
	u.Last = now
	if installed {
		u.Installed = now
	} else {
		u.Count++
	}
}

// Tally counts an event of a client: [TallyInstall], [TallyUninstall], or the code of a refusal.
func (r *Registry) Tally(client id.Client, kind string) {
	day := r.now().Truncate(24 * time.Hour)
	n := r.counting
	n.mu.Lock()
	defer n.mu.Unlock()
	key := tallyKey{client, day, kind}
	if _, ok := n.tallies[key]; !ok && len(n.tallies) >= maxWaiting {
		n.skipped++
		return
	}
	if n.tallies == nil {
		n.tallies = map[tallyKey]int{}
	}
	n.tallies[key]++
}

// Run writes what was counted each second, and once more when the context ends.
func (r *Registry) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			r.flush(last)
			return
		case <-tick.C:
			r.flush(ctx)
		}
	}
}

// flush writes and says so where it cannot.
func (r *Registry) flush(ctx context.Context) {
	if err := r.Flush(ctx); err != nil {
		r.counting.log.WarnContext(ctx, "counts of install URLs were not written", "cause", err)
	}
}

// Flush writes what was counted. What cannot be written is lost: it is a count, and nobody's access rests on it.
func (r *Registry) Flush(ctx context.Context) error {
	n := r.counting
	n.mu.Lock()
	urls, tallies, skipped := n.urls, n.tallies, n.skipped
	n.urls, n.of, n.tallies, n.skipped = nil, nil, nil, 0
	n.mu.Unlock()
	if skipped > 0 {
		n.log.WarnContext(ctx, "some install URLs were not counted: there were too many", "skipped", skipped)
	}
	const batch = 50 // the writer's turn is short, so that sign-ins do not wait for counts
	var acts []func(store.Upkeep) error
	for _, u := range urls {
		acts = append(acts, func(up store.Upkeep) error { return up.CountInstallURL(*u) })
	}
	for k, count := range tallies {
		acts = append(acts, func(up store.Upkeep) error {
			return up.AddTally(store.Tally{Client: k.client, Day: k.day, Kind: k.kind, Count: count})
		})
	}
	for len(acts) > 0 {
		some := acts[:min(len(acts), batch)]
		acts = acts[len(some):]
		err := r.store.Tend(ctx, func(up store.Upkeep) error {
			for _, act := range some {
				if err := act(up); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// InstallURLs are the install URLs of a client that were seen, newest first. Those of the last second may be missing.
func (r *Registry) InstallURLs(ctx context.Context, reach Reach, client id.Client) (list []store.InstallURL, err error) {
	err = r.below(ctx, reach, client, func(rd store.Reader, _ *store.Client) error {
		list, err = rd.InstallURLs(client)
		return err
	})
	return list, err
}

// Tallies are the counts of a client from a day on, by day and kind.
func (r *Registry) Tallies(ctx context.Context, reach Reach, client id.Client, from time.Time) (list []store.Tally, err error) {
	err = r.below(ctx, reach, client, func(rd store.Reader, _ *store.Client) error {
		list, err = rd.Tallies(client, from.UTC().Truncate(24*time.Hour))
		return err
	})
	return list, err
}

// sumOf tells install URLs apart; each part stands behind its length, so that none can pass for another.
func sumOf(parts ...string) (sum [32]byte) {
	h := sha256.New()
	for _, p := range parts {
		_ = binary.Write(h, binary.BigEndian, uint64(len(p))) // a hash takes everything
		h.Write([]byte(p))
	}
	h.Sum(sum[:0])
	return sum
}
