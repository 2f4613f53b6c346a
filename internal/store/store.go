// Package store is the contract of the database: records, and small interfaces by role. The engines behind it are
// store/sqlite and store/postgres; store/storetest proves that both keep it.
//
// What changes access goes through [Store.Do], which takes the act for the audit book: act and entry commit together.
// Every method on a table that belongs to a tenant takes the tenant. What another tenant owns is not found.
package store

import (
	"context"
	"errors"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
)

// What callers tell apart, with errors.Is. Every other error is a failure of the infrastructure.
var (
	// ErrNotFound: there is no such record in this tenant.
	ErrNotFound = errors.New("not found")
	// ErrTaken: a unique name or URL belongs to another record.
	ErrTaken = errors.New("name is taken")
	// ErrUsed: what may be used once was used before.
	ErrUsed = errors.New("already used")
	// ErrOverloaded: the writer's queue is full; nothing was done.
	ErrOverloaded = errors.New("too many writes are waiting")
	// ErrClosed: the store was closed, or stopped itself after a write could not be made durable; nothing was done.
	ErrClosed = errors.New("store is closed")
	// ErrUncertain: the connection broke while a transaction committed, or its commit could not be made durable, and
	// whether it did is not known.
	ErrUncertain = errors.New("the outcome of the write is not known")
	// ErrInUse: another process has the database open.
	ErrInUse = errors.New("database is in use by another process")
	// ErrSchema: the database's schema is not the one this program knows, so that it must not be opened.
	ErrSchema = errors.New("database schema does not fit this program")
)

// Store is one database.
type Store interface {
	// Do runs fn in one transaction that changes access, and inserts the audit entry of the act in it. It returns when
	// the transaction is durable, or has left no trace.
	//
	// fn may run more than once and must not keep what it learned in an earlier run. An error of fn rolls back its own
	// writes and is returned as it is. What ctx ends is only the waiting: once fn ran, its outcome is waited for.
	// fn does nothing slow, and starts no other transaction of the same store, since writers may wait for each other.
	// An act without an action or an actor is refused.
	Do(ctx context.Context, act audit.Act, fn func(Tx) error) error

	// Tend runs fn in one transaction that changes nobody's access: sweeping, the refusal book, our own bookkeeping.
	Tend(ctx context.Context, fn func(Upkeep) error) error

	// View runs fn on one state of the database, whose number is Reader.Head.
	View(ctx context.Context, fn func(Reader) error) error

	// Glance runs fn for a single read, without a transaction around it: a second read would see another state, and
	// Reader.Head is not known. It spares a View the better part of what it costs.
	Glance(ctx context.Context, fn func(Reader) error) error

	Feed

	// Committed registers what is told of this process's own changes: after they are durable and before Do returns,
	// in the order of their numbers. It is called once, before the first Do.
	Committed(func([]Change))

	// Failed is closed when the store stopped itself, because a commit could not be made durable. The process must end
	// then: what it believes to be stored may not be.
	Failed() <-chan struct{}

	// Ping answers whether the database can be read and written.
	Ping(ctx context.Context) error

	// Close waits for what is under way.
	Close() error
}

// Feed is the numbered list of changes: every mark, and the name of every record that a memory may hold.
type Feed interface {
	// Head is the number of the newest change.
	Head(ctx context.Context) (mark.Number, error)
	// Changes are those after the number given, oldest first, at most limit. ErrNotFound: changes after that number
	// were swept already or belong to an older epoch, so that the reader must load everything anew with Marks.
	Changes(ctx context.Context, after mark.Number, limit int) ([]Change, error)
	// Marks are all marks that can still match a live token, and the head they were read at.
	Marks(ctx context.Context) ([]mark.Mark, mark.Number, error)
	// Woken is signalled when another process may have written. It is a hint: a reader polls as well.
	Woken() <-chan struct{}
}

