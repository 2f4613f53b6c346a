package store

import (
	"time"

	"prokura/internal/id"
)

// DayUse is what all clients called in a tenant on a day.
type DayUse struct {
	Day     time.Time // 00:00 UTC
	Calls   int
	Clients int // that called anything
}

// Overview reads what an administrator sees first. Each answers a few rows, however many apps the tenant has decided on.
type Overview interface {
	// UsesByDay are the calls in a tenant from a day on, by day, and how many clients made any of them. A day without calls is left out.
	UsesByDay(in id.Tenant, from time.Time) ([]DayUse, int, error)
	// ListExpiring are the authorizations that hold, and end after one time and before or at another, the soonest first.
	ListExpiring(in id.Tenant, after, until time.Time, limit int) ([]Authorization, error)
	// ListRevoked are the authorizations that were revoked or blocked from a time on, newest first, and after them those of clients
	// that the operator revoked everywhere, whenever that was, until the tenant decides anew. Of each at most so many.
	ListRevoked(in id.Tenant, from time.Time, limit int) ([]Authorization, error)
}
