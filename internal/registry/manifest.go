package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/strictjson"
	"prokura/internal/strictyaml"
	"prokura/internal/text"
)

// MaxManifest bounds a manifest, in bytes.
const MaxManifest = 256 << 10

// Manifest is an app in a file, so that its registration can be kept beside its code. It is of one of two shapes: our own YAML,
// which says everything, so that what it leaves out is empty; or HubSpot's JSON (app-hsmeta.json, or the older
// public-app.json), which cannot say everything, so that the rest stays as it is.
type Manifest struct {
	Client  id.Client // zero: the app is found by its name
	Draft   Draft
	HubSpot bool
	Ignored []string // members of HubSpot's shape that mean nothing here
}

// ParseManifest reads a manifest and answers every problem of its form, with its place. Whether the registration is right is
// not known before [Registry.Check].
func ParseManifest(file string, src []byte) (Manifest, []strictyaml.Problem) {
	if len(src) > MaxManifest {
		return Manifest{}, []strictyaml.Problem{{File: file, Message: fmt.Sprintf("the manifest has %d bytes, at most %d are read", len(src), MaxManifest)}}
	}
	if bytes.HasPrefix(bytes.TrimLeft(src, " \t\r\n"), []byte("{")) {
		m, err := parseHubSpot(src)
		if err != nil {
			return Manifest{}, []strictyaml.Problem{{File: file, Message: err.Error()}}
		}
		return m, nil
	}
	var y struct {
		ClientID    string    `yaml:"client_id"`
		Name        string    `yaml:"name"`
		Publisher   string    `yaml:"publisher"`
		Description text.Text `yaml:"description"`
		Contact     struct {
			Mail          string `yaml:"mail"`
			Page          string `yaml:"page"`
			Documentation string `yaml:"documentation"`
			Privacy       string `yaml:"privacy"`
		} `yaml:"contact"`
		RedirectURIs      []string `yaml:"redirect_uris,one"`
		Public            bool     `yaml:"public"`
		Keys              string   `yaml:"keys"`
		InstallURL        bool     `yaml:"install_url"`
		Wire              string   `yaml:"wire"`
		ClientCredentials bool     `yaml:"client_credentials"`
		Listed            bool     `yaml:"listed"`
		Scopes            struct {
			Required    []string `yaml:"required"`
			Conditional []string `yaml:"conditional"`
			Optional    []string `yaml:"optional"`
		} `yaml:"scopes"`
		AccessLife  time.Duration `yaml:"access_life"`
		RefreshLife time.Duration `yaml:"refresh_life"`
	}
	y.InstallURL = true // as the admin API has it
	doc := strictyaml.Decode(file, src, &y)
	m := Manifest{Draft: Draft{Name: y.Name, Publisher: y.Publisher, Description: y.Description, Contact: store.Contact(y.Contact),
		RedirectURIs: y.RedirectURIs, Public: y.Public, InstallURL: y.InstallURL, Wire: y.Wire,
		ClientCredentials: y.ClientCredentials, Listed: y.Listed,
		Required: y.Scopes.Required, Conditional: y.Scopes.Conditional, Optional: y.Scopes.Optional,
		AccessLife: y.AccessLife, RefreshLife: y.RefreshLife}}
	if y.Keys != "" {
		m.Draft.Keys = json.RawMessage(y.Keys)
	}
	if y.ClientID != "" {
		var err error
		if m.Client, err = id.Parse[id.Client](y.ClientID); err != nil {
			doc.Blame("client_id", "%s", err)
		}
	}
	if y.Name == "" {
		doc.Blame("name", "is missing; an app is found by it")
	}
	return m, doc.Problems()
}

