package registry

import (
	"context"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// SwitchClient enables or disables a client. Disabling ends every token of it, in all tenants; its grants stay, so that
// after enabling the app goes on by refreshing. It is the operator's, whose word counts more than the owner's: what the
// operator disabled, the owner cannot enable, whoever disabled it first.
func (r *Registry) SwitchClient(ctx context.Context, by audit.Actor, client id.Client, enabled bool) (store.Client, error) {
	return r.changeClient(ctx, by, switching(enabled), Everybody(), client, func(tx store.Tx, c *store.Client) error {
		if c.Disabled == !enabled && !c.Registration.Stopped {
			return nil
		}
		return r.switchTo(tx, by, c, enabled, false)
	})
}

// StopClient disables a client, or enables it again, for those who keep it: somebody who has lost a secret ends its tokens now,
// and need not delete it. Enabling what the operator disabled is refused.
func (r *Registry) StopClient(ctx context.Context, by audit.Actor, reach Reach, client id.Client, stop bool) (store.Client, error) {
	return r.changeClient(ctx, by, switching(!stop), reach, client, func(tx store.Tx, c *store.Client) error {
		switch {
		case c.Disabled == stop:
			return nil
		case !stop && !c.Registration.Stopped:
			return refusal.New(refusal.Finding{Code: refusal.ClientDisabled, Case: refusal.Installing})
		}
		return r.switchTo(tx, by, c, !stop, stop)
	})
}

func switching(enabled bool) string {
	if enabled {
		return "client.enable"
	}
	return "client.disable"
}

// switchTo writes the switch; what the owner did is a version of the registration.
func (r *Registry) switchTo(tx store.Tx, by audit.Actor, c *store.Client, enabled, stopped bool) error {
	c.Disabled = !enabled
	if c.Disabled {
		tx.Mark(mark.Subject{Client: c.ID}, nil, r.until())
	}
	reg := c.Registration
	reg.Stopped = stopped
	if changes := Diff(c.Registration, reg); len(changes) > 0 {
		return r.newVersion(tx, by, c, reg, changes)
	}
	return tx.UpdateClient(*c, nil)
}
