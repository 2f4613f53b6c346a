package access_test

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

// TestA062_who_is_not_the_client is answered alike, whatever is wrong.
func TestA062_who_is_not_the_client(t *testing.T) {
	s := newShop(t)
	c, good := s.Robot(nil)
	off, disabled := s.Robot(nil)
	_, err := s.Registry.SwitchClient(ctx, audit.Operator, off.ID, false)
	s.OK(err)
	other := good
	other.Secret = entropy.Token(id.ClientSecret).Reveal()
	unknown := good
	unknown.Client = entropy.ID[id.Client]().String()
	var first string
	for name, p := range map[string]Proof{
		"a wrong secret": other, "an unknown client": unknown, "a disabled client with the right secret": disabled,
		"what is no client ID":   {Kind: SecretProof, Client: "../x", Secret: good.Secret},
		"no secret":              {Kind: SecretProof, Client: c.ID.String()},
		"the hash of the secret": {Kind: SecretProof, Client: c.ID.String(), Secret: "pks_"},
		"no proof at all":        {Client: c.ID.String(), Secret: good.Secret},
	} {
		_, err := s.ForItself(p, "")
		want(t, err, refusal.ClientNotAuthenticated)
		said := fmt.Sprint(refusal.Of(err).First().Message(), refusal.Of(err).First().Remedy())
		if first == "" {
			first = said
		}
		if said != first {
			t.Errorf("%s is answered otherwise: %s", name, said)
		}
	}
	_, err = s.ForItself(good, "")
	s.OK(err)
}

// TestA058_an_unknown_client_and_a_wrong_secret_take_the_same_steps: each rule is consulted whatever came of the one before, so that
// no answer comes sooner because there is nothing to compare with. That the comparison itself takes one time is held where it is.
func TestA058_an_unknown_client_and_a_wrong_secret_take_the_same_steps(t *testing.T) {
	s := newShop(t)
	_, wrong := s.Robot(nil)
	off, disabled := s.Robot(nil)
	_, err := s.Registry.SwitchClient(ctx, audit.Operator, off.ID, false)
	s.OK(err)
	wrong.Secret = entropy.Token(id.ClientSecret).Reveal()
	unknown := wrong
	unknown.Client = entropy.ID[id.Client]().String()
	noSecret := wrong
	noSecret.Secret = "x"
	for name, p := range map[string]Proof{"a wrong secret": wrong, "an unknown client": unknown, "what is no secret": noSecret, "a disabled client": disabled} {
		_, err := s.ForItself(p, "")
		refused, ok := errors.AsType[*Refused](err)
		if !ok {
			t.Fatalf("%s: %v", name, err)
		}
		var steps []refusal.Code
		for _, c := range refused.Verdict.Checks {
			steps = append(steps, c.Code)
		}
		if want := []refusal.Code{refusal.ClientUnknown, refusal.KeyUnknown, refusal.ClientDisabled}; !slices.Equal(steps, want) {
			t.Errorf("%s: %v, want %v", name, steps, want)
		}
	}
}

// TestA063_the_way_of_a_public_client is not that of a confidential one, nor the reverse.
func TestA063_the_way_of_a_public_client(t *testing.T) {
	s := newShop(t)
	code, _ := s.Gave(s.Acme.Ada, s.spa, []string{contacts})
	_, err := s.Redeem(ctx, RedeemRequest{Proof: Proof{Kind: SecretProof, Client: s.spa.ID.String(), Secret: s.Secret}, Code: code,
		RedirectURI: callback, Verifier: verifier})
	want(t, err, refusal.ClientNotAuthenticated)
	code, _ = s.Gave(s.Acme.Ada, s.App, []string{contacts})
	_, err = s.Redeem(ctx, RedeemRequest{Proof: Proof{Kind: PublicProof, Client: s.App.ID.String()}, Code: code, RedirectURI: callback})
	want(t, err, refusal.ClientNotAuthenticated)
}

// TestA064_another_way_than_the_registered_one.
func TestA064_another_way_than_the_registered_one(t *testing.T) {
	s := newShop(t)
	keyed, key := s.keyed()
	secret := entropy.Token(id.ClientSecret)
	s.Do(func(tx store.Tx) error {
		return tx.AddClientSecret(keyed.ID, store.ClientSecret{ID: entropy.ID[id.Secret](), Hash: secret.Hash(), Created: noon})
	})
	_, err := s.ForItself(Proof{Kind: SecretProof, Client: keyed.ID.String(), Secret: secret.Reveal()}, "")
	want(t, err, refusal.ClientNotAuthenticated)
	_, err = s.ForItself(Proof{Kind: PublicProof, Client: keyed.ID.String()}, "")
	want(t, err, refusal.ClientNotAuthenticated)
	c, _ := s.Robot(nil)
	_, err = s.ForItself(Proof{Kind: AssertionProof, Assertion: s.assertion(c, key, nil)}, "")
	want(t, err, refusal.ClientNotAuthenticated)
}

