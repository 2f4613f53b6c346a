package storetest

import (
	"errors"
	"testing"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// testOverview: what is used by day, what ends soon, and what was revoked lately.
func testOverview(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, far := addTenant(t, s, "t").ID, addTenant(t, s, "u").ID
	now := start.Add(time.Hour)
	names := map[id.Client]string{}
	add := func(name string, change func(a *store.Authorization)) store.Authorization {
		t.Helper()
		c, v := newClient(id.Tenant{})
		a, elsewhere := newAuthorization(in, c.ID), newAuthorization(far, c.ID)
		a.Origin = policy.ByAdministrator
		change(&a)
		do(t, s, func(tx store.Tx) error {
			return errors.Join(tx.AddClient(c, v), tx.AddAuthorization(a), tx.AddAuthorization(elsewhere))
		})
		names[c.ID] = name
		return a
	}
	ends := func(at time.Time) func(a *store.Authorization) {
		return func(a *store.Authorization) { a.Expires = at }
	}
	revoked := func(at time.Time, blocked bool) func(a *store.Authorization) {
		return func(a *store.Authorization) { a.Revoked, a.Blocked, a.Updated = true, blocked, at }
	}
	plain := add("plain", func(*store.Authorization) {})
	add("later", ends(now.Add(2*time.Hour)))
	add("sooner", ends(now.Add(time.Minute)))
	add("opened", func(a *store.Authorization) { a.Expires, a.Origin = now.Add(time.Hour), policy.ByUser })
	add("over", ends(now))
	add("too late", ends(now.Add(3*time.Hour)))
	add("revoked", func(a *store.Authorization) { ends(now.Add(time.Minute))(a); revoked(now, false)(a) })
	add("blocked", revoked(now.Add(time.Second), true))
	add("revoked long ago", revoked(start, false))
	recalled := add("recalled", ends(now.Add(time.Minute)))
	do(t, s, func(tx store.Tx) error {
		c, err := tx.Client(recalled.Client)
		c.Recalls = 1
		return errors.Join(err, tx.UpdateClient(c, nil))
	})
	called := func(list []store.Authorization) (out []string) {
		for _, a := range list {
			out = append(out, names[a.Client])
		}
		return out
	}
	expiring := func(limit int) []store.Authorization {
		return view(t, s, func(r store.Reader) ([]store.Authorization, error) {
			return r.ListExpiring(in, now, now.Add(2*time.Hour), limit)
		})
	}
	same(t, "what ends soon", called(expiring(10)), []string{"sooner", "opened", "later"})
	same(t, "what ends first", called(expiring(1)), []string{"sooner"})
	dead := func(limit int) []store.Authorization {
		return view(t, s, func(r store.Reader) ([]store.Authorization, error) { return r.ListRevoked(in, now, limit) })
	}
	same(t, "what was revoked lately", called(dead(10)), []string{"blocked", "revoked", "recalled"})
	same(t, "what was revoked last", called(dead(1)), []string{"blocked", "recalled"})

	sooner := expiring(1)[0]
	first, again, next := newUse(plain), newUse(sooner), newUse(plain)
	again.Method, next.Day = "contacts.get", startDay.AddDate(0, 0, 2)
	tend(t, s, func(u store.Upkeep) error {
		return u.AddUses([]store.Use{first, newUse(sooner), again, next, newUse(newAuthorization(far, plain.Client))})
	})
	type used struct {
		days    []store.DayUse
		clients int
	}
	by := func(in id.Tenant, from time.Time) used {
		return view(t, s, func(r store.Reader) (used, error) {
			days, n, err := r.UsesByDay(in, from)
			return used{days, n}, err
		})
	}
	last := store.DayUse{Day: next.Day, Calls: 3, Clients: 1}
	same(t, "use by day", by(in, startDay).days, []store.DayUse{{Day: startDay, Calls: 9, Clients: 2}, last})
	same(t, "use from the next day on", by(in, startDay.AddDate(0, 0, 1)).days, []store.DayUse{last})
	if n, m := by(in, startDay).clients, by(in, next.Day).clients; n != 2 || m != 1 {
		t.Errorf("%d and %d apps are in use, want 2 and 1", n, m)
	}
	if u := by(in, next.Day.AddDate(0, 0, 1)); len(u.days)+u.clients != 0 {
		t.Errorf("used after the last use: %+v", u)
	}
}
