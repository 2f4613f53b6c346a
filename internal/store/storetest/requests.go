package storetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/store"
)

func testRequests(t *testing.T, db Database) {
	s := open(t, db, Options{Clock: clock.NewFake(start)})
	in := addTenant(t, s, "t").ID
	one, two := newAuthorization(in, addClient(t, s).ID), newAuthorization(in, addClient(t, s).ID) // only for their names
	ada, bob := addUser(t, s, in, "ada"), addUser(t, s, in, "bob")
	adas, bobs, apps, other := newRequest(one, ada.ID), newRequest(one, bob.ID), newRequest(one, id.User{}), newRequest(two, ada.ID)
	bobs.Created, other.Created = start.Add(time.Minute), start.Add(2*time.Minute)
	for what, r := range map[string]store.AuthorizationRequest{
		"of nobody":     newRequest(one, entropy.ID[id.User]()),
		"for no client": newRequest(newAuthorization(in, entropy.ID[id.Client]()), ada.ID),
		"of no tenant":  newRequest(newAuthorization(entropy.ID[id.Tenant](), one.Client), ada.ID),
	} {
		refused(t, s, store.ErrNotFound, "a request "+what, func(tx store.Tx) error { return tx.AddAuthorizationRequest(r) })
	}
	for _, r := range []store.AuthorizationRequest{adas, bobs, apps, other} {
		do(t, s, func(tx store.Tx) error { return tx.AddAuthorizationRequest(r) })
		same(t, "request", view(t, s, func(rd store.Reader) (store.AuthorizationRequest, error) { return rd.AuthorizationRequest(in, r.ID) }), r)
		same(t, "what waits", view(t, s, func(rd store.Reader) (store.AuthorizationRequest, error) {
			return rd.WaitingRequest(in, r.Client, r.User)
		}), r)
		again := r
		again.ID = entropy.ID[id.Request]()
		refused(t, s, store.ErrTaken, "a second one that waits", func(tx store.Tx) error { return tx.AddAuthorizationRequest(again) })
	}
	list := func(f store.RequestFilter, p store.Page) []store.AuthorizationRequest {
		return view(t, s, func(r store.Reader) ([]store.AuthorizationRequest, error) {
			return r.ListAuthorizationRequests(in, f, p)
		})
	}
	newest := func(list ...store.AuthorizationRequest) []store.AuthorizationRequest {
		slices.SortFunc(list, func(a, b store.AuthorizationRequest) int {
			return cmp.Or(b.Created.Compare(a.Created), slices.Compare(raw(b.ID), raw(a.ID)))
		})
		return list
	}
	all := newest(adas, bobs, apps, other)
	same(t, "all", list(store.RequestFilter{}, store.Page{}), all)
	same(t, "the first two", list(store.RequestFilter{}, store.Page{Limit: 2}), all[:2])
	var walked []store.AuthorizationRequest
	for after := ""; len(walked) < len(all); after = store.CursorAfter(walked[len(walked)-1]) {
		walked = append(walked, list(store.RequestFilter{}, store.Page{After: after, Limit: 1})...) // two of them are of one second
	}
	same(t, "one after the other", walked, all)
	same(t, "those after the last", list(store.RequestFilter{}, store.Page{After: store.CursorAfter(all[3])}), []store.AuthorizationRequest(nil))
	for _, after := range []string{adas.ID.String(), "1." + adas.ID.String() + "x", "x." + adas.ID.String()} {
		if err := s.View(ctx, func(r store.Reader) error {
			_, err := r.ListAuthorizationRequests(in, store.RequestFilter{}, store.Page{After: after})
			return err
		}); err == nil {
			t.Errorf("%q is taken as a place in the list", after)
		}
	}
	same(t, "of a client", list(store.RequestFilter{Client: one.Client}, store.Page{}), newest(adas, bobs, apps))
	same(t, "of a user", list(store.RequestFilter{User: ada.ID}, store.Page{}), newest(adas, other))
	same(t, "in no such state", list(store.RequestFilter{States: []store.RequestState{store.RequestDenied}}, store.Page{}), []store.AuthorizationRequest(nil))
	clients := func() []store.WaitingClient {
		return view(t, s, func(r store.Reader) ([]store.WaitingClient, error) { return r.ListWaitingClients(in, 10) })
	}
	same(t, "clients that are asked for", clients(), []store.WaitingClient{
		{Client: one.Client, Waiting: 3, Oldest: start, Newest: bobs.Created}, {Client: two.Client, Waiting: 1, Oldest: other.Created, Newest: other.Created}})

	at := start.Add(time.Hour)
	closes := func(client id.Client, user id.User, state store.RequestState) (closed []store.AuthorizationRequest) {
		t.Helper()
		do(t, s, func(tx store.Tx) (err error) {
			closed, err = tx.CloseAuthorizationRequests(in, client, user, state, "user u1 Eve", "not now", at)
			return err
		})
		return newest(closed...)
	}
	closed := func(r store.AuthorizationRequest, state store.RequestState) store.AuthorizationRequest {
		r.State, r.Decided, r.By, r.Justification = state, at, "user u1 Eve", "not now"
		return r
	}
	same(t, "what a user takes back", closes(one.Client, ada.ID, store.RequestWithdrawn), []store.AuthorizationRequest{closed(adas, store.RequestWithdrawn)})
	same(t, "what is denied", closes(one.Client, id.User{}, store.RequestDenied), newest(closed(bobs, store.RequestDenied), closed(apps, store.RequestDenied)))
	if again := closes(one.Client, id.User{}, store.RequestApproved); len(again) != 0 {
		t.Errorf("closed twice: %v", again)
	}
	same(t, "those in two states", list(store.RequestFilter{States: []store.RequestState{store.RequestDenied, store.RequestWithdrawn}}, store.Page{}),
		newest(closed(adas, store.RequestWithdrawn), closed(bobs, store.RequestDenied), closed(apps, store.RequestDenied)))
	same(t, "what is still asked for", clients(), []store.WaitingClient{{Client: two.Client, Waiting: 1, Oldest: other.Created, Newest: other.Created}})
	absent(t, s, "what waits", func(r store.Reader) (store.AuthorizationRequest, error) {
		return r.WaitingRequest(in, one.Client, ada.ID)
	})
	again := newRequest(one, ada.ID)
	do(t, s, func(tx store.Tx) error { return tx.AddAuthorizationRequest(again) }) // what was denied may be asked again

	sweep := func(after time.Duration) {
		t.Helper()
		for range 3 {
			tend(t, s, func(u store.Upkeep) error { _, err := u.Sweep(start.Add(after), 2); return err })
		}
	}
	sweep(31 * 24 * time.Hour)
	again.State, again.Decided = store.RequestExpired, again.Expires
	same(t, "what waited for too long", list(store.RequestFilter{Client: one.Client, States: []store.RequestState{store.RequestExpired}}, store.Page{}),
		[]store.AuthorizationRequest{again})
	if left := clients(); len(left) != 0 {
		t.Errorf("expired requests wait on: %v", left)
	}
	sweep(402 * 24 * time.Hour)
	same(t, "what is kept of requests", list(store.RequestFilter{}, store.Page{}), newest(expired(other), again))
	do(t, s, func(tx store.Tx) error { return tx.DeleteUser(in, ada.ID) })
	if left := list(store.RequestFilter{}, store.Page{}); len(left) != 0 {
		t.Errorf("requests of a deleted user are left: %v", left)
	}
}

