package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// By is who decides for a tenant. The zero User is the operator, who holds every permission; it counts only for an actor that is
// no user.
type By struct {
	Actor audit.Actor
	User  id.User
}

// Shift is what other settings would change for the apps that are in use.
type Shift struct {
	Stops  []Affected // what works now and would be refused
	Starts []Affected // what is refused now and would work
	More   bool       // there are more apps than were looked at
}

// Affected is an app whose standing changes.
type Affected struct {
	App   App
	Reach store.Reach
	Why   refusal.Finding // what refuses it: then, where it stops; now, where it starts
}

// VendorStageSetting names the setting that holds the stage of tenants that never chose one.
const VendorStageSetting = "enforcement"

// Governance is how a tenant decides on apps. Where it never said, the vendor's stage holds.
func (a *Access) Governance(ctx context.Context, in id.Tenant) (g store.Governance, err error) {
	err = a.store.View(ctx, func(r store.Reader) error {
		if _, err := r.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		g, err = governanceOf(r, in)
		return err
	})
	if err != nil {
		return store.Governance{}, refused(err)
	}
	return g, nil
}

// governanceOf reads how a tenant decides in the state that is read.
func governanceOf(r store.Reader, in id.Tenant) (store.Governance, error) {
	g, err := r.Governance(in)
	if err != nil || g.Version > 0 {
		return g, err
	}
	g.Settings.Stage, err = vendorStage(r)
	return g, err
}

func vendorStage(r store.Reader) (policy.Stage, error) {
	v, err := r.Setting(VendorStageSetting)
	if errors.Is(err, store.ErrNotFound) {
		return policy.Enforce, nil
	}
	if err != nil {
		return policy.Enforce, fmt.Errorf("reading the stage of tenants that chose none: %w", err)
	}
	if s := policy.Stage(v); s.Lenient() {
		return s, nil
	}
	return policy.Enforce, nil
}

// VendorStage is the stage of tenants that never chose one.
func (a *Access) VendorStage(ctx context.Context) (s policy.Stage, err error) {
	err = a.store.View(ctx, func(r store.Reader) error {
		s, err = vendorStage(r)
		return err
	})
	if err != nil {
		return policy.Enforce, refused(err)
	}
	return s, nil
}

// when is now as records hold it.
func (a *Access) when() time.Time { return a.clock.Now().UTC().Truncate(time.Second) }
