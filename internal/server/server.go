// Package server builds the process from its configuration: storage, services, uses, surfaces, listeners. Nothing is
// decided here.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"prokura/internal/access"
	"prokura/internal/clock"
	"prokura/internal/config"
	"prokura/internal/docket"
	"prokura/internal/feed"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/ledger"
	"prokura/internal/mark"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// Deps is what a test replaces. Zero values are the real things.
type Deps struct {
	Clock clock.Clock
	Log   *slog.Logger
}

// Server is a process that can run.
type Server struct {
	cfg    config.Config
	log    *slog.Logger
	clock  clock.Clock
	store  store.Store
	memory *feed.Memory
	keys   *keyring.Keyring
	docket *docket.Docket
	ledger *ledger.Ledger
	front  http.Handler
	time   *timekeeper
	amiss  atomic.Pointer[error] // what is wrong with the clock; nil: nothing

	keysChanged <-chan struct{}
	loops       []func(context.Context) // what goes on behind the requests

	contact contact // with the database

	listeners []net.Listener
	issuer    string

	// OperatorTokenFile is where the operator's token stands, empty where it is not in the data directory; FirstStart says
	// that it was written just now.
	OperatorTokenFile string
	FirstStart        bool
	// SetUpLink makes the first tenant and its administrator, once; empty where there is a tenant.
	SetUpLink string
}

// New opens everything a server needs, listeners included, so that what is wrong is said before anything is served.
func New(ctx context.Context, cfg config.Config, d Deps) (*Server, error) {
	if d.Clock == nil {
		d.Clock = clock.System{}
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, log: slog.New(sampling(d.Log.Handler())), clock: d.Clock}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	if err := makeDir(s.cfg.Data, s.log); err != nil {
		return err
	}
	if err := s.listen(); err != nil {
		return err
	}
	var err error
	if s.store, err = openStore(ctx, s.cfg, s.clock, s.log); err != nil {
		return err
	}
	if s.time, err = newTimekeeper(ctx, s.store, s.clock); err != nil {
		return err
	}
	s.clock = s.time.steady
	s.heedClock(s.time.check(ctx))
	s.memory = feed.New(feed.Config{Store: s.store, Clock: s.clock, Log: s.log, Local: s.cfg.Storage.Engine == config.SQLite,
		BeginEpoch: s.beginEpoch})
	if err := s.memory.Sync(ctx); err != nil {
		return fmt.Errorf("loading the revocations: %w", err)
	}
	sealer, err := openSealer(ctx, s.cfg, s.store)
	if err != nil {
		return err
	}
	s.keysChanged = s.memory.Watch(store.KeysRecord) // before they are read, so that no change falls between
	s.keys, err = keyring.Open(ctx, keyring.Options{Store: s.store, Sealer: sealer, Clock: s.clock, Issuer: s.issuer})
	if err != nil {
		return fmt.Errorf("opening our signing keys: %w", err)
	}
	s.ledger, err = ledger.Open(ctx, ledger.Config{Store: s.store, Clock: s.clock, Log: s.log, Sealer: sealer, Name: ledger.KeyName(s.issuer),
		Kept: filepath.Join(s.cfg.Data, checkpointFile), Retention: s.cfg.Audit.Retention})
	if err != nil {
		return err
	}
	operator, err := s.operatorToken(ctx)
	if err != nil {
		return err
	}
	catalogs, err := loadCatalogs(s.cfg)
	if err != nil {
		return err
	}
	s.docket = docket.New(docket.Config{Store: s.store, Clock: s.clock, Log: s.log})
	p := parts{sealer: sealer, catalogs: catalogs, operator: operator}
	p.registry = registry.New(registry.Config{Store: s.store, Clock: s.clock, Sealer: sealer, Catalogs: catalogs, Log: s.log,
		Clients: feed.NewCache[id.Client, store.Client](s.memory, registry.MaxCachedClients, registry.ClientRecords)})
	if p.directory, err = s.newDirectory(catalogs, sealer); err != nil {
		return err
	}
	if s.SetUpLink, err = p.directory.SetUpLink(ctx); err != nil {
		return fmt.Errorf("making the set-up link: %w", err)
	}
	p.access, err = access.New(access.Config{Store: s.store, Memory: s.memory, Keys: s.keys, Registry: p.registry, Catalogs: catalogs,
		Clock: s.clock, Log: s.log, MayIssue: s.mayIssue, SessionLife: s.cfg.Tableau.Session, NeedScopes: s.cfg.Tableau.ErrorCodes == config.ExtendedCodes,
		Verifying: s.cfg.Limits.Verifications, CacheBytes: int(s.cfg.Limits.TokenCache), Failures: s.cfg.Limits.FailuresPerMinute})
	if err != nil {
		return err
	}
	p.govern = govern.New(govern.Config{Store: s.store, Registry: p.registry, Catalogs: catalogs, Clock: s.clock, Log: s.log,
		Notify: s.notifier(p.directory)})
	s.loops = []func(context.Context){s.memory.Run, s.docket.Run, s.ledger.Run, p.registry.Run, p.directory.Run, p.access.Run, p.govern.Run, s.reloadKeys, s.sweep, s.watchClock}
	return s.surfaces(ctx, p)
}