func expired(r store.AuthorizationRequest) store.AuthorizationRequest {
	r.State, r.Decided = store.RequestExpired, r.Expires
	return r
}

// testA093Request: of those who ask at once, in one user's name or the app's own, one request waits, and of those who decide
// on it, each is told of it at most once.
func testA093Request(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	in := addTenant(t, s, "t").ID
	a := newAuthorization(in, addClient(t, s).ID)
	ada := addUser(t, s, in, "ada")
	for range 5 {
		for _, user := range []id.User{ada.ID, {}} {
			errs := together(8, func(i int) error {
				return all[i%len(all)].Do(ctx, act("request.ask"), func(tx store.Tx) error { return tx.AddAuthorizationRequest(newRequest(a, user)) })
			})
			if n := won(t, errs, store.ErrTaken); n != 1 {
				t.Errorf("%d requests wait, want 1", n)
			}
		}
		told := make([]int, 8)
		won(t, together(8, func(i int) error {
			return all[i%len(all)].Do(ctx, act("request.deny"), func(tx store.Tx) error {
				closed, err := tx.CloseAuthorizationRequests(in, a.Client, id.User{}, store.RequestDenied, "x", "", start)
				told[i] = len(closed)
				return err
			})
		}), nil)
		sum := 0
		for _, n := range told {
			sum += n
		}
		if sum != 2 {
			t.Errorf("%d requests were closed, want 2: %v", sum, told)
		}
	}
	if n := len(view(t, s, func(r store.Reader) ([]store.AuthorizationRequest, error) {
		return r.ListAuthorizationRequests(in, store.RequestFilter{}, store.Page{})
	})); n != 10 {
		t.Errorf("%d requests are kept, want 10", n)
	}
}

