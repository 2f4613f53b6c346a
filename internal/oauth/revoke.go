package oauth

import (
	"net/http"

	"prokura/internal/access"
	"prokura/internal/entropy"
	"prokura/internal/id"
)

// revoke ends a token (RFC 7009). Success says that the token is worth nothing to this client now, whether it was ended here,
// had ended before, or is none of its own: who guesses learns nothing. What could not be written is never success (A194).
func (h *Handler) revoke(w http.ResponseWriter, r *http.Request) error {
	q, err := h.readTokenRequest(w, r)
	if err != nil {
		return err
	}
	err = h.Access.RevokeToken(r.Context(), q)
	if access.ForeignToken(err) {
		// Only the book is told, under a reference of its own: the answer is the same as to success (A193).
		h.record(r, entropy.ID[id.Reference](), doorRevoke, err)
		err = nil
	}
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache")
	w.WriteHeader(http.StatusOK)
	return nil
}
