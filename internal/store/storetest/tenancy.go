package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

// vendorWide are the methods that do not take a tenant, each with the reason. A method that is neither here nor takes
// a tenant first fails the test below.
var vendorWide = map[string]string{
	"Head":                 "the feed is one for all tenants",
	"Tenant":               "the tenant is what is asked for",
	"TenantByContentURL":   "asked before the tenant is known",
	"TenantOfConnectedApp": "asked before the tenant is known",
	"ListTenants":          "for the operator",
	"AddTenant":            "makes it",
	"UpdateTenant":         "the record is the tenant",
	"Person":               "persons are vendor-wide",
	"PersonByLogin":        "persons are vendor-wide",
	"TenantsOfPerson":      "asked before the tenant is chosen",
	"AddPerson":            "persons are vendor-wide",
	"UpdatePerson":         "persons are vendor-wide",
	"ListKeys":             "our own keys",
	"AddKey":               "our own keys",
	"UpdateKey":            "our own keys",
	"DeleteKey":            "our own keys",
	"Setting":              "our own settings",
	"SetSetting":           "our own settings",
	"AddSetting":           "our own settings",
	"Burn":                 "one space of replay keys across tenants and doors",
	"Burned":               "one space of replay keys across tenants and doors",
	"Refusal":              "a reference is random, and found before the tenant is known; the surface compares the tenant",
	"Mark":                 "its subject names the tenant where it has one",
	"Target":               "the act names the tenant",
	"Detail":               "the act names the tenant",
	"Changed":              "the act names the tenant",
	"AuditSealed":          "the log seals the books of all tenants",
	"PendingAudit":         "the log seals the books of all tenants",
	"CountPendingAudit":    "the log seals the books of all tenants",
	"CountAudit":           "the log seals the books of all tenants",
	"AuditTile":            "the log seals the books of all tenants",
	"AuditRecords":         "the log seals the books of all tenants",
	"AuditRefs":            "the log seals the books of all tenants",
	"AuditNote":            "the log seals the books of all tenants",
	"AuditNotes":           "the log seals the books of all tenants",
	"LeadAudit":            "the log seals the books of all tenants",
	"SealAudit":            "the log seals the books of all tenants",
	"AddAuditNote":         "the log seals the books of all tenants",
	"PruneAudit":           "the log seals the books of all tenants",
	"EraseAudit":           "works off what DeleteUser of a tenant noted down",
	"BeginEpoch":           "the feed is one for all tenants",
	"Sweep":                "all tenants",
	"Client":               "clients are vendor-wide",
	"ClientVersions":       "clients are vendor-wide",
	"Logo":                 "clients are vendor-wide",
	"InstallURLs":          "clients are vendor-wide",
	"Tallies":              "clients are vendor-wide",
	"CountTenantsOf":       "counts all tenants",
	"AddClient":            "clients are vendor-wide",
	"UpdateClient":         "clients are vendor-wide",
	"DeleteClient":         "clients are vendor-wide",
	"AddClientSecret":      "clients are vendor-wide",
	"DeleteClientSecret":   "clients are vendor-wide",
	"PutLogo":              "clients are vendor-wide",
	"CountInstallURL":      "clients are vendor-wide",
	"AddTally":             "clients are vendor-wide",
	"NotableClients":       "clients are vendor-wide",
	"Unasked":              "clients are vendor-wide",
	"NoteAsked":            "clients are vendor-wide",
	"AuthorizationsOf":     "what all tenants decided on a client, for the operator",
	"Login":                "a cookie belongs to a person, and is found before the tenant is chosen",
	"ListLogins":           "persons are vendor-wide",
	"AddLogin":             "a cookie belongs to a person; its tenant is the one that was chosen",
	"DeleteLogin":          "a cookie belongs to a person",
	"DeleteLogins":         "persons are vendor-wide",
	"TouchLogin":           "a cookie belongs to a person",
	"CountUsersOf":         "counts all tenants",
	"Link":                 "a link is random, and found before the tenant is known",
	"AddLink":              "a link is found before the tenant is known",
	"UseLink":              "a link is random, and found before the tenant is known",
}

var tenantType = reflect.TypeFor[id.Tenant]()

// surfaces are all interfaces through which records are reached.
func surfaces() []reflect.Type {
	return []reflect.Type{reflect.TypeFor[store.Reader](), reflect.TypeFor[store.Tx](), reflect.TypeFor[store.Upkeep]()}
}

// takesTenant says whether the first parameter is a tenant, or a record that belongs to one.
func takesTenant(m reflect.Type) bool {
	if m.NumIn() == 0 {
		return false
	}
	first := m.In(0)
	if first == tenantType {
		return true
	}
	if first.Kind() == reflect.Slice { // records of several tenants, each with its own
		first = first.Elem()
	}
	if first.Kind() != reflect.Struct {
		return false
	}
	f, ok := first.FieldByName("Tenant")
	return ok && f.Type == tenantType
}

