package token

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prokura/internal/id"
	"prokura/internal/jws"
	"prokura/internal/scope"
)

// drawStage gives a token scopes and a stage.
func drawStage(t *rapid.T) (scopes scope.Set, stage string, held scope.Set) {
	var all, some []scope.Scope
	for i := range rapid.IntRange(0, 40).Draw(t, "scopes") {
		s := scope.MustParse(fmt.Sprintf("t:s%d:read", i))
		if all = append(all, s); rapid.Bool().Draw(t, "held") {
			some = append(some, s)
		}
	}
	stage = rapid.SampledFrom([]string{"", StageReport, StageOff}).Draw(t, "stage")
	if stage != "" {
		held = scope.NewSet(some...)
	}
	return scope.NewSet(all...), stage, held
}

func TestStage_round_trip(t *testing.T) {
	k := newKeys(t)
	same := cmp.Options{cmp.Comparer(scope.Set.Equal), cmp.AllowUnexported(id.Session{}, id.Tenant{}, id.User{}, id.Client{},
		id.Authorization{}, id.Grant{}, id.Secret{}, id.Key{})}
	rapid.Check(t, func(rt *rapid.T) {
		a, s := newAccess(), newSession()
		a.Scopes, a.Stage, a.Held = drawStage(rt)
		s.Scopes, s.Stage, s.Held = a.Scopes, a.Stage, a.Held
		raw, err := k.signer.Access(a)
		must(t, raw, err)
		got, err := k.verifier.Access(raw, noon)
		a.Key = k.id
		if d := cmp.Diff(*a, got, same); err != nil || d != "" {
			rt.Fatalf("%v %s", err, d)
		}
		raw, err = k.signer.Session(s)
		must(t, raw, err)
		again, err := k.verifier.Session(raw, noon)
		s.Key = k.id
		if d := cmp.Diff(*s, again, same); err != nil || d != "" {
			rt.Fatalf("%v %s", err, d)
		}
	})
}

func TestStage_what_must_hold_of_it(t *testing.T) {
	k := newKeys(t)
	two := newAccess().Scopes
	for name, change := range map[string]func(*Access){
		"a stage that is none":           func(a *Access) { a.Stage = "enforce" },
		"held where the tenant enforces": func(a *Access) { a.Held = two },
		"held beyond the scopes": func(a *Access) {
			a.Stage, a.Held = StageReport, two.Union(scope.NewSet(scope.MustParse("crm.more")))
		},
	} {
		a := newAccess()
		change(a)
		if _, err := k.signer.Access(a); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	for name, tt := range map[string]struct{ stage, claim string }{
		"no claim where the tenant reports":    {StageReport, ""},
		"a byte too many":                      {StageReport, jws.Encode([]byte{3, 0})},
		"a bit beyond the last scope":          {StageReport, jws.Encode([]byte{4})},
		"another way to write the same":        {StageReport, "Ax"},
		"no base64":                            {StageReport, "?!"},
		"a claim where the tenant enforces":    {"", jws.Encode([]byte{3})},
		"no claim where the tenant looks away": {StageOff, ""},
	} {
		if held, err := parseHeld(tt.stage, tt.claim, two); err == nil || held.Len() > 0 {
			t.Errorf("%s: %s", name, held)
		}
	}
	if held, err := parseHeld(StageReport, jws.Encode([]byte{2}), two); err != nil || held.String() != "crm.write" {
		t.Errorf("%s, %v", held, err)
	}
}

// TestStage_fits: what is not called too large fits with its stage, too.
func TestStage_fits(t *testing.T) {
	k := newKeys(t)
	a := newAccess()
	a.Stage = StageReport
	var all []scope.Scope
	for i := 0; ; i++ {
		all = append(all, scope.MustParse(fmt.Sprintf("s%d", i)))
		a.Scopes = scope.NewSet(all...)
		a.Held = a.Scopes
		if a.TooLarge() {
			if i < 100 {
				t.Errorf("%d scopes are too many", i)
			}
			return
		}
		raw, err := k.signer.Access(a)
		must(t, raw, err)
	}
}
