package registry

import (
	"testing"

	"prokura/internal/audit"
	"prokura/internal/refusal"
)

func TestStopClient_is_the_owners_and_gives_way_to_the_operator(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	mine := OwnedBy(a.in)
	own := audit.Actor{Kind: "user", ID: "1", Name: "dora"}
	is := func(what string, disabled, stopped bool, marks int) {
		t.Helper()
		now, err := a.Client(ctx, c.ID)
		if a.ok(err); now.Disabled != disabled || now.Registration.Stopped != stopped || len(a.marks()) != marks {
			t.Errorf("%s: disabled %v, by the owner %v, %d marks", what, now.Disabled, now.Registration.Stopped, len(a.marks()))
		}
	}
	stop := func(on bool) error { _, err := a.StopClient(ctx, own, mine, c.ID, on); return err }
	operator := func(on bool) { _, err := a.SwitchClient(ctx, audit.Operator, c.ID, on); a.ok(err) }

	a.ok(stop(true))
	is("stopped", true, true, 1)
	a.ok(stop(true))
	is("stopped twice", true, true, 1)
	d := draft()
	d.Name = "other"
	_, err := a.UpdateClient(ctx, own, mine, c.ID, 0, d)
	a.ok(err)
	is("changed while it is stopped", true, true, 1)
	a.ok(stop(false))
	is("enabled again", false, false, 1)

	operator(false)
	is("disabled by the operator", true, false, 2)
	want(t, stop(false), refusal.ClientDisabled)
	a.ok(stop(true)) // it is off, and stays the operator's
	want(t, stop(false), refusal.ClientDisabled)
	operator(true)
	is("enabled by the operator", false, false, 2)

	a.ok(stop(true))
	operator(false)
	is("stopped, then disabled by the operator", true, false, 4)
	want(t, stop(false), refusal.ClientDisabled)
	operator(true)

	a.ok(stop(true))
	operator(true)
	is("stopped, then enabled by the operator", false, false, 5)

	_, err = a.StopClient(ctx, own, Reach{}, c.ID, true)
	want(t, err, refusal.ObjectNotFound)
	versions, err := a.ClientVersions(ctx, mine, c.ID, 0, 20)
	if a.ok(err); len(versions) != 8 {
		t.Errorf("%d versions", len(versions))
	}
}
