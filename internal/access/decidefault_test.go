package access_test

import (
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/refusal"
	"prokura/internal/store/faultstore"
)

// TestDecide_whose_answer_was_lost has either given the one grant, which a retry says, or nothing.
func TestDecide_whose_answer_was_lost(t *testing.T) {
	t.Parallel()
	eachFault(t, 2, func(f *faulty, n int, o faultstore.Outcome) (faultstore.Call, bool) {
		s := f.stall()
		d := Decision{InstallRequest: InstallRequest{Client: s.App.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(readUsr),
			Tenant: f.Acme.ID, User: f.Acme.Ada.ID}, By: audit.System, Request: [16]byte(entropy.Bytes(16)), Until: noon.Add(time.Hour),
			Shown: scopes(readUsr), ShownTo: f.Acme.Ada.ID, Version: 1}
		f.trigger.Arm(n, o)
		j, err := s.Install(ctx, d.InstallRequest)
		d.Epoch = j.State.Epoch
		var out Decided
		if err == nil {
			out, err = s.Decide(ctx, d)
		}
		hit, fired := f.trigger.Disarm()
		if fired {
			if ours(t, err); out.Code != "" {
				t.Error("a failure carries a code")
			}
			j, err = s.Install(ctx, d.InstallRequest)
			f.OK(err)
			d.Epoch = j.State.Epoch
			out, err = s.Decide(ctx, d)
		}
		if fired && o == faultstore.Done && hit.Method == "Do" {
			want(t, err, refusal.RequestDecided)
		} else if f.OK(err); out.Code == "" {
			t.Error("no code")
		}
		f.caughtUp()
		if got, live := f.entries("grant.create"), len(s.Grants()); got != 1 || live != 1 {
			t.Errorf("%d entries in the book, %d grants", got, live)
		}
		return hit, fired
	})
}
