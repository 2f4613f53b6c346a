package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// newMarks are the marks that came since the test last asked.
func (h *house) newMarks() []mark.Mark {
	h.t.Helper()
	all := h.marks()
	out := all[h.seen:]
	h.seen = len(all)
	return out
}

func TestOwnRoles(t *testing.T) {
	h := newHouse(t)
	role := store.Role{Tenant: h.in, ID: "installer_and_more", Name: "Installs", Permissions: []string{MayInstall, "crm:contacts:view", MayInstall}}
	made, err := h.CreateRole(ctx, audit.Operator, role)
	h.ok(err)
	if !slices.Equal(made.Permissions, []string{MayInstall, "crm:contacts:view"}) {
		t.Errorf("%+v", made)
	}
	for name, tt := range map[string]struct {
		change func(*store.Role)
		want   refusal.Code
	}{
		"there already":        {func(*store.Role) {}, refusal.NameTaken},
		"a catalog's":          {func(r *store.Role) { r.ID = AppInstaller }, refusal.NameTaken},
		"with a bad id":        {func(r *store.Role) { r.ID = "Installer" }, refusal.RoleIDInvalid},
		"with no id":           {func(r *store.Role) { r.ID = "" }, refusal.RoleIDInvalid},
		"with no name":         {func(r *store.Role) { r.ID, r.Name = "x", "" }, refusal.FieldMissing},
		"with what nobody has": {func(r *store.Role) { r.ID, r.Permissions = "x", []string{"a:b:c"} }, refusal.PermissionUnknown},
		"of no tenant":         {func(r *store.Role) { r.ID, r.Tenant = "x", entropy.ID[id.Tenant]() }, refusal.ObjectNotFound},
	} {
		r := role
		tt.change(&r)
		_, err := h.CreateRole(ctx, audit.Operator, r)
		if want(t, err, tt.want); t.Failed() {
			t.Fatal(name)
		}
	}
	rights := func() Rights {
		return view(h, func(r store.Reader) (Rights, error) {
			u, err := r.User(h.in, h.bob.ID)
			if err != nil {
				return Rights{}, err
			}
			return h.rules.Rights(r, u)
		})
	}
	if rights().Hold(MayInstall) {
		t.Error("bob installs already")
	}
	_, err = h.GiveRole(ctx, audit.Operator, h.in, h.bob.ID, role.ID)
	h.ok(err)
	if !rights().Hold(MayInstall) || rights().Hold(MayManage) || len(h.newMarks()) != 0 {
		t.Errorf("%+v", rights())
	}
	_, err = h.GiveRole(ctx, audit.Operator, h.beta, h.adaInBeta.ID, role.ID)
	want(t, err, refusal.RoleUnknown) // it is acme's (A151)
	_, err = h.TakeRole(ctx, audit.Operator, h.in, h.bob.ID, "developer")
	want(t, err, refusal.ObjectNotFound)
	more := []string{MayInstall, MayManage}
	_, err = h.UpdateRole(ctx, audit.Operator, h.in, role.ID, RoleChange{Permissions: &more})
	h.ok(err)
	// One permission went: the holder is marked, and nobody else.
	if m := h.newMarks(); len(m) != 1 || m[0].Subject != (mark.Subject{Tenant: h.in, User: h.bob.ID}) || !rights().Hold(MayManage) {
		t.Errorf("%+v", m)
	}
	name, most := "Installs apps", append(more, "crm:contacts:view")
	_, err = h.UpdateRole(ctx, audit.Operator, h.in, role.ID, RoleChange{Name: &name, Permissions: &most})
	h.ok(err)
	if m := h.newMarks(); len(m) != 0 {
		t.Errorf("more was given, and marked: %+v", m)
	}
	_, err = h.UpdateRole(ctx, audit.Operator, h.in, AppInstaller, RoleChange{Name: &name})
	want(t, err, refusal.ObjectNotFound)
	_, err = h.UpdateRole(ctx, audit.Operator, h.beta, role.ID, RoleChange{Name: &name})
	want(t, err, refusal.ObjectNotFound)
	only := []string{role.ID}
	_, err = h.UpdateUser(ctx, audit.Operator, h.in, h.bob.ID, UserChange{Roles: &only})
	h.ok(err)
	h.newMarks()
	h.ok(h.DeleteRole(ctx, audit.Operator, h.in, role.ID))
	u, err := h.User(ctx, h.in, h.bob.ID)
	h.ok(err)
	if m := h.newMarks(); len(m) != 1 || m[0].Subject.User != h.bob.ID || strings.Join(u.Roles, " ") != Member || rights().Hold(MayInstall) {
		t.Errorf("%+v, %+v", m, u.Roles)
	}
	want(t, h.DeleteRole(ctx, audit.Operator, h.in, role.ID), refusal.ObjectNotFound)
}

