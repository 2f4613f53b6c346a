package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// TestDecide writes authorization, consent, grant and code, and the entry in the audit book, together.
func TestDecide(t *testing.T) {
	s := newShop(t)
	got, err := s.Decide(ctx, s.Page(deals))
	s.OK(err)
	if !got.First || got.RedirectURI != callback || got.Grant.Scopes.String() != contacts+" "+deals || got.Grant.Required.String() != contacts {
		t.Errorf("%+v", got)
	}
	code, err := id.ParseLocated(id.Code, got.Code)
	s.OK(err)
	s.OK(s.Store.View(ctx, func(r store.Reader) error {
		a, err := r.AuthorizationOf(s.Acme.ID, s.App.ID)
		s.OK(err)
		c, err := r.Consent(s.Acme.ID, s.Acme.Ada.ID, s.App.ID)
		s.OK(err)
		kept, err := r.Code(s.Acme.ID, code.Hash())
		s.OK(err)
		if a.ID != got.Grant.Authorization || !a.Approved.Equal(got.Grant.Scopes) || !c.Scopes.Equal(got.Grant.Scopes) || kept.Grant != got.Grant.ID {
			t.Errorf("%+v %+v %+v", a, c, kept)
		}
		list, err := r.ListAudit(s.Acme.ID, id.Entry{}, 1)
		s.OK(err)
		if act := list[0].Act; act.Action != "grant.create" || act.Actor.Name != "ada" || act.Detail["scopes"] != got.Grant.Scopes.String() ||
			strings.Contains(fmt.Sprint(list), got.Code) {
			t.Errorf("%+v", list)
		}
		return nil
	}))
	again, err := s.Decide(ctx, s.Page())
	s.OK(err)
	if again.First || again.Grant.Authorization != got.Grant.Authorization {
		t.Errorf("%+v", again)
	}
}

// TestA018_a_request_is_decided_once, however many decide at once.
func TestA018_a_request_is_decided_once(t *testing.T) {
	s := newShop(t)
	d := s.Page()
	var wg sync.WaitGroup
	codes := make([]refusal.Code, 16)
	for i := range codes {
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = s.Decide(ctx, d)
			} else {
				err = s.Decline(ctx, d)
			}
			codes[i] = code(t, err)
		})
	}
	wg.Wait()
	slices.Sort(codes)
	if n := len(slices.DeleteFunc(slices.Clone(codes), func(c refusal.Code) bool { return c == refusal.RequestDecided })); n != 1 || codes[0] != "" {
		t.Errorf("%v", codes)
	}
	if n := len(s.Grants()); n > 1 {
		t.Errorf("%d grants", n)
	}
}

// TestDecide_gives_nothing_that_was_not_shown_and_still_holds.
func TestDecide_gives_nothing_that_was_not_shown_and_still_holds(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*shop, *Decision)
		code   refusal.Code // "": show again
	}{
		"ticked more than was shown (A041)": {func(_ *shop, d *Decision) { d.Kept = scopes(deals) }, refusal.ScopeNotShown},
		"shown to somebody else":            {func(_ *shop, d *Decision) { d.ShownTo = entropy.ID[id.User]() }, ""},
		"another version was shown":         {func(_ *shop, d *Decision) { d.Version = 2 }, ""},
		"more was shown than holds":         {func(_ *shop, d *Decision) { d.Shown = scopes(contacts, companies) }, ""},
		"less was shown than holds":         {func(_ *shop, d *Decision) { d.Shown = scopes() }, ""},
		"another authorization was shown":   {func(_ *shop, d *Decision) { d.Authorization = entropy.ID[id.Authorization]() }, ""},
		"another redirect URI":              {func(_ *shop, d *Decision) { d.InstallRequest.RedirectURI = "https://evil.example/" }, ""},
		"another client":                    {func(_ *shop, d *Decision) { d.Client = entropy.ID[id.Client]().String() }, ""},
		"nobody":                            {func(_ *shop, d *Decision) { d.User = id.User{} }, ""},
		"a user of another account":         {func(s *shop, d *Decision) { d.User = s.Beta.Ada.ID }, ""},
		"in another account":                {func(s *shop, d *Decision) { d.Tenant = s.Beta.ID }, ""},
		"in an account that does not exist": {func(_ *shop, d *Decision) { d.Tenant = entropy.ID[id.Tenant]() }, ""},
		"of another epoch":                  {func(_ *shop, d *Decision) { d.Epoch++ }, refusal.RequestExpired},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			d := s.Page()
			tt.change(s, &d)
			_, err := s.Decide(ctx, d)
			if tt.code == "" {
				if !errors.Is(err, ErrShowAgain) {
					t.Errorf("%v", err)
				}
			} else if got := code(t, err); got != tt.code {
				t.Errorf("refused with %s, want %s", got, tt.code)
			}
			if len(s.Grants()) > 0 {
				t.Error("something was given")
			}
			if d.Epoch == s.Page().Epoch {
				good := s.Page()
				good.Request = d.Request
				if _, err := s.Decide(ctx, good); err != nil {
					t.Errorf("the request was used up: %v", err)
				}
			}
		})
	}
}

// TestDecide_ends_the_oldest_grant beyond the bound, those first whose code nobody redeemed.
func TestDecide_ends_the_oldest_grant(t *testing.T) {
	s := newShop(t)
	var made []id.Grant
	for range MaxGrants {
		got, err := s.Decide(ctx, s.Page())
		s.OK(err)
		made = append(made, got.Grant.ID)
		s.Clock.Advance(time.Minute)
	}
	s.Do(func(tx store.Tx) error { // all but the third were redeemed
		for i, g := range made {
			if i == 2 {
				continue
			}
			was, err := tx.Grant(s.Acme.ID, g)
			if err != nil {
				return err
			}
			was.Installed = noon
			if err := tx.UpdateGrant(was); err != nil {
				return err
			}
		}
		return nil
	})
	for _, oldest := range []id.Grant{made[2], made[0]} {
		before := s.Memory.Head()
		got, err := s.Decide(ctx, s.Page())
		s.OK(err)
		s.Do(func(tx store.Tx) error {
			g := got.Grant
			g.Installed = noon
			return tx.UpdateGrant(g)
		})
		live := s.Grants()
		if len(live) != MaxGrants || slices.ContainsFunc(live, func(g store.Grant) bool { return g.ID == oldest }) {
			t.Errorf("%d grants live, or the wrong one was ended", len(live))
		}
		if !before.Before(s.Memory.Head()) {
			t.Error("ending it left no mark")
		}
	}
}

// TestDecide_waits_for_the_clock: a code is issued, so that what forbids issuing forbids deciding.
func TestDecide_waits_for_the_clock(t *testing.T) {
	s := newShop(t)
	d := s.Page()
	s.Access.SetMayIssue(func() error { return errors.New("the clock was stepped") })
	_, err := s.Decide(ctx, d)
	want(t, err, refusal.IssuingSuspended)
	if len(s.Grants()) > 0 {
		t.Error("something was given")
	}
}