// keyed is a robot that proves itself with private_key_jwt.
func (s *shop) keyed() (store.Client, *ecdsa.PrivateKey) {
	s.T.Helper()
	key, err := entropy.SigningKey()
	s.OK(err)
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	s.OK(err)
	c, _ := s.Robot(func(c *store.Client) { c.Registration.Keys = set })
	return c, key
}

// assertion is one by which a client proves itself; nil leaves a claim out.
func (s *shop) assertion(c store.Client, key *ecdsa.PrivateKey, differ map[string]any) string {
	s.T.Helper()

	claims := map[string]any{"iss": c.ID.String(), "sub": c.ID.String(), "aud": issuer, "jti": entropy.ID[id.Session]().String(),
		"exp": s.Clock.Now().Unix() + 60, "iat": s.Clock.Now().Unix()}
	maps.Copy(claims, differ)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	s.OK(err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, (&jose.SignerOptions{}).WithType("JWT"))
	s.OK(err)
	signed, err := signer.Sign(payload)
	s.OK(err)
	out, err := signed.CompactSerialize()
	s.OK(err)
	return out
}

// TestA068_the_audience_of_a_clients_assertion is our issuer, and nothing else may be wrong either.
func TestA068_a_clients_assertion(t *testing.T) {
	s := newShop(t)
	c, key := s.keyed()
	stranger, err := entropy.SigningKey()
	s.OK(err)
	for _, tt := range []struct {
		name   string
		differ map[string]any
		key    *ecdsa.PrivateKey
		good   bool
	}{
		{"as it is", nil, key, true},
		{"a list of our issuer alone", map[string]any{"aud": []string{issuer}}, key, true},
		{"a list with another member", map[string]any{"aud": []string{issuer, "https://evil.example"}}, key, false},
		{"our token endpoint", map[string]any{"aud": issuer + "/oauth/token"}, key, false},
		{"our issuer with a slash", map[string]any{"aud": issuer + "/"}, key, false},
		{"a hostile server's token endpoint", map[string]any{"aud": "https://evil.example/token"}, key, false},
		{"no audience", map[string]any{"aud": nil}, key, false},
		{"another issuer", map[string]any{"iss": s.App.ID.String()}, key, false},
		{"another subject", map[string]any{"sub": s.App.ID.String()}, key, false},
		{"no subject", map[string]any{"sub": nil}, key, false},
		{"another key", nil, stranger, false},
		{"no exp", map[string]any{"exp": nil}, key, false},
		{"an exp a minute ago", map[string]any{"exp": noon.Unix() - 60}, key, false},
		{"an exp in an hour", map[string]any{"exp": noon.Unix() + 3600}, key, false},
		{"an nbf in an hour", map[string]any{"nbf": noon.Unix() + 3600}, key, false},
		{"an iat in an hour", map[string]any{"iat": noon.Unix() + 3600}, key, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.ForItself(Proof{Kind: AssertionProof, Assertion: s.assertion(c, tt.key, tt.differ)}, "")
			if tt.good {
				s.OK(err)
				return
			}
			want(t, err, refusal.ClientNotAuthenticated)
		})
	}
	_, err = s.ForItself(Proof{Kind: AssertionProof, Client: s.App.ID.String(), Assertion: s.assertion(c, key, nil)}, "")
	want(t, err, refusal.ClientNotAuthenticated)
}

// TestA069_a_clients_assertion_is_used_once, in sequence, in parallel, and after a restart.
func TestA069_a_clients_assertion_is_used_once(t *testing.T) {
	s := newShop(t)
	c, key := s.keyed()
	once := s.assertion(c, key, nil)
	try := func() error {
		_, err := s.ForItself(Proof{Kind: AssertionProof, Assertion: once}, "")
		return err
	}
	s.OK(try())
	want(t, try(), refusal.ClientNotAuthenticated)
	s.Restart()
	want(t, try(), refusal.ClientNotAuthenticated)

	once = s.assertion(c, key, nil)
	var won sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if try() == nil {
				won.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	won.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("used %d times", n)
	}
}

// TestA070_the_id_of_an_assertion.
func TestA070_the_id_of_an_assertion(t *testing.T) {
	s := newShop(t)
	c, key := s.keyed()
	try := func(jti any) error {
		_, err := s.ForItself(Proof{Kind: AssertionProof, Assertion: s.assertion(c, key, map[string]any{"jti": jti})}, "")
		return err
	}
	for name, jti := range map[string]any{"missing": nil, "empty": "", "a number": 7, "a list": []string{"a"}, "257 characters": strings.Repeat("a", 257)} {
		if got := code(t, try(jti)); got != refusal.ClientNotAuthenticated {
			t.Errorf("%s: %q", name, got)
		}
	}
	s.OK(try("Abc"))
	s.OK(try("abc")) // another one
	want(t, try("abc"), refusal.ClientNotAuthenticated)
	s.OK(try("a\x00b"))
	s.OK(try("a"))
	s.OK(try(strings.Repeat("a", 256)))
}

