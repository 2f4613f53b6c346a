package directory

import (
	"context"

	"prokura/internal/mail"
)

// Mailer sends letters.
type Mailer interface {
	Send(ctx context.Context, l mail.Letter) error
}

// maxLater bounds what waits to be done behind requests; beyond it, it is not done.
const maxLater = 1000

// behind has something done after the request.
func (d *Directory) behind(fn func(context.Context)) {
	select {
	case d.later <- fn:
	default:
	}
}

// Run does what is to be done behind requests, until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case fn := <-d.later:
			fn(ctx)
		}
	}
}

// SendLater sends letters behind the request. Where no mail server is configured, or one does not take a letter, it is not sent:
// what it tells stands on pages.
func (d *Directory) SendLater(letters ...mail.Letter) {
	if d.mail == nil {
		return
	}
	for _, l := range letters {
		d.behind(func(ctx context.Context) {
			if err := d.mail.Send(ctx, l); err != nil {
				d.log.WarnContext(ctx, "sending a letter", "kind", string(l.Kind), "err", err)
			}
		})
	}
}