// beginEpoch voids everything issued before, because a token of ours is newer than the database: it was restored, or lost
// commits.
func (s *Server) beginEpoch(ctx context.Context, proof mark.Number) error {
	return s.store.Tend(ctx, func(u store.Upkeep) error {
		_, err := u.BeginEpoch(proof)
		return err
	})
}

// Run serves until ctx ends, then lets open requests finish within the grace (A230).
func (s *Server) Run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	for _, loop := range s.loops {
		loops.Go(func() { loop(background) })
	}
	web := s.httpServer()
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() { failed <- s.serve(web, l) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	case <-s.store.Failed(): // A223
		err = errors.New("the database could not make a write durable, so this process stops")
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Limits.ShutdownGrace)
	defer cancel()
	if e := web.Shutdown(grace); e != nil {
		s.log.Warn("requests were still open when the grace ended", "grace", s.cfg.Limits.ShutdownGrace.String())
		web.Close()
	}
	stop()
	loops.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, s.docket.Flush(grace), s.close())
}

// How often our keys are read again without being asked to, and how soon after that failed: what a revoked key signs is
// believed until then.
const (
	keysEvery = time.Minute
	keysAgain = time.Second
)

// reloadKeys publishes and trusts what another process made, as soon as the feed tells of it. What fails is tried again.
func (s *Server) reloadKeys(ctx context.Context) {
	again := time.NewTimer(keysEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.keysChanged:
		case <-again.C:
		}
		next := keysEvery
		if err := s.keys.Reload(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("reading our signing keys again", "err", err)
			next = keysAgain
		}
		again.Reset(next)
	}
}

func (s *Server) watchClock(ctx context.Context) { s.time.run(ctx, s.heedClock) }

// heedClock remembers what is wrong with the clock, and says when that changes.
func (s *Server) heedClock(err error) {
	was := s.amiss.Load()
	switch {
	case err != nil && was == nil:
		s.log.Error("the clock cannot be relied on: nothing is issued until it can", "err", err)
		s.amiss.Store(&err)
	case err == nil && was != nil:
		s.log.Info("the clock can be relied on again")
		s.amiss.Store(nil)
	}
}

// mayIssue refuses while the clock cannot be relied on.
func (s *Server) mayIssue() error {
	if err := s.amiss.Load(); err != nil {
		return *err
	}
	return nil
}

// every runs fn at intervals until ctx ends.
func every(ctx context.Context, interval time.Duration, fn func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			fn()
		}
	}
}

// sweepEvery is how often expired rows are looked for, sweepBatch how many of each table are deleted in one transaction.
const (
	sweepEvery = time.Minute
	sweepBatch = 500
)

// sweep deletes expired rows in small batches, so that the database's size follows what lives.
func (s *Server) sweep(ctx context.Context) {
	every(ctx, sweepEvery, func() {
		for n := sweepBatch; n >= sweepBatch && ctx.Err() == nil; {
			err := s.store.Tend(ctx, func(u store.Upkeep) (err error) {
				n, err = u.Sweep(s.clock.Now(), sweepBatch)
				return err
			})
			if err != nil {
				s.log.Warn("sweeping expired rows", "err", err)
				return
			}
		}
	})
}

// close gives back what was opened.
func (s *Server) close() error {
	var errs []error
	for _, l := range s.listeners {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// Addresses are where the server listens, with their real ports.
func (s *Server) Addresses() []string {
	var out []string
	for _, l := range s.listeners {
		out = append(out, l.Addr().String())
	}
	return out
}

// Issuer is the URL under which clients reach the server.
func (s *Server) Issuer() string { return s.issuer }
