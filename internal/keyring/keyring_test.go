package keyring

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/token"
)

const issuer = "https://prokura.example"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory is a database of keys alone: one writer, and a transaction leaves no trace when it fails.
type memory struct {
	mu    sync.Mutex
	rows  []store.Key
	first []byte
	marks []mark.Mark
	acts  []audit.Act
	down  error
}

// tx is one transaction. What the keyring does not use is not there.
type tx struct {
	store.Tx
	m *memory
}

func (x tx) ListKeys() ([]store.Key, error) { return slices.Clone(x.m.rows), nil }
func (x tx) AddKey(k store.Key) error       { x.m.rows = append(x.m.rows, k); return nil }
func (x tx) Detail(key, value string)       { x.m.acts[len(x.m.acts)-1].Detail[key] = value }
func (x tx) Mark(subject mark.Subject, _ []string, until time.Time) {
	x.m.marks = append(x.m.marks, mark.Mark{Subject: subject, Until: until})
}
func (x tx) UpdateKey(k store.Key) error {
	i := slices.IndexFunc(x.m.rows, func(r store.Key) bool { return r.ID == k.ID })
	x.m.rows[i] = k
	return nil
}

type upkeep struct {
	store.Upkeep
	tx tx
}

func (u upkeep) AddKey(k store.Key) error { return u.tx.AddKey(k) }
func (u upkeep) AddSetting(_ string, value []byte) ([]byte, error) {
	if u.tx.m.first == nil {
		u.tx.m.first = value
	}
	return u.tx.m.first, nil
}

