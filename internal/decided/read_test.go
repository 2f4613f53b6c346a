package decided_test

import (
	"testing"

	"prokura/internal/decided"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

// TestSettings: a tenant that said how it decides is asked nothing else; the vendor's stage is for all others.
func TestSettings(t *testing.T) {
	for name, tt := range map[string]struct {
		vendor string             // as it is stored; "": nothing is
		chose  *policy.Governance // nil: nothing
		want   policy.Stage
	}{
		"nobody chose":                        {"", nil, policy.Enforce},
		"the vendor reports":                  {"report", nil, policy.Report},
		"the vendor looks away":               {"off", nil, policy.Off},
		"the vendor wrote what is no stage":   {"later", nil, policy.Enforce},
		"the tenant enforces, vendor or not":  {"off", &policy.Governance{}, policy.Enforce},
		"the tenant reports":                  {"", &policy.Governance{Stage: policy.Report}, policy.Report},
		"the tenant reports, the vendor less": {"off", &policy.Governance{Stage: policy.Report}, policy.Report},
	} {
		t.Run(name, func(t *testing.T) {
			w := testworld.New(t, testworld.Options{}).Settle()
			if tt.vendor != "" {
				w.Do(func(tx store.Tx) error { return tx.SetSetting(store.EnforcementSetting, []byte(tt.vendor)) })
			}
			if tt.chose != nil {
				w.Governs(w.Acme.ID, *tt.chose)
			}
			w.View(func(r store.Reader) error {
				g, err := decided.Settings(r, w.Acme.ID)
				if err != nil || g.Settings.Stage != tt.want || (g.Version > 0) != (tt.chose != nil) {
					t.Errorf("%+v, %v; want stage %q", g, err, tt.want)
				}
				return nil
			})
		})
	}
}

// TestReading answers from one state, whatever is decided after it.
func TestReading(t *testing.T) {
	s := testworld.NewShop(t)
	s.Governs(s.Acme.ID, policy.Governance{})
	j := decided.Judge{Catalogs: s.Catalogs, Clock: s.Clock}
	state := func(r store.Reader) policy.State {
		t.Helper()
		got, err := j.On(ctx, decided.Reading{Reader: r}, decided.Party{In: s.Acme.ID, Client: &s.App, User: &s.Acme.Ada, Asked: s.App.Registration.Scopes()})
		s.OK(err)
		return got.State
	}
	s.View(func(r store.Reader) error {
		if got := state(r); got != policy.Undecided {
			t.Errorf("nobody decided, and it is %q", got)
		}
		s.Authorizes(govern.Terms{Uncapped: true})
		if got := state(r); got != policy.Undecided {
			t.Errorf("in the state before the decision it is %q", got)
		}
		return nil
	})
	s.View(func(r store.Reader) error {
		if got := state(r); got != policy.Authorized {
			t.Errorf("an administrator decided, and it is %q", got)
		}
		return nil
	})
}

// TestThen is what was registered when it was decided on, and nothing where nobody knows any more.
func TestThen(t *testing.T) {
	s := testworld.NewShop(t)
	s.Reregister(s.App, func(c *store.Client) { c.Registration.Name = "Sync 2" })
	s.Reregister(s.App, func(c *store.Client) { c.Registration.Name = "Sync 3" })
	s.View(func(r store.Reader) error {
		c, err := r.Client(s.App.ID)
		s.OK(err)
		for _, tt := range []struct {
			version int
			want    string // "": unknown
		}{{0, ""}, {1, "Sync"}, {2, "Sync 2"}, {3, "Sync 3"}, {4, "Sync 3"}} {
			got, known, err := decided.Then(r, &c, &store.Authorization{Registration: tt.version})
			if err != nil || known != (tt.want != "") || got.Name != tt.want {
				t.Errorf("version %d: %q, %v, %v", tt.version, got.Name, known, err)
			}
		}
		for _, number := range []int{0, 4, -1} {
			if got, known, err := decided.Version(r, s.App.ID, number); err != nil || known || got.Name != "" {
				t.Errorf("version %d: %q, %v, %v", number, got.Name, known, err)
			}
		}
		if _, known, err := decided.Version(r, entropy.ID[id.Client](), 1); err != nil || known {
			t.Errorf("of an app that nobody has: %v, %v", known, err)
		}
		return nil
	})
}

func TestMoved(t *testing.T) {
	then := store.Registration{Name: "Sync", Publisher: "Sync GmbH", RedirectURIs: []string{"https://a.example/cb", "https://b.example/cb"}}
	for name, tt := range map[string]struct {
		origin policy.Origin
		forgot bool // what was registered then is not known any more
		alter  func(*store.Registration)
		want   bool
	}{
		"as it was":                       {policy.ByAdministrator, false, func(*store.Registration) {}, false},
		"under another name":              {policy.ByAdministrator, false, func(r *store.Registration) { r.Name = "Sync 2" }, false},
		"with an address less":            {policy.ByAdministrator, false, func(r *store.Registration) { r.RedirectURIs = r.RedirectURIs[1:] }, false},
		"with its addresses in order":     {policy.ByAdministrator, false, func(r *store.Registration) { r.RedirectURIs = []string{r.RedirectURIs[1], r.RedirectURIs[0]} }, false},
		"with an address more":            {policy.ByAdministrator, false, func(r *store.Registration) { r.RedirectURIs = append(r.RedirectURIs[:2:2], "https://c.example/cb") }, true},
		"with another address":            {policy.ByAdministrator, false, func(r *store.Registration) { r.RedirectURIs = []string{"https://a.example/cb/"} }, true},
		"of another publisher":            {policy.ByAdministrator, false, func(r *store.Registration) { r.Publisher = "Other GmbH" }, true},
		"nobody knows what it was":        {policy.ByAdministrator, true, func(*store.Registration) {}, true},
		"users decided, and not on that":  {policy.ByUser, false, func(r *store.Registration) { r.Publisher = "Other GmbH" }, false},
		"users decided, and nobody knows": {policy.ByUser, true, func(*store.Registration) {}, false},
	} {
		now := then
		tt.alter(&now)
		auth := store.Authorization{Decision: policy.Decision{Origin: tt.origin}}
		if got := decided.Moved(&auth, &then, !tt.forgot, &store.Client{Registration: now}); got != tt.want {
			t.Errorf("%s: moved %v", name, got)
		}
	}
}