func testMethodsTakeTheTenant(t *testing.T) {
	seen := map[string]bool{}
	for _, surface := range surfaces() {
		for i := range surface.NumMethod() {
			m := surface.Method(i)
			seen[m.Name] = true
			if !takesTenant(m.Type) && vendorWide[m.Name] == "" {
				t.Errorf("%v.%s takes no tenant", surface, m.Name)
			}
		}
	}
	for name := range vendorWide {
		if !seen[name] {
			t.Errorf("%s is listed as vendor-wide, and is no method", name)
		}
	}
}

// testA151 calls every method that takes a tenant with another tenant than the one that owns what is named, and demands
// the very answer that it gives for what nobody owns.
func testA151(t *testing.T, db Database) {
	s := open(t, db, Options{})
	owner, stranger := addTenant(t, s, "owner"), addTenant(t, s, "stranger")
	theirs := fill(t, s, owner.ID)
	before := snapshot(t, s, owner.ID, theirs)
	nobody := things{user: newUser(stranger.ID, "nobody"), group: newGroup(stranger.ID, "nobody"), app: newApp(stranger.ID),
		secret: newSecret("nobody"), session: newSession(stranger.ID), refusal: newRefusal(stranger.ID, 9), hash: newHash(),
		role: newRole(stranger.ID, "nobody"), entitlement: store.Entitlement{Tenant: stranger.ID, Entitlement: "nobody"}}
	nobody.authorization = newAuthorization(stranger.ID, nobody.app.Client)
	nobody.grant = newGrant(nobody.authorization, nobody.user.ID)
	nobody.token = newToken(nobody.grant)
	nobody.consent = newConsent(nobody.authorization, nobody.user.ID)
	nobody.request = newRequest(nobody.authorization, nobody.user.ID)

	called := 0
	for _, surface := range surfaces() {
		for i := range surface.NumMethod() {
			m := surface.Method(i)
			if !takesTenant(m.Type) || vendorWide[m.Name] != "" || isAdd(m) || m.Name == "LockTenant" || m.Name == "DeleteTenant" ||
				m.Name == "PutEntitlement" || m.Name == "PutGovernance" {
				continue
			}
			called++
			got := call(s, surface, m, stranger.ID, theirs)
			want := call(s, surface, m, stranger.ID, nobody)
			if got != want {
				t.Errorf("%v.%s tells another's from nobody's: %s, want %s", surface, m.Name, got, want)
			}
		}
	}
	if called < 50 {
		t.Errorf("only %d methods were called", called)
	}
	same(t, "what the owner has", snapshot(t, s, owner.ID, theirs), before)
}

// isAdd says whether a method makes a record of identifiers that its caller drew: it names nothing of anybody else.
func isAdd(m reflect.Method) bool { return m.Name[:3] == "Add" && m.Type.In(0) != tenantType }

// things are one record of each kind in a tenant.
type things struct {
	user    store.User
	group   store.Group
	app     store.ConnectedApp
	secret  store.Secret
	session store.Session
	refusal store.Refusal

	role          store.Role
	entitlement   store.Entitlement
	authorization store.Authorization
	consent       store.Consent
	grant         store.Grant
	hash          [32]byte // of a code, of a refresh token, and of a token's successor
	token         store.RefreshToken
	request       store.AuthorizationRequest
}

func fill(t *testing.T, s store.Store, in id.Tenant) things {
	t.Helper()
	x := things{user: newUser(in, "ada"), group: newGroup(in, "sales"), app: newApp(in), secret: newSecret("x"),
		session: newSession(in), refusal: newRefusal(in, 1)}
	a := act("fill")
	a.Tenant = in
	err := s.Do(ctx, a, func(tx store.Tx) error {
		return errors.Join(tx.AddUser(x.user), tx.AddGroup(x.group), tx.AddMember(in, x.group.ID, x.user.ID),
			tx.AddConnectedApp(x.app), tx.AddSecret(in, x.app.Client, x.secret), tx.AddSession(x.session))
	})
	if err != nil {
		t.Fatal(err)
	}
	tend(t, s, func(u store.Upkeep) error { return u.AddRefusal(x.refusal) })
	fillApp(t, s, in, &x)
	return x
}

