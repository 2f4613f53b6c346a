package directory

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mail"
)

// slow is a mailer that takes notices for ever, and everything else at once.
type slow struct{ links chan mail.Letter }

func (s slow) Send(ctx context.Context, l mail.Letter) error {
	if l.Kind == mail.Password {
		s.links <- l
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func some(n int, to string) (out []mail.Letter) {
	for i := range n {
		out = append(out, mail.Letter{To: to, Kind: mail.Request, App: fmt.Sprint(i)})
	}
	return out
}

// TestNotices_keep_no_password_waiting, however many there are and however long the mail server takes.
func TestNotices_keep_no_password_waiting(t *testing.T) {
	h := newMailHouse(t)
	mails := slow{make(chan mail.Letter, 1)}
	h.mail = mails
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); h.Run(running) }()
	for range 100 {
		h.Notify(h.in, some(maxNoticeOf, "ada@acme.example")...)
	}
	h.ok(h.ForgotPassword(ctx, "bob@acme.example", "192.0.2.1:1", "en"))
	select {
	case l := <-mails.links:
		if l.To != "bob@acme.example" {
			t.Errorf("%+v", l)
		}
	case <-time.After(time.Minute):
		t.Error("no letter")
	}
	stop()
	<-done
}

// TestNotices_of_tenants_take_turns: who makes many notices keeps those of no other tenant waiting, and what there is no room for is in
// the log.
func TestNotices_of_tenants_take_turns(t *testing.T) {
	h := newMailHouse(t)
	var log bytes.Buffer
	h.log = slog.New(slog.NewTextHandler(&log, nil))
	h.Notify(h.in, some(maxNoticeOf-1, "ada@acme.example")...)
	h.Notify(h.beta, some(2, "ada@beta.example")...)
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
	h.Notify(h.in, some(3, "late@acme.example")...)
	if !strings.Contains(log.String(), "letters=2") {
		t.Errorf("logged %q", &log)
	}
	h.behindRequests()
	var first []string
	for _, l := range h.mails.sent[:5] {
		first = append(first, l.To+" "+l.App)
	}
	if got, want := fmt.Sprint(first), "[ada@acme.example 0 ada@beta.example 0 ada@acme.example 1 ada@beta.example 1 ada@acme.example 2]"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	if n := len(h.mails.sent); n != maxNoticeOf+2 || h.notices.n != 0 || len(h.notices.of)+len(h.notices.turns) != 0 {
		t.Errorf("%d sent, %+v left", n, h.notices)
	}
	h.Notify(h.in, some(1, "ada@acme.example")...)
	if h.behindRequests(); len(h.mails.sent) != maxNoticeOf+3 {
		t.Error("nothing is sent any more")
	}
}

// TestNotices_are_bounded over all tenants.
func TestNotices_are_bounded(t *testing.T) {
	q := newNotices()
	for range maxNotices/maxNoticeOf + 10 {
		q.add(entropy.ID[id.Tenant](), some(maxNoticeOf, "x@x.example"))
	}
	if q.n != maxNotices {
		t.Errorf("%d wait", q.n)
	}
}
