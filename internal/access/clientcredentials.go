package access

import (
	"context"
	"fmt"
	"slices"

	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// ClientCredentialsRequest asks for an access token with which a client acts for itself (RFC 6749 §4.4).
type ClientCredentialsRequest struct {
	Proof  Proof
	Scope  Narrowing
	Tenant string // that the path names; empty: the account that the client belongs to
	Remote string
}

// ClientCredentials issues an access token to a client that acts for itself, or answers *Refused. It writes nothing: the
// token is a statement made from memory.
//
// A client acts for itself in the account that owns it, and in another where an administrator said so: that a user there
// installed it says nothing of what it may do without a user.
func (a *Access) ClientCredentials(ctx context.Context, req ClientCredentialsRequest) (Issued, error) {
	if err := a.issues(); err != nil {
		return Issued{}, err
	}
	who, err := a.authenticate(ctx, &req.Proof, req.Remote)
	if err != nil {
		return Issued{}, err
	}
	if who.Registration.Public || !who.Registration.ClientCredentials {
		return Issued{}, refuseClient(&who, refusal.Finding{Code: refusal.GrantTypeNotAllowed, Got: "client_credentials"})
	}
	in := who.Owner
	if req.Tenant != "" {
		t, err := a.named(ctx, req.Tenant)
		if err != nil {
			return Issued{}, err
		}
		in = t.ID
	}
	if in.IsZero() {
		return Issued{}, refuseClient(&who, refusal.Finding{Code: refusal.AccountNotNamed})
	}
	var i issuing
	judge := func(from records) (v policy.Verdict, err error) {
		i, v, err = a.judgeClient(ctx, from, &who, in, req.Scope)
		return v, err
	}
	var at mark.Number
	var v policy.Verdict
	if a.memory.CaughtUp() {
		at, v, err = a.onMemory(ctx, judge)
	} else {
		// What memory would issue now could be born dead.
		err = a.store.View(ctx, func(r store.Reader) (err error) {
			at = r.Head()
			v, err = judge(readerRecords{r, a.rules})
			return err
		})
	}
	if err != nil {
		return Issued{}, refused(err)
	}
	if !v.Allowed() {
		if code := v.Findings[0].Code; policy.Decidable(code) || code == refusal.AuthorizationRevoked && in != who.Owner {
			v.Findings = slices.Insert(v.Findings, 0, refusal.Finding{Code: refusal.ClientNotAuthorized})
		}
		return Issued{}, i.refused(v)
	}
	said := i.claims(&v, at, a.clock.Now())
	if err := fits(&said); err != nil {
		return Issued{}, err
	}
	return a.sign(&i, said, &v)
}

// judgeClient loads what a client rests on that acts for itself in an account, and decides which of its registered scopes it
// has now.
func (a *Access) judgeClient(ctx context.Context, from records, who *proven, in id.Tenant, n Narrowing) (issuing, policy.Verdict, error) {
	now := a.clock.Now()
	i := issuing{client: who.client}
	q := policy.IssueQuestion{Now: now, Client: who.ID.String(), UserFound: true, Narrowed: n.Set, Asked: n.Asked, Facts: a.catalogs.Facts}
	c, ok, err := store.Found(from.client(ctx, who.ID))
	if err != nil {
		return i, policy.Verdict{}, fmt.Errorf("looking up the client: %w", err)
	}
	if q.ClientFound = ok; ok {
		i.client = c
		q.ClientEnabled = who.still(c) && c.Registration.ClientCredentials
		q.Scopes, q.Implied = c.Registration.Scopes(), a.catalogs.Implied(&c.Registration)
	}
	if i.tenant, ok, err = store.Found(from.tenant(ctx, in)); err != nil {
		return i, policy.Verdict{}, fmt.Errorf("looking up the tenant: %w", err)
	}
	q.GrantLives = ok
	if !ok {
		return i, policy.Issue(&q), nil
	}
	if q.Entitled, i.ends, err = from.entitled(ctx, i.tenant, now); err != nil {
		return i, policy.Verdict{}, err
	}
	s, err := a.stands.On(ctx, from, decided.Party{In: in, Client: &i.client.Client, Itself: true, Asked: q.Scopes})
	if err != nil {
		return i, policy.Verdict{}, err
	}
	i.govern(&s, &q)
	return i, policy.Issue(&q), nil
}

// Scopes are all that the catalogs in force know, without wildcards.
func (a *Access) Scopes() scope.Set { return a.catalogs.All() }
