package directory

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
	"prokura/internal/token"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ctx  = context.Background()
)

// world is a directory on a real database with one tenant.
type world struct {
	*Directory
	t  *testing.T
	in id.Tenant
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := clock.NewFake(noon)
	db, err := sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(t, t.TempDir()), Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{Directory: New(Config{Store: db, Clock: c, Catalogs: theCatalogs(t)}), t: t}
	tenant, err := w.CreateTenant(ctx, audit.Operator, NewTenant{Name: "Acme", ContentURL: "acme", Plan: "starter"})
	if err != nil {
		t.Fatal(err)
	}
	w.in = tenant.ID
	return w
}

func (w *world) user(name string, roles ...string) store.User {
	w.t.Helper()
	u, err := w.CreateUser(ctx, audit.Operator, w.in, NewUser{Name: name, Roles: roles})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// marks are what the feed holds.
func (w *world) marks() []mark.Mark {
	w.t.Helper()
	list, _, err := w.store.Marks(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func want(t *testing.T, err error, code refusal.Code) {
	t.Helper()
	if err == nil || refusal.Of(err).First().Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestUpdateUser_marks_what_takes_something_away_and_nothing_else(t *testing.T) {
	yes, no, name := true, false, "Bea"
	both, one, other, none := []string{SiteAdmin, Member}, []string{Member}, []string{SuperAdmin}, []string{}
	operator := []string{Operator}
	tests := []struct {
		name   string
		change UserChange
		marks  int
	}{
		{"another name", UserChange{Name: &name}, 0},
		{"the roles it has", UserChange{Roles: &both}, 0},
		{"a role taken", UserChange{Roles: &one}, 1},
		{"another role in place of both", UserChange{Roles: &other}, 1},
		{"a platform role given", UserChange{PlatformRoles: &operator}, 0},
		{"no platform roles, as before", UserChange{PlatformRoles: &none}, 0},
		{"disabled", UserChange{Disabled: &yes}, 1},
		{"enabled, as it is", UserChange{Disabled: &no}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.user("root", SuperAdmin)
			u := w.user("bob", both...)
			if _, err := w.UpdateUser(ctx, audit.Operator, w.in, u.ID, tt.change); err != nil {
				t.Fatal(err)
			}
			marks := w.marks()
			if len(marks) != tt.marks {
				t.Fatalf("%d marks, want %d", len(marks), tt.marks)
			}
			for _, m := range marks {
				if m.Subject != (mark.Subject{Tenant: w.in, User: u.ID}) || m.Lost.Len() != 0 || m.Until != noon.Add(token.MaxLife) {
					t.Errorf("%+v", m)
				}
			}
		})
	}
}

func TestDelete_marks(t *testing.T) {
	w := newWorld(t)
	w.user("root", SuperAdmin)
	u := w.user("bob")
	if err := w.DeleteUser(ctx, audit.Operator, w.in, u.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.DeleteTenant(ctx, audit.Operator, w.in); err != nil {
		t.Fatal(err)
	}
	marks := w.marks()
	if len(marks) != 2 || marks[0].Subject != (mark.Subject{Tenant: w.in, User: u.ID}) || marks[1].Subject != (mark.Subject{Tenant: w.in}) {
		t.Errorf("%+v", marks)
	}
	want(t, w.DeleteTenant(ctx, audit.Operator, w.in), refusal.ObjectNotFound)
}

// TestA157_the_last_administrator_stays, also when both of two step down at once.
func TestA157_the_last_administrator_stays(t *testing.T) {
	member, yes := []string{Member}, true
	leave := map[string]func(w *world, u store.User) error{
		"demoted": func(w *world, u store.User) error {
			_, err := w.UpdateUser(ctx, audit.Operator, w.in, u.ID, UserChange{Roles: &member})
			return err
		},
		"disabled": func(w *world, u store.User) error {
			_, err := w.UpdateUser(ctx, audit.Operator, w.in, u.ID, UserChange{Disabled: &yes})
			return err
		},
		"deleted": func(w *world, u store.User) error { return w.DeleteUser(ctx, audit.Operator, w.in, u.ID) },
	}
	for name, away := range leave {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for range 10 {
				admins := []store.User{w.user("a-"+entropy.ID[id.User]().String(), SuperAdmin), w.user("b-"+entropy.ID[id.User]().String(), SiteAdmin)}
				errs := make([]error, len(admins))
				var all sync.WaitGroup
				for i, u := range admins {
					all.Go(func() { errs[i] = away(w, u) })
				}
				all.Wait()
				if (errs[0] == nil) == (errs[1] == nil) {
					t.Fatalf("%v and %v: want one to stay", errs[0], errs[1])
				}
				for i, err := range errs {
					if err == nil {
						continue
					}
					want(t, err, refusal.LastAdministrator)
					// Make room for the next round: the one who stayed goes once somebody else is there.
					w.user("c-"+entropy.ID[id.User]().String(), SiteAdmin)
					if err := away(w, admins[i]); err != nil {
						t.Fatal(err)
					}
				}
				rest, _, err := w.ListUsers(ctx, w.in, store.Page{Limit: 1000})
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range rest { // leave no administrator of this round behind
					if administers(u) {
						err := w.store.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error { return tx.DeleteUser(w.in, u.ID) })
						if err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		})
	}
}

func TestCreateUser_of_a_tenant_that_is_not_there(t *testing.T) {
	w := newWorld(t)
	nobody := entropy.ID[id.Tenant]()
	_, err := w.CreateUser(ctx, audit.Operator, nobody, NewUser{Name: "x"})
	want(t, err, refusal.ObjectNotFound)
	_, err = w.CreateGroup(ctx, audit.Operator, nobody, "x")
	want(t, err, refusal.ObjectNotFound)
	_, _, err = w.ListUsers(ctx, nobody, store.Page{})
	want(t, err, refusal.ObjectNotFound)
}

func TestTenantByContentURL_and_UserByName_to_the_letter(t *testing.T) {
	w := newWorld(t)
	u := w.user("ada", SuperAdmin)
	if got, err := w.TenantByContentURL(ctx, "acme"); err != nil || got.ID != w.in {
		t.Errorf("%+v, %v", got, err)
	}
	_, err := w.TenantByContentURL(ctx, "Acme")
	want(t, err, refusal.ObjectNotFound)
	if got, err := w.UserByName(ctx, w.in, "ada"); err != nil || got.ID != u.ID {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = w.UserByName(ctx, w.in, "ADA")
	want(t, err, refusal.ObjectNotFound)
}

func TestHasher(t *testing.T) {
	h := NewHasher(2)
	hash, err := h.Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := h.Hash(ctx, "correct horse")
	if hash == again || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s, then %s", hash, again)
	}
	for password, want := range map[string]bool{"correct horse": true, "Correct horse": false, "correct horse ": false, "": false, strings.Repeat("x", 1025): false} {
		if got, err := h.Matches(ctx, hash, password); err != nil || got != want {
			t.Errorf("%q matches: %v, %v", password, got, err)
		}
	}
	// Nothing is cut off: the last byte of the longest password counts (A183).
	long := strings.Repeat("x", 1024)
	hash, err = h.Hash(ctx, long)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := h.Matches(ctx, hash, long[:1023]+"y"); got {
		t.Error("the last byte does not count")
	}
	_, err = h.Hash(ctx, "")
	want(t, err, refusal.FieldMissing)
	_, err = h.Hash(ctx, long+"x")
	want(t, err, refusal.FieldTooLong)
	for _, bad := range []string{"", "plain", "$2a$10$x", "$argon2id$v=19$m=19456,t=2,p=1$", "$argon2id$v=19$m=19456,t=2,p=1$!$!", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$", "$argon2id$v=19$m=19456,t=2,p=1$$"} {
		if ok, err := h.Matches(ctx, bad, ""); err == nil || ok {
			t.Errorf("the hash %q: %v, %v", bad, ok, err)
		}
	}
}

// TestA183_hashes_take_turns: while all are taken, the next one waits until its caller leaves.
func TestA183_hashes_take_turns(t *testing.T) {
	h := NewHasher(1)
	h.slots <- struct{}{}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := h.Hash(gone, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	<-h.slots
	if _, err := h.Hash(ctx, "x"); err != nil {
		t.Error(err)
	}
}

// TestA181_a_login_has_one_normal_form.
func TestA181_a_login_has_one_normal_form(t *testing.T) {
	for _, same := range [][]string{
		{"ada@acme.example", " ADA@Acme.Example ", "\uff41da@acme.example"},
		{"straße", "STRASSE"},
		{"caf\u00e9", "cafe\u0301", "CAF\u00c9"},
		{"\u212a", "k", "K"},
	} {
		for _, login := range same {
			if got, want := NormalLogin(login), NormalLogin(same[0]); got != want {
				t.Errorf("%q has the form %q, %q has %q", login, got, same[0], want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := NormalLogin(rapid.String().Draw(t, "login"))
		if twice := NormalLogin(once); twice != once {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
}
