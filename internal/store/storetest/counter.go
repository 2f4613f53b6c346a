package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

func installURLs(t *testing.T, s store.Store, client id.Client) []store.InstallURL {
	t.Helper()
	return view(t, s, func(r store.Reader) ([]store.InstallURL, error) { return r.InstallURLs(client) })
}

func testInstallURLs(t *testing.T, db Database) {
	s := open(t, db, Options{})
	c, other := addClient(t, s), addClient(t, s)
	first, second, far := newInstallURL(c.ID), newInstallURL(c.ID), newInstallURL(other.ID)
	second.Last = start.Add(time.Minute)
	count := func(list ...store.InstallURL) {
		t.Helper()
		tend(t, s, func(u store.Upkeep) error {
			for _, one := range list {
				if err := u.CountInstallURL(one); err != nil {
					return err
				}
			}
			return nil
		})
	}
	count(first, second, far)
	same(t, "install URLs, newest first", installURLs(t, s, c.ID), []store.InstallURL{second, first})
	again := first
	again.First, again.Last, again.Count = start.Add(time.Hour), start.Add(time.Hour), 5
	stale := first
	stale.Last, stale.Count = start.Add(-time.Hour), 0 // it happened at least once
	count(again, stale)
	first.Last, first.Count = again.Last, 7
	same(t, "install URLs that were seen again", installURLs(t, s, c.ID), []store.InstallURL{first, second})
	same(t, "another client's", installURLs(t, s, other.ID), []store.InstallURL{far})
	// An installation came from one that was counted when it was opened; an older one is told of later.
	from := second
	from.Count, from.Last, from.Installed = 0, second.Last, start.Add(2*time.Minute)
	late := from
	late.Installed = start.Add(time.Minute)
	count(from, late, second)
	second.Installed, second.Count = from.Installed, second.Count+1
	fresh := newInstallURL(c.ID) // one that was driven out meanwhile was opened all the same
	fresh.Count, fresh.Installed, fresh.Last = 0, start, start.Add(-time.Hour)
	count(fresh)
	fresh.Count = 1
	same(t, "install URLs that were installed from", installURLs(t, s, c.ID), []store.InstallURL{first, second, fresh})
	count(newInstallURL(entropy.ID[id.Client]())) // of a client that was deleted meanwhile
}

// testInstallURLBound: of a client at most so many install URLs are remembered, and those that were seen last.
func testInstallURLBound(t *testing.T, db Database) {
	s := open(t, db, Options{})
	c, other := addClient(t, s), addClient(t, s)
	var all []store.InstallURL
	for i := range store.MaxInstallURLs + 50 {
		u := newInstallURL(c.ID)
		u.Last = start.Add(time.Duration(i) * time.Second)
		all = append(all, u)
	}
	tend(t, s, func(u store.Upkeep) error {
		if err := u.CountInstallURL(newInstallURL(other.ID)); err != nil {
			return err
		}
		for _, one := range all {
			if err := u.CountInstallURL(one); err != nil {
				return err
			}
		}
		return nil
	})
	slices.Reverse(all)
	same(t, "those seen last", installURLs(t, s, c.ID), all[:store.MaxInstallURLs])
	late := newInstallURL(c.ID) // seen before all others, but told of last
	late.Last = start.Add(-time.Hour)
	tend(t, s, func(u store.Upkeep) error { return u.CountInstallURL(late) })
	same(t, "the newest row and the others seen last", installURLs(t, s, c.ID),
		append(slices.Clone(all[:store.MaxInstallURLs-1]), late))
	if n := len(installURLs(t, s, other.ID)); n != 1 {
		t.Errorf("another client has %d install URLs, want 1", n)
	}
	// What was seen often stays, however many are made up afterwards; once more is more than once.
	twice, often := all[0], newInstallURL(c.ID)
	twice.Count, often.Count, twice.Last, often.Last = 2, 100, start, start.Add(-time.Hour)
	flood := func(count int) {
		t.Helper()
		tend(t, s, func(u store.Upkeep) error {
			for i := range store.MaxInstallURLs + 1 {
				made := newInstallURL(c.ID)
				made.Count, made.Last = count, start.Add(time.Hour+time.Duration(i)*time.Minute)
				if err := u.CountInstallURL(made); err != nil {
					return err
				}
			}
			return nil
		})
	}
	has := func(which store.InstallURL) bool {
		return slices.ContainsFunc(installURLs(t, s, c.ID), func(u store.InstallURL) bool { return u.Sum == which.Sum })
	}
	tend(t, s, func(u store.Upkeep) error { return errors.Join(u.CountInstallURL(twice), u.CountInstallURL(often)) })
	flood(1)
	if !has(twice) || !has(often) || len(installURLs(t, s, c.ID)) != store.MaxInstallURLs {
		t.Error("URLs that were made up drove out those that are used")
	}
	flood(2)
	if has(twice) || !has(often) {
		t.Error("of two that were seen as often, the one that was seen last stays; one that was seen more often in any case")
	}
	// What users installed from stays, also where everything that is made up is opened more often.
	from := newInstallURL(c.ID)
	from.Count, from.Last, from.Installed = 1, start.Add(-2*time.Hour), start.Add(-2*time.Hour)
	tend(t, s, func(u store.Upkeep) error { return u.CountInstallURL(from) })
	flood(1000)
	if !has(from) || has(often) || len(installURLs(t, s, c.ID)) != store.MaxInstallURLs {
		t.Error("URLs that were made up drove out one that the app was installed from")
	}
}