// fillApp has the user install a registered app. It has the connected app's identifier, so that each method finds something
// by it.
func fillApp(t *testing.T, s store.Store, in id.Tenant, x *things) {
	t.Helper()
	c, v := newClient(in)
	c.ID, x.hash = x.app.Client, newHash()
	x.role, x.entitlement = newRole(in, "sales"), store.Entitlement{Tenant: in, Entitlement: "workflows", Created: start}
	x.authorization = newAuthorization(in, c.ID)
	x.grant = newGrant(x.authorization, x.user.ID)
	x.consent = newConsent(x.authorization, x.user.ID)
	x.request = newRequest(x.authorization, x.user.ID)
	code := newCode(x.grant)
	x.token = newToken(x.grant)
	code.Hash, x.token.Hash, x.token.Sealed = x.hash, x.hash, []byte("sealed")
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddClient(c, v), tx.AddRole(x.role), tx.PutEntitlement(x.entitlement),
			tx.AddAuthorization(x.authorization), tx.PutConsent(x.consent), tx.AddGrant(x.grant), tx.AddCode(code),
			tx.AddRefreshToken(x.token), tx.AddLink(store.Link{Hash: newHash(), Kind: store.InviteLink, Tenant: in, User: x.user.ID}),
			tx.PutGovernance(newGovernance(in)), tx.AddAuthorizationRequest(x.request))
	})
	// A decision that was changed, and what was used and foreseen.
	changed := x.authorization
	changed.Version, changed.Reason = 2, "because"
	do(t, s, func(tx store.Tx) error { return tx.UpdateAuthorization(changed) })
	tend(t, s, func(u store.Upkeep) error {
		return errors.Join(u.AddUses([]store.Use{newUse(x.authorization)}), u.AddForeseen([]store.Foreseen{newForeseen(x.authorization, x.user.ID)}))
	})
}

func newRole(in id.Tenant, role string) store.Role {
	return store.Role{Tenant: in, ID: role, Name: "Sales", Permissions: []string{"crm:contacts:view"}, Created: start}
}

// snapshot is all that can be read of a tenant.
func snapshot(t *testing.T, s store.Store, in id.Tenant, x things) []string {
	t.Helper()
	var all []string
	for i := range reflect.TypeFor[store.Reader]().NumMethod() {
		m := reflect.TypeFor[store.Reader]().Method(i)
		if takesTenant(m.Type) {
			all = append(all, m.Name+": "+call(s, reflect.TypeFor[store.Reader](), m, in, x))
		}
	}
	return all
}

// call calls one method with a tenant and the names of things, and answers how it ended, in words.
func call(s store.Store, surface reflect.Type, m reflect.Method, in id.Tenant, x things) string {
	var answer string
	run := func(receiver any) error {
		args := make([]reflect.Value, m.Type.NumIn())
		for i := range args {
			args[i] = argument(m.Type.In(i), in, x)
		}
		var err error
		for _, out := range reflect.ValueOf(receiver).MethodByName(m.Name).Call(args) {
			if e, ok := out.Interface().(error); ok {
				err = e
			}
			answer += fmt.Sprintf("%v ", out.Interface())
		}
		return err
	}
	var err error
	switch surface {
	case reflect.TypeFor[store.Reader]():
		err = s.View(ctx, func(r store.Reader) error { return run(r) })
	case reflect.TypeFor[store.Tx]():
		err = s.Do(ctx, act("call"), func(tx store.Tx) error { answer = ""; return run(tx) })
	default:
		err = s.Tend(ctx, func(u store.Upkeep) error { answer = ""; return run(u) })
	}
	return fmt.Sprintf("%s(%v)", answer, err)
}

func argument(of reflect.Type, in id.Tenant, x things) reflect.Value {
	x.user.Tenant, x.group.Tenant, x.app.Tenant, x.session.Tenant = in, in, in, in
	x.role.Tenant, x.entitlement.Tenant, x.authorization.Tenant, x.consent.Tenant = in, in, in, in
	x.grant.Tenant, x.token.Tenant, x.request.Tenant = in, in, in
	for _, v := range []any{in, x.user.ID, x.group.ID, x.app.Client, x.secret.ID, x.session.ID, x.user, x.group, x.app,
		x.secret, x.session, x.user.Name, store.Page{Limit: 10}, 10, id.Entry{}, start,
		x.role, x.entitlement, x.authorization, x.consent, x.grant, x.grant.ID, x.hash, x.token, x.user.Person,
		store.GrantFilter{User: x.user.ID}, store.AuditFilter{}, store.AuthorizationFilter{}, store.RequestFilter{}, x.request.ID,
		store.RequestDenied, []id.Client{x.app.Client}, mark.Number{}} {
		if reflect.TypeOf(v) == of {
			return reflect.ValueOf(v)
		}
	}
	panic("no argument of type " + of.String() + ": add one")
}

func testPlainSignIns(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	before := head(t, s)
	do(t, s, func(tx store.Tx) error {
		if tx.Head() != before {
			t.Errorf("head inside = %v, want %v", tx.Head(), before)
		}
		return errors.Join(tx.Burn([32]byte(entropy.Bytes(32)), start.Add(time.Hour)), tx.AddSession(newSession(in)))
	})
	if got := head(t, s); got != before {
		t.Errorf("a sign-in moved the feed from %v to %v", before, got)
	}
}
