package access

import (
	"context"
	"errors"
	"strconv"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/token"
)

// Withdrawn is why a grant ended that its user took back.
const Withdrawn = "withdrawn"

// Withdraw takes back all that a user gave to an app in a tenant, and says how many grants ended: consent, codes and refresh
// tokens are gone, and the next call with an access token is refused. What others gave to the same app stays. Where nothing is
// left to take back, nothing happens.
func (a *Access) Withdraw(ctx context.Context, by audit.Actor, in id.Tenant, user id.User, client id.Client) (int, error) {
	now := a.clock.Now().UTC().Truncate(time.Second)
	act := audit.Act{Tenant: in, Actor: by, Action: "grant.withdraw", Target: "client " + client.String()}
	var ended []store.Grant
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		var err error
		if ended, err = tx.EndGrants(in, store.GrantFilter{User: user, Client: client}, Withdrawn, now); err != nil {
			return err
		}
		if err := tx.DeleteConsent(in, user, client); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		tx.Detail("user", user.String())
		tx.Detail("grants", strconv.Itoa(len(ended)))
		tx.Mark(mark.Subject{Tenant: in, Client: client, User: user}, nil, now.Add(token.MaxLife))
		return nil
	})
	if err != nil {
		return 0, refused(err)
	}
	if len(ended) > 0 {
		a.registry.Tally(client, registry.TallyUninstall)
	}
	return len(ended), nil
}
