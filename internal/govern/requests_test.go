package govern_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// telling is a shop, on the default, whose notices are kept.
func telling(t *testing.T) (*shop, *[]govern.Notice) {
	s := newShop(t).closed()
	told := &[]govern.Notice{}
	s.Told = func(n govern.Notice) { *told = append(*told, n) }
	return s, told
}

func (s *shop) ask(by store.User, reason string) (store.AuthorizationRequest, error) {
	return s.Ask(ctx, as(by), s.Acme.ID, s.App.ID, govern.Wish{Reason: reason, Scope: scopes(contacts), Optional: scopes(deals)})
}

// TestA045_a_user_asks, since without an administrator nobody gets anywhere, and administrators answer.
func TestA045_a_user_asks(t *testing.T) {
	s, told := telling(t)
	mia, tom := s.Member("mia", directory.AppInstaller), s.Member("tom", directory.AppInstaller)
	reviewer := s.Member("rita", directory.Developer)
	s.Governs(s.Acme.ID, policy.Governance{Reviewers: []string{directory.Developer}})
	if v := s.May(); v.Outcome != policy.AuthorizationNeeded {
		t.Fatalf("installing is answered %s", v.Outcome)
	}
	q, err := s.ask(mia, "for the campaign")
	s.OK(err)
	if q.State != store.RequestWaiting || !q.Expires.Equal(noon.Add(30*24*time.Hour)) || !q.Scope.Equal(scopes(contacts)) || !q.Optional.Equal(scopes(deals)) {
		t.Errorf("%+v", q)
	}
	if n := *told; len(n) != 1 || n[0].Asker.ID != mia.ID || !slices.EqualFunc(n[0].To, []id.User{s.Acme.Ada.ID, reviewer.ID}, func(u store.User, want id.User) bool { return u.ID == want }) {
		t.Errorf("told %+v", n)
	}
	again, err := s.ask(mia, "for the campaign")
	if s.OK(err); again.ID != q.ID {
		t.Error("the same is asked twice")
	}
	other, err := s.ask(mia, "for another one")
	if s.OK(err); other.ID == q.ID || len(*told) != 1 {
		t.Errorf("%+v, told %d times", other, len(*told))
	}
	_, err = s.ask(tom, "")
	s.OK(err)

	list, err := s.Queue(ctx, s.Acme.ID)
	s.OK(err)
	if len(list) != 1 || list[0].Count != 2 || len(list[0].Waiting) != 2 || list[0].App.ID != s.App.ID || !list[0].New.Equal(scopes(contacts, deals)) || list[0].Risk != policy.Reads {
		t.Errorf("%+v", list)
	}
	if list, err := s.Queue(ctx, s.Beta.ID); err != nil || len(list) > 0 {
		t.Errorf("another account sees %+v, %v", list, err)
	}
	// A reviewer sees, and does not decide.
	_, err = s.Deny(ctx, as(reviewer), s.Acme.ID, s.App.ID, "", false)
	want(t, err, refusal.AuthorityMissing)

	*told = nil
	closed, err := s.Deny(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, "use the other one", false)
	s.OK(err)
	if len(closed) != 2 || closed[0].State != store.RequestDenied || closed[0].Justification != "use the other one" || len(*told) != 2 {
		t.Errorf("%+v, told %+v", closed, *told)
	}
	_, err = s.Deny(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, "", false)
	want(t, err, refusal.RequestClosed)
	if now, err := s.RequestOfUser(ctx, s.Acme.ID, s.App.ID, mia.ID); err != nil || now.ID != other.ID || now.State != store.RequestDenied {
		t.Errorf("%+v, %v", now, err)
	}

	// Who was denied may ask again; approving a subset answers all who wait.
	_, err = s.ask(mia, "please")
	s.OK(err)
	s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	if now, err := s.RequestOfUser(ctx, s.Acme.ID, s.App.ID, mia.ID); err != nil || now.State != store.RequestApproved || now.By == "" {
		t.Errorf("%+v, %v", now, err)
	}
	if v := s.May(); v.Outcome != policy.ConsentNeeded {
		t.Errorf("installing is answered %s", v.Outcome)
	}
	if list, err := s.Queue(ctx, s.Acme.ID); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	// What the authorization leaves out can be asked for.
	_, err = s.ask(mia, "deals too")
	s.OK(err)
	if list, err := s.Queue(ctx, s.Acme.ID); err != nil || len(list) != 1 || !list[0].New.Equal(scopes(deals)) {
		t.Errorf("%+v, %v", list, err)
	}
	if blocked, err := s.Deny(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, "enough", true); err != nil || len(blocked) != 1 || blocked[0].State != store.RequestBlocked {
		t.Errorf("%+v, %v", blocked, err)
	}
	_, err = s.ask(mia, "still")
	want(t, err, refusal.AuthorizationBlocked)
	if seen := s.Decided(); seen.Standing.State != policy.Blocked {
		t.Errorf("%+v", seen.Standing)
	}
	s.Authorizes(govern.Terms{Uncapped: true}) // an administrator can all the same
}

