package directory

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/id"
	"prokura/internal/mail"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
)

var first = FirstTenant{Name: "Acme", ContentURL: "acme", Plan: "starter", Login: " Root@acme.example ", FullName: "Root", Password: adas}

// newServer is a directory in which nobody is yet.
func newServer(t *testing.T) *house {
	t.Helper()
	h := &house{world: &world{t: t}, clock: clock.NewFake(noon), mails: &letters{}, dir: t.TempDir()}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(t, h.dir), Clock: h.clock})
	h.ok(err)
	t.Cleanup(func() { db.Close() })
	h.Directory = New(Config{Store: db, Clock: h.clock, Catalogs: theCatalogs(t), Issuer: "https://prokura.example"})
	return h
}

func TestSetUp(t *testing.T) {
	h := newServer(t)
	link, err := h.SetUpLink(ctx)
	h.ok(err)
	if !strings.HasPrefix(link, "https://prokura.example/set-up?token=pki_") {
		t.Fatalf("%q", link)
	}
	token := h.token(link)
	for name, tt := range map[string]struct {
		change func(*FirstTenant)
		want   refusal.Code
	}{
		"without a name":            {func(f *FirstTenant) { f.Name = "" }, refusal.FieldMissing},
		"with a path of ours":       {func(f *FirstTenant) { f.ContentURL = "login" }, refusal.ContentURLInvalid},
		"with no plan that is":      {func(f *FirstTenant) { f.Plan = "gold" }, refusal.PlanUnknown},
		"with no login":             {func(f *FirstTenant) { f.Login = " " }, refusal.FieldMissing},
		"with a short password":     {func(f *FirstTenant) { f.Password = "too short" }, refusal.PasswordTooShort},
		"with a megabyte password":  {func(f *FirstTenant) { f.Password = strings.Repeat("x", 1<<20) }, refusal.FieldTooLong},
		"with a name in the wind":   {func(f *FirstTenant) { f.FullName = "a\u202eb" }, refusal.FieldCharacter},
		"with the login repeated":   {func(f *FirstTenant) { f.Password = f.Login }, refusal.PasswordIsLogin},
		"with a login from nowhere": {func(f *FirstTenant) { f.Login = "a\x00b" }, refusal.FieldCharacter},
	} {
		f := first
		tt.change(&f)
		_, _, err := h.SetUp(ctx, token, f)
		if want(t, err, tt.want); t.Failed() {
			t.Fatal(name)
		}
	}
	_, _, err = h.SetUp(ctx, "pki_AAAA", first)
	want(t, err, refusal.LinkUnknown)
	tenant, root, err := h.SetUp(ctx, token, first)
	h.ok(err)
	if root.Name != "Root@acme.example" || strings.Join(root.Roles, " ") != SuperAdmin || root.Email != root.Name {
		t.Errorf("%+v", root)
	}
	v, err := h.Visitor(ctx, h.logIn("root@acme.example", adas).Cookie.Reveal())
	h.ok(err)
	if v.Tenant.ID != tenant.ID || !v.Rights.SuperAdmin || !v.Rights.Hold(MayInstall) {
		t.Errorf("%+v", v)
	}
	_, _, err = h.SetUp(ctx, token, first)
	want(t, err, refusal.LinkUsed)
	if link, err := h.SetUpLink(ctx); link != "" || err != nil {
		t.Errorf("%q, %v", link, err)
	}
}

// TestSetUp_happens_once, also of two links that were printed, and by two at once.
func TestSetUp_happens_once(t *testing.T) {
	h := newServer(t)
	a, err := h.SetUpLink(ctx)
	h.ok(err)
	b, err := h.SetUpLink(ctx)
	h.ok(err)
	links := []string{a, b, a, b}
	errs := make([]error, len(links))
	var all sync.WaitGroup
	for i, link := range links {
		all.Go(func() {
			f := first
			f.ContentURL += strings.Repeat("x", i)
			f.Login = f.ContentURL
			_, _, errs[i] = h.SetUp(ctx, h.token(link), f)
		})
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if c := refusal.Of(err).First().Code; c != refusal.LinkUsed && c != refusal.SetUpDone {
			t.Error(err)
		}
	}
	if tenants, err := h.ListTenants(ctx, store.Page{}); done != 1 || len(tenants) != 1 || err != nil {
		t.Errorf("%d went through, %d tenants, %v", done, len(tenants), err)
	}
	// What was set up is not set up again when its tenant is gone: whoever kept a link from then would own the server.
	h.ok(h.DeleteTenant(ctx, audit.Operator, view(h, func(r store.Reader) ([]store.Tenant, error) { return r.ListTenants(store.Page{}) })[0].ID))
	if link, err := h.SetUpLink(ctx); link != "" || err != nil {
		t.Errorf("%q, %v", link, err)
	}
}

