package storetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// randomSeeds are those that once found something, and one to be repeatable.
var randomSeeds = []uint64{1}

// testRandom does random things, and holds after each of them what memories rely on: whatever reads otherwise than
// before is named in the feed, and what was refused changed nothing.
func testRandom(t *testing.T, db Database) {
	s := open(t, db, Options{})
	for _, seed := range append(randomSeeds, binary.LittleEndian.Uint64(entropy.Bytes(8))) {
		runRandom(t, s, seed)
		if t.Failed() {
			t.Fatalf("to repeat it, add the seed %d to randomSeeds", seed)
		}
	}
}

// dice are repeatable by their seed (splitmix64).
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// IntN is a number below n.
func (d *dice) IntN(n int) int { return int(d.next() % uint64(n)) }

func runRandom(t *testing.T, s store.Store, seed uint64) {
	w := newWorld(&dice{seed}, fmt.Sprintf("%x", seed))
	no := errors.New("refused at the end")
	before, at := w.read(t, s), head(t, s)
	done := 0
	for range 250 {
		var steps []string
		err := s.Do(ctx, act("random"), func(tx store.Tx) error {
			steps = nil
			for range 1 + w.r.IntN(3) {
				step, err := w.step(tx)
				steps = append(steps, fmt.Sprintf("%s: %v", step, err))
				if err != nil && w.r.IntN(2) == 0 {
					return err // else the function goes on after a refusal, which must not disturb the transaction
				}
			}
			if w.r.IntN(4) == 0 {
				return no
			}
			return nil
		})
		if err != nil && !errors.Is(err, no) && !errors.Is(err, store.ErrTaken) && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", steps, err)
			return
		}
		after, now := w.read(t, s), head(t, s)
		named := map[store.RecordName]bool{}
		for _, c := range changes(t, s, at, 1000) {
			named[c.Record] = true
		}
		if err == nil {
			done++
		} else if now != at {
			t.Errorf("%q was refused, and moved the feed from %v to %v", steps, at, now)
			return
		}
		for name, value := range after {
			if value != before[name] && !named[name] && !w.gone(named, string(name)+before[name]) {
				t.Errorf("%q changed %q without saying so:\n%s\n%s", steps, name, before[name], value)
				return
			}
		}
		before, at = after, now
	}
	if done < 20 {
		t.Errorf("only %d transactions were committed", done)
	}
}

// world is a few of everything, so that random steps meet.
type world struct {
	r       *dice
	tenants []id.Tenant
	persons []id.Person
	users   []id.User
	clients []id.Client
	secrets []id.Secret
	groups  []id.Group
	names   []string

	authorizations []id.Authorization
}

// newWorld takes a suffix for names, which keeps it apart from others in the same database.
func newWorld(r *dice, suffix string) *world {
	w := &world{r: r, names: []string{"a" + suffix, "A" + suffix, "b" + suffix}}
	for range 2 {
		w.tenants = append(w.tenants, drawn[id.Tenant](r))
		w.persons = append(w.persons, drawn[id.Person](r))
		w.users = append(w.users, drawn[id.User](r))
		w.clients = append(w.clients, drawn[id.Client](r))
		w.secrets = append(w.secrets, drawn[id.Secret](r))
		w.groups = append(w.groups, drawn[id.Group](r))
		w.authorizations = append(w.authorizations, drawn[id.Authorization](r))
	}
	return w
}

// gone says whether what belonged to a tenant went with it, under the one name for that.
func (w *world) gone(named map[store.RecordName]bool, what string) bool {
	for _, in := range w.tenants {
		if named[store.TenantGoneRecord(in)] && strings.Contains(what, in.String()) {
			return true
		}
	}
	for _, client := range w.clients {
		if named[store.ClientRecord(client)] && strings.Contains(what, client.String()) {
			return true
		}
	}
	return false
}

// drawn is an identifier that the seed repeats.
func drawn[T interface{ From([16]byte) T }](r *dice) T {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], r.next())
	binary.LittleEndian.PutUint64(b[8:], r.next())
	var zero T
	return zero.From(b)
}

func pick[T any](w *world, list []T) T { return list[w.r.IntN(len(list))] }

// step does one thing, and says what.
func (w *world) step(tx store.Tx) (string, error) {
	in, name := pick(w, w.tenants), pick(w, w.names)
	tenant := store.Tenant{ID: in, Name: name, ContentURL: pick(w, w.names), Plan: pick(w, w.names)}
	person := store.Person{ID: pick(w, w.persons), Login: name, PasswordHash: pick(w, w.names)}
	user := store.User{Tenant: in, ID: pick(w, w.users), Name: name, Roles: []string{pick(w, w.names)}, Disabled: w.r.IntN(2) == 0}
	app := store.ConnectedApp{Tenant: in, Client: pick(w, w.clients), Name: name, Enabled: w.r.IntN(2) == 0}
	group := store.Group{Tenant: in, ID: pick(w, w.groups), Name: name}
	secret := store.Secret{ID: pick(w, w.secrets), Sealed: []byte(name)}
	if w.r.IntN(3) == 0 {
		user.Person = person.ID
	}
	switch w.r.IntN(30) {
	case 20, 21, 22, 23, 24, 25, 26, 27, 28, 29:
		return w.stepApp(tx, in, user, name)
	case 0, 1:
		return "add tenant", tx.AddTenant(tenant)
	case 2:
		return "update tenant", tx.UpdateTenant(tenant)
	case 3:
		if w.r.IntN(3) == 0 {
			return "delete tenant", tx.DeleteTenant(in)
		}
		return "lock tenant", tx.LockTenant(in)
	case 4, 17:
		return "update user", tx.UpdateUser(user)
	case 18:
		return "add person", tx.AddPerson(person)
	case 5:
		return "update person", tx.UpdatePerson(person)
	case 6, 7:
		return "add user", tx.AddUser(user)
	case 8:
		return "remove member", tx.RemoveMember(in, group.ID, user.ID)
	case 9:
		return "delete user", tx.DeleteUser(in, user.ID)
	case 10:
		return "add app", tx.AddConnectedApp(app)
	case 11:
		return "update app", tx.UpdateConnectedApp(app)
	case 12:
		return "delete app", tx.DeleteConnectedApp(in, app.Client)
	case 13:
		return "add secret", tx.AddSecret(in, app.Client, secret)
	case 14:
		return "delete secret", tx.DeleteSecret(in, app.Client, secret.ID)
	case 15:
		return "add group", tx.AddGroup(group)
	case 16:
		return "add member", tx.AddMember(in, group.ID, user.ID)
	}
	tx.Mark(mark.Subject{User: user.ID}, nil, start.Add(time.Hour))
	return "mark", nil
}

