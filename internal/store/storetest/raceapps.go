package storetest

import (
	"errors"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

// testA093Redeem: of any number of callers, on any number of nodes, one uses a code, a refresh token, a link.
func testA093Redeem(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	in := addTenant(t, s, "t").ID
	ada, client := addUser(t, s, in, "ada"), addClient(t, s)
	for round := range 8 {
		x := install(t, s, in, ada, client.ID)
		link := store.Link{Hash: newHash(), Kind: store.SetUpLink, Created: start, Expires: start.Add(time.Hour)}
		do(t, s, func(tx store.Tx) error { return tx.AddLink(link) })
		at := start.Add(time.Minute)
		for what, use := range map[string]func(tx store.Tx) error{
			"the code": func(tx store.Tx) error {
				return tx.UseCode(in, x.code.Hash, at)
			},
			"the refresh token": func(tx store.Tx) error { return tx.RotateRefreshToken(x.token, newToken(x.grant), at, mark.Number{}) },
			"the link":          func(tx store.Tx) error { return tx.UseLink(link.Hash, at) },
		} {
			errs := together(16, func(i int) error { return all[i%len(all)].Do(ctx, act("use"), use) })
			if n := won(t, errs, store.ErrUsed); n != 1 {
				t.Errorf("round %d: %d used %s, want 1", round, n, what)
			}
		}
	}
	tokens := 0
	if err := db.Raw(t).QueryRow("SELECT count(*) FROM refresh_tokens").Scan(&tokens); err != nil || tokens != 16 {
		t.Errorf("%d refresh tokens (%v), want those of 8 grants and their successors", tokens, err)
	}
}

// testA093Version: of those who change a registration at once, one makes the next version.
func testA093Version(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	c := addClient(t, s)
	for number := 2; number < 8; number++ {
		errs := together(8, func(i int) error {
			return all[i%len(all)].Do(ctx, act("client.update"), func(tx store.Tx) error {
				v := store.ClientVersion{Client: c.ID, Number: number, Registration: store.Registration{Name: "x"}, At: start}
				return tx.UpdateClient(c, &v)
			})
		})
		if n := won(t, errs, store.ErrTaken); n != 1 {
			t.Errorf("%d made version %d, want 1", n, number)
		}
	}
	if got := view(t, s, func(r store.Reader) (store.Client, error) { return r.Client(c.ID) }); got.Version != 7 {
		t.Errorf("version %d is in force, want 7", got.Version)
	}
	errs := together(8, func(i int) error {
		return all[i%len(all)].Do(ctx, act("secret.add"), func(tx store.Tx) error { return tx.AddClientSecret(c.ID, newClientSecret()) })
	})
	if n := won(t, errs, store.ErrTaken); n != store.MaxSecrets {
		t.Errorf("%d secrets were added, want %d", n, store.MaxSecrets)
	}
}

// testA093Authorization: of those who install an app at once, one makes the authorization.
func testA093Authorization(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	in := addTenant(t, s, "t").ID
	for range 6 {
		c := addClient(t, s)
		for range 2 { // the first, and one in the place of one that was revoked
			errs := together(8, func(i int) error {
				return all[i%len(all)].Do(ctx, act("app.authorize"), func(tx store.Tx) error {
					return tx.AddAuthorization(newAuthorization(in, c.ID))
				})
			})
			if n := won(t, errs, store.ErrTaken); n != 1 {
				t.Errorf("%d authorizations were made, want 1", n)
			}
			do(t, s, func(tx store.Tx) error {
				a, err := tx.AuthorizationOf(in, c.ID)
				a.Revoked, a.Version = true, a.Version+1
				return errors.Join(err, tx.UpdateAuthorization(a))
			})
		}
	}
}

// testRevokedAgainstGranted: whoever revokes an authorization, or deletes a user, ends also what is granted at that moment.
func testRevokedAgainstGranted(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	in := addTenant(t, s, "t").ID
	c := addClient(t, s)
	for round := range 12 {
		ada := newUser(in, entropy.ID[id.User]().String())
		do(t, s, func(tx store.Tx) error { return tx.AddUser(ada) })
		a := install(t, s, in, ada, c.ID).authorization
		end := func(tx store.Tx) error {
			_, err := tx.EndGrants(in, store.GrantFilter{Authorization: a.ID}, "revoked", start.Add(time.Minute))
			return err
		}
		revoke := func(tx store.Tx) error {
			revoked := a
			revoked.Revoked, revoked.Version = true, a.Version+1
			return tx.UpdateAuthorization(revoked)
		}
		errs := together(9, func(i int) error {
			return all[i%len(all)].Do(ctx, act("x"), func(tx store.Tx) error {
				switch {
				case i > 0:
					return tx.AddGrant(newGrant(a, ada.ID))
				case round%3 == 0:
					return errors.Join(end(tx), revoke(tx))
				case round%3 == 1:
					return errors.Join(revoke(tx), end(tx))
				default:
					return tx.DeleteUser(in, ada.ID)
				}
			})
		})
		won(t, errs, store.ErrNotFound)
		if errs[0] != nil {
			t.Fatalf("round %d: %v", round, errs[0])
		}
		live := view(t, s, func(r store.Reader) ([]store.Grant, error) {
			return r.ListGrants(in, store.GrantFilter{User: ada.ID}, store.Page{})
		})
		if len(live) != 0 {
			t.Errorf("round %d: %d grants live on", round, len(live))
		}
	}
}

// testCountedTogether: what many count at once is all counted, and the bound of install URLs holds.
func testCountedTogether(t *testing.T, db Database) {
	c := clock.NewFake(start)
	all := nodes(t, db, Options{Clock: c})
	s := all[0]
	client := addClient(t, s)
	seen := newInstallURL(client.ID)
	seen.Last = start.Add(time.Hour)
	won(t, together(16, func(i int) error {
		return all[i%len(all)].Tend(ctx, func(u store.Upkeep) error {
			err := errors.Join(u.CountInstallURL(seen), u.AddTally(store.Tally{Client: client.ID, Day: start, Kind: "install"}))
			for range 20 {
				err = errors.Join(err, u.CountInstallURL(newInstallURL(client.ID)))
			}
			return err
		})
	}), nil)
	list := installURLs(t, s, client.ID)
	if len(list) != store.MaxInstallURLs {
		t.Errorf("%d install URLs are remembered, want %d", len(list), store.MaxInstallURLs)
	}
	if list[0].Sum != seen.Sum || list[0].Count != 16 {
		t.Errorf("the URL that all saw was counted %d times, want 16", list[0].Count)
	}
	tallies := view(t, s, func(r store.Reader) ([]store.Tally, error) { return r.Tallies(client.ID, time.Time{}) })
	if len(tallies) != 1 || tallies[0].Count != 16 {
		t.Errorf("tallies are %v, want one of 16", tallies)
	}
}