// TestA071_a_secret_is_replaced without a pause, and the audit book says which was used.
func TestA071_a_secret_is_replaced(t *testing.T) {
	s := newShop(t)
	first := s.Secret
	out, _ := s.Installed([]string{contacts})
	used := func() string { return s.Acts(s.Acme.ID, "grant.refresh")[0].Detail["secret"] }
	out, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	was := used()
	s.Secret = s.ClientSecret(s.App.ID)
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	if used() == was || was == "" {
		t.Errorf("the book says %q and %q", was, used())
	}
	_, _, err = s.Registry.CreateClientSecret(ctx, audit.Operator, registry.Everybody(), s.App.ID)
	if c := refusal.Of(err).First().Code; c != refusal.ClientSecretLimit {
		t.Errorf("a third secret: %v", err)
	}
	old, err := id.Parse[id.Secret](was)
	s.OK(err)
	s.OK(s.Registry.DeleteClientSecret(ctx, audit.Operator, registry.Everybody(), s.App.ID, old))
	s.Secret, first = first, s.Secret
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.ClientNotAuthenticated)
	s.Secret = first
	_, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
}

// TestA072_a_client_for_itself_is_no_user.
func TestA072_a_client_for_itself_is_no_user(t *testing.T) {
	s := newShop(t)
	c, proof := s.Robot(nil)
	out, err := s.ForItself(proof, "")
	s.OK(err)
	said, err := s.Keys.Verifier().Access(out.AccessToken, s.Clock.Now())
	s.OK(err)
	if !said.User.IsZero() || said.SubjectClaim() != "client:"+c.ID.String() || said.Tenant != s.Beta.ID || said.Name != "" || said.Roles != nil {
		t.Errorf("the token says %+v", said)
	}
	if out.RefreshToken != "" || !out.Grant.IsZero() {
		t.Error("a refresh token")
	}
	m, _ := testworld.CRM().Method("list_contacts")
	pass, err := s.Call(ctx, &CallRequest{Credential: out.AccessToken, Bearer: true, Catalog: testworld.CRM(), Method: m, Audience: audience})
	s.OK(err)
	who, err := s.Keys.Verifier().Identity(pass.Identity, audience, s.Clock.Now())
	s.OK(err)
	if !who.User.IsZero() || who.Client != c.ID || who.Session != said.ID {
		t.Errorf("the upstream is told %+v", who)
	}
}

func TestClientCredentials_every_refusal(t *testing.T) {
	s := newShop(t)
	_, good := s.Robot(nil)
	_, person := s.Register(nil), s.Proof()
	vendors, vendor := s.Robot(func(c *store.Client) { c.Owner = id.Tenant{} })
	_ = vendors
	s.Do(func(tx store.Tx) error { // being installed by users of acme is not being authorized there
		return tx.AddAuthorization(store.Authorization{Tenant: s.Acme.ID, ID: entropy.ID[id.Authorization](), Client: mustClient(good.Client),
			Approved: scopes(contacts), Installed: noon, Created: noon})
	})
	for _, tt := range []struct {
		name   string
		proof  Proof
		tenant string
		ask    []string
		gives  string
		want   refusal.Code
	}{
		{"as it is", good, "", nil, flows + " " + companies + " " + contacts + " " + deals, ""},
		{"its own account by name", good, "beta", []string{contacts}, contacts, ""},
		{"its own account by ID", good, s.Beta.ID.String(), []string{contacts}, contacts, ""},
		{"an account where it is installed", good, "acme", nil, "", refusal.ClientNotAuthorized},
		{"an account that there is not", good, "gamma", nil, "", refusal.ClientNotAuthorized},
		{"a scope that is not registered", good, "", []string{"crm.lists.read"}, "", refusal.ScopeNotInGrant},
		{"an app that does not act for itself", person, "", nil, "", refusal.GrantTypeNotAllowed},
		{"a public app", s.spaProof(), "", nil, "", refusal.GrantTypeNotAllowed},
		{"the vendor's, and no account is named", vendor, "", nil, "", refusal.AccountNotNamed},
		{"the vendor's, in an account", vendor, "acme", nil, "", refusal.ClientNotAuthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := s.ForItself(tt.proof, tt.tenant, tt.ask...)
			want(t, err, tt.want)
			if got := out.Scopes.String(); got != tt.gives {
				t.Errorf("gives %q, want %q", got, tt.gives)
			}
		})
	}
}

func mustClient(s string) id.Client {
	c, err := id.Parse[id.Client](s)
	if err != nil {
		panic(err)
	}
	return c
}

// TestClientCredentials_writes_nothing, and what narrows ends what it gave.
func TestClientCredentials_writes_nothing(t *testing.T) {
	s := newShop(t)
	c, proof := s.Robot(nil)
	before := s.Memory.Head()
	out, err := s.ForItself(proof, "")
	s.OK(err)
	head, err := s.Store.Head(ctx)
	if s.OK(err); head != before {
		t.Error("something was written")
	}
	s.OK(s.Reads(out.AccessToken))
	_, err = s.Registry.SwitchClient(ctx, audit.Operator, c.ID, false)
	s.OK(err)
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	s.Clock.Advance(time.Second)
	_, err = s.ForItself(proof, "")
	want(t, err, refusal.ClientNotAuthenticated)
}
