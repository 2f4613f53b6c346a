package admin

import (
	"net/http"

	"prokura/internal/store"
)

// one answers the object that a service gave, or the error that it gave instead.
func one[R, T any](w http.ResponseWriter, render func(R) T) func(R, error) error {
	return func(record R, err error) error {
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, render(record))
		return nil
	}
}

// gone answers a request after which there is nothing to show.
func gone(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// many answers one page of a list, and how many there are in all, or the error that the service gave instead.
func many[R, T any](w http.ResponseWriter, p store.Page, render func(R) T, key func(R) string) func([]R, int, error) error {
	return func(records []R, total int, err error) error {
		if err != nil {
			return err
		}
		answerList(w, p, records, &total, render, key)
		return nil
	}
}
