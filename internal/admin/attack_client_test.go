package admin

import (
	"testing"

	"prokura/internal/id"
	"prokura/internal/v1"
)

// TestA073_client_ids_are_ours: nobody who registers an app chooses its id, and what is no id finds none.
func TestA073_client_ids_are_ours(t *testing.T) {
	w := newWorld(t)
	for _, chosen := range []string{"*", ".", "../x", "https://app.example.com/", idOfTenant(w)} {
		for _, name := range []string{"client_id", "id"} {
			w.do("POST", "/v1/clients", `{`+registration+`,"`+name+`":"`+chosen+`"}`).refused(400, "field_unknown")
		}
	}
	seen := map[string]bool{}
	for range 3 {
		c := as[v1.ChangedClient](w.do("POST", "/v1/clients", `{`+registration+`}`).is(201))
		if _, err := id.Parse[id.Client](c.ClientID); err != nil || seen[c.ClientID] {
			t.Errorf("%q: %v", c.ClientID, err)
		}
		seen[c.ClientID] = true
		w.do("PATCH", "/v1/clients/"+c.ClientID, `{"client_id":"*"}`).refused(400, "field_unknown")
	}
	for _, odd := range []string{"*", "%2E", "%2E%2E%2Fx", "https:%2F%2Fapp.example.com"} {
		w.do("GET", "/v1/clients/"+odd, "").refused(404, "object_not_found")
	}
}

// idOfTenant is an id that something else has.
func idOfTenant(w *world) string { return w.tenant("taken")[len("/v1/tenants/"):] }
