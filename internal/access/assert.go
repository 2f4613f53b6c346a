package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prokura/internal/assertion"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// AssertRequest asks for an access token with the assertion of a connected app, the very one that signs in (RFC 7523 §2.1).
type AssertRequest struct {
	Assertion string
	Scope     Narrowing // of what the assertion's scp gives
	Tenant    string    // that the path names; empty: the connected app's
	Remote    string
}

// Assert issues an access token for an assertion, or answers *Refused. Decision, replay space and record are those of the
// sign-in: an assertion is honored at one of the doors, once (A102).
func (a *Access) Assert(ctx context.Context, req AssertRequest) (Issued, error) {
	if err := a.issues(); err != nil {
		return Issued{}, err
	}
	in := presentation{SignInRequest: SignInRequest{Assertion: req.Assertion, Remote: req.Remote}, narrow: &req.Scope,
		action: "token.assert", life: DefaultAccessLife}
	tenant, err := a.tenantOf(ctx, &req)
	switch {
	case errors.Is(err, store.ErrNotFound) && req.Tenant == "":
		said := assertion.Parse(req.Assertion)
		return Issued{}, a.throttle.try(ctx, req.Remote, func() *Refused {
			return refuseWith(refusal.Finding{Code: refusal.AssertionNamesNoAccount, Got: said.Issuer.Sent}, nil)
		})
	case errors.Is(err, store.ErrNotFound):
		in.ContentURL = req.Tenant // nobody's: the decision says so
	case err != nil:
		return Issued{}, refused(err)
	default:
		in.ContentURL = tenant.ContentURL
	}
	s, p, dropped, err := a.present(ctx, &in)
	if err != nil {
		return Issued{}, asElsewhere(err, req.Assertion)
	}
	said := token.Access{ID: s.ID, Tenant: s.Tenant, User: s.User, Name: p.user.Name, Client: s.Client, Authorization: s.Authorization,
		Secret: s.Secret, Plan: p.tenant.Plan, Roles: p.user.Roles, PlatformRoles: p.user.PlatformRoles, Scopes: s.Scopes,
		Stage: string(p.stage), Held: p.held, State: s.State, Issued: s.Created, Expires: s.Expires}
	signed, err := a.keys.Current().Access(&said)
	if err != nil {
		return Issued{}, refuseWith(refusal.Finding{Code: refusal.InternalFailure}, fmt.Errorf("signing the access token: %w", err))
	}
	out := Issued{AccessToken: signed, ID: s.ID, Expires: s.Expires, Life: s.Expires.Sub(s.Created).Truncate(time.Second), Scopes: s.Scopes,
		Client: s.Client, Tenant: p.tenant, User: p.user}
	for _, f := range dropped {
		out.Dropped = append(out.Dropped, store.Dropped{Scope: f.Scope, Code: string(f.Code)})
	}
	return out, nil
}

// asElsewhere answers that there is no such account as one is answered that the connected app is not of: else anybody could try which
// names there are (A151).
func asElsewhere(err error, sent string) error {
	r := refused(err)
	if r.cause.First().Code != refusal.TenantUnknown {
		return r
	}
	said := assertion.Parse(sent)
	v := r.Verdict
	v.Findings = append([]refusal.Finding{{Code: refusal.ClientUnknown, Got: said.Issuer.Sent}}, v.Findings...)
	return refuse(v)
}

// tenantOf is the account that the path names, or that of the connected app which the assertion says it is of. None of it is
// proven yet. What memory does not find is looked for again when it has caught up.
func (a *Access) tenantOf(ctx context.Context, req *AssertRequest) (store.Tenant, error) {
	t, err := a.findTenant(ctx, req)
	if !errors.Is(err, store.ErrNotFound) {
		return t, err
	}
	if err := a.memory.Sync(ctx); err != nil {
		return store.Tenant{}, err
	}
	return a.findTenant(ctx, req)
}

func (a *Access) findTenant(ctx context.Context, req *AssertRequest) (store.Tenant, error) {
	if req.Tenant != "" {
		return a.records.tenantNamed(ctx, req.Tenant)
	}
	said := assertion.Parse(req.Assertion)
	app, err := id.Parse[id.Client](said.Issuer.Value)
	if err != nil {
		return store.Tenant{}, store.ErrNotFound
	}
	in, err := a.records.tenantOfApp(ctx, app)
	if err != nil {
		return store.Tenant{}, err
	}
	return a.records.tenant(ctx, in)
}
