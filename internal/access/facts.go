package access

import (
	"context"
	"errors"
	"fmt"

	"prokura/internal/assertion"
	"prokura/internal/decided"
	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/seal"
	"prokura/internal/store"
)

// connectedApp is an app with its secrets opened. It lives in memory only.
type connectedApp struct {
	store.ConnectedApp
	values map[id.Secret]seal.Secret
}

// facts is where a decision finds its records: in memory, or in the transaction that writes.
type facts interface {
	tenantByContentURL(ctx context.Context, contentURL string) (store.Tenant, error)
	connectedApp(ctx context.Context, in id.Tenant, client id.Client) (*connectedApp, error)
	userByName(ctx context.Context, in id.Tenant, name string) (store.User, error)
	Settings(ctx context.Context, in id.Tenant) (store.Governance, error)
	burned(ctx context.Context, replay [32]byte) (bool, error)
}

// memoryFacts are records as memory holds them; what it lacks costs one read.
type memoryFacts struct {
	store    store.Store
	within   store.Reader // the transaction in which what is missing is read; nil: one of its own for each read
	registry *registry.Registry
	tenants  *feed.Cache[string, store.Tenant]
	apps     *feed.Cache[appKey, *connectedApp]
	users    *feed.Cache[userKey, store.User]
}

type appKey struct {
	in     id.Tenant
	client id.Client
}

type userKey struct {
	in   id.Tenant
	name string
}

// Bounds of the record caches, in records.
const (
	cachedTenants = 10_000
	cachedApps    = 10_000
	cachedUsers   = 20_000
)

func newMemoryFacts(s store.Store, m *feed.Memory, r *registry.Registry) memoryFacts {
	return memoryFacts{store: s, registry: r,
		tenants: feed.NewCache[string, store.Tenant](m, cachedTenants, func(_ string, t store.Tenant) []store.RecordName {
			return []store.RecordName{store.TenantRecord(t.ID), store.TenantGoneRecord(t.ID)}
		}),
		apps: feed.NewCache[appKey, *connectedApp](m, cachedApps, func(k appKey, _ *connectedApp) []store.RecordName {
			return []store.RecordName{store.ConnectedAppRecord(k.client), store.TenantGoneRecord(k.in)}
		}),
		users: feed.NewCache[userKey, store.User](m, cachedUsers, func(_ userKey, u store.User) []store.RecordName {
			return []store.RecordName{store.UserRecord(u.Tenant, u.ID), store.TenantGoneRecord(u.Tenant)}
		}),
	}
}

func (m memoryFacts) tenantByContentURL(ctx context.Context, contentURL string) (store.Tenant, error) {
	return recall(ctx, m, m.tenants, contentURL, store.Reader.TenantByContentURL)
}

func (m memoryFacts) connectedApp(ctx context.Context, in id.Tenant, client id.Client) (*connectedApp, error) {
	return recall(ctx, m, m.apps, appKey{in, client}, func(r store.Reader, k appKey) (*connectedApp, error) {
		return openApp(r, m.registry, k.in, k.client)
	})
}

func (m memoryFacts) userByName(ctx context.Context, in id.Tenant, name string) (store.User, error) {
	return recall(ctx, m, m.users, userKey{in, name}, func(r store.Reader, k userKey) (store.User, error) { return r.UserByName(k.in, k.name) })
}

// recall answers a record from memory. What it lacks it reads: in the transaction that asks, without waiting for anybody, or
// else in one of its own, which all share who ask meanwhile.
func recall[K comparable, V any](ctx context.Context, m memoryFacts, c *feed.Cache[K, V], key K, read func(store.Reader, K) (V, error)) (V, error) {
	if v, ok := c.Peek(key); ok {
		return v, nil
	}
	if m.within != nil {
		return c.Fill(key, func() (V, error) { return read(m.within, key) })
	}
	return c.Get(ctx, key, func(ctx context.Context) (v V, err error) {
		err = m.store.View(ctx, func(r store.Reader) error {
			v, err = read(r, key)
			return err
		})
		return v, err
	})
}

func (m memoryFacts) burned(ctx context.Context, replay [32]byte) (used bool, err error) {
	err = m.store.View(ctx, func(r store.Reader) error {
		used, err = r.Burned(replay)
		return err
	})
	return used, err
}

// readerFacts are records as one transaction sees them.
type readerFacts struct {
	store.Reader
	registry *registry.Registry
}

func (r readerFacts) tenantByContentURL(_ context.Context, contentURL string) (store.Tenant, error) {
	return r.TenantByContentURL(contentURL)
}

func (r readerFacts) connectedApp(_ context.Context, in id.Tenant, client id.Client) (*connectedApp, error) {
	return openApp(r.Reader, r.registry, in, client)
}