func TestAsk_only_where_an_administrator_can_help(t *testing.T) {
	s, _ := telling(t)
	mia := s.Member("mia", directory.AppInstaller)
	off := s.Register(func(c *store.Client) { c.Disabled, c.Owner = true, s.Acme.ID })
	away := s.Register(func(c *store.Client) { c.Disabled = true })
	gone := s.Member("gus")
	disable := true
	_, err := s.Directory.UpdateUser(ctx, audit.Operator, s.Acme.ID, gone.ID, directory.UserChange{Disabled: &disable})
	s.OK(err)
	for _, tt := range []struct {
		name     string
		by       govern.By
		client   id.Client
		settings policy.Governance
		before   func()
		reason   string
		want     refusal.Code
	}{
		{name: "where users decide", by: as(mia), client: s.App.ID, settings: policy.Governance{Door: policy.DoorOpen}, want: refusal.RequestNotPossible},
		{name: "where nothing may be asked for", by: as(mia), client: s.App.ID, settings: policy.Governance{Door: policy.DoorBlocked}, want: refusal.AuthorizationBlocked},
		{name: "where nothing is enforced", by: as(mia), client: s.App.ID, settings: policy.Governance{Stage: policy.Report}, want: refusal.RequestNotPossible},
		{name: "for an app that is switched off", by: as(mia), client: off.ID, want: refusal.ClientDisabled},
		{name: "for another account's that is switched off", by: as(mia), client: away.ID, want: refusal.ClientUnknown},
		{name: "for an app that nobody knows", by: as(mia), client: entropy.ID[id.Client](), want: refusal.ClientUnknown},
		{name: "by a user of another account", by: as(s.Beta.Ada), client: s.App.ID, want: refusal.UserNotInTenant},
		{name: "by nobody", by: operator, client: s.App.ID, want: refusal.UserNotInTenant},
		{name: "by somebody who is switched off", by: as(gone), client: s.App.ID, want: refusal.UserNotInTenant},
		{name: "with a novel", by: as(mia), client: s.App.ID, reason: strings.Repeat("x", govern.MaxReason+1), want: refusal.FieldTooLong},
		{name: "by default", by: as(mia), client: s.App.ID},
		{name: "where it lapsed", by: as(mia), client: s.App.ID, before: func() {
			s.Authorizes(govern.Terms{Uncapped: true, Expires: s.Clock.Now().Add(time.Hour)})
			s.Clock.Advance(2 * time.Hour)
		}},
		{name: "where others are admitted", by: as(mia), client: s.App.ID, before: func() {
			s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.Developer}}})
		}},
		{name: "where it is authorized", by: as(mia), client: s.App.ID, before: func() { s.Authorizes(govern.Terms{Uncapped: true}) }, want: refusal.RequestNotPossible},
		{name: "where it was revoked", by: as(mia), client: s.App.ID, before: func() {
			_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
			s.OK(err)
		}, want: refusal.RequestNotPossible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.Governs(s.Acme.ID, tt.settings)
			if tt.before != nil {
				tt.before()
			}
			_, err := s.Ask(ctx, tt.by, s.Acme.ID, tt.client, govern.Wish{Reason: tt.reason})
			want(t, err, tt.want)
		})
	}
}

func TestAsk_is_bounded(t *testing.T) {
	s, _ := telling(t)
	mia := s.Member("mia")
	for range govern.MaxWaitingRequests {
		_, err := s.Ask(ctx, as(mia), s.Acme.ID, s.Register(nil).ID, govern.Wish{})
		s.OK(err)
	}
	_, err := s.Ask(ctx, as(mia), s.Acme.ID, s.App.ID, govern.Wish{})
	want(t, err, refusal.RequestsTooMany)
}