// stepApp does one thing with registered apps or rights, and says what.
func (w *world) stepApp(tx store.Tx, in id.Tenant, user store.User, name string) (string, error) {
	c := store.Client{ID: pick(w, w.clients), Disabled: w.r.IntN(2) == 0}
	if w.r.IntN(2) == 0 {
		c.Owner = pick(w, w.tenants)
	}
	if w.r.IntN(4) == 0 {
		c.Recalls = 1 + w.r.IntN(2)
	}
	v := store.ClientVersion{Client: c.ID, Number: 1 + w.r.IntN(3), Registration: store.Registration{Name: name}}
	auth := store.Authorization{Tenant: in, Client: c.ID, ID: pick(w, w.authorizations),
		Version: 1 + w.r.IntN(3), Decision: policy.Decision{Revoked: w.r.IntN(2) == 0, Recalls: w.r.IntN(3)}}
	grant := store.Grant{Tenant: in, ID: drawn[id.Grant](w.r), Client: c.ID, Authorization: auth.ID, User: user.ID}
	switch w.r.IntN(12) {
	case 0:
		v.Number = 1
		return "add client", tx.AddClient(c, v)
	case 1:
		return "update client", tx.UpdateClient(c, &v)
	case 2:
		return "switch client", tx.UpdateClient(c, nil)
	case 3:
		return "add client secret", tx.AddClientSecret(c.ID, store.ClientSecret{ID: pick(w, w.secrets)})
	case 4:
		return "delete client secret", tx.DeleteClientSecret(c.ID, pick(w, w.secrets))
	case 5:
		if w.r.IntN(3) == 0 {
			return "delete client", tx.DeleteClient(c.ID)
		}
		return "put consent", tx.PutConsent(store.Consent{Tenant: in, User: user.ID, Client: c.ID, Authorization: auth.ID})
	case 6, 7:
		return "add authorization", tx.AddAuthorization(auth)
	case 8:
		return "update authorization", tx.UpdateAuthorization(auth)
	case 9:
		if w.r.IntN(2) == 0 {
			return "put governance", tx.PutGovernance(store.Governance{Tenant: in, Version: 1 + w.r.IntN(3), Settings: policy.Governance{Door: policy.DoorOpen}})
		}
		return "put entitlement", tx.PutEntitlement(store.Entitlement{Tenant: in, Entitlement: name, Withdrawn: auth.Revoked})
	case 10:
		return "add role", tx.AddRole(store.Role{Tenant: in, ID: name, Name: pick(w, w.names)})
	}
	return "add grant", tx.AddGrant(grant)
}

// read reads every record that a memory may hold, by name.
func (w *world) read(t *testing.T, s store.Store) map[store.RecordName]string {
	t.Helper()
	all := map[store.RecordName]string{}
	err := s.View(ctx, func(r store.Reader) error {
		put := func(name store.RecordName, value any, err error) {
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Fatalf("%s: %v", name, err)
			}
			all[name] = fmt.Sprintf("%+v %v", value, err)
		}
		for _, name := range w.names {
			v, err := r.TenantByContentURL(name)
			put(store.ContentURLRecord(name), v.ID, err)
			p, err := r.PersonByLogin(name)
			put(store.LoginRecord(name), p.ID, err)
		}
		for _, client := range w.clients {
			all[store.ConnectedAppRecord(client)] = "in no tenant"
			c, err := r.Client(client)
			put(store.ClientRecord(client), c, err)
		}
		for _, person := range w.persons {
			p, err := r.Person(person)
			put(store.PersonRecord(person), p, err)
		}
		for _, in := range w.tenants {
			v, err := r.Tenant(in)
			put(store.TenantRecord(in), v, err)
			for _, user := range w.users {
				u, err := r.User(in, user)
				put(store.UserRecord(in, user), u, err)
			}
			for _, name := range w.names {
				u, err := r.UserByName(in, name)
				put(store.UserNameRecord(in, name), u.ID, err)
			}
			roles, err := r.ListRoles(in, store.Page{})
			entitlements, err2 := r.ListEntitlements(in)
			put(store.RightsRecord(in), fmt.Sprint(roles, entitlements), errors.Join(err, err2))
			g, err := r.Governance(in)
			put(store.GovernanceRecord(in), g, err)
			for _, client := range w.clients {
				a, err := r.AuthorizationOf(in, client)
				put(store.AuthorizationRecord(in, client), a, err)
				if a, err := r.ConnectedApp(in, client); err == nil { // in whichever tenant
					put(store.ConnectedAppRecord(client), a, nil)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