func TestUpdateRole_of_very_many_marks_the_tenant_once(t *testing.T) {
	h := newHouse(t)
	_, err := h.CreateRole(ctx, audit.Operator, store.Role{Tenant: h.in, ID: "all", Name: "All", Permissions: []string{MayInstall}})
	h.ok(err)
	for i := range maxHolderMarks + 1 {
		h.userIn(h.in, fmt.Sprintf("user%d", i), "all")
	}
	none := []string{}
	_, err = h.UpdateRole(ctx, audit.Operator, h.in, "all", RoleChange{Permissions: &none})
	h.ok(err)
	if m := h.newMarks(); len(m) != 1 || m[0].Subject != (mark.Subject{Tenant: h.in}) {
		t.Errorf("%d marks", len(m))
	}
}

// TestA155_a_role_is_its_id: another of almost the same name gives nothing.
func TestA155_a_role_is_its_id(t *testing.T) {
	h := newHouse(t)
	for _, r := range []store.Role{{ID: "sales", Name: "Sales", Permissions: []string{MayInstall}}, {ID: "sales_", Name: "Sales", Permissions: nil}} {
		r.Tenant = h.in
		_, err := h.CreateRole(ctx, audit.Operator, r)
		h.ok(err)
	}
	u := h.userIn(h.in, "carol", "sales_")
	if view(h, func(r store.Reader) (Rights, error) { return h.rules.Rights(r, u) }).Hold(MayInstall) {
		t.Error("carol may install")
	}
	name := "Sales, renamed"
	_, err := h.UpdateRole(ctx, audit.Operator, h.in, "sales_", RoleChange{Name: &name})
	h.ok(err)
	if view(h, func(r store.Reader) (Rights, error) { return h.rules.Rights(r, u) }).Hold(MayInstall) {
		t.Error("carol may install")
	}
}

func TestDisabling_ends_what_the_user_gave(t *testing.T) {
	h := newHouse(t)
	u := h.bob
	u.Disabled = true
	if r := view(h, func(r store.Reader) (Rights, error) { return h.rules.Rights(r, u) }); r.Hold(MayInstall) || r.SuperAdmin {
		t.Errorf("%+v", r)
	}
	ada := h.ada
	ada.Disabled = true
	if r := view(h, func(r store.Reader) (Rights, error) { return h.rules.Rights(r, ada) }); r.Hold(MayInstall) || r.SuperAdmin {
		t.Errorf("%+v", r)
	}
}

// Functions that the tests speak of: the plan enterprise has workflows, starter does not.
const workflows = "marketing_hub_professional"

