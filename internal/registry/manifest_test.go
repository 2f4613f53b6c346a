package registry

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/store"
	"prokura/internal/text"
)

const manifest = `client_id: 8e1b7172-39c3-4a32-887e-fc2b4119f56d
name: Sync
publisher: Example
description: {en: Keeps contacts in step., de: Gleicht Kontakte ab.}
contact:
  mail: help@example.com
  documentation: https://example.com/docs
redirect_uris: https://app.example.com/cb
install_url: true
scopes:
  required: [crm.objects.contacts.read]
  optional:
    - automation
access_life: 30m
`

func TestParseManifest(t *testing.T) {
	m, problems := ParseManifest("app.yaml", []byte(manifest))
	want := Draft{Name: "Sync", Publisher: "Example", Description: text.Text{EN: "Keeps contacts in step.", DE: "Gleicht Kontakte ab."},
		Contact:      store.Contact{Mail: "help@example.com", Documentation: "https://example.com/docs"},
		RedirectURIs: []string{"https://app.example.com/cb"}, InstallURL: true,
		Required: []string{"crm.objects.contacts.read"}, Optional: []string{"automation"}, AccessLife: 30 * time.Minute}
	if len(problems) > 0 || m.Client.String() != "8e1b7172-39c3-4a32-887e-fc2b4119f56d" {
		t.Errorf("%+v %v", m, problems)
	}
	if diff := cmp.Diff(want, m.Draft); diff != "" {
		t.Error(diff)
	}
	// It says everything: what it leaves out does not stay.
	now := want
	now.Wire, now.Public = HubSpotWire, true
	if diff := cmp.Diff(want, m.Over(&now)); diff != "" {
		t.Error(diff)
	}
}

const hubSpotManifest = `{"uid":"app","type":"app","config":{"name":"Sync","description":"Keeps contacts in step.","distribution":"marketplace","isUserLevel":false,
	"auth":{"type":"oauth","redirectUrls":["https://app.example.com/cb"],"requiredScopes":["oauth","crm.objects.contacts.read"],"optionalScopes":["automation"],"conditionallyRequiredScopes":[]},
	"permittedUrls":{"fetch":["https://api.example.com"]},
	"support":{"supportEmail":"help@example.com","documentationUrl":"https://example.com/docs","supportPhone":"+18005555555"}}}`

func TestParseManifest_in_HubSpots_shapes(t *testing.T) {
	older := strings.TrimSuffix(strings.Replace(hubSpotManifest, `"type":"app","config":{`, "", 1), "}")
	for name, src := range map[string]string{"app-hsmeta.json": hubSpotManifest, "public-app.json": older} {
		m, problems := ParseManifest(name, []byte(src))
		if len(problems) > 0 || !m.HubSpot {
			t.Fatalf("%s: %+v %v", name, m, problems)
		}
		made := m.Over(nil)
		want := Draft{Name: "Sync", Publisher: "Sync", Description: text.Text{EN: "Keeps contacts in step.", DE: "Keeps contacts in step."},
			Contact:      store.Contact{Mail: "help@example.com", Documentation: "https://example.com/docs"},
			RedirectURIs: []string{"https://app.example.com/cb"}, InstallURL: true, Wire: HubSpotWire, Listed: true,
			Required: []string{"oauth", "crm.objects.contacts.read"}, Conditional: []string{}, Optional: []string{"automation"}}
		if diff := cmp.Diff(want, made); diff != "" && name == "app-hsmeta.json" {
			t.Error(diff)
		}
		// What this shape cannot say stays.
		now := Draft{Name: "Old", Publisher: "Example", Keys: []byte("{}"), AccessLife: time.Hour, ClientCredentials: true, Contact: store.Contact{Privacy: "https://example.com/privacy"}}
		over := m.Over(&now)
		if over.Name != "Sync" || over.Publisher != "Example" || over.AccessLife != time.Hour || !over.ClientCredentials || over.InstallURL || over.Contact.Privacy == "" || len(over.Keys) == 0 {
			t.Errorf("%+v", over)
		}
		if got := strings.Join(m.Ignored, " "); !strings.Contains(got, "isUserLevel") || !strings.Contains(got, "permittedUrls support.supportPhone") {
			t.Errorf("ignored: %s", got)
		}
	}
}

func TestParseManifest_says_what_is_wrong_and_where(t *testing.T) {
	for src, want := range map[string]string{
		"name: x\nredirect_uri: y\n":                        `app.yaml:2:1: unknown key "redirect_uri"; did you mean "redirect_uris"?`,
		"name: x\nname: y\n":                                `key "name" is set twice`,
		"publisher: x\n":                                    "name: is missing; an app is found by it",
		"name: x\nclient_id: y\n":                           "app.yaml:2:12: client_id: not an identifier",
		"name: x\naccess_life: 30\n":                        "expected a duration with its unit",
		strings.Repeat("#", MaxManifest+1):                  "at most",
		`{"name":"x","auth":{"requiredScope":[]}}`:          "requiredScope",
		`{"name":"x","name":"y"}`:                           "name",
		`{"auth":{}}`:                                       "name is missing",
		`{"name":"x","auth":{"type":"static"}}`:             "auth.type",
		`{"type":"card","config":{"name":"x"}}`:             "not app",
		`{"name":"x","distribution":"everywhere"}`:          "distribution",
		`{"config":7}`:                                      "config",
		`{"name":"x","support":[]}`:                         "support",
		`{"name":"x","auth":{"requiredScopes":"a"}}`:        "requiredScopes",
		`{"name":"x"} {"name":"y"}`:                         "manifest",
		"name: &a x\npublisher: *a\n":                       "",
		"name: x\nscopes: {required: {crm: yes}}\n":         "expected a list",
		"name: x\nkeys: {a: b}\n":                           "expected a single value",
		"name: x\ndescription: {fr: x}\n":                   `unknown key "fr"`,
		"name: x\nredirect_uris:\n  - https://a/\n  - {}\n": "redirect_uris[1]",
	} {
		_, problems := ParseManifest("app.yaml", []byte(src))
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.String(), want)
		}
		if !found {
			t.Errorf("%.40q: %v, want %q", src, problems, want)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add(manifest)
	f.Add(hubSpotManifest)
	f.Add("{")
	f.Fuzz(func(t *testing.T, src string) {
		m, problems := ParseManifest("app.yaml", []byte(src))
		if len(problems) == 0 && m.Draft.Name == "" {
			t.Errorf("an app without a name: %+v", m)
		}
	})
}