func TestSetUp_expires(t *testing.T) {
	h := newServer(t)
	link, err := h.SetUpLink(ctx)
	h.ok(err)
	h.clock.Advance(setUpLife)
	_, _, err = h.SetUp(ctx, h.token(link), first)
	want(t, err, refusal.LinkExpired)
}

func TestInvite(t *testing.T) {
	h := newHouse(t)
	carol := h.userIn(h.in, "carol")
	out, err := h.Invite(ctx, audit.Operator, h.in, carol.ID, "de")
	h.ok(err)
	if out.Mailed != "" || !strings.HasPrefix(out.Link, "https://prokura.example/invite?token=pki_") || out.Expires != noon.Add(inviteLife) {
		t.Fatalf("%+v", out)
	}
	inv, err := h.Invitation(ctx, h.token(out.Link))
	if err != nil || inv.Tenant.Name != "Acme" || inv.User.ID != carol.ID {
		t.Errorf("%+v, %v", inv, err)
	}
	_, err = h.AcceptInviteAsNew(ctx, h.token(out.Link), "bob@acme.example", "a good password")
	want(t, err, refusal.NameTaken) // never into a login that somebody has
	_, err = h.AcceptInvite(ctx, h.token(out.Link), h.bob.Person)
	want(t, err, refusal.PersonHasUser)
	_, err = h.AcceptInviteAsNew(ctx, h.token(out.Link), "carol", "a good password")
	h.ok(err) // what was refused did not use the link up
	v, err := h.Visitor(ctx, h.logIn("carol", "a good password").Cookie.Reveal())
	if err != nil || v.User.ID != carol.ID {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = h.AcceptInviteAsNew(ctx, h.token(out.Link), "eve", "a good password")
	want(t, err, refusal.LinkUsed)
	_, err = h.Invite(ctx, audit.Operator, h.in, carol.ID, "de")
	want(t, err, refusal.UserHasLogin)
	_, err = h.Invite(ctx, audit.Operator, h.beta, carol.ID, "de")
	want(t, err, refusal.ObjectNotFound)
}

func TestInvite_ends(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(h *house, carol store.User) error
		want refusal.Code
	}{
		"when it is old": {func(h *house, _ store.User) error { h.clock.Advance(inviteLife); return nil }, refusal.LinkExpired},
		"when another takes its place": {func(h *house, u store.User) error {
			_, err := h.Invite(ctx, audit.Operator, h.in, u.ID, "")
			return err
		}, refusal.LinkUsed},
		"when the user is disabled": {func(h *house, u store.User) error {
			yes, no := true, false
			_, err := h.UpdateUser(ctx, audit.Operator, h.in, u.ID, UserChange{Disabled: &yes})
			h.ok(err)
			_, err = h.UpdateUser(ctx, audit.Operator, h.in, u.ID, UserChange{Disabled: &no})
			return err
		}, refusal.LinkUsed},
		"when the user is deleted":   {func(h *house, u store.User) error { return h.DeleteUser(ctx, audit.Operator, h.in, u.ID) }, refusal.LinkUnknown},
		"when the tenant is deleted": {func(h *house, _ store.User) error { return h.DeleteTenant(ctx, audit.Operator, h.in) }, refusal.LinkUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			carol := h.userIn(h.in, "carol")
			out, err := h.Invite(ctx, audit.Operator, h.in, carol.ID, "")
			h.ok(err)
			h.ok(tt.do(h, carol))
			_, err = h.AcceptInviteAsNew(ctx, h.token(out.Link), "carol", "a good password")
			want(t, err, tt.want)
			_, err = h.AcceptInvite(ctx, h.token(out.Link), h.ada.Person)
			want(t, err, tt.want)
		})
	}
}

