package access_test

import (
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/testworld"
)

// TestA242_what_a_leaked_key_signed_is_sent_to_nobody: a session that an older key of ours signed outlives the key that
// leaked, but the identity that upstreams are told of it is signed anew at once.
func TestA242_what_a_leaked_key_signed_is_sent_to_nobody(t *testing.T) {
	w := newWorld(t, nil)
	s := w.SignsIn(w.Acme.App, nil)
	m, _ := testworld.Analytics().Method("get_users_on_site")
	believed := func() {
		t.Helper()
		pass, err := w.Call(ctx, &CallRequest{Credential: s.Token, Catalog: testworld.Analytics(), Method: m, Audience: audience})
		w.OK(err)
		if _, err := w.Keys.Verifier().Identity(pass.Identity, audience, w.Clock.Now()); err != nil {
			t.Fatalf("an upstream does not believe what it is told: %v", err)
		}
	}
	next, err := w.Keys.Rotate(ctx, audit.Operator)
	w.OK(err)
	w.Clock.Advance(11 * time.Minute)
	if w.Keys.Current().Key() != next.ID {
		t.Fatal("the new key does not sign yet")
	}
	believed()
	_, err = w.Keys.Revoke(ctx, audit.Operator, next.ID, "leaked")
	w.OK(err)
	believed()
}