func TestEntitlements(t *testing.T) {
	day := 24 * time.Hour
	put := func(withdrawn bool, from, until time.Duration) func(h *house) error {
		return func(h *house) error {
			e := store.Entitlement{Tenant: h.in, Entitlement: workflows, Withdrawn: withdrawn}
			if from != 0 {
				e.From = h.clock.Now().Add(from)
			}
			if until != 0 {
				e.Until = h.clock.Now().Add(until)
			}
			_, err := h.PutEntitlement(ctx, audit.Operator, e)
			return err
		}
	}
	plan := func(name string) func(h *house) error {
		return func(h *house) error {
			_, err := h.UpdateTenant(ctx, audit.Operator, h.in, TenantChange{Plan: &name})
			return err
		}
	}
	remove := func(h *house) error { return h.DeleteEntitlement(ctx, audit.Operator, h.in, workflows) }
	wait := func(d time.Duration) func(h *house) error {
		return func(h *house) error { h.clock.Advance(d); return nil }
	}
	type step struct {
		do    func(h *house) error
		has   bool
		marks bool
		end   time.Duration // from now; zero: never
	}
	for name, steps := range map[string][]step{
		"added and taken back":                        {{put(false, 0, 0), true, false, 0}, {remove, false, true, 0}},
		"added for a time":                            {{put(false, 0, day), true, false, day}, {wait(day), false, false, 0}, {remove, false, false, 0}},
		"the date moved away":                         {{put(false, 0, day), true, false, day}, {put(false, 0, 2*day), true, false, 2 * day}},
		"the date brought closer":                     {{put(false, 0, 2*day), true, false, 2 * day}, {put(false, 0, day), true, true, day}},
		"a date where there was none":                 {{put(false, 0, 0), true, false, 0}, {put(false, 0, day), true, true, day}},
		"added later":                                 {{put(false, day, 0), false, false, 0}, {wait(day), true, false, 0}},
		"a better plan, a worse plan":                 {{plan("enterprise"), true, false, 0}, {plan("starter"), false, true, 0}},
		"a worse plan, but added singly":              {{plan("enterprise"), true, false, 0}, {put(false, 0, 0), true, false, 0}, {plan("starter"), true, false, 0}, {remove, false, true, 0}},
		"withdrawn from the plan":                     {{plan("enterprise"), true, false, 0}, {put(true, 0, 0), false, true, 0}, {remove, true, false, 0}},
		"withdrawn for a time":                        {{plan("enterprise"), true, false, 0}, {put(true, 0, day), false, true, 0}, {wait(day), true, false, 0}},
		"withdrawn from a day on":                     {{plan("enterprise"), true, false, 0}, {put(true, day, 2*day), true, true, day}, {wait(day), false, false, 0}, {wait(day), true, false, 0}},
		"withdrawn where it was not":                  {{put(true, 0, 0), false, false, 0}, {remove, false, false, 0}},
		"added although the plan has it, until a day": {{plan("enterprise"), true, false, 0}, {put(false, 0, day), true, false, 0}, {wait(day), true, false, 0}},
		"the plan it had":                             {{plan("starter"), false, false, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			for i, s := range steps {
				h.ok(s.do(h))
				type state struct {
					has bool
					end time.Time
				}
				got := view(h, func(r store.Reader) (out state, err error) {
					tenant, err := r.Tenant(h.in)
					if err != nil {
						return out, err
					}
					entitled, err := h.rules.Entitled(r, tenant, h.now())
					if err != nil {
						return out, err
					}
					out.has = entitled(workflows)
					out.end, err = h.rules.EarliestEnd(r, tenant, h.now())
					return out, err
				})
				var end time.Time
				if s.end != 0 {
					end = h.now().Add(s.end)
				}
				if got.has != s.has || !got.end.Equal(end) {
					t.Errorf("step %d: has %v until %v, want %v until %v", i, got.has, got.end, s.has, end)
				}
				lost := false
				for _, m := range h.newMarks() {
					names := m.Lost.Names()
					lost = lost || slices.Contains(names, "automation")
					if m.Subject != (mark.Subject{Tenant: h.in}) || len(names) == 0 || slices.Contains(names, "crm.objects.contacts.read") || m.Until != h.now().Add(token.MaxLife) {
						t.Errorf("step %d: %+v", i, m)
					}
				}
				if lost != s.marks {
					t.Errorf("step %d: workflows are taken from tokens: %v, want %v", i, lost, s.marks)
				}
			}
		})
	}
}

func TestPutEntitlement_refuses(t *testing.T) {
	h := newHouse(t)
	for name, tt := range map[string]struct {
		e    store.Entitlement
		want refusal.Code
	}{
		"a function that is none": {store.Entitlement{Tenant: h.in, Entitlement: "flying"}, refusal.EntitlementUnknown},
		"an end before the start": {store.Entitlement{Tenant: h.in, Entitlement: workflows, From: noon, Until: noon}, refusal.DatesReversed},
		"a tenant that is none":   {store.Entitlement{Tenant: entropy.ID[id.Tenant](), Entitlement: workflows}, refusal.ObjectNotFound},
	} {
		_, err := h.PutEntitlement(ctx, audit.Operator, tt.e)
		if want(t, err, tt.want); t.Failed() {
			t.Fatal(name)
		}
	}
	want(t, h.DeleteEntitlement(ctx, audit.Operator, h.in, workflows), refusal.ObjectNotFound)
}

// The end of a function is what looking at every hour shows.
func TestHoldings_end_is_the_first_moment_without(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hour := func(label string) time.Time {
			if n := rapid.IntRange(-1, 12).Draw(t, label); n >= 0 {
				return noon.Add(time.Duration(n) * time.Hour)
			}
			return time.Time{}
		}
		h := holdings{single: map[string]store.Entitlement{}}
		if rapid.Bool().Draw(t, "in the plan") {
			h.plan = []string{"x"}
		}
		if rapid.Bool().Draw(t, "singly") {
			h.single["x"] = store.Entitlement{Entitlement: "x", Withdrawn: rapid.Bool().Draw(t, "withdrawn"), From: hour("from"), Until: hour("until")}
		}
		now := hour("now")
		if now.IsZero() {
			now = noon
		}
		var naive time.Time
		for i := range 40 {
			if at := now.Add(time.Duration(i) * time.Hour); !h.at("x", at) {
				naive = at
				break
			}
		}
		if got := h.end("x", now); !got.Equal(naive) {
			t.Fatalf("%v, want %v", got, naive)
		}
	})
}

