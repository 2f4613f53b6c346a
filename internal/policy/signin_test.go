package policy

import (
	"encoding/base64"
	"testing"
	"time"

	"prokura/internal/assertion"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func set(names ...string) scope.Set {
	s, err := scope.ParseSet(names)
	if err != nil {
		panic(err)
	}
	return s
}

// readable is a token whose form is right. Nothing in it is proven; the tests set what it says.
var readable = func() string {
	b := base64.RawURLEncoding.EncodeToString
	return b([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + b([]byte(`{"iss":"c","aud":"tableau","sub":"ada","jti":"1","scp":["t:a:read","t:b:*","t:x:read"]}`)) + "." + b([]byte("signature"))
}()

// good is a question whose answer is yes; each test spoils one thing.
func good() SignInQuestion {
	a := assertion.Parse(readable)
	a.Expires = assertion.Time{Present: true, Valid: true, Seconds: now.Unix() + 300}
	return SignInQuestion{
		Now: now, Assertion: &a,
		ContentURL: "acme", TenantKnown: true, ClientKnown: true, KeyKnown: true, Enabled: true, Authorized: true,
		KeyAlgorithm: "HS256", Signature: Passed, User: Passed, AllAssigned: true,
		Expand: func(asked scope.Set) (concrete, unknown scope.Set) {
			known := set("t:a:read", "t:b:read", "t:b:update")
			if asked.Has(scope.MustParse("t:b:*")) {
				concrete = set("t:b:read", "t:b:update")
			}
			concrete = concrete.Union(asked.Intersect(known))
			return concrete, asked.Minus(known).Minus(set("t:b:*"))
		},
	}
}

func exp(delta int64) func(*SignInQuestion) {
	return func(q *SignInQuestion) { q.Assertion.Expires.Seconds = now.Unix() + delta }
}

func TestSignIn_each_thing_wrong_is_named(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*SignInQuestion)
		want  refusal.Code
	}{
		{"a token that cannot be read", func(q *SignInQuestion) {
			*q.Assertion = assertion.Parse("x.y.z")
			q.ClientKnown, q.KeyKnown, q.Signature, q.User = false, false, Skipped, Skipped
		}, refusal.AssertionUnreadable},
		{"a site that nobody knows", func(q *SignInQuestion) {
			q.TenantKnown, q.ClientKnown, q.KeyKnown, q.Signature, q.User = false, false, false, Skipped, Skipped
		}, refusal.TenantUnknown},
		{"a client ID of no app here", func(q *SignInQuestion) {
			q.ClientKnown, q.KeyKnown, q.Signature, q.User = false, false, Skipped, Skipped
		}, refusal.ClientUnknown},
		{"no client ID", func(q *SignInQuestion) {
			q.Assertion.Issuer = assertion.Issuer{}
			q.ClientKnown, q.KeyKnown, q.Signature, q.User = false, false, Skipped, Skipped
		}, refusal.ClientUnknown},
		{"a secret ID that the app does not have", func(q *SignInQuestion) {
			q.KeyKnown, q.Signature, q.User = false, Skipped, Skipped
		}, refusal.KeyUnknown},
		{"a disabled app", func(q *SignInQuestion) { q.Enabled = false }, refusal.ClientDisabled},
		{"a revoked authorization", func(q *SignInQuestion) { q.Authorized = false }, refusal.AuthorizationRevoked},
		{"another algorithm than the key's", func(q *SignInQuestion) { q.Assertion.Algorithm = "none" }, refusal.AlgorithmNotAllowed},
		{"a key record without algorithm", func(q *SignInQuestion) { q.KeyAlgorithm = ""; q.Assertion.Algorithm = "" }, refusal.AlgorithmNotAllowed},
		{"a signature that does not match", func(q *SignInQuestion) { q.Signature = Failed }, refusal.SignatureInvalid},
		{"a signature that nobody checked", func(q *SignInQuestion) { q.Signature = Skipped }, refusal.SignatureInvalid},
		{"another audience", func(q *SignInQuestion) { q.Assertion.Audience.Value = "x" }, refusal.AudienceWrong},
		{"no exp", func(q *SignInQuestion) { q.Assertion.Expires = assertion.Time{} }, refusal.ExpiryMissing},
		{"an exp that is no whole number", func(q *SignInQuestion) { q.Assertion.Expires.Valid = false }, refusal.ExpiryMissing},
		{"ended 30 seconds ago", exp(-30), refusal.AssertionExpired},
		{"ends 631 seconds ahead", exp(631), refusal.ExpiryTooFar},
		{"ends in the year 292277026596", exp(1 << 62), refusal.ExpiryTooFar},
		{"ends long before 1970", exp(-1 << 62), refusal.AssertionExpired},
		{"begins 30 seconds ahead", func(q *SignInQuestion) {
			q.Assertion.NotBefore = assertion.Time{Present: true, Valid: true, Seconds: now.Unix() + 30}
		}, refusal.AssertionNotYetValid},
		{"was issued 30 seconds ahead", func(q *SignInQuestion) {
			q.Assertion.IssuedAt = assertion.Time{Present: true, Valid: true, Seconds: now.Unix() + 30}
		}, refusal.AssertionNotYetValid},
		{"an iat that is no number", func(q *SignInQuestion) { q.Assertion.IssuedAt = assertion.Time{Present: true} }, refusal.AssertionNotYetValid},
		{"no jti", func(q *SignInQuestion) { q.Assertion.ID.Valid = false }, refusal.AssertionIDMissing},
		{"a jti that was used", func(q *SignInQuestion) { q.Replayed = Failed }, refusal.AssertionReplayed},
		{"scp that is no list", func(q *SignInQuestion) { q.Assertion.Scopes.Form = assertion.ScopesMalformed }, refusal.ScopesMalformed},
		{"no scp where one is needed", func(q *SignInQuestion) {
			q.Assertion.Scopes.Form, q.NeedScopes = assertion.ScopesAbsent, true
		}, refusal.NoScopes},
		{"no sub", func(q *SignInQuestion) { q.Assertion.Subject.Valid = false; q.User = Skipped }, refusal.SubjectMissing},
		{"a user whom nobody knows", func(q *SignInQuestion) { q.User = Failed }, refusal.UserUnknown},
		{"a disabled user", func(q *SignInQuestion) { q.UserDisabled = true }, refusal.UserDisabled},
		{"another user named beside", func(q *SignInQuestion) { q.Beside = Failed }, refusal.SubjectMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := good()
			tt.spoil(&q)
			v := SignIn(&q)
			if v.Allowed() {
				t.Fatal("signed in")
			}
			if len(v.Findings) == 0 || v.Findings[0].Code != tt.want {
				t.Errorf("findings = %v, want %s first", v.Findings, tt.want)
			}
			if v.Granted.Len() != 0 {
				t.Errorf("granted %v with a refusal", v.Granted)
			}
		})
	}
}

