// Package world is the demo world: four tenants, their users, connected apps and third-party apps, and the file that says how to get in.
package world

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Credentials is the file that the demo writes. Keys are only ever added.
type Credentials struct {
	BaseURL       string         `json:"base_url"`
	AdminToken    string         `json:"admin_token"`
	Tenants       []Tenant       `json:"tenants"`
	Users         []User         `json:"users"`
	ConnectedApps []ConnectedApp `json:"connected_apps"`
	Clients       []Client       `json:"clients"`
}

// Tenant is a customer. Its ID is the site ID in paths.
type Tenant struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	ContentURL string `json:"content_url"`
	Plan       string `json:"plan"`
}

// User is a user of a tenant.
type User struct {
	Tenant   string   `json:"tenant"` // id
	ID       string   `json:"id"`
	Username string   `json:"username"`
	Password string   `json:"password"`
	Roles    []string `json:"roles"`
}

// ConnectedApp is a connected app of a tenant.
type ConnectedApp struct {
	Tenant   string   `json:"tenant"` // id
	Name     string   `json:"name"`
	ClientID string   `json:"client_id"`
	Secrets  []Secret `json:"secrets"`
}

// Client is a third-party app that is registered. The scope oauth is implied in each and stands in no list.
type Client struct {
	Name         string   `json:"name"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"` // empty: a public client
	RedirectURIs []string `json:"redirect_uris"`
	Required     []string `json:"required"`
	Conditional  []string `json:"conditional"`
	Optional     []string `json:"optional"`
	Slug         string   `json:"slug"`        // below the third-party app's /install/
	InstallURL   string   `json:"install_url"` // as it is published; some are wrong on purpose
}

// Secret is a secret that signs JWTs. Its ID is the kid.
type Secret struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// Read reads a credentials file.
func Read(file string) (*Credentials, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var c Credentials
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return &c, nil
}

// Write writes the file at once and for this user only: whoever sees it sees all of it.
func (c *Credentials) Write(file string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".credentials-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // only if it was not renamed
	if _, err := f.Write(append(b, '\n')); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// Tenant finds a tenant by its content URL.
func (c *Credentials) Tenant(contentURL string) (Tenant, bool) {
	for _, t := range c.Tenants {
		if t.ContentURL == contentURL {
			return t, true
		}
	}
	return Tenant{}, false
}

// App is the first connected app of a tenant.
func (c *Credentials) App(tenant string) (ConnectedApp, bool) {
	for _, a := range c.ConnectedApps {
		if a.Tenant == tenant {
			return a, true
		}
	}
	return ConnectedApp{}, false
}

// Client finds a third-party app by its slug.
func (c *Credentials) Client(slug string) (Client, bool) {
	for _, a := range c.Clients {
		if a.Slug == slug {
			return a, true
		}
	}
	return Client{}, false
}

// User finds a user by name.
func (c *Credentials) User(username string) (User, bool) {
	for _, u := range c.Users {
		if u.Username == username {
			return u, true
		}
	}
	return User{}, false
}

// UserWith is the first user of a tenant with a role.
func (c *Credentials) UserWith(tenant, role string) (User, bool) {
	for _, u := range c.Users {
		if u.Tenant != tenant {
			continue
		}
		for _, r := range u.Roles {
			if r == role {
				return u, true
			}
		}
	}
	return User{}, false
}

// Claims are what a JWT for signing in says beside its times.
type Claims struct {
	Issuer   string   `json:"iss"`
	Audience string   `json:"aud"`
	Subject  string   `json:"sub"`
	ID       string   `json:"jti"`
	Expires  int64    `json:"exp"`
	Scopes   []string `json:"scp"`
}

// JWT signs claims with an app's secret, as a script of that tenant would.
func JWT(secret Secret, c Claims, life time.Duration) (string, error) {
	c.Expires = time.Now().Add(life).Unix()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret.Value)},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", secret.ID).WithHeader("iss", c.Issuer))
	if err != nil {
		return "", fmt.Errorf("making a signer: %w", err)
	}
	return jwt.Signed(signer).Claims(c).Serialize()
}
