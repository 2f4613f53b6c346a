package govern

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/decided"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// By is who decides for a tenant. The zero User is the operator, who holds every permission; it counts only for an actor that is
// no user.
type By struct {
	Actor audit.Actor
	User  id.User
}

// Governance is how a tenant decides on apps. Where it never said, the vendor's stage holds.
func (d *Decisions) Governance(ctx context.Context, in id.Tenant) (g store.Governance, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		if _, err := r.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		g, err = decided.Settings(r, in)
		return err
	})
	if err != nil {
		return store.Governance{}, refused(err)
	}
	return g, nil
}

// VendorStage is the stage of tenants that never chose one.
func (d *Decisions) VendorStage(ctx context.Context) (s policy.Stage, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		s, err = decided.VendorStage(r)
		return err
	})
	if err != nil {
		return policy.Enforce, refused(err)
	}
	return s, nil
}

// SetGovernance writes how a tenant decides on apps. version is the one that was seen; if somebody wrote another meanwhile, it is
// refused. What the settings close loses its tokens at once, and gets others as far as it may. That administrators are held to their
// own permissions is ended only by who holds them all (A156).
func (d *Decisions) SetGovernance(ctx context.Context, by By, in id.Tenant, g policy.Governance, version int) (store.Governance, error) {
	var out store.Governance
	act := audit.Act{Tenant: in, Action: "governance.set", Target: "tenant " + in.String()}
	err := d.govern(ctx, act, by, func(tx store.Tx, au authority) error {
		was, err := decided.Settings(tx, in)
		if err != nil {
			return err
		}
		if was.Version != version {
			return refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged})
		}
		if err := d.checkSettings(tx, in, &g); err != nil {
			return err
		}
		if was.Settings.OwnPermissions && !g.OwnPermissions && !au.all() {
			return refusal.New(refusal.Finding{Code: refusal.AuthorityMissing, Want: directory.SuperAdmin, Field: "own_permissions"})
		}
		out = store.Governance{Tenant: in, Settings: g, Version: version + 1, Updated: d.when()}
		if err := d.narrowSettings(tx, in, &was.Settings, &g); err != nil {
			return err
		}
		tx.Changed(toldSettings(&was.Settings), toldSettings(&g))
		return tx.PutGovernance(out)
	})
	if err != nil {
		return store.Governance{}, err
	}
	return out, nil
}

// toldSettings writes settings for the audit book.
func toldSettings(g *policy.Governance) map[string]string {
	out := map[string]string{"door": cmp.Or(string(g.Door), "authorization_required"), "stage": cmp.Or(string(g.Stage), "enforce"),
		"own_permissions": strconv.FormatBool(g.OwnPermissions), "reviewers": strings.Join(g.Reviewers, " "),
		"request_days": strconv.Itoa(int(g.RequestLife().Hours()) / 24), "show_mail": strconv.FormatBool(g.ShowMail), "no_mail": strconv.FormatBool(g.NoMail)}
	for i := range g.Rules {
		out["rules."+strconv.Itoa(i+1)] = toldRule(&g.Rules[i])
	}
	return out
}

// toldRule writes a rule in one line: what it names, and which door that opens.
func toldRule(r *policy.Rule) string {
	var risks, parts []string
	for _, risk := range r.Risks {
		risks = append(risks, map[policy.Risk]string{policy.Reads: "read", policy.Writes: "write", policy.Deletes: "delete"}[risk])
	}
	if r.Verified {
		parts = append(parts, "verified=true")
	}
	for _, named := range []struct {
		name string
		list []string
	}{{"risks", risks}, {"scopes", r.Scopes}, {"clients", r.Clients}} {
		if len(named.list) > 0 {
			parts = append(parts, named.name+"="+strings.Join(named.list, " "))
		}
	}
	for _, p := range r.Publishers { // names have spaces in them
		parts = append(parts, "publisher="+strconv.Quote(p))
	}
	return strings.Join(append(parts, "policy="+cmp.Or(string(r.Door), "authorization_required")), ", ")
}

// SetVendorStage sets the stage of tenants that never chose one; it is the operator's. Where it begins to enforce, their tokens end
// at once, tenant by tenant, and everybody fetches new ones; if that is interrupted, doing it again completes it.
func (d *Decisions) SetVendorStage(ctx context.Context, by By, stage policy.Stage) error {
	if err := mayOperate(by); err != nil {
		return refused(err)
	}
	switch stage {
	case policy.Enforce, policy.Report, policy.Off:
	default:
		return refused(refusal.New(refusal.Finding{Code: refusal.FieldUnknown, Got: string(stage), Want: "enforce, report, off", Field: "stage"}))
	}
	act := audit.Act{Actor: by.Actor, Action: "governance.set_vendor_stage", Target: "vendor"}
	err := d.store.Do(ctx, act, func(tx store.Tx) error {
		was, err := decided.VendorStage(tx)
		if err != nil {
			return err
		}
		tx.Changed(map[string]string{"stage": cmp.Or(string(was), "enforce")}, map[string]string{"stage": cmp.Or(string(stage), "enforce")})
		return tx.SetSetting(store.EnforcementSetting, []byte(stage))
	})
	for p := (store.Page{Limit: 200}); err == nil && !stage.Lenient(); {
		var n int
		if n, p.After, err = d.enforceFor(ctx, by, p); n < p.Limit {
			break
		}
	}
	if err != nil {
		return refused(err)
	}
	return nil
}

// enforceFor ends the tokens of the tenants of one page that never chose a stage.
func (d *Decisions) enforceFor(ctx context.Context, by By, p store.Page) (n int, last string, err error) {
	act := audit.Act{Actor: by.Actor, Action: "governance.enforce", Target: "vendor"}
	err = d.store.Do(ctx, act, func(tx store.Tx) error {
		list, err := tx.ListTenants(p)
		if err != nil {
			return err
		}
		n, last = len(list), ""
		for _, t := range list {
			last = t.ContentURL
			g, err := tx.Governance(t.ID)
			if err != nil {
				return err
			}
			if g.Version == 0 {
				tx.Mark(mark.Subject{Tenant: t.ID}, nil, d.when().Add(token.MaxLife))
			}
		}
		tx.Detail("tenants", strconv.Itoa(n))
		return nil
	})
	return n, last, err
}

// when is now as records hold it.
func (d *Decisions) when() time.Time { return d.clock.Now().UTC().Truncate(time.Second) }
