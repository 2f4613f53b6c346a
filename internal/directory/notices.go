package directory

import (
	"context"
	"slices"
	"sync"

	"prokura/internal/id"
	"prokura/internal/mail"
)

// What waits to be sent at most. Beyond it nothing is sent, and the log says so: what a notice tells stands on pages.
const (
	maxNotices  = 10_000
	maxNoticeOf = 200 // of one tenant
)

// notices are letters that tell tenants' people something. They wait apart from the links that people cannot go on without, and
// the tenants take turns: whoever makes many of them keeps their own tenant waiting, and nobody else.
type notices struct {
	mu    sync.Mutex
	of    map[id.Tenant][]mail.Letter
	turns []id.Tenant // with something waiting, the next first
	n     int
	more  chan struct{} // holds one as long as something may wait
}

func newNotices() *notices {
	return &notices{of: map[id.Tenant][]mail.Letter{}, more: make(chan struct{}, 1)}
}

// add lets letters of a tenant wait, and says for how many there was no room.
func (q *notices) add(in id.Tenant, letters []mail.Letter) (dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	room := max(0, min(maxNoticeOf-len(q.of[in]), maxNotices-q.n, len(letters)))
	if room > 0 {
		if len(q.of[in]) == 0 {
			q.turns = append(q.turns, in)
		}
		q.of[in] = append(q.of[in], letters[:room]...)
		q.n += room
		q.wake()
	}
	return len(letters) - room
}

func (q *notices) wake() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// take takes the next letter, of the tenant whose turn it is.
func (q *notices) take() (mail.Letter, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.turns) == 0 {
		return mail.Letter{}, false
	}
	in := q.turns[0]
	q.turns = slices.Delete(q.turns, 0, 1)
	l, rest := q.of[in][0], q.of[in][1:]
	if q.n--; len(rest) == 0 {
		delete(q.of, in)
	} else {
		q.of[in], q.turns = rest, append(q.turns, in)
	}
	return l, true
}

// Notify sends letters of a tenant behind the request. Where no mail server is configured, or one does not take a letter, it is not
// sent: what it tells stands on pages.
func (d *Directory) Notify(in id.Tenant, letters ...mail.Letter) {
	if d.mail == nil {
		return
	}
	if dropped := d.notices.add(in, letters); dropped > 0 {
		d.log.Warn("letters are not sent: too many wait", "tenant", in.String(), "letters", dropped)
	}
}

// sendNotices sends what waits and what comes, until ctx ends.
func (d *Directory) sendNotices(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.notices.more:
			for ctx.Err() == nil && d.sendNotice(ctx) {
			}
		}
	}
}

// sendNotice sends the next letter, if there is one.
func (d *Directory) sendNotice(ctx context.Context) bool {
	l, ok := d.notices.take()
	if !ok {
		return false
	}
	if err := d.mail.Send(ctx, l); err != nil {
		d.log.WarnContext(ctx, "sending a letter", "kind", string(l.Kind), "err", err)
	}
	return true
}
