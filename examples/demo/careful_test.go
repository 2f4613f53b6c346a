package main

import (
	"testing"
	"time"
)

// impacts are the apps of the tenant that only reports whose calls would be refused, by name; true: a decision keeps it working.
func (d *demo) impacts() map[string]bool {
	d.t.Helper()
	in, _ := d.Tenant(careful)
	var list struct {
		Items []struct {
			App   struct{ Name string }
			Mends bool
		}
	}
	if got := d.v1("GET", "/v1/tenants/"+in.ID+"/impact", nil, &list); got != 200 {
		d.t.Fatalf("the impact report answered %d", got)
	}
	out := map[string]bool{}
	for _, i := range list.Items {
		out[i.App.Name] = i.Mends
	}
	return out
}

// What would be refused is foreseen from the start, of apps that a decision keeps working and of one that none does; and it is still
// there after a restart.
func TestCareful_foresees_what_enforcing_would_refuse(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir)
	// It is written down some seconds later.
	for deadline := time.Now().Add(30 * time.Second); len(d.impacts()) == 0 && time.Now().Before(deadline); {
		<-time.After(100 * time.Millisecond)
	}
	d.stop()
	again := start(t, dir)
	got := again.impacts()
	for name, mends := range map[string]bool{"Contact Sync": true, "Phone Book": true, "Deal Board": true, "Weekly figures": false} {
		if m, ok := got[name]; !ok || m != mends {
			t.Errorf("%s: foreseen %t, mended by a decision %t, want %t", name, ok, m, mends)
		}
	}
	if len(got) != 4 || len(again.ConnectedApps) != len(d.ConnectedApps) {
		t.Errorf("foreseen: %v; %d connected apps, want %d", got, len(again.ConnectedApps), len(d.ConnectedApps))
	}
}
