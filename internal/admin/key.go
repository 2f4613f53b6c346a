package admin

import (
	"errors"
	"net/http"

	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/v1"
)

func renderKey(k keyring.Key) v1.Key {
	return v1.Key{ID: k.ID.String(), State: string(k.State), CreatedAt: k.Created, ActiveAt: k.Active, RetiredAt: k.Retired, ExpiresAt: k.Expires}
}

func (a *API) keyRoutes() {
	a.handle("GET /v1/keys", func(w http.ResponseWriter, r *http.Request) error {
		out := v1.List[v1.Key]{Items: []v1.Key{}}
		for _, k := range a.c.Keys.Keys() {
			out.Items = append(out.Items, renderKey(k))
		}
		answer(w, http.StatusOK, out)
		return nil
	})
	a.handle("POST /v1/keys", func(w http.ResponseWriter, r *http.Request) error {
		if err := noBody(w, r); err != nil {
			return err
		}
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
		var in v1.Revocation
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