func testTallies(t *testing.T, db Database) {
	s := open(t, db, Options{})
	c, other := addClient(t, s), addClient(t, s)
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	add := func(client id.Client, day time.Time, kind string, n int) {
		t.Helper()
		tend(t, s, func(u store.Upkeep) error {
			return u.AddTally(store.Tally{Client: client, Day: day, Kind: kind, Count: n})
		})
	}
	next := day.AddDate(0, 0, 1)
	add(c.ID, next, "install", 2)
	add(c.ID, day, "scope_mismatch", 1)
	add(c.ID, day, "install", 0)
	add(c.ID, day, "install", 3)
	add(other.ID, day, "install", 9)
	add(entropy.ID[id.Client](), day, "install", 1)
	tallies := func(from time.Time) []store.Tally {
		return view(t, s, func(r store.Reader) ([]store.Tally, error) { return r.Tallies(c.ID, from) })
	}
	want := []store.Tally{{Client: c.ID, Day: day, Kind: "install", Count: 4}, {Client: c.ID, Day: day, Kind: "scope_mismatch", Count: 1},
		{Client: c.ID, Day: next, Kind: "install", Count: 2}}
	same(t, "tallies by day and kind", tallies(day), want)
	same(t, "tallies from the next day on", tallies(next), want[2:])
}