// Over is the draft that the manifest makes of what is registered; nil: nothing is yet.
func (m *Manifest) Over(now *Draft) Draft {
	if !m.HubSpot {
		return m.Draft
	}
	d := m.Draft
	if now == nil {
		d.Publisher, d.InstallURL, d.Wire = d.Name, true, HubSpotWire
		return d
	}
	d.Publisher, d.Public, d.Keys, d.InstallURL, d.Wire = now.Publisher, now.Public, now.Keys, now.InstallURL, now.Wire
	d.ClientCredentials, d.AccessLife, d.RefreshLife = now.ClientCredentials, now.AccessLife, now.RefreshLife
	d.Contact.Privacy = now.Contact.Privacy
	return d
}

// hubSpotApp is what HubSpot's shapes have in common: the member config of app-hsmeta.json, all of public-app.json.
type hubSpotApp struct {
	Name         string `json:"name"`
	Description  string `json:"description"`
	Distribution string `json:"distribution"`
	Auth         struct {
		Type        string   `json:"type"`
		Redirects   []string `json:"redirectUrls"`
		Required    []string `json:"requiredScopes"`
		Conditional []string `json:"conditionallyRequiredScopes"`
		Optional    []string `json:"optionalScopes"`
	} `json:"auth"`
	Support struct {
		Email         string `json:"supportEmail"`
		Documentation string `json:"documentationUrl"`
		Page          string `json:"supportUrl"`
	} `json:"support"`
}

// inShape are the members that are read; of auth, which decides what the app may do, no other is passed over.
var inShape = map[string][]string{
	"":        {"name", "description", "distribution", "auth", "support"},
	"support": {"supportEmail", "documentationUrl", "supportUrl"},
}

func parseHubSpot(src []byte) (Manifest, error) {
	m := Manifest{HubSpot: true}
	members, err := strictjson.Object(src, MaxManifest)
	if err != nil {
		return m, fmt.Errorf("reading the manifest: %w", err)
	}
	kind := ""
	for _, e := range members {
		switch e.Name {
		case "config":
			if members, err = strictjson.Object(e.Value, MaxManifest); err != nil {
				return m, fmt.Errorf("reading config: %w", err)
			}
		case "type":
			kind, _ = strictjson.String(e.Value)
		}
	}
	if kind != "" && kind != "app" {
		return m, fmt.Errorf("the manifest is of the type %q, not app", kind)
	}
	kept, err := m.keep("", members)
	if err != nil {
		return m, err
	}
	var app hubSpotApp
	if err := strictjson.Decode(kept, MaxManifest, &app); err != nil {
		return m, fmt.Errorf("reading the manifest: %w", err)
	}
	switch {
	case app.Name == "":
		return m, errors.New("name is missing; an app is found by it")
	case app.Auth.Type != "" && app.Auth.Type != "oauth":
		return m, fmt.Errorf("auth.type is %q; only apps with oauth are registered here", app.Auth.Type)
	case app.Distribution != "" && app.Distribution != "private" && app.Distribution != "marketplace":
		return m, fmt.Errorf("distribution is %q; want private or marketplace", app.Distribution)
	}
	m.Draft = Draft{Name: app.Name, Description: text.Text{EN: app.Description, DE: app.Description},
		Contact:      store.Contact{Mail: app.Support.Email, Page: app.Support.Page, Documentation: app.Support.Documentation},
		RedirectURIs: app.Auth.Redirects, Listed: app.Distribution == "marketplace",
		Required: app.Auth.Required, Conditional: app.Auth.Conditional, Optional: app.Auth.Optional}
	return m, nil
}

// keep writes the members that are read, and notes the others.
func (m *Manifest) keep(of string, members []strictjson.Member) ([]byte, error) {
	kept := map[string]json.RawMessage{}
	for _, e := range members {
		name := e.Name
		if of != "" {
			name = of + "." + name
		}
		if !slices.Contains(inShape[of], e.Name) {
			m.Ignored = append(m.Ignored, name)
			continue
		}
		kept[e.Name] = json.RawMessage(e.Value)
		if _, below := inShape[e.Name]; below && of == "" {
			inner, err := strictjson.Object(e.Value, MaxManifest)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", name, err)
			}
			if kept[e.Name], err = m.keep(e.Name, inner); err != nil {
				return nil, err
			}
		}
	}
	out, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	return out, nil
}
