package directory

import (
	"context"
	"sync"

	"prokura/internal/mail"
)

// Mailer sends letters.
type Mailer interface {
	Send(ctx context.Context, l mail.Letter) error
}

// maxLater bounds what waits to be done behind requests; beyond it, it is not done.
const maxLater = 1000

// behind has something done after the request.
func (d *Directory) behind(what string, fn func(context.Context)) {
	select {
	case d.later <- fn:
	default:
		d.log.Warn("too much waits to be done behind requests", "not done", what)
	}
}

// Run does what is to be done behind requests, until ctx ends. Notices have a worker of their own, which keeps nothing else waiting.
func (d *Directory) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { d.sendNotices(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case fn := <-d.later:
			fn(ctx)
		}
	}
}
