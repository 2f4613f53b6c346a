package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prokura/internal/assertion"
	"prokura/internal/decided"
	"prokura/internal/directory"
	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// client is a registered app with its public keys read. It is not changed after it is made.
type client struct {
	store.Client
	keys []assertion.PublicKey
}

// readClient reads a client. Keys that cannot be read verify nothing; registering refuses them.
func readClient(r store.Reader, want id.Client) (*client, error) {
	record, err := r.Client(want)
	if err != nil {
		return nil, err
	}
	c := &client{Client: record}
	if len(record.Registration.Keys) > 0 {
		if c.keys, err = assertion.ParseKeys(record.Registration.Keys); err != nil {
			return nil, fmt.Errorf("reading the keys of client %s: %w", want, err)
		}
	}
	return c, nil
}

// records is where a decision on an app finds its facts: in memory, or in the transaction that writes. What is not there is
// store.ErrNotFound.
type records interface {
	decided.Facts
	client(ctx context.Context, client id.Client) (*client, error)
	tenant(ctx context.Context, in id.Tenant) (store.Tenant, error)
	tenantByContentURL(ctx context.Context, contentURL string) (store.Tenant, error)
	user(ctx context.Context, in id.Tenant, user id.User) (store.User, error)
	// entitled answers which functions the tenant has now, and when it loses one of them; zero: never.
	entitled(ctx context.Context, t store.Tenant, now time.Time) (func(string) bool, time.Time, error)
}

// memoryRecords are records as memory holds them; what it lacks costs one read.
type memoryRecords struct {
	memoryFacts
	rules          *directory.Rules
	clients        *feed.Cache[id.Client, *client]
	tenantsByID    *feed.Cache[id.Tenant, store.Tenant]
	usersByID      *feed.Cache[userIDKey, store.User]
	authorizations *feed.Cache[appKey, maybeAuthorization]
	governances    *feed.Cache[id.Tenant, store.Governance]
	rights         *feed.Cache[id.Tenant, []store.Entitlement]
	ownRoles       *feed.Cache[id.Tenant, map[string]store.Role]
	appTenants     *feed.Cache[id.Client, id.Tenant]
}

type userIDKey struct {
	in   id.Tenant
	user id.User
}

// maybeAuthorization also holds that there is none: a client that acts for itself in its owner's tenant has none as a rule,
// and each of its tokens would ask. That one is made is told by the feed under the same name.
type maybeAuthorization struct {
	store.Authorization
	found bool
}

const cachedClients = 10_000

func newMemoryRecords(f memoryFacts, m *feed.Memory, rules *directory.Rules) memoryRecords {
	gone := store.TenantGoneRecord
	return memoryRecords{memoryFacts: f, rules: rules,
		clients: feed.NewCache(m, cachedClients, func(k id.Client, c *client) []store.RecordName {
			return registry.ClientRecords(k, c.Client)
		}),
		tenantsByID: feed.NewCache(m, cachedTenants, func(k id.Tenant, _ store.Tenant) []store.RecordName {
			return []store.RecordName{store.TenantRecord(k), gone(k)}
		}),
		usersByID: feed.NewCache(m, cachedUsers, func(k userIDKey, _ store.User) []store.RecordName {
			return []store.RecordName{store.UserRecord(k.in, k.user), gone(k.in)}
		}),
		authorizations: feed.NewCache(m, cachedUsers, func(k appKey, _ maybeAuthorization) []store.RecordName {
			return []store.RecordName{store.AuthorizationRecord(k.in, k.client), store.ClientRecord(k.client), gone(k.in)}
		}),
		governances: feed.NewCache(m, cachedTenants, func(k id.Tenant, _ store.Governance) []store.RecordName {
			return []store.RecordName{store.GovernanceRecord(k), store.EnforcementRecord, gone(k)}
		}),
		ownRoles: feed.NewCache(m, cachedTenants, func(k id.Tenant, _ map[string]store.Role) []store.RecordName {
			return []store.RecordName{store.RightsRecord(k), gone(k)}
		}),
		rights: feed.NewCache(m, cachedTenants, func(k id.Tenant, _ []store.Entitlement) []store.RecordName {
			return []store.RecordName{store.RightsRecord(k), gone(k)}
		}),
		appTenants: feed.NewCache(m, cachedApps, func(k id.Client, in id.Tenant) []store.RecordName {
			return []store.RecordName{store.ConnectedAppRecord(k), gone(in)}
		}),
	}
}