// testUses: what is used is counted by day and method, and what would have been refused by user and method.
func testUses(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, far := addTenant(t, s, "t").ID, addTenant(t, s, "u").ID
	a, other := newAuthorization(in, addClient(t, s).ID), newAuthorization(in, addClient(t, s).ID)
	connected := newApp(in)
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddAuthorization(a), tx.AddAuthorization(other), tx.AddConnectedApp(connected))
	})
	ada := addUser(t, s, in, "ada")
	first, next, method, another := newUse(a), newUse(a), newUse(a), newUse(other)
	next.Day, method.Method = startDay.AddDate(0, 0, 1), "a.first"
	wires := newUse(store.Authorization{Tenant: in, Client: connected.Client})
	gone, strange := newUse(newAuthorization(in, entropy.ID[id.Client]())), newUse(a)
	strange.Tenant = entropy.ID[id.Tenant]()
	abroad := newUse(store.Authorization{Tenant: far, Client: connected.Client}) // no app of that tenant
	tend(t, s, func(u store.Upkeep) error {
		return errors.Join(u.AddUses([]store.Use{next, first, method, another, wires, gone, strange, abroad}), u.AddUses([]store.Use{first, first}), u.AddUses(nil))
	})
	first.Calls *= 3
	uses := func(in id.Tenant, client id.Client, from time.Time) []store.Use {
		return view(t, s, func(r store.Reader) ([]store.Use, error) { return r.Uses(in, client, from) })
	}
	same(t, "uses by day, catalog and method", uses(in, a.Client, startDay), []store.Use{method, first, next})
	same(t, "uses from the next day on", uses(in, a.Client, next.Day), []store.Use{next})
	same(t, "uses of a connected app", uses(in, connected.Client, startDay), []store.Use{wires})
	if n := len(uses(in, id.Client{}, startDay)); n != 5 {
		t.Errorf("%d uses of all clients, want 5", n)
	}
	lastUses := func(in id.Tenant, clients ...id.Client) map[id.Client]time.Time {
		return view(t, s, func(r store.Reader) (map[id.Client]time.Time, error) { return r.LastUses(in, clients) })
	}
	many := []id.Client{a.Client, gone.Client, connected.Client, a.Client}
	for range 250 { // more than one statement looks up
		many = append(many, entropy.ID[id.Client]())
	}
	same(t, "last uses", lastUses(in, append(many, other.Client)...), map[id.Client]time.Time{a.Client: next.Day, connected.Client: startDay, other.Client: startDay})
	same(t, "last uses of none", lastUses(in), map[id.Client]time.Time{})
	same(t, "last uses elsewhere", lastUses(far, many...), map[id.Client]time.Time{})
	same(t, "uses elsewhere", uses(far, id.Client{}, startDay), []store.Use(nil))

	f, own, more := newForeseen(a, ada.ID), newForeseen(a, id.User{}), newForeseen(other, ada.ID)
	more.Calls = 7
	tend(t, s, func(u store.Upkeep) error {
		return u.AddForeseen([]store.Foreseen{f, own, more, newForeseen(store.Authorization{Tenant: in, Client: gone.Client}, ada.ID)})
	})
	again := f
	again.First, again.Last, again.Need, again.Calls = start.Add(time.Hour), start.Add(2*time.Hour), "deals.read", 4
	stale := f
	stale.Last, stale.Need, stale.Calls = start.Add(-time.Hour), "deals.read", 1
	tend(t, s, func(u store.Upkeep) error { return u.AddForeseen([]store.Foreseen{again, stale}) })
	f.Last, f.Need, f.Calls = again.Last, "deals.read", 7
	foreseen := func(client id.Client, limit int) []store.Foreseen {
		return view(t, s, func(r store.Reader) ([]store.Foreseen, error) { return r.ListForeseen(in, client, limit) })
	}
	same(t, "what was foreseen of a client, most calls first", foreseen(a.Client, 10), []store.Foreseen{f, own})
	if list := foreseen(id.Client{}, 10); len(list) != 3 || list[2] != own {
		t.Errorf("what was foreseen of all clients is %v", list)
	}
	same(t, "one of them", foreseen(a.Client, 1), []store.Foreseen{f})
	do(t, s, func(tx store.Tx) error { return tx.ForgetForeseen(in, a.Client) })
	same(t, "what is left", foreseen(id.Client{}, 10), []store.Foreseen{more})
	do(t, s, func(tx store.Tx) error { return tx.ForgetForeseen(far, id.Client{}) })
	same(t, "what is left when another tenant forgets", foreseen(id.Client{}, 10), []store.Foreseen{more})
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.DeleteConnectedApp(in, connected.Client), tx.ForgetForeseen(in, id.Client{}))
	})
	same(t, "what is left when all is forgotten", foreseen(id.Client{}, 10), []store.Foreseen(nil))
	same(t, "uses of a deleted connected app", uses(in, connected.Client, startDay), []store.Use(nil))
	tend(t, s, func(u store.Upkeep) error { _, err := u.Sweep(startDay.AddDate(0, 0, 93), 10); return err })
	same(t, "uses that are swept but for the last day", uses(in, id.Client{}, startDay), []store.Use{next})
}