// TestPasswordLink is shown to nobody where it would lead into another tenant too.
func TestPasswordLink(t *testing.T) {
	for name, tt := range map[string]struct {
		mail bool
		who  func(h *house) (id.Tenant, id.User)
		to   string // where it goes; empty: it is shown
		want refusal.Code
	}{
		"of somebody with one tenant, without mail":       {false, func(h *house) (id.Tenant, id.User) { return h.in, h.bob.ID }, "", ""},
		"of somebody with one tenant, with mail":          {true, func(h *house) (id.Tenant, id.User) { return h.in, h.bob.ID }, "bob@acme.example", ""},
		"of somebody with two, without mail":              {false, func(h *house) (id.Tenant, id.User) { return h.beta, h.adaInBeta.ID }, "", refusal.PasswordLinkMailOnly},
		"of somebody with two, with mail":                 {true, func(h *house) (id.Tenant, id.User) { return h.beta, h.adaInBeta.ID }, "ada@acme.example", ""}, // not the user's own address
		"of somebody with two, whose login is no address": {true, func(h *house) (id.Tenant, id.User) { return h.twice("zoe") }, "", refusal.PasswordLinkMailOnly},
		"of a user that nobody logs in as":                {true, func(h *house) (id.Tenant, id.User) { return h.in, h.userIn(h.in, "carol").ID }, "", refusal.UserHasNoLogin},
		"of another tenant's user":                        {true, func(h *house) (id.Tenant, id.User) { return h.beta, h.bob.ID }, "", refusal.ObjectNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			h := buildHouse(t, tt.mail)
			in, user := tt.who(h)
			out, err := h.PasswordLink(ctx, audit.Operator, in, user, "de")
			if tt.want != "" {
				want(t, err, tt.want)
				if out != (Delivery{}) || len(h.mails.sent) > 0 {
					t.Errorf("%+v, %+v", out, h.mails.sent)
				}
				return
			}
			h.ok(err)
			link := out.Link
			if tt.to != "" {
				if link != "" || out.Mailed != tt.to || len(h.mails.sent) != 1 || h.mails.sent[0].To != tt.to || h.mails.sent[0].Lang != "de" {
					t.Fatalf("%+v, %+v", out, h.mails.sent)
				}
				link = h.mails.sent[0].Link
			}
			p, err := h.ResetPassword(ctx, h.token(link), "a password of its own")
			h.ok(err)
			h.logIn(p.Login, "a password of its own")
			_, err = h.ResetPassword(ctx, h.token(link), "a password of its own")
			want(t, err, refusal.LinkUsed)
		})
	}
}

// twice makes a person with a user in both tenants, and a login that is no address.
func (h *house) twice(name string) (id.Tenant, id.User) {
	h.t.Helper()
	u := h.person(h.in, name, "a good password")
	other := h.userIn(h.beta, name)
	out, err := h.Invite(ctx, audit.Operator, h.beta, other.ID, "")
	h.ok(err)
	link := out.Link
	if link == "" {
		link = h.mails.sent[len(h.mails.sent)-1].Link
		h.mails.sent = nil
	}
	_, err = h.AcceptInvite(ctx, h.token(link), u.Person)
	h.ok(err)
	return h.in, u.ID
}

// TestPasswordLink_shown_once_must_not_lead_further: the administrator of one tenant was shown it, and then the person joined
// another one.
func TestPasswordLink_shown_once_must_not_lead_further(t *testing.T) {
	h := newHouse(t)
	out, err := h.PasswordLink(ctx, audit.Operator, h.in, h.bob.ID, "")
	h.ok(err)
	inBeta := h.userIn(h.beta, "bob")
	inv, err := h.Invite(ctx, audit.Operator, h.beta, inBeta.ID, "")
	h.ok(err)
	_, err = h.AcceptInvite(ctx, h.token(inv.Link), h.bob.Person)
	h.ok(err)
	_, err = h.ResetPassword(ctx, h.token(out.Link), "the administrator's")
	want(t, err, refusal.LinkUsed)
	h.logIn("bob@acme.example", bobs)
}

func TestResetPassword_ends_what_the_old_one_began(t *testing.T) {
	h := newMailHouse(t)
	in := h.logIn("bob@acme.example", bobs)
	h.ok(h.ForgotPassword(ctx, "Bob@acme.example", "192.0.2.1:1", "de"))
	h.behindRequests()
	if len(h.mails.sent) != 1 || h.mails.sent[0].Kind != mail.Password || h.mails.sent[0].Expires != noon.Add(passwordLife) {
		t.Fatalf("%+v", h.mails.sent)
	}
	token := h.token(h.mails.sent[0].Link)
	_, err := h.ResetPassword(ctx, token, "short")
	want(t, err, refusal.PasswordTooShort)
	_, err = h.ResetPassword(ctx, token, "a password of its own")
	h.ok(err)
	_, err = h.Visitor(ctx, in.Cookie.Reveal())
	want(t, err, refusal.NotLoggedIn)
	_, err = h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: bobs, Remote: "192.0.2.1:1"})
	want(t, err, refusal.LoginRefused)
}

