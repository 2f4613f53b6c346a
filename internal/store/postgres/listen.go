package postgres

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is where transactions that change the feed notify. Schemas share it; a signal is only a hint.
const channel = "prokura_feed"

// listener turns notifications into signals. It has a connection of its own, and makes a new one when that breaks.
type listener struct {
	woken  chan struct{} // has room for one signal
	cancel context.CancelFunc
	ended  chan struct{}
}

func listen(cfg *pgx.ConnConfig, log *slog.Logger) *listener {
	ctx, cancel := context.WithCancel(context.Background())
	l := &listener{woken: make(chan struct{}, 1), cancel: cancel, ended: make(chan struct{})}
	go l.run(ctx, cfg, log)
	return l
}

func (l *listener) run(ctx context.Context, cfg *pgx.ConnConfig, log *slog.Logger) {
	defer close(l.ended)
	const shortest, longest = 50 * time.Millisecond, 5 * time.Second
	pause := shortest
	for ctx.Err() == nil {
		began, err := l.once(ctx, cfg)
		if ctx.Err() != nil {
			return
		}
		log.Warn("listening to the feed was interrupted; its readers poll meanwhile", "error", err)
		if began {
			pause = shortest
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, longest)
	}
}

// once listens until the connection breaks, and says whether it came to listening.
func (l *listener) once(ctx context.Context, cfg *pgx.ConnConfig) (bool, error) {
	c, err := pgx.ConnectConfig(ctx, cfg.Copy())
	if err != nil {
		return false, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, "LISTEN "+channel); err != nil {
		return false, err
	}
	for {
		// Also before the first notification: some may have come while nobody listened.
		select {
		case l.woken <- struct{}{}:
		default:
		}
		if _, err := c.WaitForNotification(ctx); err != nil {
			return true, err
		}
	}
}

func (l *listener) stop() {
	l.cancel()
	<-l.ended
}
