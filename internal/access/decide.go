package access

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

const (
	// CodeLife is how long a code can be redeemed (A052).
	CodeLife = 60 * time.Second
	// maxGrants is how many live grants one user has of one app in a tenant; the next one ends the oldest.
	maxGrants = 20
)

// Decision is what a user answers to what the consent page showed. The request names the account and the person.
type Decision struct {
	InstallRequest
	By        audit.Actor
	Challenge string // PKCE, S256; empty: none

	// Request names the authorization request. Whoever decides uses it up (A018, A186).
	Request [16]byte
	Until   time.Time // when the request is too old to be decided
	Epoch   uint64    // of the database that it began in: one that was restored does not know what was decided

	Shown         scope.Set        // what the page said would be given
	Kept          scope.Set        // of these, the optional ones that the user left ticked
	ShownTo       id.User          // who the page was made for
	Version       int              // of the registration that the page showed
	Authorization id.Authorization // that the page rested on; zero: there was none
}

// Decided is a grant, and the code that it is fetched with.
type Decided struct {
	Code        string
	RedirectURI string // the proven one
	Grant       store.Grant
	First       bool // the account had no grant of this app before
}

// ErrShowAgain says that what a page showed is no longer what would be given: the verdict is to be asked for and shown anew.
var ErrShowAgain = errors.New("the verdict is no longer the one that was shown")

// Decide writes what a user allowed: what was shown, and ticked, and is still right. In one transaction it judges anew, uses
// the request up, and writes authorization, consent, grant and code with their audit entry. The error is ErrShowAgain where
// the verdict is no longer the one that was shown; then nothing is used up.
func (a *Access) Decide(ctx context.Context, d Decision) (Decided, error) {
	if err := errors.Join(a.mayIssue(), a.memory.Fresh()); err != nil {
		return Decided{}, refuseWith(refusal.Finding{Code: refusal.IssuingSuspended}, err)
	}
	if extra := d.Kept.Minus(d.Shown).All(); len(extra) > 0 { // A041
		return Decided{}, d.refused(refusal.Finding{Code: refusal.ScopeNotShown, Scope: extra[0].String()})
	}
	now := a.clock.Now().UTC().Truncate(time.Second)
	code := newLocated(id.Code, d.Tenant)
	grant, authorization := entropy.ID[id.Grant](), entropy.ID[id.Authorization]()
	act := audit.Act{Tenant: d.Tenant, Actor: d.By, Action: "grant.create", Target: "grant " + grant.String(),
		Detail: map[string]string{"client": d.Client}}
	var out Decided
	until := now.Add(token.MaxLife)
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		out = Decided{} // anew at each run: what an earlier one saw was rolled back
		if err := tx.LockTenant(d.Tenant); errors.Is(err, store.ErrNotFound) {
			return ErrShowAgain // the account is gone
		} else if err != nil {
			return err
		}
		j, err := a.judgeInstall(ctx, tx, &d.InstallRequest)
		if err != nil {
			return err
		}
		if !d.stillRight(&j) {
			return ErrShowAgain
		}
		if err := useRequest(tx, &d); err != nil {
			return err
		}
		w := grantWriter{tx: tx, now: now, j: &j, d: &d}
		g, err := w.write(grant, authorization)
		if err != nil {
			return err
		}
		if err := w.makeRoom(g.ID, until); err != nil {
			return err
		}
		out = Decided{Code: code.Reveal(), RedirectURI: j.RedirectURI, Grant: g, First: w.first}
		return tx.AddCode(store.Code{Tenant: d.Tenant, Hash: code.Hash(), Grant: g.ID, Client: g.Client,
			RedirectURI: d.InstallRequest.RedirectURI, Challenge: d.Challenge, Created: now, Expires: now.Add(CodeLife)})
	})
	switch {
	case errors.Is(err, ErrShowAgain):
		return Decided{}, ErrShowAgain
	case err != nil:
		return Decided{}, refused(fmt.Errorf("writing a grant: %w", err))
	}
	return out, nil
}

// Decline uses the request up for a user who said no. What the app was given before stays as it is.
func (a *Access) Decline(ctx context.Context, d Decision) error {
	act := audit.Act{Tenant: d.Tenant, Actor: d.By, Action: "grant.decline", Target: "client " + d.Client}
	if err := a.store.Do(ctx, act, func(tx store.Tx) error { return useRequest(tx, &d) }); err != nil {
		return refused(fmt.Errorf("declining: %w", err))
	}
	return nil
}

// stillRight says whether the page that was decided on shows what holds now. An authorization that was made since, by the
// grant of another tab, changes nothing that was shown.
func (d *Decision) stillRight(j *Judged) bool {
	return j.Verdict.Complete && len(j.Verdict.Findings) == 0 && j.Verdict.Granted.Equal(d.Shown) && j.User.ID == d.ShownTo &&
		j.Client.Version == d.Version && (d.Authorization.IsZero() || j.Authorization.ID == d.Authorization)
}

