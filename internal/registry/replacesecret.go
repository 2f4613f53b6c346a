package registry

import (
	"context"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// ReplaceClientSecrets gives a client one secret in place of all that it has, which end at once, and answers its value, which is
// shown this once.
func (r *Registry) ReplaceClientSecrets(ctx context.Context, by audit.Actor, reach Reach, client id.Client) (id.Opaque, error) {
	value := entropy.Token(id.ClientSecret)
	s := store.ClientSecret{ID: entropy.ID[id.Secret](), Hash: value.Hash(), Created: r.now()}
	_, err := r.changeClient(ctx, by, "client.replace_secrets", reach, client, func(tx store.Tx, c *store.Client) error {
		if c.Registration.Public {
			return refusal.New(refusal.Finding{Code: refusal.PublicClientConflict, Got: "secrets"})
		}
		if err := r.mayActAlone(by, reach, &c.Registration); err != nil {
			return err
		}
		for _, old := range c.Secrets {
			if err := tx.DeleteClientSecret(client, old.ID); err != nil {
				return err
			}
		}
		tx.Detail("secret", s.ID.String())
		return tx.AddClientSecret(client, s)
	})
	if err != nil {
		return id.Opaque{}, err
	}
	return value, nil
}
