// Package storetest defines what a store is. Each engine runs it, and nothing is promised that is not proved here.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Database is an empty database of an engine.
type Database struct {
	// Open opens it, as often as wanted.
	Open func(Options) (store.Store, error)
	// Migrate applies what is missing of the schema, and answers how many steps it has then.
	Migrate func(context.Context) (int, error)
	// Raw opens it beside the engine, to break it.
	Raw func(t *testing.T) *sql.DB
	// Shared says that several processes may have it open at once.
	Shared bool
}

// Options are those of every engine.
type Options struct {
	Clock      clock.Clock
	KeepSchema bool
	Queue      int
}

// Run proves that an engine keeps the contract. New makes an empty database that goes with the test.
func Run(t *testing.T, create func(t *testing.T) Database) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, db Database)
	}{
		{"Tenants", testTenants},
		{"Persons", testPersons},
		{"Users", testUsers},
		{"Groups", testGroups},
		{"ConnectedApps", testConnectedApps},
		{"Clients", testClients},
		{"ListClients", testListClients},
		{"DeleteClient", testDeleteClient},
		{"Authorizations", testAuthorizations},
		{"Governance", testGovernance},
		{"Terms", testTerms},
		{"Recall", testRecall},
		{"Revocation", testRevocation},
		{"ListAuthorizations", testListAuthorizations},
		{"AuthorizationsOf", testAuthorizationsOf},
		{"Unasked", testUnasked},
		{"Reach", testReach},
		{"Requests", testRequests},
		{"A093_one_request", testA093Request},
		{"Uses", testUses},
		{"Overview", testOverview},
		{"GovernanceGoes", testGovernanceGoes},
		{"Consents", testConsents},
		{"Grants", testGrants},
		{"EndGrants", testEndGrants},
		{"FormerGrants", testFormerGrants},
		{"GrantPages", testGrantPages},
		{"Codes", testCodes},
		{"RefreshTokens", testRefreshTokens},
		{"Logins", testLogins},
		{"Links", testLinks},
		{"Rights", testRights},
		{"InstallURLs", testInstallURLs},
		{"InstallURLBound", testInstallURLBound},
		{"Tallies", testTallies},
		{"SweepApps", testSweepApps},
		{"DeleteUser", testDeleteUser},
		{"AuditOf", testAuditOf},
		{"Keys", testKeys},
		{"Settings", testSettings},
		{"Text", testText},
		{"Pages", testPages},
		{"DeleteTenant", testDeleteTenant},
		{"A151_every_method_under_another_tenant", testA151},
		{"Audit", testAudit},
		{"FindAudit", testFindAudit},
		{"AuditTold", testAuditTold},
		{"AuditLog", testAuditLog},
		{"AuditLeader", testAuditLeader},
		{"PruneAudit", testPruneAudit},
		{"A260_a_deleted_user_is_erased", testA260},
		{"A232_without_entry_no_act", testA232},
		{"ActWithoutAction", testActWithoutAction},
		{"Refusals", testRefusals},
		{"RefusalBounds", testRefusalBounds},
		{"Sweep", testSweep},
		{"SweptFeed", testSweptFeed},
		{"Feed", testFeed},
		{"FeedInParallel", testFeedInParallel},
		{"PlainSignInsLeaveTheFeedAlone", testPlainSignIns},
		{"Marks", testMarks},
		{"BadMarks", testBadMarks},
		{"A093_one_burns", testA093Burn},
		{"A093_two_secrets", testA093Secrets},
		{"A093_after_restart", testA093Restart},
		{"A093_one_redeems", testA093Redeem},
		{"A093_one_of_each_version", testA093Version},
		{"A093_one_live_authorization", testA093Authorization},
		{"RevokedAgainstGranted", testRevokedAgainstGranted},
		{"CountedTogether", testCountedTogether},
		{"A239_one_first_key", testA239},
		{"RefusedMember", testRefusedMember},
		{"CancelledCaller", testCancelledCaller},
		{"Panic", testPanic},
		{"Goexit", testGoexit},
		{"FullQueue", testFullQueue},
		{"Closed", testClosed},
		{"Restart", testRestart},
		{"Random", testRandom},
		{"BeginEpoch", testBeginEpoch},
		{"A247_two_migrators", testA247},
		{"A248_schema", testA248},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, create(t)) })
	}
	t.Run("EveryMethodTakesTheTenant", testMethodsTakeTheTenant)
}

// start is when the clocks of these tests begin.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// startDay is the day of start.
var startDay = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

var ctx = context.Background()