// refused says who was refused.
func (d *Decision) refused(f refusal.Finding) *Refused {
	r := refuseWith(f, nil)
	r.Tenant, r.User, r.Proven = d.Tenant, d.ShownTo, true
	if client, err := id.Parse[id.Client](d.Client); err == nil {
		r.Client = client
	}
	return r
}

// useRequest uses up a request, once. It shares its space with the assertions' keys, which are hashes of other text.
func useRequest(tx store.Tx, d *Decision) error {
	if tx.Head().Epoch != d.Epoch {
		return d.refused(refusal.Finding{Code: refusal.RequestExpired})
	}
	key := sha256.Sum256(append([]byte("authorization request\x00"), d.Request[:]...))
	err := tx.Burn(key, d.Until)
	if errors.Is(err, store.ErrUsed) {
		return d.refused(refusal.Finding{Code: refusal.RequestDecided})
	}
	return err
}

// grantWriter writes one decision.
type grantWriter struct {
	tx    store.Tx
	now   time.Time
	j     *Judged
	d     *Decision
	first bool
}

// write writes authorization, consent and grant.
func (w *grantWriter) write(grant id.Grant, fresh id.Authorization) (store.Grant, error) {
	// What stood in scope is all or nothing, and so is what is implied: only an optional scope can be left out.
	required := w.d.Shown.Minus(w.j.asked.Selectable)
	given := w.d.Kept.Union(required)
	dropped := make([]store.Dropped, 0, len(w.j.Verdict.Dropped))
	for _, f := range w.j.Verdict.Dropped {
		dropped = append(dropped, store.Dropped{Scope: f.Scope, Code: string(f.Code)})
	}
	for _, sc := range w.d.Shown.Minus(given).All() {
		dropped = append(dropped, store.Dropped{Scope: sc.String(), Code: string(refusal.ScopeDeclined)})
	}
	authorization, err := w.authorize(given, fresh)
	if err != nil {
		return store.Grant{}, err
	}
	consent := store.Consent{Tenant: w.j.Tenant.ID, User: w.j.User.ID, Client: w.j.Client.ID,
		Authorization: authorization, Scopes: w.j.asked.Consented.Union(given), Updated: w.now}
	if err := w.tx.PutConsent(consent); err != nil {
		return store.Grant{}, err
	}
	g := store.Grant{Tenant: w.j.Tenant.ID, ID: grant, Client: w.j.Client.ID, Version: w.j.Client.Version,
		Authorization: authorization, User: w.j.User.ID, Required: required, Scopes: given, Dropped: dropped, Created: w.now}
	if life := w.j.Client.Registration.RefreshLife; life > 0 {
		g.Expires = w.now.Add(life)
	}
	w.tx.Detail("authorization", authorization.String())
	w.tx.Detail("scopes", given.String())
	w.tx.Detail("version", fmt.Sprint(g.Version))
	return g, w.tx.AddGrant(g)
}

// authorize notes the scopes in the account's authorization. Where nobody decided on the app, because it is built in or nobody
// needs to, the first grant makes its record, so that there is something to revoke.
func (w *grantWriter) authorize(given scope.Set, fresh id.Authorization) (id.Authorization, error) {
	old := w.j.Authorization
	if old.ID.IsZero() {
		w.first = true
		a := store.FirstAuthorization(w.j.Tenant.ID, fresh, w.j.Client, w.now)
		a.Approved = given
		if w.j.Client.BuiltIn {
			a.Origin = policy.ByBeingBuiltIn
		}
		return fresh, w.tx.AddAuthorization(a)
	}
	if given.Minus(old.Approved).Len() == 0 {
		return old.ID, nil
	}
	old.Approved = old.Approved.Union(given)
	return old.ID, w.tx.NoteApproval(old)
}

// makeRoom ends the oldest grants of this user and app beyond the bound, first those whose code was never redeemed.
func (w *grantWriter) makeRoom(but id.Grant, until time.Time) error {
	live, err := w.tx.ListGrants(w.j.Tenant.ID, store.GrantFilter{User: w.j.User.ID, Client: w.j.Client.ID}, store.Page{Limit: 2 * maxGrants})
	if err != nil {
		return err
	}
	live = slices.DeleteFunc(live, func(g store.Grant) bool { return g.ID == but })
	slices.SortFunc(live, func(a, b store.Grant) int {
		return cmp.Or(boolOrder(!a.Installed.IsZero(), !b.Installed.IsZero()), a.Created.Compare(b.Created))
	})
	for i := 0; i <= len(live)-maxGrants; i++ {
		if err := w.tx.EndGrant(w.j.Tenant.ID, live[i].ID, "replaced", w.now); err != nil {
			return err
		}
		w.tx.Mark(mark.Subject{Tenant: w.j.Tenant.ID, Grant: live[i].ID}, nil, until)
		w.tx.Detail("ended", live[i].ID.String())
	}
	return nil
}

// boolOrder puts no before yes.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
