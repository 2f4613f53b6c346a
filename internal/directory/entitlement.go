package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// holdings are what decides which functions a tenant has: its plan, and single functions added or withdrawn.
type holdings struct {
	plan   []string
	single map[string]store.Entitlement
}

// holdings reads those of a tenant.
func (ru *Rules) holdings(r store.Reader, t store.Tenant) (holdings, error) {
	list, err := r.ListEntitlements(t.ID)
	if err != nil {
		return holdings{}, err
	}
	h := holdings{plan: ru.plans[t.Plan], single: make(map[string]store.Entitlement, len(list))}
	for _, e := range list {
		h.single[e.Entitlement] = e
	}
	return h, nil
}

// at says whether the function is there at a time.
func (h *holdings) at(entitlement string, when time.Time) bool {
	if e, ok := h.single[entitlement]; ok && e.InForce(when) {
		return !e.Withdrawn
	}
	return slices.Contains(h.plan, entitlement)
}

// end is the first moment from now on at which the function is not there; zero: none is known.
func (h *holdings) end(entitlement string, now time.Time) time.Time {
	moments := []time.Time{now}
	if e, ok := h.single[entitlement]; ok {
		moments = append(moments, e.From, e.Until)
		slices.SortFunc(moments, time.Time.Compare)
	}
	for _, m := range moments {
		if !m.Before(now) && !h.at(entitlement, m) {
			return m
		}
	}
	return time.Time{}
}

// Entitled answers which functions the tenant has at a time.
func (ru *Rules) Entitled(r store.Reader, t store.Tenant, now time.Time) (func(entitlement string) bool, error) {
	h, err := ru.holdings(r, t)
	if err != nil {
		return func(string) bool { return false }, err
	}
	return func(entitlement string) bool { return h.at(entitlement, now) }, nil
}

// EarliestEnd is when the tenant loses a function that it has now, as far as dates tell; zero: never. What is issued lives no
// longer, so that a date needs no mark when it passes.
func (ru *Rules) EarliestEnd(r store.Reader, t store.Tenant, now time.Time) (time.Time, error) {
	h, err := ru.holdings(r, t)
	if err != nil {
		return time.Time{}, err
	}
	var first time.Time
	for name := range h.single {
		end := h.end(name, now)
		if end.After(now) && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first, nil
}

// lost are the scopes that need a function which ends sooner than it did: what else gives it was counted on both sides.
func (ru *Rules) lost(before, after *holdings, now time.Time) []string {
	var out []string
	for _, e := range ru.entitlements {
		was, is := before.end(e, now), after.end(e, now)
		if !is.IsZero() && (was.IsZero() || is.Before(was)) {
			out = append(out, ru.needing[e]...)
		}
	}
	return distinct(out)
}

// losing runs what may take functions from a tenant, and marks the scopes that nothing gives any longer.
func (d *Directory) losing(tx store.Tx, t store.Tenant, change func() (store.Tenant, error)) error {
	before, err := d.rules.holdings(tx, t)
	if err != nil {
		return err
	}
	if t, err = change(); err != nil {
		return err
	}
	after, err := d.rules.holdings(tx, t)
	if err != nil {
		return err
	}
	// A mark without scopes would void everything.
	if scopes := d.rules.lost(&before, &after, d.now()); len(scopes) > 0 {
		tx.Mark(mark.Subject{Tenant: t.ID}, scopes, d.until())
	}
	return nil
}

// Holding is one function, and why a tenant has it or not.
type Holding struct {
	Entitlement string
	InForce     bool              // the tenant has it now
	Plan        bool              // by its plan
	Single      store.Entitlement // added to it or withdrawn singly; without a name: neither
}

// Holdings are the functions of a tenant's plan, and those added or withdrawn singly, by name, also those not in force.
func (d *Directory) Holdings(ctx context.Context, in id.Tenant) ([]Holding, error) {
	return read(ctx, d, func(r store.Reader) ([]Holding, error) {
		t, err := r.Tenant(in)
		if err != nil {
			return nil, store.Refuse(err, "tenant", in.String())
		}
		h, err := d.rules.holdings(r, t)
		if err != nil {
			return nil, err
		}
		names := slices.Clone(h.plan)
		for name := range h.single {
			names = append(names, name)
		}
		var out []Holding
		for _, name := range distinct(names) {
			out = append(out, Holding{Entitlement: name, InForce: h.at(name, d.now()), Plan: slices.Contains(h.plan, name), Single: h.single[name]})
		}
		return out, nil
	})
}

// PutEntitlement adds a function to a tenant, or withdraws one, in place of what was said of it before.
func (d *Directory) PutEntitlement(ctx context.Context, by audit.Actor, e store.Entitlement) (Holding, error) {
	none := Holding{}
	e.Created, e.From, e.Until = d.now(), seconds(e.From), seconds(e.Until)
	if !slices.Contains(d.rules.entitlements, e.Entitlement) {
		return none, refusal.New(refusal.Finding{Code: refusal.EntitlementUnknown, Got: e.Entitlement, Want: listed(d.rules.entitlements)})
	}
	if !e.Until.IsZero() && !e.Until.After(e.From) {
		return none, refusal.New(refusal.Finding{Code: refusal.DatesReversed, Got: e.Until.Format(time.RFC3339), Want: e.From.Format(time.RFC3339)})
	}
	action := "entitlement.add"
	if e.Withdrawn {
		action = "entitlement.withdraw"
	}
	var out Holding
	err := d.changeEntitlement(ctx, by, action, e.Tenant, e.Entitlement, func(tx store.Tx) error {
		detailTime(tx, "from", e.From)
		detailTime(tx, "until", e.Until)
		if err := tx.PutEntitlement(e); err != nil {
			return err
		}
		t, err := tx.Tenant(e.Tenant)
		if err != nil {
			return err
		}
		h, err := d.rules.holdings(tx, t)
		out = Holding{Entitlement: e.Entitlement, InForce: h.at(e.Entitlement, d.now()), Plan: slices.Contains(h.plan, e.Entitlement), Single: e}
		return err
	})
	return out, err
}

// DeleteEntitlement takes back what was said of a function, so that the plan alone decides.
func (d *Directory) DeleteEntitlement(ctx context.Context, by audit.Actor, in id.Tenant, entitlement string) error {
	return d.changeEntitlement(ctx, by, "entitlement.delete", in, entitlement, func(tx store.Tx) error {
		return store.Refuse(tx.DeleteEntitlement(in, entitlement), "entitlement", entitlement)
	})
}

func (d *Directory) changeEntitlement(ctx context.Context, by audit.Actor, action string, in id.Tenant, entitlement string, change func(store.Tx) error) error {
	act := audit.Act{Tenant: in, Actor: by, Action: action, Target: "entitlement " + entitlement}
	err := d.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		t, err := tx.Tenant(in)
		if err != nil {
			return err
		}
		return d.losing(tx, t, func() (store.Tenant, error) { return t, change(tx) })
	})
	return store.Refuse(err, "tenant", in.String())
}

// seconds cuts a time to what a row holds; zero stays zero.
func seconds(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

func detailTime(tx store.Tx, key string, t time.Time) {
	if !t.IsZero() {
		tx.Detail(key, t.Format(time.RFC3339))
	}
}

// listed writes names for people.
func listed(names []string) string {
	if len(names) == 0 {
		return "—"
	}
	return strings.Join(names, ", ")
}