// TestA156_nobody_leads_above_themselves: who administers without every permission makes nobody a super administrator, and
// becomes none, by whatever act on a user or link.
func TestA156_nobody_leads_above_themselves(t *testing.T) {
	h := newHouse(t)
	sam := h.person(h.in, "sam@acme.example", bobs, SiteAdmin)
	invited := h.userIn(h.in, "carol", SuperAdmin)
	as := func(u store.User) audit.Actor {
		return audit.Actor{Kind: "user", ID: u.ID.String(), Name: u.Name}
	}
	above, yes, address := []string{Member, SuperAdmin}, true, "sam@acme.example"
	sensitive, err := h.CreateRole(ctx, audit.Operator, store.Role{Tenant: h.in, ID: "keeper", Name: "Keeper", Permissions: []string{"crm:sensitive_data:view"}})
	h.ok(err)
	acts := map[string]func(by audit.Actor) error{
		"making oneself a super administrator": func(by audit.Actor) error {
			_, err := h.UpdateUser(ctx, by, h.in, sam.ID, UserChange{Roles: &above})
			return err
		},
		"making somebody one": func(by audit.Actor) error {
			_, err := h.GiveRole(ctx, by, h.in, h.bob.ID, SuperAdmin)
			return err
		},
		"making a new one": func(by audit.Actor) error {
			_, err := h.CreateUser(ctx, by, h.in, NewUser{Name: "dave" + by.Kind + by.Name, Roles: above})
			return err
		},
		"giving a role that holds more": func(by audit.Actor) error {
			_, err := h.GiveRole(ctx, by, h.in, h.bob.ID, sensitive.ID)
			return err
		},
		"a link into their login": func(by audit.Actor) error {
			_, err := h.PasswordLink(ctx, by, h.in, h.person(h.in, "eve"+by.Kind+by.Name, bobs, SuperAdmin).ID, "en")
			return err
		},
		"an invitation to become one": func(by audit.Actor) error {
			_, err := h.Invite(ctx, by, h.in, invited.ID, "en")
			return err
		},
		"another address for their mails": func(by audit.Actor) error {
			_, err := h.UpdateUser(ctx, by, h.in, invited.ID, UserChange{Email: &address})
			return err
		},
		"taking the role": func(by audit.Actor) error {
			_, err := h.TakeRole(ctx, by, h.in, invited.ID, SuperAdmin)
			return err
		},
		"disabling": func(by audit.Actor) error {
			_, err := h.UpdateUser(ctx, by, h.in, h.userIn(h.in, "f"+by.Kind+by.Name, SuperAdmin).ID, UserChange{Disabled: &yes})
			return err
		},
		"deleting": func(by audit.Actor) error {
			return h.DeleteUser(ctx, by, h.in, h.userIn(h.in, "g"+by.Kind+by.Name, SuperAdmin).ID)
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			want(t, act(as(sam)), refusal.RightsExceeded)
			want(t, act(audit.Actor{Kind: "user", ID: h.adaInBeta.ID.String(), Name: "elsewhere"}), refusal.RightsExceeded)
		})
	}
	// Below that, sam administers; and a super administrator does all of it.
	_, err = h.GiveRole(ctx, as(sam), h.in, h.bob.ID, SiteAdmin)
	h.ok(err)
	_, err = h.PasswordLink(ctx, as(sam), h.in, h.bob.ID, "en")
	h.ok(err)
	for _, name := range []string{"giving a role that holds more", "a link into their login", "an invitation to become one", "making somebody one"} {
		h.ok(acts[name](as(h.ada)))
	}
}

// TestA156_a_link_does_not_rise_with_its_user: what was shown to whoever could make it for a user is worth nothing once that
// user is a super administrator.
func TestA156_a_link_does_not_rise_with_its_user(t *testing.T) {
	h := newHouse(t)
	invited := h.userIn(h.in, "carol")
	invitation, err := h.Invite(ctx, audit.Operator, h.in, invited.ID, "en")
	h.ok(err)
	password, err := h.PasswordLink(ctx, audit.Operator, h.in, h.bob.ID, "en")
	h.ok(err)
	for _, u := range []store.User{invited, h.bob} {
		_, err := h.GiveRole(ctx, audit.Operator, h.in, u.ID, SuperAdmin)
		h.ok(err)
	}
	_, err = h.AcceptInvite(ctx, h.token(invitation.Link), h.ada.Person)
	want(t, err, refusal.LinkUsed)
	_, err = h.ResetPassword(ctx, h.token(password.Link), "a good password")
	want(t, err, refusal.LinkUsed)
}