// open opens a database for the length of a test.
func open(t *testing.T, db Database, o Options) store.Store {
	t.Helper()
	s, err := db.Open(o)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// nodes opens a database for the length of a test, where the engine allows it as two processes would.
func nodes(t *testing.T, db Database, o Options) []store.Store {
	t.Helper()
	list := []store.Store{open(t, db, o)}
	if db.Shared {
		list = append(list, open(t, db, o))
	}
	return list
}

func act(action string) audit.Act { return audit.Act{Actor: audit.Operator, Action: action} }

// do changes access, and demands that it works.
func do(t *testing.T, s store.Store, fn func(tx store.Tx) error) {
	t.Helper()
	if err := s.Do(ctx, act("test"), fn); err != nil {
		t.Fatalf("Do: %v", err)
	}
}

// refused tries to change access, and demands that it fails as wanted.
func refused(t *testing.T, s store.Store, want error, what string, fn func(tx store.Tx) error) {
	t.Helper()
	if err := s.Do(ctx, act("test"), fn); !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func tend(t *testing.T, s store.Store, fn func(u store.Upkeep) error) {
	t.Helper()
	if err := s.Tend(ctx, fn); err != nil {
		t.Fatalf("Tend: %v", err)
	}
}

// view reads one value.
func view[T any](t *testing.T, s store.Store, fn func(r store.Reader) (T, error)) T {
	t.Helper()
	v, err := try(s, fn)
	if err != nil {
		t.Fatalf("View: %v", err)
	}
	return v
}

func try[T any](s store.Store, fn func(r store.Reader) (T, error)) (T, error) {
	var v T
	err := s.View(ctx, func(r store.Reader) (err error) {
		v, err = fn(r)
		return err
	})
	return v, err
}

// absent demands that a record is not there.
func absent[T any](t *testing.T, s store.Store, what string, fn func(r store.Reader) (T, error)) {
	t.Helper()
	if v, err := try(s, fn); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%s: got %v, %v, want %v", what, v, err, store.ErrNotFound)
	}
}

func head(t *testing.T, s store.Store) mark.Number {
	t.Helper()
	n, err := s.Head(ctx)
	if err != nil {
		t.Fatalf("Head: %v", err)
	}
	return n
}

// The records of these tests.

func newTenant(contentURL string) store.Tenant {
	return store.Tenant{ID: entropy.ID[id.Tenant](), Name: "Tenant " + contentURL, ContentURL: contentURL,
		Plan: "enterprise", Created: start}
}

func newUser(in id.Tenant, name string) store.User {
	return store.User{Tenant: in, ID: entropy.ID[id.User](), Name: name, FullName: "Full " + name,
		Email: name + "@example.com", Roles: []string{"site_admin", "user"}, Created: start}
}

func newGroup(in id.Tenant, name string) store.Group {
	return store.Group{Tenant: in, ID: entropy.ID[id.Group](), Name: name, Created: start}
}

func newApp(in id.Tenant) store.ConnectedApp {
	return store.ConnectedApp{Tenant: in, Client: entropy.ID[id.Client](), Name: "script", Enabled: true,
		Scopes:        scope.NewSet(scope.MustParse("tableau:views:read"), scope.MustParse("tableau:jobs:read")),
		Authorization: entropy.ID[id.Authorization](), Version: 1, Created: start}
}

func newSecret(value string) store.Secret {
	return store.Secret{ID: entropy.ID[id.Secret](), Sealed: []byte(value), Created: start}
}

func newSession(in id.Tenant) store.Session {
	return store.Session{Tenant: in, ID: entropy.ID[id.Session](), User: entropy.ID[id.User](),
		Client: entropy.ID[id.Client](), Authorization: entropy.ID[id.Authorization](),
		Secret: entropy.ID[id.Secret](), Scopes: scope.NewSet(scope.MustParse("tableau:views:read")),
		State: mark.Number{Epoch: 1, N: 1}, Created: start, Expires: start.Add(4 * time.Hour)}
}

func newRefusal(in id.Tenant, n byte) store.Refusal {
	return store.Refusal{Reference: entropy.ID[id.Reference](), Fingerprint: [32]byte{n}, Tenant: in, Proven: true,
		First: start, Last: start, Count: 1, Verdict: []byte(`{"n":` + string('0'+n%10) + `}`)}
}

// addTenant adds a tenant.
func addTenant(t *testing.T, s store.Store, contentURL string) store.Tenant {
	t.Helper()
	v := newTenant(contentURL)
	do(t, s, func(tx store.Tx) error { return tx.AddTenant(v) })
	return v
}
