package govern_test

import (
	"context"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/policy"
	"prokura/internal/testworld"
)

// The words of the tests, which say them in every line.
const (
	contacts  = testworld.Contacts
	companies = testworld.Companies
	deals     = testworld.Deals
	flows     = testworld.Flows
	readUsr   = testworld.ReadUsers
	content   = testworld.Content
)

var (
	ctx      = context.Background()
	noon     = testworld.Noon
	operator = testworld.Operator()
	all      = testworld.Everybody()

	scopes, as, want, code = testworld.Scopes, testworld.As, testworld.Want, testworld.Code
)

// shop is a shop with what only these tests do in it.
type shop struct{ *testworld.Shop }

func newShop(t *testing.T) *shop {
	t.Helper()
	return &shop{testworld.NewShop(t)}
}

// closed puts acme back on the default, where an administrator decides.
func (s *shop) closed() *shop {
	s.Governs(s.Acme.ID, policy.Governance{})
	return s
}

// entry is the newest act of acme's audit book.
func (s *shop) entry() audit.Act {
	s.T.Helper()
	return s.Acts(s.Acme.ID, "")[0]
}