func (m memoryRecords) client(ctx context.Context, want id.Client) (*client, error) {
	return recall(ctx, m.memoryFacts, m.clients, want, readClient)
}

func (m memoryRecords) tenant(ctx context.Context, in id.Tenant) (store.Tenant, error) {
	return recall(ctx, m.memoryFacts, m.tenantsByID, in, store.Reader.Tenant)
}

// tenantNamed is the tenant that a path names, by its ID or content URL.
func (m memoryRecords) tenantNamed(ctx context.Context, name string) (store.Tenant, error) {
	if in, err := id.Parse[id.Tenant](name); err == nil {
		return m.tenant(ctx, in)
	}
	return m.tenantByContentURL(ctx, name)
}

func (m memoryRecords) user(ctx context.Context, in id.Tenant, user id.User) (store.User, error) {
	return recall(ctx, m.memoryFacts, m.usersByID, userIDKey{in, user}, func(r store.Reader, k userIDKey) (store.User, error) { return r.User(k.in, k.user) })
}

func (m memoryRecords) Newest(ctx context.Context, in id.Tenant, of id.Client) (store.Authorization, error) {
	a, err := recall(ctx, m.memoryFacts, m.authorizations, appKey{in, of}, func(r store.Reader, k appKey) (maybeAuthorization, error) {
		a, err := r.AuthorizationOf(k.in, k.client)
		if errors.Is(err, store.ErrNotFound) {
			return maybeAuthorization{}, nil
		}
		return maybeAuthorization{a, true}, err
	})
	if err == nil && !a.found {
		err = store.ErrNotFound
	}
	return a.Authorization, err
}

func (m memoryRecords) Settings(ctx context.Context, in id.Tenant) (store.Governance, error) {
	return recall(ctx, m.memoryFacts, m.governances, in, decided.Settings)
}

// tenantOfApp is where the connected app of a client ID is.
func (m memoryRecords) tenantOfApp(ctx context.Context, app id.Client) (id.Tenant, error) {
	return recall(ctx, m.memoryFacts, m.appTenants, app, store.Reader.TenantOfConnectedApp)
}

func (m memoryRecords) entitled(ctx context.Context, t store.Tenant, now time.Time) (func(string) bool, time.Time, error) {
	list, err := recall(ctx, m.memoryFacts, m.rights, t.ID, store.Reader.ListEntitlements)
	if err != nil {
		return nil, time.Time{}, err
	}
	return entitled(m.rules, rememberedRights{list: list}, t, now)
}

// rememberedRights answers from memory the one question that the rules ask of a state.
type rememberedRights struct {
	store.Reader // nil: nothing else is asked
	list         []store.Entitlement
}

// ListEntitlements are those of the tenant that they were read of.
func (r rememberedRights) ListEntitlements(id.Tenant) ([]store.Entitlement, error) {
	return r.list, nil
}

func entitled(rules *directory.Rules, r store.Reader, t store.Tenant, now time.Time) (func(string) bool, time.Time, error) {
	has, err := rules.Entitled(r, t, now)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading what the tenant is entitled to: %w", err)
	}
	end, err := rules.EarliestEnd(r, t, now)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading what the tenant is entitled to: %w", err)
	}
	return has, end, nil
}

// readerRecords are records as one transaction sees them.
type readerRecords struct {
	store.Reader
	rules *directory.Rules
}

func (r readerRecords) client(_ context.Context, want id.Client) (*client, error) {
	return readClient(r.Reader, want)
}

func (r readerRecords) tenant(_ context.Context, in id.Tenant) (store.Tenant, error) {
	return r.Tenant(in)
}

func (r readerRecords) tenantByContentURL(_ context.Context, contentURL string) (store.Tenant, error) {
	return r.TenantByContentURL(contentURL)
}

func (r readerRecords) user(_ context.Context, in id.Tenant, user id.User) (store.User, error) {
	return r.User(in, user)
}

func (r readerRecords) Newest(_ context.Context, in id.Tenant, of id.Client) (store.Authorization, error) {
	return r.AuthorizationOf(in, of)
}

func (r readerRecords) Settings(_ context.Context, in id.Tenant) (store.Governance, error) {
	return decided.Settings(r.Reader, in)
}

func (r readerRecords) entitled(_ context.Context, t store.Tenant, now time.Time) (func(string) bool, time.Time, error) {
	return entitled(r.rules, r.Reader, t, now)
}
