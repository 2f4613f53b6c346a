package testworld

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"prokura/internal/access"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/jws"
	"prokura/internal/store"
)

// Verifier is that of every public client that redeems a code, and Remote where all of them ask from.
const (
	Verifier = "0123456789-abcdefghijklmnopqrstuvwxyz._~ABCDEF"
	Remote   = "192.0.2.1:1"
)

// Challenge is what the verifier makes.
func Challenge() string {
	sum := sha256.Sum256([]byte(Verifier))
	return jws.Encode(sum[:])
}

// Gave is what a user's consent leaves behind: the code that the app is answered with, and the grant.
func (w *World) Gave(u store.User, c store.Client, required []string, optional ...string) (string, store.Grant) {
	w.T.Helper()
	now := w.Clock.Now().UTC().Truncate(time.Second)
	code := id.NewLocated(id.Code, u.Tenant, [32]byte(entropy.Bytes(32)))
	g := store.Grant{Tenant: u.Tenant, ID: entropy.ID[id.Grant](), Client: c.ID, Version: c.Version, User: u.ID,
		Required: Scopes(required...), Scopes: Scopes(append(required, optional...)...), Created: now}
	w.Do(func(tx store.Tx) error {
		registered, err := tx.Client(c.ID)
		if err != nil {
			return err
		}
		if life := registered.Registration.RefreshLife; life > 0 {
			g.Expires = now.Add(life)
		}
		auth, err := given(tx, registered, &g)
		if err != nil {
			return err
		}
		g.Authorization = auth.ID
		if err := tx.AddGrant(g); err != nil {
			return err
		}
		challenge := ""
		if c.Registration.Public {
			challenge = Challenge()
		}
		return tx.AddCode(store.Code{Tenant: u.Tenant, Hash: code.Hash(), Grant: g.ID, Client: c.ID, RedirectURI: c.Registration.RedirectURIs[0],
			Challenge: challenge, Created: now, Expires: now.Add(access.CodeLife)})
	})
	return code.Reveal(), g
}

// InstalledAt is what a user's installation left behind at some time: the consent, and a grant that lives and was used last then.
func (w *World) InstalledAt(at, used time.Time, u store.User, c store.Client, scopes ...string) store.Grant {
	w.T.Helper()
	set := Scopes(scopes...)
	g := store.Grant{Tenant: u.Tenant, ID: entropy.ID[id.Grant](), Client: c.ID, Version: c.Version, User: u.ID,
		Required: set, Scopes: set, Created: at, Installed: at, LastUsed: used}
	w.Do(func(tx store.Tx) error {
		auth, err := given(tx, c, &g)
		if err != nil {
			return err
		}
		g.Authorization = auth.ID
		consent := store.Consent{Tenant: u.Tenant, User: u.ID, Client: c.ID, Authorization: auth.ID, Scopes: set, Updated: at}
		return errors.Join(tx.PutConsent(consent), tx.AddGrant(g))
	})
	return g
}

// given is the authorization that a grant hangs on, with its scopes: the one that holds, else a first one.
func given(tx store.Tx, c store.Client, g *store.Grant) (store.Authorization, error) {
	auth, err := tx.AuthorizationOf(g.Tenant, c.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && auth.Revoked {
		auth = store.FirstAuthorization(g.Tenant, entropy.ID[id.Authorization](), c, g.Created)
		auth.Approved = g.Scopes
		return auth, tx.AddAuthorization(auth)
	}
	if err != nil {
		return store.Authorization{}, err
	}
	auth.Approved = auth.Approved.Union(g.Scopes)
	return auth, tx.NoteApproval(auth)
}

// Proof is how the app proves itself.
func (s *Shop) Proof() access.Proof {
	return access.Proof{Kind: access.SecretProof, Client: s.App.ID.String(), Secret: s.Secret}
}

// Redeems redeems a code of the app.
func (s *Shop) Redeems(code string) (access.Issued, error) {
	return s.Redeem(context.Background(), access.RedeemRequest{Proof: s.Proof(), Code: code, RedirectURI: Callback, Remote: Remote})
}

// Refreshes refreshes with a token of the app, to the scopes that are named.
func (s *Shop) Refreshes(token string, names ...string) (access.Issued, error) {
	return s.Refresh(context.Background(), access.RefreshRequest{Proof: s.Proof(), Token: token, Remote: Remote,
		Scope: access.Narrowing{Set: len(names) > 0, Asked: Scopes(names...)}})
}

// Asks is what the app is told of a token.
func (s *Shop) Asks(token string) access.Introspection {
	s.T.Helper()
	out, err := s.Introspect(context.Background(), access.TokenRequest{Proof: s.Proof(), Token: token, Remote: Remote})
	s.OK(err)
	return out
}

// Installed is an installation by acme's ada whose code was redeemed.
func (s *Shop) Installed(required []string, optional ...string) (access.Issued, store.Grant) {
	s.T.Helper()
	code, g := s.Gave(s.Acme.Ada, s.App, required, optional...)
	out, err := s.Redeems(code)
	s.OK(err)
	return out, g
}

// Calls calls a method of the CRM with an access token.
func (s *Shop) Calls(token, method string) error {
	s.T.Helper()
	m, ok := CRM().Method(method)
	if !ok {
		s.T.Fatalf("the catalog has no method %s", method)
	}
	_, err := s.Call(context.Background(), &access.CallRequest{Credential: token, Bearer: true, Catalog: CRM(), Method: m, Audience: Audience})
	return err
}

// Reads calls what takes the scope that the app requires.
func (s *Shop) Reads(token string) error {
	s.T.Helper()
	return s.Calls(token, "list_contacts")
}

// Robot registers an app that acts for itself, in the tenant beta that it belongs to.
func (w *World) Robot(alter func(*store.Client)) (store.Client, access.Proof) {
	w.T.Helper()
	c := w.Register(func(c *store.Client) {
		c.Registration.ClientCredentials = true
		if alter != nil {
			alter(c)
		}
	})
	if c.Registration.Public || len(c.Registration.Keys) > 0 {
		return c, access.Proof{}
	}
	return c, access.Proof{Kind: access.SecretProof, Client: c.ID.String(), Secret: w.ClientSecret(c.ID)}
}

// ForItself is what an app gets that acts for itself, in a tenant by its content URL; "": its own.
func (w *World) ForItself(p access.Proof, tenant string, names ...string) (access.Issued, error) {
	return w.ClientCredentials(context.Background(), access.ClientCredentialsRequest{Proof: p, Tenant: tenant, Remote: Remote,
		Scope: access.Narrowing{Set: len(names) > 0, Asked: Scopes(names...)}})
}

// Grant is a grant as it is now.
func (w *World) Grant(g store.Grant) (out store.Grant) {
	w.T.Helper()
	w.View(func(r store.Reader) (err error) {
		out, err = r.Grant(g.Tenant, g.ID)
		return err
	})
	return out
}

// Grants are those of the app in acme.
func (s *Shop) Grants() (out []store.Grant) {
	s.T.Helper()
	s.View(func(r store.Reader) (err error) {
		out, err = r.ListGrants(s.Acme.ID, store.GrantFilter{Client: s.App.ID}, store.Page{})
		return err
	})
	return out
}

// WritesBehind writes down what was counted, as the process does when it ends.
func (w *World) WritesBehind() {
	ended, end := context.WithCancel(context.Background())
	end()
	w.Access.Run(ended)
}
