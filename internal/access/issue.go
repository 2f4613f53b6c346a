package access

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"prokura/internal/decided"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// DefaultAccessLife is how long an access token lives where the registration does not say.
const DefaultAccessLife = 30 * time.Minute

// Issued is what a token request gave.
type Issued struct {
	AccessToken  string
	RefreshToken string // empty: none
	ID           id.Session
	Expires      time.Time // of the access token
	Life         time.Duration
	Scopes       scope.Set
	Dropped      []store.Dropped // asked for and not given, at the grant or now
	Client       id.Client
	Tenant       store.Tenant
	User         store.User // zero: the client acts for itself
	Grant        id.Grant   // zero: there is none
	Created      time.Time  // of the grant
}

// Narrowing is the parameter scope of a token request: what it names and no more.
type Narrowing struct {
	Set   bool // the parameter was sent and is not empty
	Asked scope.Set
}

// issuing is what a token is issued from, as one state has it.
type issuing struct {
	client        *client
	grant         store.Grant // zero: the client acts for itself
	tenant        store.Tenant
	user          store.User
	authorization store.Authorization
	stage         policy.Stage // on which the token is issued
	ends          time.Time    // what the token rests on ends then; zero: no date is known
}

// judgeGrant loads what a grant rests on and decides what may be issued from it.
func (a *Access) judgeGrant(ctx context.Context, from records, who *proven, g store.Grant, n Narrowing, redeeming bool) (issuing, policy.Verdict, error) {
	now := a.clock.Now()
	i := issuing{grant: g}
	q := policy.IssueQuestion{Now: now, Client: g.Client.String(), Scopes: g.Scopes, Narrowed: n.Set, Asked: n.Asked,
		GrantLives: g.Ended.IsZero() && (g.Expires.IsZero() || now.Before(g.Expires)), Redeeming: redeeming, Facts: a.catalogs.Facts}
	var err error
	if i.client, q.ClientFound, err = store.Found(from.client(ctx, g.Client)); err != nil {
		return i, policy.Verdict{}, fmt.Errorf("looking up the client: %w", err)
	}
	if q.ClientFound {
		reg := &i.client.Registration
		q.ClientEnabled = who.still(i.client)
		q.Registered, q.Implied = reg.Scopes(), a.catalogs.Implied(reg)
	}
	if redeeming {
		q.Required = g.Required
	}
	if err := a.judgeTenant(ctx, from, g, now, &i, &q); err != nil {
		return i, policy.Verdict{}, err
	}
	if !g.Expires.IsZero() {
		i.ends = earlier(i.ends, g.Expires)
	}
	return i, policy.Issue(&q), nil
}

// judgeTenant loads what the grant rests on in its tenant.
func (a *Access) judgeTenant(ctx context.Context, from records, g store.Grant, now time.Time, i *issuing, q *policy.IssueQuestion) error {
	var ok bool
	var err error
	if i.tenant, ok, err = store.Found(from.tenant(ctx, g.Tenant)); err != nil || !ok {
		q.GrantLives = false // a tenant that was deleted took everything with it
		return err
	}
	if i.user, q.UserFound, err = store.Found(from.user(ctx, g.Tenant, g.User)); err != nil {
		return fmt.Errorf("looking up the user: %w", err)
	}
	q.UserDisabled = i.user.Disabled
	if q.Entitled, i.ends, err = from.entitled(ctx, i.tenant, now); err != nil || !q.ClientFound {
		return err
	}
	p := decided.Party{In: g.Tenant, Client: &i.client.Client, Asked: g.Scopes}
	if q.UserFound {
		p.User = &i.user
	}
	s, err := a.stands.On(ctx, from, p)
	if err != nil {
		return err
	}
	i.govern(&s, q)
	// Authorizing again does not bring back what hung on the authorization before.
	q.Authorized = q.Authorized && s.Authorization.ID == g.Authorization
	return nil
}

// govern fills in how the tenant stands to the client, with which stage and until when.
func (i *issuing) govern(s *decided.Standing, q *policy.IssueQuestion) {
	i.authorization, i.stage, q.Authorized = s.Authorization, s.Stage(), true
	if s.State != policy.Lapsed {
		i.ends = earlier(i.ends, s.Authorization.Expires)
	}
	q.Govern(s.Standing)
}

// earlier is the earlier of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// denies says whether memory's answer denies something that another node may have given meanwhile.
func denies(v *policy.Verdict) bool { return !v.Allowed() || len(v.Dropped) > 0 }

// onMemory decides on what memory holds, and answers the number of the state that it decided on. A no of memory, and a
// scope that it drops, is answered only by a memory that caught up after the request came.
func (a *Access) onMemory(ctx context.Context, judge func(records) (policy.Verdict, error)) (mark.Number, policy.Verdict, error) {
	at := a.memory.Head()
	v, err := judge(a.records)
	if err != nil || !denies(&v) {
		return at, v, err
	}
	if err := a.memory.Sync(ctx); err != nil {
		return at, v, err
	}
	if head := a.memory.Head(); head != at {
		at = head
		v, err = judge(a.records)
	}
	return at, v, err
}

