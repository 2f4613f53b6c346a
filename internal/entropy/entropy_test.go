package entropy

import (
	"testing"

	"prokura/internal/id"
)

// TestA245_nothing_is_drawn_twice among a hundred thousand; with 32 random bits most such runs would fail.
func TestA245_nothing_is_drawn_twice(t *testing.T) {
	users := make(map[id.User]bool)
	tokens := make(map[[32]byte]bool)
	var ones, bits int
	for range 100_000 {
		user, token := ID[id.User](), Token(id.OperatorToken).Hash()
		if users[user] || tokens[token] {
			t.Fatal("drawn twice")
		}
		users[user], tokens[token] = true, true
		if again, err := id.Parse[id.User](user.String()); err != nil || again != user {
			t.Fatalf("%s is no identifier: %v", user, err)
		}
		b := user.Bytes()
		if b[6]>>4 != 4 || b[8]>>6 != 2 {
			t.Fatalf("%s is no version 4 UUID", user)
		}
		// The first character of a token of others was not evenly drawn; look at the first byte.
		for i := range 8 {
			ones += int(b[0] >> i & 1)
			bits++
		}
	}
	if ones < bits*49/100 || ones > bits*51/100 {
		t.Errorf("%d of %d bits are set", ones, bits)
	}
}

func TestSigningKey_is_a_new_one_on_P256(t *testing.T) {
	a, err := SigningKey()
	if err != nil {
		t.Fatal(err)
	}
	b, err := SigningKey()
	if err != nil {
		t.Fatal(err)
	}
	if a.Equal(b) || a.Curve.Params().Name != "P-256" {
		t.Errorf("keys on %s", a.Curve.Params().Name)
	}
}
