package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/store"
)

const cb = "https://app.example.com/cb"

func (a *apps) urls(c store.Client) []store.InstallURL {
	a.t.Helper()
	a.ok(a.Flush(ctx))
	list, err := a.InstallURLs(ctx, Everybody(), c.ID)
	a.ok(err)
	return list
}

// TestNoteInstallURL_a_flood_leaves_little: whoever asks however often leaves one row for each distinct URL, a bounded number of
// them for a client, and nothing that grows in memory.
func TestNoteInstallURL_a_flood_leaves_little(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	for range 10_000 {
		a.NoteInstallURL(&c, cb, "crm.objects.contacts.read", "")
	}
	if list := a.urls(c); len(list) != 1 || list[0].Count != 10_000 {
		t.Fatalf("%d rows", len(list))
	}
	for i := range 3 * store.MaxInstallURLs {
		a.NoteInstallURL(&c, cb, fmt.Sprintf("x%d", i), "")
		if n := len(a.counting.urls); n > store.MaxInstallURLs {
			t.Fatalf("%d wait in memory", n)
		}
		if i%150 == 0 {
			a.clock.Advance(time.Second)
			a.ok(a.Flush(ctx))
		}
	}
	if list := a.urls(c); len(list) != store.MaxInstallURLs || !slices.ContainsFunc(list, func(u store.InstallURL) bool { return u.Count == 10_000 }) {
		t.Errorf("%d rows, or the one that is used is gone", len(list))
	}
	if len(a.counting.urls)+len(a.counting.of)+len(a.counting.tallies) != 0 {
		t.Error("something waits after it was written")
	}
	for i := range maxWaiting + 10 {
		a.Tally(c.ID, fmt.Sprint(i))
	}
	if n := len(a.counting.tallies); n != maxWaiting {
		t.Errorf("%d tallies wait", n)
	}
}

// TestNoteInstalled_outlives_a_flood of install URLs that somebody makes up, each opened more often, before and after.
func TestNoteInstalled_outlives_a_flood(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	flood := func() {
		for i := range 2 * store.MaxInstallURLs {
			for range 3 {
				a.NoteInstallURL(&c, cb, fmt.Sprintf("x%d", i), "")
			}
			if i%150 == 149 {
				a.clock.Advance(time.Second)
				a.ok(a.Flush(ctx))
			}
		}
	}
	a.NoteInstallURL(&c, cb, "opened", "")
	a.ok(a.Flush(ctx))
	flood() // no place is left in memory, nor among the rows
	a.NoteInstalled(&c, cb, "opened", "")
	for i := range 4 * store.MaxInstallURLs {
		a.NoteInstallURL(&c, cb, fmt.Sprintf("y%d", i), "")
	}
	a.ok(a.Flush(ctx))
	flood()
	list := a.urls(c)
	at := slices.IndexFunc(list, func(u store.InstallURL) bool { return u.Scope == "opened" && !u.Installed.IsZero() && u.Count == 1 })
	if at < 0 || len(list) != store.MaxInstallURLs {
		t.Errorf("%d rows, and the one that the app was installed from at %d", len(list), at)
	}
	for i := range 3 * maxWaiting {
		c.ID = entropy.ID[id.Client]()
		a.NoteInstalled(&c, cb, fmt.Sprintf("z%d", i), "")
	}
	if n := len(a.counting.urls); n != 2*maxWaiting {
		t.Errorf("%d wait in memory", n)
	}
}

func TestNoteInstallURL_what_makes_a_URL_another(t *testing.T) {
	a := newApps(t)
	d := draft()
	d.RedirectURIs = []string{cb, "http://127.0.0.1/cb"}
	c := a.create(d)
	a.NoteInstallURL(&c, "http://127.0.0.1:5001/cb", "a", "b")
	a.NoteInstallURL(&c, "http://127.0.0.1:5002/cb", "a", "b")
	a.NoteInstallURL(&c, cb, "a b", "")
	a.NoteInstallURL(&c, cb, "a", " b")
	a.NoteInstallURL(&c, cb, "a", "b")
	a.NoteInstallURL(&c, "https://evil.test/", "a", "b")
	a.NoteInstallURL(&c, cb, strings.Repeat("a", scope.MaxListLength+1), "b")
	list := a.urls(c)
	if len(list) != 4 {
		t.Errorf("%+v", list)
	}
	for _, u := range list {
		if strings.HasPrefix(u.RedirectURI, "http:") && (u.RedirectURI != "http://127.0.0.1/cb" || u.Count != 2) {
			t.Errorf("%+v", u)
		}
	}
}

func TestTally_by_day_and_kind(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	a.Tally(c.ID, TallyInstall)
	a.Tally(c.ID, TallyInstall)
	a.Tally(c.ID, "scope_mismatch")
	a.ok(a.Flush(ctx))
	a.clock.Advance(24 * time.Hour)
	a.Tally(c.ID, TallyInstall)
	a.Tally(entropy.ID[id.Client](), TallyInstall) // of an app that is gone
	a.ok(a.Flush(ctx))
	list, err := a.Tallies(ctx, OwnedBy(a.in), c.ID, noon)
	a.ok(err)
	var got []string
	for _, v := range list {
		got = append(got, fmt.Sprintf("%d %s %d", v.Day.Day(), v.Kind, v.Count))
	}
	if strings.Join(got, ", ") != "22 install 2, 22 scope_mismatch 1, 23 install 1" {
		t.Errorf("%v", got)
	}
	if list, err = a.Tallies(ctx, Everybody(), c.ID, noon.Add(24*time.Hour)); err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
}

// TestRun_loses_nothing while many note at once, and writes what is left when it ends.
func TestRun_loses_nothing(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 500 {
				a.NoteInstallURL(&c, cb, "s", "")
				a.Tally(c.ID, TallyInstall)
				if i%100 == 0 {
					if err := a.Flush(ctx); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	a.Run(ended)
	list, err := a.InstallURLs(ctx, Everybody(), c.ID)
	a.ok(err)
	tallies, err := a.Tallies(ctx, Everybody(), c.ID, noon)
	a.ok(err)
	if len(list) != 1 || list[0].Count != 4000 || len(tallies) != 1 || tallies[0].Count != 4000 {
		t.Errorf("%+v %+v", list, tallies)
	}
}
