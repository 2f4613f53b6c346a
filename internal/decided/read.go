package decided

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// Reading are the facts as one transaction sees them.
type Reading struct{ Reader store.Reader }

// Settings reads how a tenant decides.
func (r Reading) Settings(_ context.Context, in id.Tenant) (store.Governance, error) {
	return Settings(r.Reader, in)
}

// Newest reads the newest authorization of an app.
func (r Reading) Newest(_ context.Context, in id.Tenant, client id.Client) (store.Authorization, error) {
	return r.Reader.AuthorizationOf(in, client)
}

// Settings reads how a tenant decides on apps. Where it never said so, the vendor's stage holds.
func Settings(r store.Reader, in id.Tenant) (store.Governance, error) {
	g, err := r.Governance(in)
	if err != nil || g.Version > 0 {
		return g, err
	}
	g.Settings.Stage, err = VendorStage(r)
	return g, err
}

// VendorStage reads the stage of tenants that never chose one.
func VendorStage(r store.Reader) (policy.Stage, error) {
	v, err := r.Setting(store.EnforcementSetting)
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

// Version is what an app registered in one version; false: nobody knows any more.
func Version(r store.Reader, client id.Client, number int) (store.Registration, bool, error) {
	list, err := r.ClientVersions(client, number+1, 1)
	if err != nil || len(list) == 0 || list[0].Number != number {
		return store.Registration{}, false, err
	}
	return list[0].Registration, true, nil
}

// Then is what an app registered when its authorization was decided on; false: nobody knows any more.
func Then(r store.Reader, c *store.Client, auth *store.Authorization) (store.Registration, bool, error) {
	if auth.Registration >= c.Version {
		return c.Registration, true, nil
	}
	return Version(r, c.ID, auth.Registration)
}

// Moved says whether an app, since an administrator decided on it, got another publisher or an address that answers go to: then
// nobody newly consents to it before it is decided on again (A162).
func Moved(auth *store.Authorization, then *store.Registration, known bool, c *store.Client) bool {
	return auth.Origin == policy.ByAdministrator && (!known || Elsewhere(then, &c.Registration))
}

// Elsewhere says whether a registration names another publisher than the one before, or more addresses.
func Elsewhere(old, now *store.Registration) bool {
	return old.Publisher != now.Publisher ||
		slices.ContainsFunc(now.RedirectURIs, func(u string) bool { return !slices.Contains(old.RedirectURIs, u) })
}