func TestTakeBack(t *testing.T) {
	s, _ := telling(t)
	mia := s.Member("mia")
	q, err := s.ask(mia, "")
	s.OK(err)
	for name, by := range map[string]govern.By{"another user": as(s.Acme.Ada), "a user of another account": as(s.Beta.Ada), "the operator": operator} {
		if err := s.TakeBack(ctx, by, s.Acme.ID, q.ID); code(t, err) != refusal.ObjectNotFound {
			t.Errorf("%s takes it back: %v", name, err)
		}
	}
	if err := s.TakeBack(ctx, as(mia), s.Beta.ID, q.ID); code(t, err) != refusal.ObjectNotFound {
		t.Error("taken back through another account")
	}
	s.OK(s.TakeBack(ctx, as(mia), s.Acme.ID, q.ID))
	want(t, s.TakeBack(ctx, as(mia), s.Acme.ID, q.ID), refusal.RequestClosed)
	q, err = s.ask(mia, "again")
	s.OK(err)
	s.Clock.Advance(31 * 24 * time.Hour)
	want(t, s.TakeBack(ctx, as(mia), s.Acme.ID, q.ID), refusal.RequestClosed)
	if list, err := s.Queue(ctx, s.Acme.ID); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if now, err := s.RequestOfUser(ctx, s.Acme.ID, s.App.ID, mia.ID); err != nil || now.State != store.RequestExpired {
		t.Errorf("%+v, %v", now, err)
	}
	if q, err = s.ask(mia, "once more"); err != nil || q.State != store.RequestWaiting {
		t.Errorf("%+v, %v", q, err)
	}
}

// TestAsk_sends_few_letters: whoever asks and takes it back, again and again, is heard once a day.
func TestAsk_sends_few_letters(t *testing.T) {
	s, told := telling(t)
	mia := s.Member("mia", directory.AppInstaller)
	for range 5 {
		q, err := s.ask(mia, "please")
		s.OK(err)
		s.OK(s.TakeBack(ctx, as(mia), s.Acme.ID, q.ID))
		s.Clock.Advance(time.Hour)
	}
	if len(*told) != 1 {
		t.Errorf("told %d times", len(*told))
	}
	s.Clock.Advance(24 * time.Hour)
	_, err := s.ask(mia, "please")
	if s.OK(err); len(*told) != 2 {
		t.Errorf("told %d times", len(*told))
	}
	_, err = s.Deny(ctx, operator, s.Acme.ID, s.App.ID, "no", false)
	s.OK(err)
	_, err = s.ask(mia, "why not?")
	if s.OK(err); len(*told) != 4 { // mia of the answer, and who decides of the new request
		t.Errorf("told %d times", len(*told))
	}
}

func TestDeciders(t *testing.T) {
	s := newShop(t)
	s.Decider("dora")
	s.Member("mia", directory.AppInstaller)
	s.Member("sam", directory.SiteAdmin)
	list, err := s.Deciders(ctx, s.Acme.ID)
	s.OK(err)
	names := []string{}
	for _, u := range list {
		names = append(names, u.Name)
	}
	if !slices.Equal(names, []string{"ada", "dora", "sam"}) {
		t.Errorf("%v", names)
	}
}

// update has the developer change the registration.
func (s *shop) update(alter func(*registry.Draft)) {
	s.T.Helper()
	c, err := s.Registry.FindClient(ctx, registry.Everybody(), s.App.ID)
	s.OK(err)
	d := registry.DraftOf(c.Registration)
	alter(&d)
	_, err = s.Registry.UpdateClient(ctx, audit.Operator, registry.Everybody(), s.App.ID, c.Version, d)
	s.OK(err)
	s.AskForVersions(ctx)
}

