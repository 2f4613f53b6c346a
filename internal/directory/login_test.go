package directory

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

func TestLogIn(t *testing.T) {
	h := newHouse(t)
	tests := []struct {
		name, login, password string
		want                  refusal.Code
	}{
		{"the right password", "bob@acme.example", bobs, ""},
		{"the login in another form", "  BOB@Acme.Example ", bobs, ""},
		{"another's password", "bob@acme.example", adas, refusal.LoginRefused},
		{"the password in another case", "bob@acme.example", strings.ToUpper(bobs), refusal.LoginRefused},
		{"no password", "bob@acme.example", "", refusal.LoginRefused},
		{"a login that nobody has", "eve@acme.example", bobs, refusal.LoginRefused},
		{"no login", "", bobs, refusal.LoginRefused},
		{"a login of a megabyte", strings.Repeat("x", 1<<20), bobs, refusal.LoginRefused},
		{"a password of a megabyte", "bob@acme.example", strings.Repeat("x", 1<<20), refusal.LoginRefused},
		{"a user that nobody logs in as", "root", "", refusal.LoginRefused},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, err := h.LogIn(ctx, Attempt{Login: tt.login, Password: tt.password, Remote: fmt.Sprintf("192.0.2.%d:1", i)})
			if tt.want != "" {
				want(t, err, tt.want)
				if in != (LoggedIn{}) {
					t.Error("something was given")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			v, err := h.Visitor(ctx, in.Cookie.Reveal())
			if err != nil || v.User.ID != h.bob.ID || v.Tenant.ID != h.in || v.Rights.SuperAdmin || v.Rights.Hold(MayInstall) {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

func TestChooseTenant(t *testing.T) {
	h := newHouse(t)
	in := h.logIn("ada@acme.example", adas)
	v, err := h.Visitor(ctx, in.Cookie.Reveal())
	h.ok(err)
	if v.HasTenant() || len(v.Tenants) != 2 || v.Rights.Hold(MayInstall) {
		t.Fatalf("%+v", v)
	}
	h.clock.Advance(time.Minute)
	beta, v, err := h.ChooseTenant(ctx, in.Cookie.Reveal(), h.beta)
	h.ok(err)
	if v.User.ID != h.adaInBeta.ID || v.Tenant.ContentURL != "beta" || v.Rights.SuperAdmin || !v.Rights.Hold(MayInstall) || v.Rights.Hold("no:such:thing") {
		t.Errorf("%+v", v)
	}
	if v.Login.Created != noon || v.Login.Expires != noon.Add(DefaultLoginLife) {
		t.Errorf("choosing made the login longer: %+v", v.Login)
	}
	acme, v, err := h.ChooseTenant(ctx, beta.Reveal(), h.in)
	h.ok(err)
	if !v.Rights.SuperAdmin || !v.Rights.Hold("no:such:thing") {
		t.Errorf("%+v", v.Rights)
	}
	_, _, err = h.ChooseTenant(ctx, acme.Reveal(), id.Tenant{}.From([16]byte{1}))
	want(t, err, refusal.ObjectNotFound)
}

// TestA174_the_cookie_changes with every change of what it gives, and the one before is worth nothing.
func TestA174_the_cookie_changes(t *testing.T) {
	h := newHouse(t)
	first := h.logIn("ada@acme.example", adas)
	second, err := h.LogIn(ctx, Attempt{Login: "ada@acme.example", Password: adas, Remote: "192.0.2.1:1", Cookie: first.Cookie.Reveal()})
	h.ok(err)
	third, _, err := h.ChooseTenant(ctx, second.Cookie.Reveal(), h.in)
	h.ok(err)
	for _, old := range []id.Opaque{first.Cookie, second.Cookie} {
		_, err := h.Visitor(ctx, old.Reveal())
		want(t, err, refusal.NotLoggedIn)
		_, _, err = h.ChooseTenant(ctx, old.Reveal(), h.in)
		want(t, err, refusal.NotLoggedIn)
	}
	if _, err := h.Visitor(ctx, third.Reveal()); err != nil {
		t.Error(err)
	}
	// A cookie of somebody else's is not ended by logging in over it.
	mine := h.logIn("bob@acme.example", bobs)
	_, err = h.LogIn(ctx, Attempt{Login: "ada@acme.example", Password: adas, Remote: "192.0.2.1:1", Cookie: mine.Cookie.Reveal()})
	h.ok(err)
	if _, err := h.Visitor(ctx, mine.Cookie.Reveal()); err != nil {
		t.Error(err)
	}
}

// TestA175_a_login_ends by age, by not being used, and when it is ended.
func TestA175_a_login_ends(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(h *house, in LoggedIn) error
		ends bool
	}{
		"after an hour without a use": {func(h *house, _ LoggedIn) error { h.clock.Advance(time.Hour); return nil }, true},
		"not a second before":         {func(h *house, _ LoggedIn) error { h.clock.Advance(time.Hour - time.Second); return nil }, false},
		"used all the time, after twelve hours": {func(h *house, in LoggedIn) error {
			for range 12 * 4 {
				h.clock.Advance(15 * time.Minute)
				_, _ = h.Visitor(ctx, in.Cookie.Reveal())
				h.behindRequests()
			}
			return nil
		}, true},
		"used all the time, before that": {func(h *house, in LoggedIn) error {
			for range 12*4 - 1 {
				h.clock.Advance(15 * time.Minute)
				_, _ = h.Visitor(ctx, in.Cookie.Reveal())
				h.behindRequests()
			}
			return nil
		}, false},
		"logged out":            {func(h *house, in LoggedIn) error { return h.LogOut(ctx, in.Cookie.Reveal()) }, true},
		"logged out everywhere": {func(h *house, in LoggedIn) error { _, err := h.LogOutEverywhere(ctx, h.someone(in)); return err }, true},
		"the password changed elsewhere": {func(h *house, _ LoggedIn) error {
			v, err := h.Visitor(ctx, h.logIn("bob@acme.example", bobs).Cookie.Reveal())
			h.ok(err)
			_, err = h.ChangePassword(ctx, v, "192.0.2.1:1", bobs, "yet another password")
			return err
		}, true},
		"the tenant deleted": {func(h *house, _ LoggedIn) error { return h.DeleteTenant(ctx, audit.Operator, h.in) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			in := h.logIn("bob@acme.example", bobs)
			h.ok(tt.do(h, in))
			_, err := h.Visitor(ctx, in.Cookie.Reveal())
			if tt.ends {
				want(t, err, refusal.NotLoggedIn)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func (h *house) someone(in LoggedIn) store.Person {
	h.t.Helper()
	v, err := h.Visitor(ctx, in.Cookie.Reveal())
	h.ok(err)
	return v.Person
}

// TestA157_rights_are_read_at_every_request: what was taken is gone with the next one.
func TestA157_rights_are_read_at_every_request(t *testing.T) {
	h := newHouse(t)
	in := h.logIn("bob@acme.example", bobs)
	visit := func() Visitor {
		v, err := h.Visitor(ctx, in.Cookie.Reveal())
		h.ok(err)
		return v
	}
	_, err := h.GiveRole(ctx, audit.Operator, h.in, h.bob.ID, AppInstaller)
	h.ok(err)
	if v := visit(); !v.Rights.Hold(MayInstall) || v.Rights.Hold(MayManage) {
		t.Errorf("%+v", v.Rights)
	}
	_, err = h.TakeRole(ctx, audit.Operator, h.in, h.bob.ID, AppInstaller)
	h.ok(err)
	if v := visit(); v.Rights.Hold(MayInstall) {
		t.Errorf("%+v", v.Rights)
	}
	yes, no := true, false
	_, err = h.UpdateUser(ctx, audit.Operator, h.in, h.bob.ID, UserChange{Disabled: &yes})
	h.ok(err)
	if v := visit(); v.HasTenant() || len(v.Tenants) != 0 || v.User.ID != (id.User{}) {
		t.Errorf("a disabled user acts: %+v", v)
	}
	_, err = h.UpdateUser(ctx, audit.Operator, h.in, h.bob.ID, UserChange{Disabled: &no})
	h.ok(err)
	h.ok(h.DeleteUser(ctx, audit.Operator, h.in, h.bob.ID))
	if v := visit(); v.HasTenant() {
		t.Errorf("a deleted user acts: %+v", v)
	}
}

func TestChangePassword_keeps_this_login_under_another_cookie(t *testing.T) {
	h := newHouse(t)
	in, other := h.logIn("ada@acme.example", adas), h.logIn("ada@acme.example", adas)
	cookie, v, err := h.ChooseTenant(ctx, in.Cookie.Reveal(), h.in)
	h.ok(err)
	_, err = h.ChangePassword(ctx, v, "192.0.2.1:1", "not the old one", "yet another password")
	want(t, err, refusal.LoginRefused)
	_, err = h.ChangePassword(ctx, v, "192.0.2.1:1", adas, "short")
	want(t, err, refusal.PasswordTooShort)
	_, err = h.ChangePassword(ctx, v, "192.0.2.1:1", adas, "ADA@ACME.example")
	want(t, err, refusal.PasswordIsLogin)
	next, err := h.ChangePassword(ctx, v, "192.0.2.1:1", adas, "yet another password")
	h.ok(err)
	for _, old := range []id.Opaque{cookie, other.Cookie} {
		_, err := h.Visitor(ctx, old.Reveal())
		want(t, err, refusal.NotLoggedIn)
	}
	if v, err := h.Visitor(ctx, next.Cookie.Reveal()); err != nil || v.Tenant.ID != h.in {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = h.ChangePassword(ctx, v, "192.0.2.1:1", adas, "a third good password")
	want(t, err, refusal.LoginRefused) // decided on what was there before
	h.logIn("ada@acme.example", "yet another password")
}

// TestA180_guessing_is_slow and never closes the door to the person.
func TestA180_guessing_is_slow(t *testing.T) {
	h := newHouse(t)
	known := h.logIn("bob@acme.example", bobs)
	guess := func(remote string) error {
		_, err := h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: "wrong", Remote: remote})
		return err
	}
	for range byLogin.free {
		want(t, guess("198.51.100.1:1"), refusal.LoginRefused)
	}
	wait := RetryAfter(guess("198.51.100.1:2"))
	if wait != time.Second {
		t.Fatalf("wait %v", wait)
	}
	_, err := h.LogIn(ctx, Attempt{Login: " BOB@acme.example", Password: bobs, Remote: "198.51.100.1:3"})
	want(t, err, refusal.LoginThrottled) // in every form of the login (A181), and the right password is not told from a wrong one
	for want := time.Second; want < byLogin.longest; want *= 2 {
		h.clock.Advance(want)
		if err := guess("198.51.100.1:4"); RetryAfter(err) != 0 {
			t.Fatal(err)
		}
	}
	if wait := RetryAfter(guess("198.51.100.1:5")); wait != byLogin.longest {
		t.Errorf("wait %v, want %v", wait, byLogin.longest)
	}
	// From another network, and in the browser that is known even from that very address, bob comes in.
	h.logIn("bob@acme.example", bobs)
	_, err = h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: bobs, Remote: "198.51.100.1:6", Device: known.Device})
	h.ok(err)
	// Nobody else does with that browser's value.
	_, err = h.LogIn(ctx, Attempt{Login: "ada@acme.example", Password: "wrong", Remote: "198.51.100.9:6", Device: known.Device})
	want(t, err, refusal.LoginRefused)
	h.clock.Advance(byLogin.longest)
	_, err = h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: bobs, Remote: "198.51.100.1:7"})
	h.ok(err)
	want(t, guess("198.51.100.1:8"), refusal.LoginRefused) // counted anew
}

// TestA180_one_password_for_many is slowed down by the network it comes from.
func TestA180_one_password_for_many(t *testing.T) {
	h := newHouse(t)
	th := h.throttle
	refused := 0
	for i := range 10_000 {
		login := fmt.Sprintf("user%d", i)
		remote := fmt.Sprintf("[2001:db8::%x]:1", i)
		if th.take(key{byLogin, inNetwork(login, network(remote))}, key{byNetwork, network(remote)}) != nil {
			refused++
		}
	}
	if refused != 10_000-byNetwork.free {
		t.Errorf("%d refused", refused)
	}
	h.clock.Advance(forgotten + time.Minute)
	if err := th.take(key{byNetwork, network("[2001:db8::1]:1")}); err != nil {
		t.Error(err)
	}
}

// TestA180_attempts_side_by_side gain nothing.
func TestA180_attempts_side_by_side(t *testing.T) {
	h := newHouse(t)
	var all sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		all.Go(func() {
			_, errs[i] = h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: "wrong", Remote: "198.51.100.1:1"})
		})
	}
	all.Wait()
	checked := 0
	for _, err := range errs {
		if refusal.Of(err).First().Code == refusal.LoginRefused {
			checked++
		}
	}
	if checked != byLogin.free {
		t.Errorf("%d passwords were checked, want %d", checked, byLogin.free)
	}
}

// TestA182_a_login_that_nobody_has is answered as a wrong password, and throttled as one.
func TestA182_a_login_that_nobody_has(t *testing.T) {
	h := newHouse(t)
	for i := range byLogin.free + 1 {
		_, there := h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: "wrong", Remote: "198.51.100.1:1"})
		_, gone := h.LogIn(ctx, Attempt{Login: "eve@acme.example", Password: "wrong", Remote: "198.51.100.1:1"})
		if there.Error() != gone.Error() {
			t.Errorf("attempt %d: %v, %v", i, there, gone)
		}
	}
	for login, hashed := range map[string]bool{"bob@acme.example": true, "eve@acme.example": true} {
		h.hasher.slots <- struct{}{}
		h.hasher.slots <- struct{}{}
		done := make(chan error)
		go func() {
			_, err := h.LogIn(ctx, Attempt{Login: login, Password: "wrong", Remote: "203.0.113.1:1"})
			done <- err
		}()
		waited := len(h.hasher.waiting)
		for deadline := time.After(10 * time.Second); waited == 0; waited = len(h.hasher.waiting) {
			select {
			case err := <-done:
				t.Fatalf("%s: answered without a hash: %v", login, err)
			case <-deadline:
				t.Fatalf("%s: no hash is asked for", login)
			default:
			}
		}
		<-h.hasher.slots
		<-h.hasher.slots
		if err := <-done; (err != nil) != hashed {
			t.Error(err)
		}
	}
}

