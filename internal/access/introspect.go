package access

import (
	"context"
	"errors"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// TokenRequest asks about one token, or asks to revoke it. What kind it is, the token itself says: a hint is not needed.
type TokenRequest struct {
	Proof  Proof
	Token  string
	Remote string
}

// Introspection is what we say of a token. The zero Introspection is of one that is not active, and says nothing else.
type Introspection struct {
	Active  bool
	Refresh bool         // it is a refresh token; then only ids, scopes and dates of Access are set
	Access  token.Access // what the token says
	Scopes  scope.Set    // that it has now
}

// Introspect answers what a token of the client is worth now, or *Refused. Of a token of somebody else, and of whatever is
// none, it answers that it is not active and nothing more (A190). It answers yes of no token while the revocations may be out
// of date (A191).
func (a *Access) Introspect(ctx context.Context, req TokenRequest) (Introspection, error) {
	who, err := a.authenticateFully(ctx, &req)
	if err != nil {
		return Introspection{}, err
	}
	if located, err := id.ParseLocated(id.RefreshToken, req.Token); err == nil {
		return a.introspectRefresh(ctx, &who, located)
	}
	c, err := a.presentedToken(ctx, req.Token)
	if err != nil || c == nil || c.token.Client != who.ID {
		return Introspection{}, err
	}
	if err := a.alive(c); err != nil {
		if refusal.Of(err).First().Code == refusal.RevocationsStale {
			return Introspection{}, err
		}
		return Introspection{}, nil
	}
	return Introspection{Active: true, Access: c.token, Scopes: a.stand(c, nil).scopes}, nil
}

// authenticateFully is for what a client may learn only once it has shown more than a name.
func (a *Access) authenticateFully(ctx context.Context, req *TokenRequest) (proven, error) {
	who, err := a.authenticate(ctx, &req.Proof, req.Remote)
	if err == nil && !who.authenticated() {
		err = notAuthenticated(who.client)
	}
	return who, err
}

// presentedToken is the access token that a proven client presents; nil: it is none that is valid now. What fails to verify
// is not counted against the client's address: resource servers present what others sent them.
func (a *Access) presentedToken(ctx context.Context, credential string) (*Caller, error) {
	if strings.Count(credential, ".") != 2 {
		return nil, nil
	}
	key := keyOf(bearerDoor, credential)
	if c, ok := a.callers.GetIfPresent(key); ok {
		return c, nil
	}
	c, r := a.verify(ctx, bearerDoor, credential)
	if r != nil {
		if r.denied() {
			return nil, nil
		}
		return nil, r
	}
	if err := a.memory.Reach(ctx, c.token.State); err != nil {
		return nil, refused(err)
	}
	a.callers.Set(key, c)
	return c, nil
}

func (a *Access) introspectRefresh(ctx context.Context, who *proven, located id.Located) (Introspection, error) {
	if err := a.memory.Fresh(); err != nil {
		return Introspection{}, refused(err)
	}
	row, g, err := a.readRefresh(ctx, located)
	if errors.Is(err, store.ErrNotFound) {
		return Introspection{}, nil
	}
	if err != nil {
		return Introspection{}, refused(err)
	}
	if row.Client != who.ID || !row.Used.IsZero() || !row.Expires.IsZero() && !a.clock.Now().Before(row.Expires) {
		return Introspection{}, nil
	}
	i, v, err := a.judgeGrant(ctx, a.records, who, g, Narrowing{}, false)
	if err == nil && !v.Allowed() {
		// A no of memory is answered only by a memory that caught up after the request came.
		if err = a.memory.Sync(ctx); err == nil {
			i, v, err = a.judgeGrant(ctx, a.records, who, g, Narrowing{}, false)
		}
	}
	if err != nil {
		return Introspection{}, refused(err)
	}
	// A refresh token for which nothing holds just now is not worth less than before: it works again when something does.
	if !v.Allowed() && !mayReturn(&v) {
		return Introspection{}, nil
	}
	return Introspection{Active: true, Refresh: true, Scopes: v.Granted, Access: token.Access{Tenant: g.Tenant, User: g.User,
		Name: i.user.Name, Client: g.Client, Authorization: g.Authorization, Grant: g.ID, Issued: row.Created, Expires: g.Expires}}, nil
}

// mayReturn says whether nothing refuses but what may hold again: scopes, and the account's decision on the app.
func mayReturn(v *policy.Verdict) bool {
	return len(v.Findings) == 1 && (v.Findings[0].Code == refusal.NoScopeLeft || policy.Decidable(v.Findings[0].Code))
}

// RevokeToken ends a token of the client: an access token alone, with a refresh token the whole grant (RFC 7009). What is no token
// of anybody is as good as revoked. That a token is another client's is answered like success, and said by ForeignToken.
func (a *Access) RevokeToken(ctx context.Context, req TokenRequest) error {
	who, err := a.authenticate(ctx, &req.Proof, req.Remote)
	if err != nil {
		return err
	}
	if located, err := id.ParseLocated(id.RefreshToken, req.Token); err == nil {
		return a.revokeGrant(ctx, &who, located)
	}
	c, err := a.presentedToken(ctx, req.Token)
	if err != nil || c == nil {
		return err
	}
	if c.token.Client != who.ID {
		return foreignToken(&who)
	}
	if a.stand(c, nil).void {
		return nil
	}
	act := audit.Act{Tenant: c.token.Tenant, Action: "token.revoke", Target: "access_token " + c.token.ID.String(),
		Actor:  audit.Actor{Kind: "client", ID: who.ID.String(), Name: who.Registration.Name},
		Detail: map[string]string{"user": c.token.User.String(), "grant": c.token.Grant.String()}}
	err = a.store.Do(ctx, act, func(tx store.Tx) error {
		tx.Mark(mark.Subject{Session: c.token.ID}, nil, c.token.Expires)
		return nil
	})
	if err != nil {
		return refused(err)
	}
	return nil
}

// revokeGrant ends the grant of a refresh token, also of one that was used: whoever gives up an old one wants none.
func (a *Access) revokeGrant(ctx context.Context, who *proven, located id.Located) error {
	_, g, err := a.readRefresh(ctx, located)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return refused(err)
	}
	if g.Client != who.ID {
		return foreignToken(who)
	}
	act := audit.Act{Tenant: g.Tenant, Action: "grant.end", Target: "grant " + g.ID.String(),
		Actor:  audit.Actor{Kind: "client", ID: who.ID.String(), Name: who.Registration.Name},
		Detail: map[string]string{"user": g.User.String(), "why": RevokedBy}}
	if err := a.endGrant(ctx, act, g, RevokedBy); err != nil && !errors.Is(err, store.ErrNotFound) {
		return refused(err)
	}
	return nil
}

// foreignToken is for the refusal book alone: to the client it is success, so that nobody learns which tokens there are
// (A193).
func foreignToken(who *proven) *Refused {
	return refuseClient(who, refusal.Finding{Code: refusal.TokenOfAnotherClient})
}

// ForeignToken says whether an error of Revoke only tells that the token is another client's.
func ForeignToken(err error) bool {
	r, ok := errors.AsType[*Refused](err)
	return ok && r.cause.First().Code == refusal.TokenOfAnotherClient
}