// Change is one row of the feed.
type Change struct {
	Number mark.Number
	At     time.Time
	Mark   *mark.Mark // nil: the row only names a record
	Record RecordName // empty: the row is only a mark
}

// RecordName names a record that memories may hold, so that they drop it: kind and key, such as "connected_app <id>".
type RecordName string

// Reader reads one numbered state.
type Reader interface {
	// Head is the number of the state that is read.
	Head() mark.Number
	Tenants
	Users
	Groups
	ConnectedApps
	Keys
	Audit
	Refusals
	Clients
	Grants
	Governing
	Overview
	Logins
	Rights
}

// Tx reads and writes in one transaction that changes access. Writers record by themselves which records changed;
// what narrows access is said with Mark by whoever decides it.
type Tx interface {
	Reader
	TenantWriter
	UserWriter
	GroupWriter
	ConnectedAppWriter
	SessionWriter
	KeyWriter
	ClientWriter
	GrantWriter
	GovernanceWriter
	LoginWriter
	RightWriter
	SettingWriter

	// Mark voids what was issued to the subject before this transaction. It is numbered last, just before the commit.
	Mark(subject mark.Subject, lost []string, until time.Time)
	// Target says in the audit entry what the act is done to, where that was not known before.
	Target(target string)
	// Detail adds to the audit entry what was not known before.
	Detail(key, value string)
	// Changed adds to the audit entry what was changed: fields as they were and as they are. Those that are equal are left
	// out.
	Changed(before, after map[string]string)
}

// Upkeep writes what changes nobody's access.
type Upkeep interface {
	Reader
	RefusalWriter
	SettingWriter
	KeyWriter
	Counters
	Burner
	AuditSealer
	// BeginEpoch begins a new epoch if the database is older than the state given, which a token proved that we signed
	// ourselves: then it was restored, and everything issued before is void. It answers whether it did.
	BeginEpoch(proof mark.Number) (bool, error)
	// Sweep deletes expired rows of every table, at most limit of each, and ends grants whose refresh token expired. It says
	// how many rows it touched.
	Sweep(now time.Time, limit int) (int, error)
}

// Page asks for the next Limit records after a key; the empty key begins. Lists are ordered by that key, byte by byte.
// Without a limit it is 100.
type Page struct {
	After string
	Limit int
}

// Tenants reads tenants. They are vendor-wide in number and looked up before a tenant is known.
type Tenants interface {
	Tenant(in id.Tenant) (Tenant, error)
	TenantByContentURL(contentURL string) (Tenant, error)
	ListTenants(p Page) ([]Tenant, error) // by content URL
}

// TenantWriter writes tenants. ErrTaken: the content URL is another's.
type TenantWriter interface {
	AddTenant(t Tenant) error
	UpdateTenant(t Tenant) error
	// DeleteTenant deletes the tenant and everything that it owns but its audit entries: also the clients it registered, in
	// all tenants. Logins that act in it act in none.
	DeleteTenant(in id.Tenant) error
}

// Users reads users.
type Users interface {
	User(in id.Tenant, user id.User) (User, error)
	UserByName(in id.Tenant, name string) (User, error)
	ListUsers(in id.Tenant, p Page) ([]User, error) // by name
	CountUsers(in id.Tenant) (int, error)
	UsersWithRole(in id.Tenant, role string) ([]User, error) // by name; those that are disabled, too
	// Person finds a login, vendor-wide.
	PersonByLogin(login string) (Person, error)
	// TenantsOfPerson are the tenants in which the person has an enabled user.
	TenantsOfPerson(person id.Person) ([]Tenant, error)
	Person(person id.Person) (Person, error)
	// UserOfPerson is the enabled user of the person in the tenant.
	UserOfPerson(in id.Tenant, person id.Person) (User, error)
}

