package access_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// family is what must hold of one grant, in as few words as possible.
type family struct {
	grant   store.Grant
	code    string
	expires time.Time // of the code
	used    bool      // the code was
	ended   bool
	refresh []*rotation
	access  []*bearer
}

// rotation is one refresh token.
type rotation struct {
	token  string
	used   time.Time // zero: not yet
	next   string
	closed bool // the successor was used: no grace any more
	before *rotation
}

type bearer struct {
	token   string
	expires time.Time
	revoked bool
}

func (f *family) issued(s *shop, out Issued) {
	f.access = append(f.access, &bearer{token: out.AccessToken, expires: out.Expires})
}

// redeems says what redeeming answers, and what it does to the family.
func (f *family) redeems(now time.Time, rightURI bool) refusal.Code {
	switch {
	case f.used:
		f.ended = true
		return refusal.CodeUsed
	case !now.Before(f.expires):
		return refusal.CodeExpired
	case !rightURI:
		f.ended = true
		return refusal.CodeRedirectMismatch
	case f.ended:
		return refusal.GrantEnded
	}
	f.used = true
	return ""
}

// refreshes says what refreshing answers; same: with the successor that there is already.
func (f *family) refreshes(r *rotation, now time.Time) (code refusal.Code, same bool) {
	switch {
	case f.ended:
		return refusal.GrantEnded, false
	case r.used.IsZero():
		r.used = now
		if r.before != nil {
			r.before.closed = true
		}
		return "", false
	case !r.closed && now.Sub(r.used) < RefreshGrace:
		return "", true
	}
	f.ended = true
	return refusal.RefreshTokenReplayed, false
}

// TestA074_families_against_a_model: codes and refresh tokens, used in whatever order, are worth what a few lines say that
// they are.
func TestA074_families_against_a_model(t *testing.T) {
	s := newShop(t)
	rapid.Check(t, func(rt *rapid.T) {
		var all []*family
		pick := func() *family { return rapid.SampledFrom(all).Draw(rt, "family") }
		start := func() {
			code, g := s.Gave(s.Acme.Ada, s.App, []string{contacts}, deals)
			all = append(all, &family{grant: g, code: code, expires: s.Clock.Now().Add(CodeLife)})
		}
		start()
		check := func(what string, err error, want refusal.Code) {
			if got := code(t, err); got != want {
				rt.Fatalf("%s: refused with %q, want %q", what, got, want)
			}
		}
		steps := map[string]func(){
			"install": start,
			"wait":    func() { s.Clock.Advance(time.Duration(rapid.IntRange(1, 15).Draw(rt, "seconds")) * time.Second) },
			"redeem": func() {
				f, right := pick(), rapid.IntRange(0, 5).Draw(rt, "right") > 0
				req := s.redemption(f.code)
				if !right {
					req.RedirectURI += "x"
				}
				want := f.redeems(s.Clock.Now(), right)
				out, err := s.Redeem(ctx, req)
				check("redeem", err, want)
				if err == nil {
					f.issued(s, out)
					f.refresh = append(f.refresh, &rotation{token: out.RefreshToken})
				}
			},
			"refresh": func() {
				f := pick()
				if len(f.refresh) == 0 {
					return
				}
				r := rapid.SampledFrom(f.refresh).Draw(rt, "token")
				if rapid.Bool().Draw(rt, "newest") {
					r = f.refresh[len(f.refresh)-1]
				}
				want, same := f.refreshes(r, s.Clock.Now())
				out, err := s.Refreshes(r.token)
				check("refresh", err, want)
				if err != nil {
					return
				}
				f.issued(s, out)
				if same != (out.RefreshToken == r.next) || out.RefreshToken == r.token {
					rt.Fatalf("the same successor: %v, want %v", out.RefreshToken == r.next, same)
				}
				if !same {
					r.next = out.RefreshToken
					f.refresh = append(f.refresh, &rotation{token: out.RefreshToken, before: r})
				}
			},
			"revoke": func() {
				f := pick()
				if len(f.access) > 0 && rapid.Bool().Draw(rt, "access token") {
					b := rapid.SampledFrom(f.access).Draw(rt, "token")
					b.revoked = true
					s.OK(s.revokes(b.token))
				} else if len(f.refresh) > 0 && rapid.IntRange(0, 3).Draw(rt, "refresh token") == 0 {
					f.ended = true
					s.OK(s.revokes(rapid.SampledFrom(f.refresh).Draw(rt, "token").token))
				}
			},
			"withdraw": func() {
				if f := pick(); rapid.IntRange(0, 4).Draw(rt, "really") == 0 {
					if err := s.EndGrant(ctx, audit.Operator, s.Acme.ID, f.grant.ID, "withdrawn"); (err == nil) == f.ended {
						rt.Fatalf("ending a grant that ended (%v): %v", f.ended, err)
					}
					f.ended = true
				}
			},
		}
		names := []string{"install", "wait", "redeem", "redeem", "refresh", "refresh", "refresh", "revoke", "withdraw"}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			steps[rapid.SampledFrom(names).Draw(rt, "step")]()
			for i, f := range all {
				if ended := !s.Grant(f.grant).Ended.IsZero(); ended != f.ended {
					rt.Fatalf("family %d ended: %v, want %v", i, ended, f.ended)
				}
				for _, b := range f.access {
					var want refusal.Code
					switch {
					case !s.Clock.Now().Before(b.expires):
						want = refusal.CredentialExpired
					case f.ended || b.revoked:
						want = refusal.CredentialRevoked
					}
					check(fmt.Sprintf("a call with a token of family %d", i), s.Reads(b.token), want)
				}
			}
		}
	})
}
