package registry

import (
	"context"
	"crypto/subtle"
	"errors"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// CreateClientSecret gives a client a secret and answers its value, which is shown this once: only its hash is kept. A client
// has at most two, so that one can be replaced without a pause.
func (r *Registry) CreateClientSecret(ctx context.Context, by audit.Actor, reach Reach, client id.Client) (store.ClientSecret, id.Opaque, error) {
	value := entropy.Token(id.ClientSecret)
	s := store.ClientSecret{ID: entropy.ID[id.Secret](), Hash: value.Hash(), Created: r.now()}
	_, err := r.changeClient(ctx, by, "client.create_secret", reach, client, func(tx store.Tx, c *store.Client) error {
		if c.Registration.Public {
			return refusal.New(refusal.Finding{Code: refusal.PublicClientConflict, Got: "secrets"})
		}
		if err := r.mayActAlone(by, reach, &c.Registration); err != nil {
			return err
		}
		tx.Detail("secret", s.ID.String())
		err := tx.AddClientSecret(client, s)
		if errors.Is(err, store.ErrTaken) {
			return refusal.New(refusal.Finding{Code: refusal.ClientSecretLimit})
		}
		return err
	})
	if err != nil {
		return store.ClientSecret{}, id.Opaque{}, err
	}
	return s, value, nil
}

// DeleteClientSecret deletes a secret. Nobody can authenticate with it any more; tokens that were issued rest on grants, not
// on the secret, and live on.
func (r *Registry) DeleteClientSecret(ctx context.Context, by audit.Actor, reach Reach, client id.Client, secret id.Secret) error {
	_, err := r.changeClient(ctx, by, "client.delete_secret", reach, client, func(tx store.Tx, _ *store.Client) error {
		tx.Detail("secret", secret.String())
		return store.Refuse(tx.DeleteClientSecret(client, secret), "secret", secret.String())
	})
	return err
}

// VerifyClientSecret says which of a client's secrets was presented. Every secret is compared, whatever came of the one before,
// and hashes are compared in constant time: their first bytes must not be guessed one by one. A public client has none, so
// nothing that it presents is right.
func VerifyClientSecret(c *store.Client, presented string) (id.Secret, bool) {
	value, err := id.ParseOpaque(id.ClientSecret, presented)
	hash := value.Hash()
	var found id.Secret
	ok := 0
	for i := range c.Secrets {
		same := subtle.ConstantTimeCompare(hash[:], c.Secrets[i].Hash[:])
		if same == 1 {
			found = c.Secrets[i].ID
		}
		ok |= same
	}
	if err != nil || ok != 1 || c.Registration.Public {
		return id.Secret{}, false
	}
	return found, true
}