func TestSignIn_what_is_in_order_signs_in(t *testing.T) {
	tests := []struct {
		name  string
		alter func(*SignInQuestion)
	}{
		{"as it is", func(*SignInQuestion) {}},
		{"ended 29 seconds ago, within the skew", exp(-29)},
		{"ends 630 seconds ahead, within the skew", exp(630)},
		{"begins 29 seconds ahead", func(q *SignInQuestion) {
			q.Assertion.NotBefore = assertion.Time{Present: true, Valid: true, Seconds: now.Unix() + 29}
		}},
		{"no scp at all", func(q *SignInQuestion) { q.Assertion.Scopes = assertion.Scopes{Form: assertion.ScopesAbsent} }},
		{"the same user named beside", func(q *SignInQuestion) { q.Beside = Passed }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := good()
			tt.alter(&q)
			if v := SignIn(&q); !v.Allowed() {
				t.Errorf("refused: %v", v.Findings)
			}
		})
	}
}

func TestSignIn_grants_what_is_asked_known_and_assigned(t *testing.T) {
	q := good()
	q.AllAssigned, q.Assigned = false, set("t:b:read", "t:zzz")
	v := SignIn(&q)
	if got, want := v.Granted.String(), "t:b:read"; got != want {
		t.Errorf("granted %q, want %q", got, want)
	}
	var dropped []string
	for _, f := range v.Dropped {
		dropped = append(dropped, string(f.Code)+" "+f.Scope)
	}
	want := []string{"scope_unknown t:x:read", "scope_not_assigned t:a:read", "scope_not_assigned t:b:update"}
	if len(dropped) != len(want) {
		t.Fatalf("dropped %q, want %q", dropped, want)
	}
	for i := range want {
		if dropped[i] != want[i] {
			t.Errorf("dropped[%d] = %q, want %q", i, dropped[i], want[i])
		}
	}
}

func TestSignIn_nothing_is_said_of_scopes_that_nobody_could_read_or_assign(t *testing.T) {
	q := good()
	q.AllAssigned = false
	q.ClientKnown, q.KeyKnown, q.Signature, q.User = false, false, Skipped, Skipped
	if v := SignIn(&q); len(v.Dropped) != 1 || v.Dropped[0].Code != refusal.ScopeUnknown {
		t.Errorf("of an unknown app: %v", v.Dropped)
	}
	q = good()
	q.Assertion.Scopes = assertion.Scopes{}
	if v := SignIn(&q); len(v.Dropped) != 0 {
		t.Errorf("of a malformed list: %v", v.Dropped)
	}
	q = good()
	*q.Assertion = assertion.Parse("x.y.z")
	if v := SignIn(&q); len(v.Dropped) != 0 {
		t.Errorf("of an unreadable token: %v", v.Dropped)
	}
}