// testSweepApps: what is over goes when it has been kept for long enough, and what hangs on a live grant stays.
func testSweepApps(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	in := addTenant(t, s, "t").ID
	client, ada, person := addClient(t, s), addUser(t, s, in, "ada"), newPerson("ada")
	lives, ended, expires, waits := install(t, s, in, ada, client.ID), install(t, s, in, ada, client.ID), install(t, s, in, ada, client.ID), installed{}
	waits.grant = newGrant(lives.authorization, ada.ID)
	waits.grant.Installed = time.Time{}
	waits.code = newCode(waits.grant)
	expires.grant.Expires = start.Add(48 * time.Hour)
	login := newLogin(person.ID)
	link := store.Link{Hash: newHash(), Kind: store.SetUpLink, Created: start, Expires: start}
	used, unused := store.Logo{Sum: client.Registration.Logo, Image: []byte("used")}, store.Logo{Sum: "unused", Image: []byte("unused")}
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddGrant(waits.grant), tx.AddCode(waits.code), tx.UpdateGrant(expires.grant),
			tx.EndGrant(in, ended.grant.ID, "withdrawn", start), tx.AddPerson(person), tx.AddLogin(login), tx.AddLink(link),
			tx.PutLogo(used), tx.PutLogo(unused), tx.RotateRefreshToken(lives.token, newToken(lives.grant), start, mark.Number{}))
	})
	tend(t, s, func(u store.Upkeep) error {
		return errors.Join(u.CountInstallURL(newInstallURL(client.ID)), u.AddTally(store.Tally{Client: client.ID, Day: start, Kind: "install"}))
	})
	there := map[string]func(r store.Reader) error{
		"live grant":             func(r store.Reader) error { _, err := r.Grant(in, lives.grant.ID); return err },
		"its used token":         func(r store.Reader) error { _, err := r.RefreshToken(in, lives.token.Hash); return err },
		"its code":               func(r store.Reader) error { _, err := r.Code(in, lives.code.Hash); return err },
		"grant nobody redeemed":  func(r store.Reader) error { _, err := r.Grant(in, waits.grant.ID); return err },
		"code nobody redeemed":   func(r store.Reader) error { _, err := r.Code(in, waits.code.Hash); return err },
		"ended grant":            func(r store.Reader) error { _, err := r.Grant(in, ended.grant.ID); return err },
		"token of ended grant":   func(r store.Reader) error { _, err := r.RefreshToken(in, ended.token.Hash); return err },
		"expired grant":          func(r store.Reader) error { _, err := r.Grant(in, expires.grant.ID); return err },
		"token of expired grant": func(r store.Reader) error { _, err := r.RefreshToken(in, expires.token.Hash); return err },
		"login":                  func(r store.Reader) error { _, err := r.Login(login.Hash); return err },
		"link":                   func(r store.Reader) error { _, err := r.Link(link.Hash); return err },
		"used logo":              func(r store.Reader) error { _, err := r.Logo(used.Sum); return err },
		"unused logo":            func(r store.Reader) error { _, err := r.Logo(unused.Sum); return err },
		"install URL":            func(r store.Reader) error { return some(r.InstallURLs(client.ID)) },
		"tally":                  func(r store.Reader) error { return some(r.Tallies(client.ID, time.Time{})) },
	}
	sweep := func(after time.Duration, want ...string) {
		t.Helper()
		for range 3 { // in small batches, and what hangs on grants first
			tend(t, s, func(u store.Upkeep) error { _, err := u.Sweep(start.Add(after), 2); return err })
		}
		var gone []string
		for what, read := range there {
			switch _, err := try(s, func(r store.Reader) (int, error) { return 0, read(r) }); {
			case errors.Is(err, store.ErrNotFound):
				gone = append(gone, what)
				delete(there, what)
			case err != nil:
				t.Fatal(err)
			}
		}
		slices.Sort(gone)
		same(t, fmt.Sprint("what went after ", after), gone, want)
	}
	const day = 24 * time.Hour
	sweep(30 * time.Minute)
	sweep(2*time.Hour, "code nobody redeemed", "grant nobody redeemed")
	sweep(13*time.Hour, "login")
	sweep(25*time.Hour, "its code", "unused logo")
	sweep(3 * day)
	g := view(t, s, func(r store.Reader) (store.Grant, error) { return r.Grant(in, expires.grant.ID) })
	if !g.Ended.Equal(expires.grant.Expires) || g.EndedBy != "expired" {
		t.Errorf("a grant whose refresh token expired ended at %v by %q", g.Ended, g.EndedBy)
	}
	sweep(8*day, "link")
	sweep(31*day, "ended grant", "token of ended grant")
	sweep(33*day, "expired grant", "token of expired grant")
	sweep(91*day, "install URL")
	sweep(401*day, "tally")
	sweep(4000 * day)
	if len(there) != 3 {
		t.Errorf("%d things are left, want the live grant, its used token and the logo", len(there))
	}
}

// some turns an empty list into what is not found.
func some[T any](list []T, err error) error {
	if err == nil && len(list) == 0 {
		err = store.ErrNotFound
	}
	return err
}
