package access_test

import (
	"context"
	"testing"

	. "prokura/internal/access"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

// The words of the tests, which say them in every line.
const (
	issuer    = testworld.Issuer
	audience  = testworld.Audience
	callback  = testworld.Callback
	verifier  = testworld.Verifier
	readUsr   = testworld.ReadUsers
	content   = testworld.Content
	contacts  = testworld.Contacts
	companies = testworld.Companies
	deals     = testworld.Deals
	flows     = testworld.Flows
)

var (
	ctx      = context.Background()
	noon     = testworld.Noon
	operator = testworld.Operator()
	all      = testworld.Everybody()

	scopes, want, code, sign, challenge = testworld.Scopes, testworld.Want, testworld.Code, testworld.Sign, testworld.Challenge
)

type (
	world  = testworld.World
	claims = testworld.Claims
)

// newWorld makes a settled world. change may alter what the uses are made of; nil leaves it as it is.
func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	o := testworld.Options{Catalogs: testworld.InForce("analytics")}
	if change != nil {
		o.Access = func(c *Config, _ *seal.Sealer) { change(c) }
	}
	return testworld.New(t, o).Settle()
}

// shop is a shop with a public app beside, and what only these tests do in it.
type shop struct {
	*testworld.Shop
	spa store.Client
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return withSPA(testworld.NewShop(t))
}

func withSPA(s *testworld.Shop) *shop {
	return &shop{s, s.Register(func(c *store.Client) { c.Registration.Public = true })}
}

// closed puts acme back on the default, where an administrator decides.
func (s *shop) closed() *shop {
	s.Governs(s.Acme.ID, policy.Governance{})
	return s
}

// spaProof is how the public app proves itself.
func (s *shop) spaProof() Proof { return Proof{Kind: PublicProof, Client: s.spa.ID.String()} }

// redemption redeems a code of the app.
func (s *shop) redemption(code string) RedeemRequest {
	return RedeemRequest{Proof: s.Proof(), Code: code, RedirectURI: callback, Remote: testworld.Remote}
}

// located is a secret that nobody was given, in a tenant.
func located(p id.Prefix, in id.Tenant) id.Located {
	return id.NewLocated(p, in, [32]byte(entropy.Bytes(32)))
}