func (r readerFacts) userByName(_ context.Context, in id.Tenant, name string) (store.User, error) {
	return r.UserByName(in, name)
}

func (r readerFacts) Settings(_ context.Context, in id.Tenant) (store.Governance, error) {
	return decided.Settings(r.Reader, in)
}

func (r readerFacts) burned(_ context.Context, replay [32]byte) (bool, error) {
	return r.Burned(replay)
}

func openApp(r store.Reader, reg *registry.Registry, in id.Tenant, client id.Client) (*connectedApp, error) {
	record, err := r.ConnectedApp(in, client)
	if err != nil {
		return nil, err
	}
	app := &connectedApp{record, make(map[id.Secret]seal.Secret, len(record.Secrets))}
	for _, s := range record.Secrets {
		if app.values[s.ID], err = reg.SecretValue(s); err != nil {
			return nil, fmt.Errorf("opening secret %s of connected app %s: %w", s.ID, client, err)
		}
	}
	return app, nil
}

// presented is an assertion with the records it leads to; what was not found is nil or zero.
type presented struct {
	assertion *assertion.Assertion
	tenant    store.Tenant
	app       *connectedApp
	secret    id.Secret
	value     seal.Secret // of that secret
	user      store.User
	stage     policy.Stage // of the tenant
	held      scope.Set    // what would be left of what is given if the tenant enforced what it assigned
}

// judge loads what the assertion leads to and decides. The user is looked up only when everything before was found in
// order, so that nobody who cannot sign learns from an answer or its time whether a user exists (A106); everything says
// to look it up all the same, for the operator's diagnosis.
func (a *Access) judge(ctx context.Context, from facts, req *SignInRequest, p *presented, everything bool) (policy.Verdict, error) {
	q := policy.SignInQuestion{Now: a.clock.Now(), Assertion: p.assertion, ContentURL: req.ContentURL,
		NeedScopes: a.needScopes, Expand: a.catalogs.Expand}
	if err := p.findApp(ctx, from, req, &q); err != nil {
		return policy.Verdict{}, err
	}
	if q.AllAssigned {
		q.AllAssigned, q.Assigned = false, a.catalogs.Whole()
	}
	if everything && q.KeyKnown && p.assertion.ID.Valid {
		used, err := from.burned(ctx, assertion.ReplayKey(p.value.Reveal(), p.assertion.ID.Value))
		if err != nil {
			return policy.Verdict{}, err
		}
		q.Replayed = passed(!used)
	}
	v := policy.Presented(&q)
	if !everything && !v.SignatureHolds(&q) || !q.TenantKnown || !p.assertion.Subject.Valid {
		v.Complete(&q)
		return v, nil
	}
	user, err := from.userByName(ctx, p.tenant.ID, p.assertion.Subject.Value)
	switch {
	case errors.Is(err, store.ErrNotFound):
		q.User = policy.Failed
	case err != nil:
		return policy.Verdict{}, fmt.Errorf("looking up the user: %w", err)
	default:
		p.user = user
		q.User, q.UserDisabled = policy.Passed, user.Disabled
		if req.UserID != "" {
			q.Beside = passed(req.UserID == user.ID.String())
		}
	}
	v.Complete(&q)
	return v, nil
}

// findApp looks up tenant, app and key, and checks the signature.
func (p *presented) findApp(ctx context.Context, from facts, req *SignInRequest, q *policy.SignInQuestion) error {
	tenant, err := from.tenantByContentURL(ctx, req.ContentURL)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking up the tenant: %w", err)
	}
	p.tenant, q.TenantKnown = tenant, true
	g, err := from.Settings(ctx, tenant.ID)
	if err != nil {
		return fmt.Errorf("looking up how the tenant decides on apps: %w", err)
	}
	p.stage, q.Lenient = g.Settings.Stage, g.Settings.Stage.Lenient()
	client, err := id.Parse[id.Client](p.assertion.Issuer.Value)
	if err != nil {
		return nil // an issuer that is no client ID is no app's
	}
	app, err := from.connectedApp(ctx, tenant.ID, client)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking up the connected app: %w", err)
	}
	p.app, q.ClientKnown, q.Enabled, q.Authorized = app, true, app.Enabled, !app.Revoked
	q.AllAssigned, q.Assigned = app.AllScopes, app.Scopes
	secret, err := id.Parse[id.Secret](p.assertion.KeyID)
	if err != nil {
		return nil // likewise a key ID
	}
	value, ok := app.values[secret]
	if !ok {
		return nil
	}
	p.secret, p.value, q.KeyKnown, q.KeyAlgorithm = secret, value, true, assertion.HS256
	if p.assertion.Readable() {
		q.Signature = passed(p.assertion.VerifyHS256(value.Reveal()))
	}
	return nil
}

func passed(ok bool) policy.Outcome {
	if ok {
		return policy.Passed
	}
	return policy.Failed
}
