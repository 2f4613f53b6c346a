package directory

import (
	"context"
	"slices"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/reserved"
	"prokura/internal/store"
)

// NewTenant is what a tenant is made of.
type NewTenant struct {
	Name, ContentURL, Plan string
	// ID is chosen by the caller where it must be known before, as by a demo; zero draws one.
	ID id.Tenant
}

// TenantChange changes what is not nil.
type TenantChange struct{ Name, ContentURL, Plan *string }

// CreateTenant makes a tenant.
func (d *Directory) CreateTenant(ctx context.Context, by audit.Actor, n NewTenant) (store.Tenant, error) {
	t := store.Tenant{ID: n.ID, Name: n.Name, ContentURL: n.ContentURL, Plan: n.Plan, Created: d.now()}
	if t.ID.IsZero() {
		t.ID = entropy.ID[id.Tenant]()
	}
	if err := d.checkTenant(t); err != nil {
		return store.Tenant{}, err
	}
	a := tenantAct(by, "tenant.create", t.ID)
	a.Detail = map[string]string{"content_url": t.ContentURL, "plan": t.Plan}
	err := d.store.Do(ctx, a, func(tx store.Tx) error { return tx.AddTenant(t) })
	return t, store.Refuse(err, "tenant", t.ContentURL)
}

// Tenant finds one tenant.
func (d *Directory) Tenant(ctx context.Context, in id.Tenant) (store.Tenant, error) {
	t, err := read(ctx, d, func(r store.Reader) (store.Tenant, error) { return r.Tenant(in) })
	return t, store.Refuse(err, "tenant", in.String())
}

// TenantByContentURL finds the tenant that a content URL names.
func (d *Directory) TenantByContentURL(ctx context.Context, contentURL string) (store.Tenant, error) {
	t, err := read(ctx, d, func(r store.Reader) (store.Tenant, error) { return r.TenantByContentURL(contentURL) })
	return t, store.Refuse(err, "tenant", contentURL)
}

// ListTenants lists tenants by content URL.
func (d *Directory) ListTenants(ctx context.Context, p store.Page) ([]store.Tenant, error) {
	return read(ctx, d, func(r store.Reader) ([]store.Tenant, error) { return r.ListTenants(p) })
}

// UpdateTenant changes a tenant. What a plan no longer gives is gone from tokens at once.
func (d *Directory) UpdateTenant(ctx context.Context, by audit.Actor, in id.Tenant, c TenantChange) (store.Tenant, error) {
	var t store.Tenant
	err := d.store.Do(ctx, tenantAct(by, "tenant.update", in), func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		old, err := tx.Tenant(in)
		if err != nil {
			return err
		}
		return d.losing(tx, old, func() (store.Tenant, error) {
			t = old
			set(&t.Name, c.Name)
			set(&t.ContentURL, c.ContentURL)
			set(&t.Plan, c.Plan)
			if err := d.checkTenant(t); err != nil {
				return t, err
			}
			tx.Detail("content_url", t.ContentURL)
			tx.Detail("plan", t.Plan)
			return t, tx.UpdateTenant(t)
		})
	})
	return t, refuse(err, "tenant", in.String(), t.ContentURL)
}

// DeleteTenant deletes a tenant with all that it owns, and ends every session in it. The apps of a developer's account go with
// it, and so does every token of theirs, in all tenants.
func (d *Directory) DeleteTenant(ctx context.Context, by audit.Actor, in id.Tenant) error {
	err := d.store.Do(ctx, tenantAct(by, "tenant.delete", in), func(tx store.Tx) error {
		t, err := tx.Tenant(in)
		if err != nil {
			return err
		}
		tx.Detail("content_url", t.ContentURL)
		tx.Mark(mark.Subject{Tenant: in}, nil, d.until())
		if err := d.voidClients(tx, in); err != nil {
			return err
		}
		return tx.DeleteTenant(in)
	})
	return store.Refuse(err, "tenant", in.String())
}

// voidClients ends every token of the apps that an account owns.
func (d *Directory) voidClients(tx store.Tx, owner id.Tenant) error {
	for p := (store.Page{Limit: 100}); ; {
		list, err := tx.ListClients(owner, p)
		if err != nil {
			return err
		}
		for i := range list {
			tx.Mark(mark.Subject{Client: list[i].ID}, nil, d.until())
		}
		if len(list) < p.Limit {
			return nil
		}
		p.After = list[len(list)-1].ID.String()
	}
}

func tenantAct(by audit.Actor, action string, in id.Tenant) audit.Act {
	return audit.Act{Tenant: in, Actor: by, Action: action, Target: "tenant " + in.String()}
}

func (d *Directory) checkTenant(t store.Tenant) error {
	if err := refusal.CheckName("name", t.Name); err != nil {
		return err
	}
	if err := checkContentURL(t.ContentURL); err != nil {
		return err
	}
	if _, ok := d.rules.plans[t.Plan]; !ok {
		return refusal.New(refusal.Finding{Code: refusal.PlanUnknown, Got: t.Plan, Want: listed(d.rules.planNames)})
	}
	return nil
}

// checkContentURL accepts letters, digits, hyphen and underscore, beginning with a letter or digit, as the seed's own
// content URLs have them; dates and words of our own paths are refused.
func checkContentURL(s string) error {
	if s == "" {
		return refusal.New(refusal.Finding{Code: refusal.FieldMissing, Got: "content_url"})
	}
	ok := len(s) <= 100 && !slices.Contains(reserved.Words(), strings.ToLower(s)) && !looksLikeDate(s)
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		ok = ok && (letter || i > 0 && (c == '-' || c == '_'))
	}
	if !ok {
		return refusal.New(refusal.Finding{Code: refusal.ContentURLInvalid, Got: s, Want: strings.Join(reserved.Words(), ", ")})
	}
	return nil
}

// looksLikeDate recognizes 2026-11 and 2026-11-22, which name versions of an API.
func looksLikeDate(s string) bool {
	if len(s) != 7 && len(s) != 10 {
		return false
	}
	for i := range len(s) {
		dash := i == 4 || i == 7
		if dash != (s[i] == '-') || !dash && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// set changes a field if a change is given.
func set[T any](field *T, change *T) {
	if change != nil {
		*field = *change
	}
}
