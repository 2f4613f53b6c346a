package registry

import (
	"context"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

// VerifyPublisher says that the operator knows the publisher of a client, or no longer does (A161). What accounts leave open to
// verified publishers is closed with it: every token of the client ends, and it gets others as far as it may. Another publisher in
// the registration is nobody that was verified.
func (r *Registry) VerifyPublisher(ctx context.Context, by audit.Actor, client id.Client, verified bool) (store.Client, error) {
	action := "client.verify"
	if !verified {
		action = "client.unverify"
	}
	return r.changeClient(ctx, by, action, Everybody(), client, func(tx store.Tx, c *store.Client) error {
		if c.Verified == verified {
			return nil
		}
		r.unverify(tx, c)
		c.Verified = verified
		tx.Detail("publisher", c.Registration.Publisher)
		return tx.UpdateClient(*c, nil)
	})
}

// unverify ends what rests on the publisher being verified.
func (r *Registry) unverify(tx store.Tx, c *store.Client) {
	if c.Verified {
		tx.Mark(mark.Subject{Client: c.ID}, nil, r.until())
	}
	c.Verified = false
}