// TestA182_a_forgotten_password is answered alike whether anybody has the login: at once, and all that could tell happens
// later.
func TestA182_a_forgotten_password(t *testing.T) {
	h := newMailHouse(t)
	for login, letters := range map[string]int{"bob@acme.example": 1, "eve@acme.example": 0, "": 0, strings.Repeat("x", 1<<20): 0} {
		h.mails.sent = nil
		before := view(h, func(r store.Reader) (uint64, error) { return r.Head().N, nil })
		h.ok(h.ForgotPassword(ctx, login, "192.0.2.1:1", "en"))
		if after := view(h, func(r store.Reader) (uint64, error) { return r.Head().N, nil }); before != after || len(h.mails.sent) > 0 {
			t.Errorf("%.20q: something happened before the answer", login)
		}
		h.behindRequests()
		if len(h.mails.sent) != letters {
			t.Errorf("%.20q: %d letters, want %d", login, len(h.mails.sent), letters)
		}
	}
}

// TestA180_letters_are_few, from wherever they are asked for, and who asks too often is told to wait.
func TestA180_letters_are_few(t *testing.T) {
	h := newMailHouse(t)
	for i := range byMail.free {
		h.ok(h.ForgotPassword(ctx, "bob@acme.example", "192.0.2.1:1", "en"))
		h.behindRequests()
		if len(h.mails.sent) != i+1 {
			t.Fatalf("%d letters", len(h.mails.sent))
		}
	}
	want(t, h.ForgotPassword(ctx, "bob@acme.example", "192.0.2.1:1", "en"), refusal.LoginThrottled)
	h.ok(h.ForgotPassword(ctx, "bob@acme.example", "192.0.2.2:1", "en")) // says nothing, and sends nothing
	h.behindRequests()
	if len(h.mails.sent) != byMail.free {
		t.Errorf("%d letters", len(h.mails.sent))
	}
	h.clock.Advance(forgotten + time.Second)
	h.ok(h.ForgotPassword(ctx, "bob@acme.example", "192.0.2.1:1", "en"))
	h.behindRequests()
	if len(h.mails.sent) != byMail.free+1 {
		t.Errorf("%d letters", len(h.mails.sent))
	}
}

func TestInvite_by_mail_is_shown_to_nobody(t *testing.T) {
	h := newMailHouse(t)
	carol := h.userIn(h.in, "carol")
	out, err := h.Invite(ctx, audit.Operator, h.in, carol.ID, "de")
	h.ok(err)
	if out.Link != "" || out.Mailed != "carol@example.org" || h.mails.sent[0].Tenant != "Acme" {
		t.Errorf("%+v, %+v", out, h.mails.sent)
	}
	h.mails.fail = errors.New("connection refused")
	out, err = h.Invite(ctx, audit.Operator, h.in, carol.ID, "de")
	want(t, err, refusal.MailNotSent)
	if out != (Delivery{}) {
		t.Errorf("%+v", out)
	}
	nobody := h.userIn(h.in, "dan")
	empty := ""
	_, err = h.UpdateUser(ctx, audit.Operator, h.in, nobody.ID, UserChange{Email: &empty})
	h.ok(err)
	if out, err := h.Invite(ctx, audit.Operator, h.in, nobody.ID, "de"); err != nil || out.Link == "" {
		t.Errorf("%+v, %v", out, err)
	}
}

// A database that was restored knows neither who logged out since, nor which links were used.
func TestEpoch_ends_logins_and_links(t *testing.T) {
	h := newHouse(t)
	in := h.logIn("bob@acme.example", bobs)
	out, err := h.PasswordLink(ctx, audit.Operator, h.in, h.bob.ID, "")
	h.ok(err)
	h.ok(h.store.Tend(ctx, func(u store.Upkeep) error {
		proof := u.Head()
		proof.N += 10
		_, err := u.BeginEpoch(proof)
		return err
	}))
	_, err = h.Visitor(ctx, in.Cookie.Reveal())
	want(t, err, refusal.NotLoggedIn)
	_, err = h.ResetPassword(ctx, h.token(out.Link), "a good password")
	want(t, err, refusal.LinkUnknown)
	h.logIn("bob@acme.example", bobs)
}