// TestA183_a_crowd_is_turned_away and does not keep those waiting whose browser is known.
func TestA183_a_crowd_is_turned_away(t *testing.T) {
	h := newHouse(t)
	known := h.logIn("bob@acme.example", bobs)
	for range cap(h.hasher.waiting) {
		h.hasher.waiting <- struct{}{}
	}
	_, err := h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: bobs, Remote: "203.0.113.1:1"})
	want(t, err, refusal.TemporarilyOverloaded)
	_, err = h.LogIn(ctx, Attempt{Login: "bob@acme.example", Password: bobs, Remote: "203.0.113.1:1", Device: known.Device})
	h.ok(err)
}

func TestDevice_is_known_for_one_person_and_a_time(t *testing.T) {
	h := newHouse(t)
	value := h.newDevice(h.bob.Person)
	if _, ok := h.device(h.bob.Person, value); !ok || value == "" {
		t.Error("not known")
	}
	if _, ok := h.device(h.ada.Person, value); ok {
		t.Error("known for somebody else")
	}
	for _, bad := range []string{"", "x", "!", value[1:], value + "x", strings.Repeat("A", 10_000)} {
		if _, ok := h.device(h.bob.Person, bad); ok {
			t.Errorf("%q is known", bad)
		}
	}
	h.clock.Advance(deviceLife + time.Second)
	if _, ok := h.device(h.bob.Person, value); ok {
		t.Error("known for ever")
	}
}

func TestLogIn_in_too_many_browsers_ends_the_oldest(t *testing.T) {
	h := newHouse(t)
	first := h.logIn("bob@acme.example", bobs)
	p := h.someone(first)
	for range maxLogins {
		h.clock.Advance(time.Second)
		_, err := h.begin(ctx, p, "")
		h.ok(err)
	}
	_, err := h.Visitor(ctx, first.Cookie.Reveal())
	want(t, err, refusal.NotLoggedIn)
	if n := len(view(h, func(r store.Reader) ([]store.Login, error) { return r.ListLogins(p.ID) })); n != maxLogins {
		t.Errorf("%d logins", n)
	}
}

func TestLogOut_twice_is_no_error(t *testing.T) {
	h := newHouse(t)
	in := h.logIn("bob@acme.example", bobs)
	for _, cookie := range []string{in.Cookie.Reveal(), in.Cookie.Reveal(), "", "x"} {
		if err := h.LogOut(ctx, cookie); err != nil {
			t.Error(err)
		}
	}
}
