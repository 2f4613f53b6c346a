package server

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestA206_what_repeats_does_not_fill_the_log: of a failure that callers can repeat at will, a few lines a minute are
// logged, and how many were left out. Other messages, and what is no failure, are not held back by it.
func TestA206_what_repeats_does_not_fill_the_log(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(sampling(slog.NewTextHandler(&out, nil)))
		flood := func() int {
			out.Reset()
			for i := range 5000 {
				log.With("reference", i).Error("could not answer", "err", errors.New("the database is away"))
			}
			return strings.Count(out.String(), "\n")
		}
		if got := flood(); got != repeats {
			t.Errorf("%d lines of 5000 were logged, want %d", got, repeats)
		}
		log.Warn("something else")
		if !strings.Contains(out.String(), "something else") {
			t.Error("another message was held back")
		}
		time.Sleep(time.Minute)
		if got := flood(); got != repeats || !strings.Contains(out.String(), "left_out=4980") {
			t.Errorf("a minute later: %d lines: %.200s", got, out.String())
		}
		out.Reset()
		for range 100 {
			log.Info("listening")
		}
		if got := strings.Count(out.String(), "\n"); got != 100 {
			t.Errorf("%d of 100 lines that are no failure were logged", got)
		}
	})
}