// testGovernanceGoes: with a user, a client or a tenant goes what was decided, asked and counted of them, and nothing else.
func testGovernanceGoes(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, stays := addTenant(t, s, "t"), addTenant(t, s, "u")
	gone, kept := fillAll(t, s, in.ID), fillAll(t, s, stays.ID)
	left := func(column string, value any) map[string]int {
		t.Helper()
		out, raw := map[string]int{}, db.Raw(t)
		for _, table := range []string{"authorizations", "past_authorizations", "dead_authorizations", "authorization_roles",
			"authorization_requests", "uses", "foreseen", "consents", "grants"} {
			n := 0
			if err := raw.QueryRow("SELECT count(*) FROM "+table+" WHERE "+column+" = $1", value).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				out[table] = n
			}
		}
		return out
	}
	before := left("tenant", stays.ID)
	if len(before) != 9 {
		t.Fatalf("what is there to begin with: %v", before)
	}
	do(t, s, func(tx store.Tx) error { return tx.DeleteClient(gone.app.Client) })
	same(t, "what is left of a client", left("client", gone.app.Client), map[string]int{})
	do(t, s, func(tx store.Tx) error { return tx.DeleteTenant(in.ID) })
	same(t, "what is left of a tenant", left("tenant", in.ID), map[string]int{})
	same(t, "what is left of another", left("tenant", stays.ID), before)
	do(t, s, func(tx store.Tx) error { return tx.DeleteTenant(stays.ID) })
	same(t, "what is left of the other", left("client", kept.app.Client), map[string]int{})
}

// fillAll is fill, with a row in every table of governance.
func fillAll(t *testing.T, s store.Store, in id.Tenant) things {
	t.Helper()
	x := fill(t, s, in)
	do(t, s, func(tx store.Tx) error {
		a, err := tx.AuthorizationOf(in, x.app.Client)
		a.Version, a.Revoked, a.Admission.Roles = a.Version+1, true, []string{"sales"}
		return errors.Join(err, tx.UpdateAuthorization(a))
	})
	return x
}
