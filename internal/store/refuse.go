package store

import (
	"errors"

	"prokura/internal/refusal"
)

// Refuse turns what a store says no with into the refusal that names the record: its kind, and the id or name that was
// asked for. Other errors pass unchanged.
func Refuse(err error, kind, what string) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: kind, Got: what})
	case errors.Is(err, ErrTaken):
		return refusal.New(refusal.Finding{Code: refusal.NameTaken, Want: kind, Got: what})
	case errors.Is(err, ErrOverloaded):
		return refusal.Because(refusal.TemporarilyOverloaded, err)
	}
	return err
}
