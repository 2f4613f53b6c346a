package registry

import (
	"net/url"
	"testing"

	"pgregory.net/rapid"

	"prokura/internal/scope"
	"prokura/internal/store"
)

// TestBuildURL_always_passes_the_verdict: whatever is registered and picked of it, the URL is one that the app can be installed
// with, unless there is nothing to install.
func TestBuildURL_always_passes_the_verdict(t *testing.T) {
	a := newApps(t)
	names := a.catalogs.All().Names()[:40]
	rapid.Check(t, func(t *rapid.T) {
		d := draft()
		d.Required, d.Conditional, d.Optional = nil, nil, nil
		for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 12, rapid.ID[string]).Draw(t, "scopes") {
			class := rapid.SampledFrom([]*[]string{&d.Required, &d.Conditional, &d.Optional}).Draw(t, "class")
			*class = append(*class, n)
		}
		d.InstallURL = rapid.Bool().Draw(t, "install URL")
		reg, _, err := a.Check(d)
		if err != nil {
			t.Fatal(err)
		}
		pick := func(label string, of scope.Set) *scope.Set {
			var out []scope.Scope
			for _, s := range of.All() {
				if rapid.Bool().Draw(t, label) {
					out = append(out, s)
				}
			}
			set := scope.NewSet(out...)
			if rapid.Bool().Draw(t, "all") {
				return nil
			}
			return &set
		}
		c := store.Client{Registration: reg}
		built, err := BuildURL("https://id.example.com", &c, URLPicks{Conditional: pick("conditional", reg.Conditional), Optional: pick("optional", reg.Optional)})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(built)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		seen := store.InstallURL{RedirectURI: q.Get("redirect_uri"), Scope: q.Get("scope"), Optional: q.Get("optional_scope")}
		v := a.judge(c.ID, &reg, &seen)
		if nothing := seen.Scope+seen.Optional == ""; v.Refused() != nothing {
			t.Errorf("%s: %v", built, v.Findings)
		}
	})
}
