package govern_test

import (
	"testing"

	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// TestA162_scopes_that_are_registered_after_all_were_decided on are nobody's decision: users cannot give them, the app itself does not
// get them, and administrators are asked.
func TestA162_scopes_that_are_registered_after_all_were_decided(t *testing.T) {
	s, told := telling(t)
	a := s.Authorizes(govern.Terms{Uncapped: true})
	if act := s.entry(); a.Uncapped || !a.Whole || act.After["all_scopes"] == "" || act.After["scopes"] != a.Ceiling.String() {
		t.Errorf("%+v, in the book %v", a, act.After)
	}
	out, _ := s.Installed([]string{contacts}, deals)
	s.update(func(d *registry.Draft) { d.Optional = append(d.Optional, "tickets") })
	for _, u := range []store.User{s.Acme.Ada, s.Giver("mia")} { // who holds everything, and who holds little
		if v := s.Wishes(u, []string{contacts}, "tickets"); v.Granted.Has(scope.MustParse("tickets")) {
			t.Errorf("%s gives %s", u.Name, v.Granted)
		}
	}
	list, err := s.Queue(ctx, s.Acme.ID)
	if s.OK(err); len(list) != 1 || !list[0].New.Equal(scopes("tickets")) || !list[0].Waiting[0].User.IsZero() || len(*told) != 1 {
		t.Errorf("waiting: %+v, told %d", list, len(*told))
	}
	seen := s.Decided()
	if !seen.Wants.Equal(scopes("tickets")) || !seen.Added.Equal(scopes("tickets")) || !seen.Ceiling.Equal(a.Ceiling) {
		t.Errorf("%+v", seen)
	}
	s.OK(s.Calls(out.AccessToken, "list_deals")) // what was decided goes on
	// Whoever changes something else did not decide on it either, though they name every scope that they saw.
	if b := s.Authorizes(govern.Terms{Scopes: a.Ceiling, Admission: all}); b.Whole || b.Ceiling.Has(scope.MustParse("tickets")) {
		t.Errorf("%+v", b.Decision)
	}
	s.Authorizes(govern.Terms{Uncapped: true})
	if v := s.Wishes(s.Acme.Ada, []string{contacts}, "tickets"); !v.Granted.Has(scope.MustParse("tickets")) {
		t.Errorf("decided again: %+v", v)
	}
}

// TestA162_an_app_for_itself_does_not_grow by a new version of its registration, in an account that is not its own.
func TestA162_an_app_for_itself_does_not_grow(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{})
	c, proof := s.Robot(func(c *store.Client) {
		c.Registration.Required, c.Registration.Conditional, c.Registration.Optional = scopes(contacts), scopes(), scopes()
	})
	_, err := s.Authorize(ctx, operator, s.Acme.ID, c.ID, govern.Terms{Uncapped: true, ForItself: true, Admission: all})
	s.OK(err)
	out, err := s.ForItself(proof, "acme")
	if s.OK(err); out.Scopes.String() != contacts {
		t.Errorf("%s", out.Scopes)
	}
	s.Reregister(c, func(c *store.Client) { c.Registration.Required = scopes(contacts, deals) })
	out, err = s.ForItself(proof, "acme")
	if s.OK(err); out.Scopes.String() != contacts || len(out.Dropped) != 1 || out.Dropped[0].Scope != deals {
		t.Errorf("%s, dropped %+v", out.Scopes, out.Dropped)
	}
	s.AskForVersions(ctx)
	list, err := s.Queue(ctx, s.Acme.ID)
	if s.OK(err); len(list) != 1 || !list[0].New.Equal(scopes(deals)) {
		t.Errorf("waiting: %+v", list)
	}
	_, err = s.Authorize(ctx, operator, s.Acme.ID, c.ID, govern.Terms{Uncapped: true, ForItself: true, Admission: all, Version: 1})
	s.OK(err)
	out, err = s.ForItself(proof, "acme")
	if s.OK(err); !out.Scopes.Equal(scopes(contacts, deals)) {
		t.Errorf("decided again: %s", out.Scopes)
	}
}

// TestA162_the_vendors_own_app is trusted with what it registers, whoever decided on it.
func TestA162_the_vendors_own_app(t *testing.T) {
	s := newShop(t).closed()
	c := s.Register(func(c *store.Client) { c.BuiltIn = true })
	a, err := s.Authorize(ctx, operator, s.Acme.ID, c.ID, govern.Terms{Uncapped: true, Admission: all})
	if s.OK(err); !a.Uncapped || a.Whole {
		t.Errorf("%+v", a.Decision)
	}
	s.Reregister(c, func(c *store.Client) { c.Registration.Optional = scopes(deals, flows, "tickets") })
	s.AskForVersions(ctx)
	if list, err := s.Queue(ctx, s.Acme.ID); err != nil || len(list) > 0 {
		t.Errorf("waiting: %+v, %v", list, err)
	}
	seen, err := s.Authorization(ctx, s.Acme.ID, c.ID)
	if s.OK(err); seen.Standing.Limited || seen.Wants.Len() > 0 {
		t.Errorf("%+v", seen)
	}
}
