package directory

import (
	"testing"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

// TestDeleteTenant_ends_the_tokens_of_its_apps in all tenants, and no other app's.
func TestDeleteTenant_ends_the_tokens_of_its_apps(t *testing.T) {
	w := newWorld(t)
	own := map[id.Client]bool{}
	for i := range 150 {
		c := store.Client{ID: entropy.ID[id.Client](), Version: 1, Created: noon, Registration: store.Registration{Name: "app"}}
		if i > 0 {
			c.Owner = w.in
			own[c.ID] = true
		}
		err := w.store.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
			return tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: c.Registration, By: "system", At: noon})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.DeleteTenant(ctx, audit.Operator, w.in); err != nil {
		t.Fatal(err)
	}
	for _, m := range w.marks() {
		if m.Subject != (mark.Subject{Tenant: w.in}) && (!own[m.Subject.Client] || m.Subject != (mark.Subject{Client: m.Subject.Client})) {
			t.Errorf("%+v", m)
		}
		delete(own, m.Subject.Client)
	}
	if len(own) > 0 {
		t.Errorf("the tokens of %d apps live on", len(own))
	}
}
