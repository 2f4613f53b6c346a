package admin

import (
	"errors"
	"net/http"
	"time"

	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Key is one of our signing keys as it is answered.
type Key struct {
	ID      id.Key    `json:"id"`
	State   string    `json:"state"` // "staged", "active", "retired", "expired" or "revoked"
	Created time.Time `json:"created_at"`
	Active  time.Time `json:"active_at"`
	Retired time.Time `json:"retired_at,omitzero"`
	Expires time.Time `json:"expires_at,omitzero"`
}

func renderKey(k keyring.Key) Key {
	return Key{ID: k.ID, State: string(k.State), Created: k.Created, Active: k.Active, Retired: k.Retired, Expires: k.Expires}
}

func (a *API) keyRoutes() {
	a.handle("GET /v1/keys", func(w http.ResponseWriter, r *http.Request) error {
		out := listed[Key]{Items: []Key{}}
		for _, k := range a.c.Keys.Keys() {
			out.Items = append(out.Items, renderKey(k))
		}
		answer(w, http.StatusOK, out)
		return nil
	})
	a.handle("POST /v1/keys", func(w http.ResponseWriter, r *http.Request) error {
		k, err := a.c.Keys.Rotate(r.Context(), by(r))
		if errors.Is(err, keyring.ErrStaged) {
			return refusal.Because(refusal.KeyStaged, err)
		}
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, renderKey(k))
		return nil
	})
	a.handle("POST /v1/keys/{key}/revoke", func(w http.ResponseWriter, r *http.Request) error {
		key, err := inPath[id.Key](r, "key", "key")
		if err != nil {
			return err
		}
		var in struct {
			Reason string `json:"reason"`
		}
		if err := body(w, r, &in); err != nil {
			return err
		}
		k, err := a.c.Keys.Revoke(r.Context(), by(r), key, in.Reason)
		switch {
		case errors.Is(err, keyring.ErrRevoked):
			return refusal.Because(refusal.KeyRevoked, err)
		case err != nil:
			return store.Refuse(err, "key", key.String())
		}
		answer(w, http.StatusOK, renderKey(k))
		return nil
	})
}
