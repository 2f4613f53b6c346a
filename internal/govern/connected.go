package govern

import (
	"context"
	"errors"
	"strconv"

	"prokura/internal/audit"
	"prokura/internal/decided"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// Connected apps are authorized in their tenant by being made. What an administrator decides on one stands in its own record.

func connectedAct(action string, in id.Tenant, client id.Client, reason string) audit.Act {
	return audit.Act{Tenant: in, Action: action, Target: "connected_app " + client.String(), Reason: reason}
}

// onConnected runs a decision on a connected app.
func (d *Decisions) onConnected(ctx context.Context, act audit.Act, by By, client id.Client, fn func(store.Tx, authority, *store.ConnectedApp) error) (store.Authorization, error) {
	var app store.ConnectedApp
	err := d.govern(ctx, act, by, func(tx store.Tx, au authority) error {
		var err error
		app, err = tx.ConnectedApp(act.Tenant, client)
		if errors.Is(err, store.ErrNotFound) {
			return unknownClient(client.String())
		}
		if err != nil {
			return err
		}
		old := app
		if err := fn(tx, au, &app); err != nil {
			return err
		}
		app = app.After(old)
		tx.Detail("name", app.Name)
		tx.Detail("authorization", app.Authorization.String())
		return tx.UpdateConnectedApp(app)
	})
	return seenConnected(&app).Authorization, err
}

func (d *Decisions) revokeConnected(ctx context.Context, by By, in id.Tenant, client id.Client, reason string) (Revocation, error) {
	var was store.ConnectedApp
	if err := d.store.View(ctx, func(r store.Reader) (err error) {
		was, err = r.ConnectedApp(in, client)
		if errors.Is(err, store.ErrNotFound) {
			err = unknownClient(client.String())
		}
		return err
	}); err != nil {
		return Revocation{}, refused(err)
	}
	if was.Revoked {
		return Revocation{Authorization: seenConnected(&was).Authorization}, nil
	}
	auth, err := d.onConnected(ctx, connectedAct("connected_app.revoke", in, client, reason), by, client, func(tx store.Tx, _ authority, app *store.ConnectedApp) error {
		if !app.Revoked {
			tx.Changed(map[string]string{"state": "authorized"}, map[string]string{"state": "revoked"})
			tx.Mark(mark.Subject{Tenant: in, Authorization: app.Authorization}, nil, d.when().Add(token.MaxLife))
		}
		app.Revoked = true
		return nil
	})
	return Revocation{Authorization: auth}, err
}

// authorizeConnected gives a connected app whose authorization was revoked a new one, and assigns it scopes where terms name any.
// Terms that name no version hold for whichever is there.
func (d *Decisions) authorizeConnected(ctx context.Context, by By, in id.Tenant, client id.Client, t Terms) (store.Authorization, error) {
	wrong := &flaws{}
	wrong.note(t.Unread...)
	for _, given := range []struct {
		field string
		named bool
	}{{"admission", len(t.Admission.Roles)+len(t.Admission.Users)+len(t.Admission.Barred) > 0}, {"expires_at", !t.Expires.IsZero()}, {"for_itself", t.ForItself}} {
		if given.named {
			wrong.blame(given.field, refusal.Finding{Code: refusal.TermsNotOffered, Got: given.field})
		}
	}
	for _, s := range t.Scopes.Minus(d.catalogs.All()).All() {
		wrong.blame("scopes", refusal.Finding{Code: refusal.ScopeUnknown, Scope: s.String(), Case: refusal.Installing})
	}
	wrong.text("reason", &t.Reason)
	if err := wrong.err(); err != nil {
		return store.Authorization{}, err
	}
	return d.onConnected(ctx, connectedAct("connected_app.authorize", in, client, t.Reason), by, client, func(tx store.Tx, au authority, app *store.ConnectedApp) error {
		if t.Version != 0 && t.Version != app.Version {
			return refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged})
		}
		was := *app
		if app.Revoked {
			app.Revoked, app.Authorization = false, entropy.ID[id.Authorization]()
		}
		if t.Uncapped || t.Scopes.Len() > 0 {
			app.AllScopes, app.Scopes = t.Uncapped, t.Scopes
			if t.Uncapped {
				app.Scopes = scope.Set{}
			}
		}
		lost, more := d.assigned(&was).Minus(d.assigned(app)), d.assigned(app).Minus(d.assigned(&was))
		g, err := decided.Settings(tx, in)
		if err != nil {
			return err
		}
		if was.Revoked {
			more = d.assigned(app) // nothing of it lives: who authorizes it again gives all of it
		}
		if g.Settings.OwnPermissions {
			if err := d.mustHold(au, more); err != nil {
				return err
			}
		}
		if lost.Len() > 0 && !was.Revoked {
			tx.Mark(mark.Subject{Tenant: in, Authorization: app.Authorization}, lost.Names(), d.when().Add(token.MaxLife))
		}
		tx.Changed(toldConnected(&was), toldConnected(app))
		if more.Len() == 0 {
			return nil
		}
		return tx.ForgetForeseen(in, client)
	})
}

// assigned is what a connected app can be given at most.
func (d *Decisions) assigned(app *store.ConnectedApp) scope.Set {
	if app.AllScopes {
		return d.catalogs.Whole()
	}
	return app.Scopes
}

func toldConnected(app *store.ConnectedApp) map[string]string {
	scopes := "whole catalog"
	if !app.AllScopes {
		scopes = app.Scopes.String()
	}
	return map[string]string{"revoked": strconv.FormatBool(app.Revoked), "scopes": scopes}
}