func (m *memory) run(fn func(tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	rows, marks, acts, first := slices.Clone(m.rows), m.marks, m.acts, m.first
	err := fn(tx{m: m})
	if err != nil {
		m.rows, m.marks, m.acts, m.first = rows, marks, acts, first
	}
	return err
}

func (m *memory) Do(_ context.Context, act audit.Act, fn func(store.Tx) error) error {
	return m.run(func(x tx) error {
		if act.Detail == nil {
			act.Detail = map[string]string{}
		}
		m.acts = append(m.acts, act)
		return fn(x)
	})
}
func (m *memory) Tend(_ context.Context, fn func(store.Upkeep) error) error {
	return m.run(func(x tx) error { return fn(upkeep{tx: x}) })
}
func (m *memory) View(_ context.Context, fn func(store.Reader) error) error {
	return m.run(func(x tx) error { return fn(x) })
}

// world is a node: database, master key file, clock.
type world struct {
	*Keyring
	db    *memory
	clock *clock.Fake
	o     Options
}

func newWorld(t testing.TB) *world {
	t.Helper()
	sealer, err := seal.OpenFile(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: &memory{}, clock: clock.NewFake(noon)}
	w.o = Options{Store: w.db, Sealer: sealer, Clock: w.clock, Issuer: issuer}
	w.Keyring = w.open(t)
	return w
}

// open is another node on the same database.
func (w *world) open(t testing.TB) *Keyring {
	t.Helper()
	k, err := Open(t.Context(), w.o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// session signs a session of four hours now.
func (w *world) session(t testing.TB, k *Keyring) string {
	t.Helper()
	now := w.clock.Now()
	raw, err := k.Current().Session(&token.Session{
		ID: entropy.ID[id.Session](), Tenant: entropy.ID[id.Tenant](), User: entropy.ID[id.User](), Client: entropy.ID[id.Client](),
		Authorization: entropy.ID[id.Authorization](), Secret: entropy.ID[id.Secret](), Issued: now, Expires: now.Add(4 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (w *world) verifies(k *Keyring, raw string) bool {
	_, err := k.Verifier().Session(raw, w.clock.Now())
	return err == nil
}

// states are the keys' states in order.
func states(k *Keyring) string {
	var list []string
	for _, key := range k.Keys() {
		list = append(list, string(key.State))
	}
	return strings.Join(list, " ")
}

// published are the key ids in the JWKS.
func published(t testing.TB, k *Keyring) []string {
	t.Helper()
	w := httptest.NewRecorder()
	k.JWKS().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/jwks.json", nil))
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, key := range set.Keys {
		if !key.Valid() || !key.IsPublic() || key.Algorithm != "ES256" || key.Use != "sig" {
			t.Errorf("published: %+v", key)
		}
		ids = append(ids, key.KeyID)
	}
	return ids
}

func TestOpen_makes_the_first_key_once(t *testing.T) {
	w := newWorld(t)
	if got := states(w.Keyring); got != "active" {
		t.Fatalf("states = %s", got)
	}
	raw := w.session(t, w.Keyring)
	again := w.open(t)
	if again.Current().Key() != w.Current().Key() || !w.verifies(again, raw) {
		t.Error("a restart makes another key")
	}
	if bytes.Contains(w.db.rows[0].Sealed, []byte("PRIVATE")) || len(w.db.rows[0].Sealed) < 100 {
		t.Error("the private part is not sealed")
	}
}

// TestA239_two_nodes_make_the_first_key: one key wins, and all nodes sign with it.
func TestA239_two_nodes_make_the_first_key(t *testing.T) {
	w := newWorld(t)
	w.db.rows, w.db.first = nil, nil
	nodes := make([]*Keyring, 8)
	var wg sync.WaitGroup
	for i := range nodes {
		wg.Go(func() {
			k, err := Open(t.Context(), w.o)
			if err != nil {
				t.Error(err)
			}
			nodes[i] = k
		})
	}
	wg.Wait()
	if len(w.db.rows) != 1 {
		t.Fatalf("%d keys", len(w.db.rows))
	}
	for i, k := range nodes {
		if k.Current().Key() != w.db.rows[0].ID {
			t.Errorf("node %d signs with another key", i)
		}
	}
}

// TestA197_a_key_is_published_before_it_signs and goes only after the last token that it signed.
func TestA197_a_key_is_published_before_it_signs(t *testing.T) {
	w := newWorld(t)
	old := w.Current().Key()
	next, err := w.Rotate(t.Context(), audit.Operator)
	if err != nil {
		t.Fatal(err)
	}
	if next.State != Staged || next.Active.Sub(next.Created) < CacheTime {
		t.Errorf("the new key is %s, %s before it signs", next.State, next.Active.Sub(next.Created))
	}
	both := []string{old.String(), next.ID.String()}
	for _, c := range []struct {
		at     time.Duration
		signs  id.Key
		states string
		jwks   []string
	}{
		{0, old, "active staged", both},
		{stagedTime - time.Second, old, "active staged", both},
		{stagedTime, next.ID, "retired active", both},
		{stagedTime + token.MaxLife, next.ID, "retired active", both},
		{stagedTime + trustTime - time.Second, next.ID, "retired active", both},
		{stagedTime + trustTime, next.ID, "expired active", both[1:]},
		{10 * 365 * 24 * time.Hour, next.ID, "expired active", both[1:]},
		{0, old, "active staged", both}, // the clock stepped back
		{-time.Hour, old, "active staged", both},
	} {
		w.clock.Advance(noon.Add(c.at).Sub(w.clock.Now()))
		if got := w.Current().Key(); got != c.signs {
			t.Errorf("after %s, %s signs", c.at, got)
		}
		if got := states(w.Keyring); got != c.states {
			t.Errorf("after %s: %s, want %s", c.at, got, c.states)
		}
		if got := published(t, w.Keyring); !slices.Equal(got, c.jwks) {
			t.Errorf("after %s, published are %v, want %v", c.at, got, c.jwks)
		}
	}
}

// TestA238_rotation: two nodes, of which one learns of new keys late; rotation as often as it can be asked for. No token
// fails, and no key signs that the JWKS of both did not have.
func TestA238_rotation(t *testing.T) {
	w := newWorld(t)
	late := w.open(t)
	var live []string
	rotations := 0
	for i := range 120 {
		w.clock.Advance(30 * time.Second)
		if _, err := w.Rotate(t.Context(), audit.Operator); err == nil {
			rotations++
		} else if !errors.Is(err, ErrStaged) {
			t.Fatal(err)
		}
		if i%4 == 0 {
			if err := late.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range []*Keyring{w.Keyring, late} {
			live = append(live, w.session(t, k))
			if !slices.Contains(published(t, late), k.Current().Key().String()) {
				t.Fatalf("round %d: a key signs that is not published everywhere", i)
			}
		}
		live = live[max(0, len(live)-48):] // longer than a key is staged
		for _, raw := range live {
			if !w.verifies(w.Keyring, raw) || !w.verifies(late, raw) {
				t.Fatalf("round %d: a live token does not verify", i)
			}
		}
		if w.Current().Key() != late.Current().Key() {
			t.Fatalf("round %d: the nodes disagree", i)
		}
	}
	if rotations < 5 {
		t.Errorf("%d rotations in an hour", rotations)
	}
}

// TestA242_a_leaked_key: one call, and the key is nowhere: tokens void here at once and elsewhere by the mark, gone from
// the JWKS, a new key signing.
func TestA242_a_leaked_key(t *testing.T) {
	w := newWorld(t)
	leaked := w.Current().Key()
	raw := w.session(t, w.Keyring)
	w.clock.Advance(time.Hour)
	if _, err := w.Rotate(t.Context(), audit.Operator); err != nil {
		t.Fatal(err)
	}
	signs, err := w.Revoke(t.Context(), audit.Operator, leaked, "laptop stolen")
	if err != nil {
		t.Fatal(err)
	}
	if w.verifies(w.Keyring, raw) {
		t.Error("its tokens still verify")
	}
	if signs.ID == leaked || signs.State != Active || w.Current().Key() != signs.ID {
		t.Errorf("%s signs, %s", signs.ID, signs.State)
	}
	if got := states(w.Keyring); got != "revoked active staged" {
		t.Errorf("states = %s", got)
	}
	if slices.Contains(published(t, w.Keyring), leaked.String()) {
		t.Error("it is still published")
	}
	if len(w.db.marks) != 1 || w.db.marks[0].Subject != (mark.Subject{Key: leaked}) || w.db.marks[0].Until.Before(noon.Add(time.Hour+token.MaxLife)) {
		t.Errorf("marks = %+v", w.db.marks)
	}
	act := w.db.acts[len(w.db.acts)-1]
	if act.Action != "key.revoke" || act.Detail["reason"] != "laptop stolen" || act.Detail["new_key"] != signs.ID.String() {
		t.Errorf("audit = %+v", act)
	}
	if !w.verifies(w.open(t), w.session(t, w.Keyring)) {
		t.Error("after a restart the new key's tokens do not verify")
	}
	if _, err := w.Revoke(t.Context(), audit.Operator, leaked, ""); !errors.Is(err, ErrRevoked) {
		t.Errorf("revoked twice: %v", err)
	}
	if _, err := w.Revoke(t.Context(), audit.Operator, entropy.ID[id.Key](), ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoking a key that is none: %v", err)
	}
}

// TestRevoke_in_every_state: what was retired stays retired, and there is always exactly one key that signs.
func TestRevoke_in_every_state(t *testing.T) {
	revoke := func(w *world, at int) string {
		t.Helper()
		if _, err := w.Revoke(t.Context(), audit.Operator, w.Keys()[at].ID, ""); err != nil {
			t.Fatal(err)
		}
		return states(w.Keyring)
	}
	rotated := func(wait time.Duration) *world {
		w := newWorld(t)
		if _, err := w.Rotate(t.Context(), audit.Operator); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(wait)
		return w
	}
	if got, want := revoke(newWorld(t), 0), "revoked active"; !sameStates(got, want) {
		t.Errorf("the first key, in its first second: %s, want %s", got, want)
	}
	if got, want := revoke(rotated(time.Minute), 1), "active revoked"; got != want {
		t.Errorf("a staged key: %s, want %s", got, want)
	}
	if got, want := revoke(rotated(time.Hour), 0), "revoked active"; got != want {
		t.Errorf("a retired key: %s, want %s", got, want)
	}
	if got, want := revoke(rotated(time.Hour), 1), "retired revoked active"; got != want {
		t.Errorf("an active key: %s, want %s", got, want)
	}
	w := rotated(100 * time.Hour)
	if got, want := revoke(w, 1), "expired revoked active"; got != want {
		t.Errorf("an active key, long after: %s, want %s", got, want)
	}
	// A staged key that was withdrawn leaves no end behind: the one before it goes on, and can be rotated again.
	w = rotated(time.Minute)
	revoke(w, 1)
	if _, err := w.Rotate(t.Context(), audit.Operator); err != nil {
		t.Error(err)
	}
}

// sameStates compares without order, which among keys of one second is by id.
func sameStates(got, want string) bool {
	g, w := strings.Fields(got), strings.Fields(want)
	slices.Sort(g)
	slices.Sort(w)
	return slices.Equal(g, w)
}

// TestA235_a_node_whose_clock_runs_behind signs and verifies from the first moment on.
func TestA235_a_node_whose_clock_runs_behind(t *testing.T) {
	w := newWorld(t)
	o := w.o
	o.Clock = clock.NewFake(noon.Add(-token.Skew))
	behind, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if behind.Current().Key() != w.Current().Key() {
		t.Error("it signs with another key")
	}
	if got := states(behind); got != "active" {
		t.Errorf("states = %s", got)
	}
	if _, err := behind.Verifier().Session(w.session(t, w.Keyring), o.Clock.Now()); err != nil {
		t.Error(err)
	}
}

// TestA240_keys_that_do_not_open: another master key, a row copied over another, a damaged row: no start, and no fresh
// key that would hide it.
func TestA240_keys_that_do_not_open(t *testing.T) {
	other, err := seal.OpenFile(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	o := w.o
	o.Sealer = other
	if _, err := Open(t.Context(), o); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another master key: %v", err)
	}
	if _, err := w.Rotate(t.Context(), audit.Operator); err != nil {
		t.Fatal(err)
	}
	whole := slices.Clone(w.db.rows)
	for what, tamper := range map[string]func(){
		"sealed parts swapped":  func() { w.db.rows[0].Sealed, w.db.rows[1].Sealed = whole[1].Sealed, whole[0].Sealed },
		"public parts swapped":  func() { w.db.rows[0].Public, w.db.rows[1].Public = whole[1].Public, whole[0].Public },
		"a sealed part cut":     func() { w.db.rows[0].Sealed = whole[0].Sealed[:50] },
		"a sealed part missing": func() { w.db.rows[1].Sealed = nil },
		"a public part missing": func() { w.db.rows[0].Public = nil },
		"another's public key": func() {
			foreign, err := w.make(noon, noon)
			if err != nil {
				t.Fatal(err)
			}
			w.db.rows[0].Public = bytes.Replace(foreign.Public, []byte(foreign.ID.String()), []byte(whole[0].ID.String()), 1)
		},
		"no keys though there were": func() { w.db.rows = nil },
		"only a revoked key": func() {
			w.db.rows = w.db.rows[:1]
			w.db.rows[0].Revoked = true
		},
	} {
		w.db.rows = slices.Clone(whole)
		tamper()
		if _, err := Open(t.Context(), w.o); err == nil {
			t.Errorf("%s: it starts", what)
		}
	}
}

// TestA241_a_store_that_is_down: what is loaded goes on.
func TestA241_a_store_that_is_down(t *testing.T) {
	w := newWorld(t)
	raw := w.session(t, w.Keyring)
	w.db.down = errors.New("disk is gone")
	if err := w.Reload(t.Context()); err == nil {
		t.Error("Reload says nothing")
	}
	if !w.verifies(w.Keyring, raw) || !w.verifies(w.Keyring, w.session(t, w.Keyring)) {
		t.Error("it does not go on")
	}
	if _, err := w.Rotate(t.Context(), audit.Operator); err == nil {
		t.Error("Rotate says nothing")
	}
}

// TestA243_no_private_part_in_what_is_published or kept in the clear.
func TestA243_no_private_part(t *testing.T) {
	w := newWorld(t)
	answer := httptest.NewRecorder()
	w.JWKS().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/.well-known/jwks.json", nil))
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%s, %v", answer.Body, err)
	}
	for name := range set.Keys[0] {
		if !slices.Contains([]string{"kty", "use", "alg", "kid", "crv", "x", "y"}, name) {
			t.Errorf("published: %s", name)
		}
	}
}

func TestRotate_two_nodes_at_the_same_moment(t *testing.T) {
	// Two keys were staged by transactions that did not see each other, and nobody gave the first an end.
	w := newWorld(t)
	for range 2 {
		key, err := w.make(noon, noon.Add(stagedTime))
		if err != nil {
			t.Fatal(err)
		}
		w.db.rows = append(w.db.rows, key)
	}
	if err := w.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(stagedTime)
	if got := states(w.Keyring); got != "retired retired active" {
		t.Errorf("states = %s", got)
	}
	w.clock.Advance(trustTime)
	if got := len(published(t, w.Keyring)); got != 1 {
		t.Errorf("%d keys are published after the others' time", got)
	}
}

func TestJWKS_can_be_cached(t *testing.T) {
	w := newWorld(t)
	get := func(method, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/.well-known/jwks.json", nil)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		answer := httptest.NewRecorder()
		w.JWKS().ServeHTTP(answer, r)
		return answer
	}
	first := get(http.MethodGet, "")
	tag := first.Header().Get("ETag")
	if first.Code != 200 || tag == "" || first.Header().Get("Cache-Control") != "public, max-age=300" ||
		first.Header().Get("Content-Type") != "application/jwk-set+json" {
		t.Errorf("%d %v", first.Code, first.Header())
	}
	for _, sent := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		if got := get(http.MethodGet, sent); got.Code != http.StatusNotModified || got.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: %d", sent, got.Code)
		}
	}
	if got := get(http.MethodGet, `"x"`); got.Code != 200 {
		t.Errorf("another tag: %d", got.Code)
	}
	if got := get(http.MethodPost, ""); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") == "" {
		t.Errorf("POST: %d", got.Code)
	}
	if _, err := w.Rotate(t.Context(), audit.Operator); err != nil {
		t.Fatal(err)
	}
	if got := get(http.MethodGet, tag); got.Code != 200 {
		t.Errorf("after a rotation: %d", got.Code)
	}
}

func BenchmarkCurrent(b *testing.B) {
	w := newWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		if w.Current() == nil || w.Verifier() == nil {
			b.Fatal("nothing")
		}
	}
}
