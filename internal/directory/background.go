package directory

import (
	"context"
	"time"

	"prokura/internal/store"
)

// Letter is a mail with a link. Everything in it but the link may have been written by anybody.
type Letter struct {
	To      string
	Lang    string // "de", or English
	Kind    store.LinkKind
	Name    string // of whoever gets it; may be empty
	Tenant  string // of an invitation
	Link    string
	Expires time.Time
}

// Mailer sends letters.
type Mailer interface {
	Send(ctx context.Context, l Letter) error
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