// TestAskForMore: what a new version adds stands in the queue of those who limited the app, and nothing stops meanwhile.
func TestAskForMore(t *testing.T) {
	s, told := telling(t)
	s.Governs(s.Beta.ID, policy.Governance{})
	s.Authorizes(govern.Terms{Scopes: scopes(contacts)}) // deals were left out on purpose
	out, _ := s.Installed([]string{contacts})
	const tickets = "tickets"
	s.update(func(d *registry.Draft) { d.Optional = append(d.Optional, tickets) })
	list, err := s.Queue(ctx, s.Acme.ID)
	s.OK(err)
	if len(list) != 1 || !list[0].New.Equal(scopes(tickets)) || !list[0].Waiting[0].User.IsZero() || len(list[0].Changes) == 0 || list[0].Moved {
		t.Fatalf("%+v", list)
	}
	seen := s.Decided()
	if !seen.Added.Equal(scopes(tickets)) || seen.Wants.Minus(seen.Added).Len() == 0 {
		t.Errorf("new since the decision: %s, of %s", seen.Added, seen.Wants)
	}
	rows, err := s.ListAuthorizations(ctx, s.Acme.ID, store.AuthorizationFilter{}, store.Page{})
	if s.OK(err); !slices.ContainsFunc(rows, func(r govern.Seen) bool { return r.Client == s.App.ID && r.Added.Equal(seen.Added) }) {
		t.Errorf("the list says otherwise: %+v", rows)
	}
	if n := *told; len(n) != 1 || !n[0].Asker.ID.IsZero() || n[0].To[0].ID != s.Acme.Ada.ID {
		t.Errorf("told %+v", n)
	}
	s.OK(s.Reads(out.AccessToken))
	if v := s.May(); v.Outcome == policy.AuthorizationNeeded || v.Refused() {
		t.Errorf("installing what is authorized is answered %s", v.Outcome)
	}
	s.update(func(d *registry.Draft) { d.Optional = append(d.Optional, "files") })
	if list, err := s.Queue(ctx, s.Acme.ID); err != nil || len(list) != 1 || list[0].Count != 1 || !list[0].New.Equal(scopes(tickets, "files")) {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = s.Deny(ctx, operator, s.Acme.ID, s.App.ID, "", false)
	s.OK(err)
	s.update(func(d *registry.Draft) { d.Name = "Sync 3" })
	if list, err := s.Queue(ctx, s.Acme.ID); err != nil || len(list) > 0 {
		t.Errorf("asked anew for what was denied: %+v, %v", list, err)
	}
	// Who decides on a version before it was asked about is not asked what they just left out.
	s.Reregister(s.App, func(c *store.Client) { c.Registration.Optional = c.Registration.Optional.Union(scopes("forms")) })
	s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	s.AskForVersions(ctx)
	if list, err := s.Queue(ctx, s.Acme.ID); err != nil || len(list) > 0 {
		t.Errorf("asked for what was decided on: %+v, %v", list, err)
	}
}

// TestA162_a_client_that_is_answered_elsewhere waits for an administrator before anybody newly consents; what was given goes on.
func TestA162_a_client_that_is_answered_elsewhere(t *testing.T) {
	for name, tt := range map[string]struct {
		alter func(*registry.Draft)
		moved bool
	}{
		"another redirect URI":      {func(d *registry.Draft) { d.RedirectURIs = append(d.RedirectURIs, "https://evil.example/cb") }, true},
		"another publisher":         {func(d *registry.Draft) { d.Publisher = "Other GmbH" }, true},
		"another name":              {func(d *registry.Draft) { d.Name = "Sync 2" }, false},
		"one redirect URI less":     {func(d *registry.Draft) { d.RedirectURIs = d.RedirectURIs[:1] }, false},
		"another page about itself": {func(d *registry.Draft) { d.Contact.Page = "https://sync.example/about" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := telling(t)
			s.Reregister(s.App, func(c *store.Client) {
				c.Registration.RedirectURIs = append(c.Registration.RedirectURIs, "https://sync.example/2")
			})
			s.Authorizes(govern.Terms{Uncapped: true})
			out, _ := s.Installed([]string{contacts})
			s.update(tt.alter)
			s.OK(s.Reads(out.AccessToken))
			next, err := s.Refreshes(out.RefreshToken)
			s.OK(err)
			s.OK(s.Reads(next.AccessToken))
			v, seen := s.May(), s.Decided()
			if seen.Moved != tt.moved || (v.Outcome == policy.AuthorizationNeeded) != tt.moved || (seen.Standing.State == policy.Undecided) != tt.moved || len(seen.Changes) == 0 {
				t.Fatalf("installing is answered %s, seen %+v", v.Outcome, seen)
			}
			list, err := s.Queue(ctx, s.Acme.ID)
			s.OK(err)
			if (len(list) == 1 && list[0].Moved) != tt.moved {
				t.Errorf("%+v", list)
			}
			// A change of something else is no decision on it.
			_, err = s.Shrink(ctx, operator, s.Acme.ID, s.App.ID, scopes(contacts, companies), seen.Version)
			s.OK(err)
			if s.Decided().Moved != tt.moved {
				t.Error("a shrink decided on where answers go")
			}
			s.Authorizes(govern.Terms{Uncapped: true, Registration: seen.App.Version})
			if s.Decided().Moved || s.May().Outcome == policy.AuthorizationNeeded {
				t.Error("deciding on it did not help")
			}
		})
	}
}
