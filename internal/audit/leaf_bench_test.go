package audit

import (
	"testing"
	"time"

	"prokura/internal/id"
)

// BenchmarkLeaf hashes the entry of a sign-in, as sealing does with every entry.
func BenchmarkLeaf(b *testing.B) {
	r := Record{Entry: Entry{ID: id.Entry{}.From([16]byte{1}), At: time.Unix(1e9, 0), Act: Act{Tenant: id.Tenant{}.From([16]byte{2}),
		Actor: Actor{Kind: "user", ID: "8b7d2a04-6a1f-4f0e-9a53-0d1c2b3a4f5e", Name: "ada@bench.example"}, Action: "session.sign_in",
		Target: "session 8b7d2a04-6a1f-4f0e-9a53-0d1c2b3a4f5e",
		Detail: map[string]string{"connected_app": "8b7d2a04-6a1f-4f0e-9a53-0d1c2b3a4f5e", "secret": "8b7d2a04-6a1f-4f0e-9a53-0d1c2b3a4f5e"}}},
		Salt: make([]byte, SaltSize)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Leaf(); err != nil {
			b.Fatal(err)
		}
	}
}