func TestSignIn_several_things_wrong_are_all_named(t *testing.T) {
	q := good()
	q.Signature = Failed
	q.Assertion.Audience.Value = "x"
	q.Assertion.Expires.Seconds = now.Unix() - 3600
	q.Assertion.ID.Valid = false
	q.User = Skipped
	v := SignIn(&q)
	want := []refusal.Code{refusal.SignatureInvalid, refusal.AudienceWrong, refusal.AssertionExpired, refusal.AssertionIDMissing}
	if len(v.Findings) != len(want) {
		t.Fatalf("findings %v, want %v", v.Findings, want)
	}
	for i := range want {
		if v.Findings[i].Code != want[i] {
			t.Errorf("finding %d = %s, want %s", i, v.Findings[i].Code, want[i])
		}
	}
}

// A106: nobody learns whether a user exists before the signature matched.
func TestA106_the_user_comes_last(t *testing.T) {
	for name, spoil := range map[string]func(*SignInQuestion){
		"bad signature": func(q *SignInQuestion) { q.Signature = Failed },
		"wrong aud":     func(q *SignInQuestion) { q.Assertion.Audience.Value = "x" },
		"no jti":        func(q *SignInQuestion) { q.Assertion.ID.Valid = false },
	} {
		q := good()
		q.User = Skipped
		spoil(&q)
		v := SignIn(&q)
		if v.SignatureHolds(&q) {
			t.Errorf("%s: the user would be looked up", name)
		}
		q.User = Failed
		if v := SignIn(&q); v.Findings[0].Code == refusal.UserUnknown {
			t.Errorf("%s: the first finding is about the user", name)
		}
	}
}

func TestSignIn_the_zero_question_is_refused(t *testing.T) {
	v := SignIn(&SignInQuestion{})
	if v.Allowed() {
		t.Error("the zero question signs in")
	}
	var zero Verdict
	if zero.Allowed() {
		t.Error("the zero verdict allows")
	}
}

func TestSignIn_a_user_nobody_looked_up_is_no_user(t *testing.T) {
	q := good()
	q.User = Skipped
	v := SignIn(&q)
	if v.Allowed() {
		t.Error("signed in without a user")
	}
	if !v.SignatureHolds(&q) {
		t.Error("the user would not be looked up")
	}
}

// A093: what using the assertion up has shown is a finding and a failed check, and takes every grant back.
func TestReplayed_turns_a_yes_round_and_leaves_it_as_it_was(t *testing.T) {
	q := good()
	v := SignIn(&q)
	if !v.Allowed() {
		t.Fatal(v.Findings)
	}
	r := Replayed(v)
	if r.Allowed() || r.Granted.Len() != 0 || len(r.Findings) != 1 || r.Findings[0].Code != refusal.AssertionReplayed || len(r.Checks) != len(v.Checks) {
		t.Errorf("%+v", r)
	}
	for i, c := range r.Checks {
		if c.Code == refusal.AssertionReplayed && c.Outcome != Failed {
			t.Errorf("%+v", c)
		}
		if c.Code != refusal.AssertionReplayed && c != v.Checks[i] {
			t.Errorf("%+v, was %+v", c, v.Checks[i])
		}
	}
	if !v.Allowed() || v.Granted.Len() == 0 || len(v.Findings) != 0 {
		t.Errorf("the first verdict was changed: %+v", v)
	}
	for _, c := range v.Checks {
		if c.Outcome == Failed {
			t.Errorf("the first verdict was changed: %+v", c)
		}
	}
}

func TestOutcome_has_a_name(t *testing.T) {
	for o, want := range map[Outcome]string{Passed: "passed", Failed: "failed", Skipped: "skipped", 9: "skipped"} {
		if got := o.String(); got != want {
			t.Errorf("%d is %q", o, got)
		}
	}
}

// TestSignIn_form_is_one_check, however many reasons there are why the token cannot be read; each of them is a finding.
func TestSignIn_form_is_one_check(t *testing.T) {
	broken := assertion.Parse("e30=.e30.")
	v := SignIn(&SignInQuestion{Assertion: &broken})
	checks, findings := 0, 0
	for _, c := range v.Checks {
		if c.Code == refusal.AssertionUnreadable {
			checks++
		}
	}
	for _, f := range v.Findings {
		if f.Code == refusal.AssertionUnreadable {
			findings++
		}
	}
	if checks != 1 || findings != 2 || v.Checks[0].Outcome != Failed || v.Checks[0].Finding != v.Findings[0] {
		t.Errorf("%d checks, %d findings: %+v", checks, findings, v.Checks[0])
	}
	if v := SignIn(&SignInQuestion{}); v.Findings[0].Why.Flaw != refusal.IsMissing {
		t.Errorf("no assertion: %+v", v.Findings)
	}
}
