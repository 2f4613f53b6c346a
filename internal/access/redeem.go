package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/jws"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/redirect"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/token"
)

// RedeemRequest asks for tokens with an authorization code (RFC 6749 §4.1.3).
type RedeemRequest struct {
	Proof       Proof
	Code        string
	RedirectURI string // empty: left out
	Verifier    string // code_verifier; empty: left out
	Tenant      string // that the path names; empty: none
	Remote      string
}

// Redeem issues the first tokens of a grant, once, or answers *Refused. Whatever shows that a code is in wrong hands ends
// the grant with everything that was issued from it, though the request fails (A049, A051, A057).
func (a *Access) Redeem(ctx context.Context, req RedeemRequest) (Issued, error) {
	if err := a.issues(); err != nil {
		return Issued{}, err
	}
	who, err := a.authenticate(ctx, &req.Proof, req.Remote)
	if err != nil {
		return Issued{}, err
	}
	located, err := id.ParseLocated(id.Code, req.Code)
	if err != nil || !a.samePath(ctx, req.Tenant, located.Tenant()) {
		return Issued{}, refuseClient(&who, refusal.Finding{Code: refusal.CodeUnknown})
	}
	code, grant, err := a.readCode(ctx, located)
	if errors.Is(err, store.ErrNotFound) {
		return Issued{}, refuseClient(&who, refusal.Finding{Code: refusal.CodeUnknown})
	}
	if err != nil {
		return Issued{}, refused(err)
	}
	if f, why := req.judge(&who, &code, a.clock.Now()); f.Code != "" {
		return Issued{}, a.wrongHands(ctx, &who, grant, f, why)
	}
	return a.redeem(ctx, &who, code, grant)
}

// samePath says whether a path that names a tenant names this one. Without a name it does.
func (a *Access) samePath(ctx context.Context, name string, in id.Tenant) bool {
	if name == "" {
		return true
	}
	t, err := a.named(ctx, name)
	return err == nil && t.ID == in
}

func (a *Access) readCode(ctx context.Context, located id.Located) (code store.Code, grant store.Grant, err error) {
	err = a.store.View(ctx, func(r store.Reader) error {
		if code, err = r.Code(located.Tenant(), located.Hash()); err != nil {
			return err
		}
		grant, err = r.Grant(code.Tenant, code.Grant)
		return err
	})
	return code, grant, err
}

// Why a family ended that was found in wrong hands.
const (
	endedReplayed  = "replayed"
	endedElsewhere = "presented_by_another_client"
	endedMisused   = "code_misused"
)

// judge answers what is wrong with the request for the code, and why the family must end; no code: nothing is wrong.
func (req *RedeemRequest) judge(who *proven, code *store.Code, now time.Time) (f refusal.Finding, end string) {
	switch {
	case code.Client != who.ID:
		// To whoever only names a client, the code of another must not be worth anything, not even its end (A078).
		if who.authenticated() {
			end = endedElsewhere
		}
		return refusal.Finding{Code: refusal.CodeUnknown}, end
	case !code.Used.IsZero():
		return refusal.Finding{Code: refusal.CodeUsed}, endedReplayed
	case !now.Before(code.Expires):
		return refusal.Finding{Code: refusal.CodeExpired, Want: strconv.Itoa(int(CodeLife / time.Second))}, ""
	case !req.sameRedirect(who, code):
		return refusal.Finding{Code: refusal.CodeRedirectMismatch}, endedMisused
	case req.verifier(who, code) != "":
		return refusal.Finding{Code: req.verifier(who, code)}, endedMisused
	}
	// A redirect URI that was taken back meanwhile (A042).
	if _, ok := redirect.Match(who.Registration.RedirectURIs, code.RedirectURI); code.RedirectURI != "" && !ok {
		return refusal.Finding{Code: refusal.RedirectURIMismatch, Got: code.RedirectURI}, ""
	}
	return refusal.Finding{}, ""
}

// sameRedirect compares byte by byte with what the authorization request sent (RFC 6749 §4.1.3). Where it sent none, the
// only registered one may be named (A010).
func (req *RedeemRequest) sameRedirect(who *proven, code *store.Code) bool {
	if code.RedirectURI != "" {
		return req.RedirectURI == code.RedirectURI
	}
	known := who.Registration.RedirectURIs
	return req.RedirectURI == "" || len(known) == 1 && known[0] == req.RedirectURI
}

// verifier checks PKCE (RFC 7636 §4.6), S256 only: the form before the comparison (A056), neither half without the other
// (A053, A054).
func (req *RedeemRequest) verifier(who *proven, code *store.Code) refusal.Code {
	switch sent := req.Verifier; {
	case code.Challenge == "" && sent != "":
		return refusal.CodeVerifierUnexpected
	case sent == "" && (code.Challenge != "" || who.Registration.Public):
		return refusal.CodeVerifierMissing
	case sent == "":
		return ""
	case len(sent) < 43 || len(sent) > 128 || slices.ContainsFunc([]byte(sent), notVerifier):
		return refusal.CodeVerifierMalformed
	}
	sum := sha256.Sum256([]byte(req.Verifier))
	if subtle.ConstantTimeCompare([]byte(jws.Encode(sum[:])), []byte(code.Challenge)) != 1 {
		return refusal.CodeVerifierMismatch
	}
	return ""
}

func notVerifier(c byte) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	return !letter && c != '-' && c != '.' && c != '_' && c != '~'
}

