package access

import (
	"context"
	"fmt"
	"time"

	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/token"
)

const (
	// identityKept is how long one identity header is used, identityLife how long it is valid: what was sent just
	// before its end still arrives. It says nothing but what its token says, and is asked for after the token was found
	// to stand, so that it does not grow old meanwhile. The times bound for how long an upstream that can be reached past
	// the gateway believes a header that leaked; a signature costs more than all else that is done for a call.
	identityKept = 4 * time.Minute
	identityLife = token.MaxIdentityLife
)

// Credential is the one credential of a call, as a dialect found it.
type Credential struct {
	Token  string
	Bearer bool // an access token; else the token of a session
}

// CallRequest is one API call.
type CallRequest struct {
	Credential string
	Bearer     bool // the credential is an access token; else it is that of a session
	Catalog    *catalog.Catalog
	Method     *catalog.Method // nil: the catalog names none here
	Asked      string          // verb and path, for people
	Tenant     string          // the tenant that the path names, as sent; empty: the method takes it from the token
	Audience   string          // the upstream's; empty: we answer the method ourselves, and nobody is told who calls
	Remote     string          // address and port, as net/http gives it; its failures are counted together
}

// Pass is an allowed call.
type Pass struct {
	Caller   *Caller
	Identity string // signed, for that upstream alone
}

// Call answers whether a call passes, or *Refused. It reads nothing but memory; a passing call of a token that was seen
// before allocates nothing.
func (a *Access) Call(ctx context.Context, req *CallRequest) (Pass, error) {
	c, err := a.caller(ctx, door(req.Bearer), req.Credential, req.Remote)
	if err != nil {
		return Pass{}, err
	}
	now := a.clock.Now()
	st := a.stand(c, req.Catalog)
	q := policy.CallQuestion{Fresh: a.memory.Fresh() == nil, Live: !st.void, Expired: now.Unix() >= c.expires,
		Asked: req.Asked, Tenant: c.token.Tenant, Scopes: &st.bits, Issued: &st.issued, ForApp: c.token.Secret.IsZero(),
		Userless: c.token.User.IsZero(), Stage: policy.Stage(c.token.Stage), Held: &st.held}
	if req.Method != nil {
		q.Method, q.Ours = req.Method, req.Method.AnsweredBy == catalog.ByProkura
		if q.Permitted, err = a.permits(ctx, c, st, req.Method.Permission); err != nil {
			return Pass{Caller: c}, refused(err)
		}
	}
	if req.Tenant != "" {
		q.TenantNamed = true
		q.PathTenant, _ = id.Parse[id.Tenant](req.Tenant) // what is no identifier is nobody's: zero
	}
	v := policy.Call(&q)
	if !v.Allowed() {
		return Pass{Caller: c}, c.refused(v)
	}
	if v.Foreseen != nil {
		a.foresee(c, req.Catalog, req.Method, *v.Foreseen, now)
	}
	var header string
	if req.Audience != "" {
		if header, err = a.identify(c, req.Audience, now); err != nil {
			return Pass{Caller: c}, refuseWith(refusal.Finding{Code: refusal.InternalFailure}, fmt.Errorf("signing the identity: %w", err))
		}
	}
	a.touch(c, now)
	a.count(c, req.Catalog, req.Method)
	return Pass{Caller: c, Identity: header}, nil
}

// Still answers whether a call that passed would pass now, as far as its token goes; it is for streams that stay
// open.
func (a *Access) Still(c *Caller) error { return a.alive(c) }

// alive answers whether the token stands: fresh, not expired, not void.
func (a *Access) alive(c *Caller) error {
	var v policy.Verdict
	switch {
	case a.memory.Fresh() != nil:
		v.Findings = append(v.Findings, refusal.Finding{Code: refusal.RevocationsStale})
	case a.clock.Now().Unix() >= c.expires:
		v.Findings = append(v.Findings, refusal.Finding{Code: refusal.CredentialExpired})
	case a.stand(c, nil).void:
		v.Findings = append(v.Findings, refusal.Finding{Code: refusal.CredentialRevoked})
	default:
		return nil
	}
	return c.refused(v)
}

// identify answers the header that tells the upstream who calls. It is kept for each token, and signed again when our
// key changed: what a revoked key signed is believed by nobody.
func (a *Access) identify(c *Caller, audience string, now time.Time) (string, error) {
	signer := a.keys.Current()
	if h := c.identity.Load(); h != nil && h.audience == audience && now.Unix() < h.until && h.key == signer.Key() {
		return h.header, nil
	}
	issued := now.UTC().Truncate(time.Second)
	s := &c.token
	header, err := signer.Identity(&token.Identity{
		Audience: audience, User: s.User, Tenant: s.Tenant, Client: s.Client, Session: s.ID,
		Name: s.Name, Roles: s.Roles, PlatformRoles: s.PlatformRoles, Issued: issued, Expires: issued.Add(identityLife),
	})
	if err != nil {
		return "", err
	}
	c.identity.Store(&identity{audience: audience, header: header, until: issued.Add(identityKept).Unix(), key: signer.Key()})
	return header, nil
}

// refused says who was refused: the token proved it.
func (c *Caller) refused(v policy.Verdict) *Refused {
	r := refuse(v)
	r.Tenant, r.Client, r.User, r.Proven = c.token.Tenant, c.token.Client, c.token.User, true
	return r
}

// act begins an audit entry of what the caller does.
func (c *Caller) act(action string) audit.Act {
	return audit.Act{Tenant: c.token.Tenant, Action: action, Target: "session " + c.token.ID.String(),
		Actor: audit.Actor{Kind: "user", ID: c.token.User.String(), Name: c.token.Name}}
}