// UserWriter writes users and the persons behind them. ErrTaken: the name is another user's, the login another
// person's.
type UserWriter interface {
	AddPerson(p Person) error
	UpdatePerson(p Person) error
	AddUser(u User) error
	UpdateUser(u User) error
	DeleteUser(in id.Tenant, user id.User) error
	// LockTenant holds the tenant's row to the end of the transaction, for guards that count.
	LockTenant(in id.Tenant) error
}

// Groups reads groups and their members.
type Groups interface {
	Group(in id.Tenant, group id.Group) (Group, error)
	ListGroups(in id.Tenant, p Page) ([]Group, error)                     // by name
	ListMembers(in id.Tenant, group id.Group, p Page) ([]User, error)     // by name
	ListGroupsOfUser(in id.Tenant, user id.User, p Page) ([]Group, error) // by name
	CountGroups(in id.Tenant) (int, error)
	CountMembers(in id.Tenant, group id.Group) (int, error)
}

// GroupWriter writes groups. ErrTaken: the name is another group's, or the user is a member already.
type GroupWriter interface {
	AddGroup(g Group) error
	UpdateGroup(g Group) error
	DeleteGroup(in id.Tenant, group id.Group) error
	AddMember(in id.Tenant, group id.Group, user id.User) error
	RemoveMember(in id.Tenant, group id.Group, user id.User) error
}

// ConnectedApps reads connected apps.
type ConnectedApps interface {
	ConnectedApp(in id.Tenant, client id.Client) (ConnectedApp, error) // with its secrets, oldest first
	ListConnectedApps(in id.Tenant, p Page) ([]ConnectedApp, error)    // by client ID
	CountConnectedApps(in id.Tenant) (int, error)
	// TenantOfConnectedApp says where an app is found of which nothing but the client ID is known.
	TenantOfConnectedApp(client id.Client) (id.Tenant, error)
}

// ConnectedAppWriter writes connected apps and their secrets.
type ConnectedAppWriter interface {
	AddConnectedApp(a ConnectedApp) error // without secrets
	UpdateConnectedApp(a ConnectedApp) error
	DeleteConnectedApp(in id.Tenant, client id.Client) error
	// AddSecret refuses with ErrTaken when the app has MaxSecrets already.
	AddSecret(in id.Tenant, client id.Client, s Secret) error
	DeleteSecret(in id.Tenant, client id.Client, secret id.Secret) error
}

// Burner uses up assertions.
type Burner interface {
	// Burn uses up an assertion. The key is SHA-256 of the verifying key and the jti, one space across tenants and
	// doors. ErrUsed: it was burned before. It is kept until the time given.
	Burn(replay [32]byte, until time.Time) error
}

// SessionWriter writes what a sign-in with an assertion leaves behind.
type SessionWriter interface {
	Burner
	AddSession(s Session) error
}

// Burned answers whether Burn would say ErrUsed; it is for diagnosis only.
type Burned interface {
	Burned(replay [32]byte) (bool, error)
}

// Keys reads our own signing keys, with the private parts sealed.
type Keys interface {
	ListKeys() ([]Key, error) // oldest first
	Setting(name string) ([]byte, error)
	Burned
}

// KeyWriter writes our own signing keys.
type KeyWriter interface {
	AddKey(k Key) error
	UpdateKey(k Key) error
	DeleteKey(key id.Key) error
}

// SettingWriter writes named values of our own.
type SettingWriter interface {
	SetSetting(name string, value []byte) error
	// AddSetting writes the value only where the name has none, and answers the one that stands.
	AddSetting(name string, value []byte) ([]byte, error)
}

// Refusals reads the refusal book.
type Refusals interface {
	Refusal(ref id.Reference) (Refusal, error)
	ListRefusals(in id.Tenant, limit int) ([]Refusal, error) // newest first
}

// RefusalWriter keeps the refusal book.
type RefusalWriter interface {
	// AddRefusal inserts a refusal, or, where one of the same fingerprint was begun within the hour, raises its count.
	// Beyond the tenant's bound the oldest are deleted.
	AddRefusal(r Refusal) error
}