// redeem decides and writes.
func (a *Access) redeem(ctx context.Context, who *proven, code store.Code, grant store.Grant) (Issued, error) {
	now := a.clock.Now()
	var i issuing
	at, v, err := a.onMemory(ctx, func(from records) (v policy.Verdict, err error) {
		i, v, err = a.judgeGrant(ctx, from, who, grant, Narrowing{}, true)
		return v, err
	})
	if err != nil {
		return Issued{}, refused(err)
	}
	if !v.Allowed() {
		return Issued{}, i.refused(v)
	}
	next := newLocated(id.RefreshToken, grant.Tenant)
	said, err := a.issueInTx(ctx, a.act(who, grant.Tenant, "grant.redeem"), who, &i, &v, at, true, Narrowing{}, func(tx store.Tx, i *issuing) error {
		return redeemInTx(tx, code, i, next, now.UTC().Truncate(time.Second))
	})
	if errors.Is(err, store.ErrUsed) {
		// Somebody else was first: of two who have the same code one is a thief, and nobody can say which (A050).
		return Issued{}, a.wrongHands(ctx, who, grant, refusal.Finding{Code: refusal.CodeUsed}, endedReplayed)
	}
	if errors.Is(err, store.ErrNotFound) {
		return Issued{}, refuseGrant(&grant, refusal.Finding{Code: refusal.GrantEnded})
	}
	if err != nil {
		return Issued{}, refused(err)
	}
	out, err := a.sign(&i, said, &v)
	out.RefreshToken = next.Reveal()
	if err == nil {
		a.registry.Tally(who.ID, registry.TallyInstall)
	}
	return out, err
}

// redeemInTx uses the code up and writes what it becomes: with the first token the app counts as installed. What was approved,
// and how long the grant lives, was written when it was decided.
func redeemInTx(tx store.Tx, code store.Code, i *issuing, next id.Located, now time.Time) error {
	g := i.grant
	if i.authorization.Installed.IsZero() {
		// A decision at the same moment must not lose the scopes that it approves.
		if err := tx.LockTenant(g.Tenant); err != nil {
			return err
		}
		auth, err := tx.AuthorizationOf(g.Tenant, g.Client)
		if err != nil {
			return err
		}
		if auth.Installed.IsZero() {
			auth.Installed = now
			if err := tx.NoteApproval(auth); err != nil {
				return err
			}
		}
	}
	if err := tx.UseCode(code.Tenant, code.Hash, now); err != nil {
		return err
	}
	g.Installed = now
	if err := tx.UpdateGrant(g); err != nil {
		return err
	}
	return tx.AddRefreshToken(store.RefreshToken{Tenant: g.Tenant, Hash: next.Hash(), Grant: g.ID, Client: g.Client, Created: now})
}

// issueInTx decides what was decided on memory again where the database has moved on since, and writes with it. It
// answers what the token will say.
func (a *Access) issueInTx(ctx context.Context, act audit.Act, who *proven, i *issuing, v *policy.Verdict, at mark.Number,
	redeeming bool, n Narrowing, write func(store.Tx, *issuing) error) (token.Access, error) {
	now := a.clock.Now()
	onMemory := a.memory.CaughtUp()
	said := i.claims(v, at, now)
	if err := fits(&said); err != nil {
		return token.Access{}, err
	}
	decided, decision := *i, *v
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		*i, *v = decided, decision // anew at each run: what an earlier one saw was rolled back
		if !onMemory || tx.Head() != at {
			g, err := tx.Grant(decided.grant.Tenant, decided.grant.ID)
			if err != nil {
				return err
			}
			if *i, *v, err = a.judgeGrant(ctx, readerRecords{tx, a.rules}, who, g, n, redeeming); err != nil {
				return err
			}
			if !v.Allowed() {
				return i.refused(*v)
			}
			said = i.claims(v, tx.Head(), now)
			if err := fits(&said); err != nil {
				return err
			}
		}
		tellOf(tx, &i.grant)
		return write(tx, i)
	})
	return said, err
}

func newLocated(p id.Prefix, in id.Tenant) id.Located {
	return id.NewLocated(p, in, [32]byte(entropy.Bytes(32)))
}

// act begins the audit entry of what a client does in a tenant.
func (a *Access) act(who *proven, in id.Tenant, action string) audit.Act {
	act := audit.Act{Tenant: in, Action: action, Actor: audit.Actor{Kind: "client", ID: who.ID.String(), Name: who.Registration.Name}}
	if !who.secret.IsZero() {
		act.Detail = map[string]string{"secret": who.secret.String()}
	}
	return act
}

// tellOf says in the audit entry which grant the client did it with.
func tellOf(tx store.Tx, g *store.Grant) {
	tx.Target("grant " + g.ID.String())
	tx.Detail("user", g.User.String())
}

// wrongHands refuses, and ends the family first where it must end. Only a family that was seen to end is said to have: a
// failure to write is answered as one.
func (a *Access) wrongHands(ctx context.Context, who *proven, g store.Grant, f refusal.Finding, why string) error {
	if why != "" && g.Ended.IsZero() {
		act := audit.Act{Tenant: g.Tenant, Action: "grant.end", Target: "grant " + g.ID.String(),
			Actor:  audit.Actor{Kind: "client", ID: who.ID.String(), Name: who.Registration.Name},
			Detail: map[string]string{"user": g.User.String(), "why": why}}
		if err := a.endGrant(ctx, act, g, why); err != nil && !errors.Is(err, store.ErrNotFound) {
			return refused(fmt.Errorf("ending a grant that is in wrong hands: %w", err))
		}
		a.log.WarnContext(ctx, "a grant was ended: a code or refresh token of it is in wrong hands", "tenant", g.Tenant.String(),
			"client", g.Client.String(), "grant", g.ID.String(), "why", why)
	}
	if g.Client != who.ID {
		return refuseClient(who, f)
	}
	return refuseGrant(&g, f)
}
