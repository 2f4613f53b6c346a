package store

import (
	"errors"

	"prokura/internal/refusal"
)

// Found tells a record that is not there from one that could not be read.
func Found[V any](v V, err error) (V, bool, error) {
	if errors.Is(err, ErrNotFound) {
		var none V
		return none, false, nil
	}
	return v, err == nil, err
}

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

// Refused makes of every error a refusal. One stays as it is; every other failure tells nothing but to come again: deciding
// without the database is not offered (A093).
func Refused(err error) *refusal.Error {
	if e, ok := errors.AsType[*refusal.Error](err); ok {
		return e
	}
	if errors.Is(err, ErrOverloaded) {
		return refusal.Because(refusal.TemporarilyOverloaded, err)
	}
	return refusal.Because(refusal.StorageUnavailable, err)
}