// claims are what the access token says: what the verdict grants, made from the state of a number.
func (i *issuing) claims(v *policy.Verdict, at mark.Number, now time.Time) token.Access {
	issued := now.UTC().Truncate(time.Second)
	life := i.client.Registration.AccessLife
	if life <= 0 {
		life = DefaultAccessLife
	}
	ends := earlier(issued.Add(min(life, token.MaxLife)), i.ends).UTC().Truncate(time.Second)
	return token.Access{ID: entropy.ID[id.Session](), Tenant: i.tenant.ID, User: i.user.ID, Name: i.user.Name, Client: i.client.ID,
		Authorization: i.authorization.ID, Grant: i.grant.ID, Plan: i.tenant.Plan, Roles: i.user.Roles,
		PlatformRoles: i.user.PlatformRoles, Scopes: v.Granted, Stage: string(i.stage), Held: heldUnder(i.stage, v), State: at, Issued: issued, Expires: ends}
}

// heldUnder is what a token says of what would be left of its scopes if the tenant enforced its decisions. One that is issued
// while the tenant enforces them has no others.
func heldUnder(stage policy.Stage, v *policy.Verdict) scope.Set {
	if !stage.Lenient() {
		return scope.Set{}
	}
	return v.Held
}

// fits refuses what would not fit into a token, before anything is used up.
func fits(t *token.Access) error {
	if t.TooLarge() {
		return refuseWith(refusal.Finding{Code: refusal.AccessTokenTooLarge, Want: refusal.Size(token.MaxSize), Got: strconv.Itoa(t.Scopes.Len())}, nil)
	}
	return nil
}

// sign makes the access token.
func (a *Access) sign(i *issuing, said token.Access, v *policy.Verdict) (Issued, error) {
	signed, err := a.keys.Current().Access(&said)
	if err != nil {
		return Issued{}, refuseWith(refusal.Finding{Code: refusal.InternalFailure}, fmt.Errorf("signing the access token: %w", err))
	}
	out := Issued{AccessToken: signed, ID: said.ID, Expires: said.Expires, Life: said.Expires.Sub(said.Issued), Scopes: said.Scopes,
		Client: said.Client, Tenant: i.tenant, User: i.user, Grant: i.grant.ID, Created: i.grant.Created}
	out.Dropped = append(out.Dropped, i.grant.Dropped...)
	for _, f := range v.Dropped {
		out.Dropped = append(out.Dropped, store.Dropped{Scope: f.Scope, Code: string(f.Code)})
	}
	return out, nil
}

// refused says who was refused.
func (i *issuing) refused(v policy.Verdict) *Refused {
	r := refuse(v)
	r.Tenant, r.User, r.Client, r.Proven = i.grant.Tenant, i.grant.User, i.grant.Client, true
	if i.grant.ID.IsZero() {
		r.Tenant, r.Client = i.tenant.ID, i.client.ID
	}
	return r
}

// refuseGrant refuses with one finding about a grant that the client has shown it knows of.
func refuseGrant(g *store.Grant, f refusal.Finding) *Refused {
	r := refuseWith(f, nil)
	r.Tenant, r.User, r.Client, r.Proven = g.Tenant, g.User, g.Client, true
	return r
}

// refuseClient refuses with one finding about a client that has proven itself.
func refuseClient(who *proven, f refusal.Finding) *Refused {
	r := refuseWith(f, nil)
	r.Client, r.Tenant, r.Proven = who.ID, who.Owner, true
	return r
}

// issues refuses while nothing may be issued: the clock or the revocations cannot be relied on.
func (a *Access) issues() error {
	if err := errors.Join(a.mayIssue(), a.memory.Fresh()); err != nil {
		return refuseWith(refusal.Finding{Code: refusal.IssuingSuspended}, err)
	}
	return nil
}

// named is the tenant that a path names, by its content URL or its ID. One that there is not is answered like one that never decided
// on the client, and is in the book of neither it nor the client's owner: else anybody could try which names there are (A151).
func (a *Access) named(ctx context.Context, name string) (store.Tenant, error) {
	t, err := a.records.tenantNamed(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		if err := a.memory.Sync(ctx); err != nil {
			return store.Tenant{}, refused(err)
		}
		if t, err = a.records.tenantNamed(ctx, name); errors.Is(err, store.ErrNotFound) {
			return store.Tenant{}, refuse(policy.Verdict{Findings: []refusal.Finding{{Code: refusal.ClientNotAuthorized},
				{Code: refusal.TenantUnknown, Got: name, Case: refusal.Installing}}})
		}
	}
	if err != nil {
		return store.Tenant{}, refused(err)
	}
	return t, nil
}
