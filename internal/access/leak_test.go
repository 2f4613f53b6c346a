package access

import (
	"testing"
	"time"

	"prokura/internal/audit"
)

// TestA242_what_a_leaked_key_signed_is_sent_to_nobody: a session that an older key of ours signed outlives the key that
// leaked, but the identity that upstreams are told of it is signed anew at once.
func TestA242_what_a_leaked_key_signed_is_sent_to_nobody(t *testing.T) {
	w := newWorld(t, nil)
	s := w.signIn(w.acme.app, nil)
	m, _ := w.analytic.Method("get_users_on_site")
	believed := func() {
		t.Helper()
		pass, err := w.Call(ctx, &CallRequest{Credential: s.Token, Catalog: w.analytic, Method: m, Audience: audience})
		w.ok(err)
		if _, err := w.keys.Verifier().Identity(pass.Identity, audience, w.clock.Now()); err != nil {
			t.Fatalf("an upstream does not believe what it is told: %v", err)
		}
	}
	next, err := w.keys.Rotate(ctx, audit.Operator)
	w.ok(err)
	w.clock.Advance(11 * time.Minute)
	if w.keys.Current().Key() != next.ID {
		t.Fatal("the new key does not sign yet")
	}
	believed()
	_, err = w.keys.Revoke(ctx, audit.Operator, next.ID, "leaked")
	w.ok(err)
	believed()
}
