package keyring

import (
	"bytes"
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
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
	"prokura/internal/token"
)

const issuer = "https://prokura.example"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a node: database, master key file, clock.
type world struct {
	*Keyring
	db    *sqlite.Store
	clock *clock.Fake
	o     Options
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	sealer, err := seal.OpenFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{clock: clock.NewFake(noon)}
	if w.db, err = sqlite.Open(t.Context(), sqlite.Options{Path: testsqlite.File(t, dir), Clock: w.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	w.o = Options{Store: w.db, Sealer: sealer, Clock: w.clock, Issuer: issuer}
	return w
}

// start is newWorld with a keyring.
func start(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
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

// rows are the keys as they are stored.
func (w *world) rows(t testing.TB) []store.Key {
	t.Helper()
	var rows []store.Key
	err := w.db.View(t.Context(), func(r store.Reader) error {
		var err error
		rows, err = r.ListKeys()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// replace stores other keys in place of those that are stored.
func (w *world) replace(t testing.TB, rows []store.Key) {
	t.Helper()
	was := w.rows(t)
	err := w.db.Tend(t.Context(), func(u store.Upkeep) error {
		for _, r := range was {
			if err := u.DeleteKey(r.ID); err != nil {
				return err
			}
		}
		for _, r := range rows {
			if err := u.AddKey(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lastAct is the newest entry of the vendor's own audit book.
func (w *world) lastAct(t testing.TB) audit.Act {
	t.Helper()
	var entries []audit.Entry
	err := w.db.View(t.Context(), func(r store.Reader) error {
		var err error
		entries, err = r.ListAudit(id.Tenant{}, id.Entry{}, 1)
		return err
	})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	return entries[0].Act
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
	w := start(t)
	if got := states(w.Keyring); got != "active" {
		t.Fatalf("states = %s", got)
	}
	raw := w.session(t, w.Keyring)
	again := w.open(t)
	if again.Current().Key() != w.Current().Key() || !w.verifies(again, raw) {
		t.Error("a restart makes another key")
	}
	if rows := w.rows(t); len(rows) != 1 || len(rows[0].Sealed) < 100 {
		t.Errorf("stored are %d keys", len(rows))
	}
}

// TestA239_two_nodes_make_the_first_key: one key wins, and all nodes sign with it.
func TestA239_two_nodes_make_the_first_key(t *testing.T) {
	w := newWorld(t)
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
	rows := w.rows(t)
	if len(rows) != 1 || t.Failed() {
		t.Fatalf("%d keys", len(rows))
	}
	for i, k := range nodes {
		if k.Current().Key() != rows[0].ID {
			t.Errorf("node %d signs with another key", i)
		}
	}
}

// TestA197_a_key_is_published_before_it_signs and goes only after the last token that it signed.
func TestA197_a_key_is_published_before_it_signs(t *testing.T) {
	w := start(t)
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
	w := start(t)
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

// TestRotate_deletes_what_has_expired: to the second, revoked keys too, and nothing else changes.
func TestRotate_deletes_what_has_expired(t *testing.T) {
	w := start(t)
	late := w.open(t)
	at := func(d time.Duration) { w.clock.Advance(noon.Add(d).Sub(w.clock.Now())) }
	rotate := func() Key {
		t.Helper()
		key, err := w.Rotate(t.Context(), audit.Operator)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	stored := func(want ...id.Key) {
		t.Helper()
		var got []id.Key
		for _, r := range settle(w.rows(t)) {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %s, stored are %v, want %v", w.clock.Now().Sub(noon), got, want)
		}
	}
	first := w.Current().Key()
	second := rotate().ID // the first expires at stagedTime + trustTime
	at(time.Hour)
	spare, err := w.Revoke(t.Context(), audit.Operator, second, "laptop stolen") // expires at an hour + trustTime
	if err != nil {
		t.Fatal(err)
	}
	stored(first, second, spare.ID)

	at(stagedTime + trustTime - time.Second)
	third := rotate().ID
	stored(first, second, spare.ID, third)

	at(stagedTime + trustTime + stagedTime)
	fourth := rotate().ID
	stored(second, spare.ID, third, fourth)
	live := w.session(t, w.Keyring)

	at(time.Hour + trustTime)
	fifth := rotate().ID
	stored(spare.ID, third, fourth, fifth)
	if got := states(w.Keyring); got != "retired retired active staged" {
		t.Errorf("states = %s", got)
	}
	if err := late.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if states(late) != states(w.Keyring) || !w.verifies(w.Keyring, live) || !w.verifies(late, live) {
		t.Error("the nodes disagree, or a live token does not verify")
	}
}

// TestA242_a_leaked_key: one call, and the key is nowhere: tokens void here at once and elsewhere by the mark, gone from
// the JWKS, a new key signing.
func TestA242_a_leaked_key(t *testing.T) {
	w := start(t)
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
	marks, _, err := w.db.Marks(t.Context())
	if err != nil || len(marks) != 1 || marks[0].Subject != (mark.Subject{Key: leaked}) ||
		marks[0].Until.Before(noon.Add(time.Hour+token.MaxLife)) {
		t.Errorf("marks = %+v, %v", marks, err)
	}
	act := w.lastAct(t)
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
		w := start(t)
		if _, err := w.Rotate(t.Context(), audit.Operator); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(wait)
		return w
	}
	if got, want := revoke(start(t), 0), "revoked active"; !sameStates(got, want) {
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
	w := start(t)
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
	w := start(t)
	o := w.o
	o.Sealer = other
	if _, err := Open(t.Context(), o); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another master key: %v", err)
	}
	if _, err := w.Rotate(t.Context(), audit.Operator); err != nil {
		t.Fatal(err)
	}
	whole := w.rows(t)
	foreign, err := w.make(noon, noon)
	if err != nil {
		t.Fatal(err)
	}
	for what, tamper := range map[string]func(rows []store.Key) []store.Key{
		"sealed parts swapped": func(rows []store.Key) []store.Key {
			rows[0].Sealed, rows[1].Sealed = whole[1].Sealed, whole[0].Sealed
			return rows
		},
		"public parts swapped": func(rows []store.Key) []store.Key {
			rows[0].Public, rows[1].Public = whole[1].Public, whole[0].Public
			return rows
		},
		"a sealed part cut":     func(rows []store.Key) []store.Key { rows[0].Sealed = whole[0].Sealed[:50]; return rows },
		"a sealed part missing": func(rows []store.Key) []store.Key { rows[1].Sealed = nil; return rows },
		"a public part missing": func(rows []store.Key) []store.Key { rows[0].Public = nil; return rows },
		"another's public key": func(rows []store.Key) []store.Key {
			rows[0].Public = bytes.Replace(foreign.Public, []byte(foreign.ID.String()), []byte(whole[0].ID.String()), 1)
			return rows
		},
		"no keys though there were": func([]store.Key) []store.Key { return nil },
		"only a revoked key":        func(rows []store.Key) []store.Key { rows[0].Revoked = true; return rows[:1] },
	} {
		w.replace(t, tamper(slices.Clone(whole)))
		if _, err := Open(t.Context(), w.o); err == nil {
			t.Errorf("%s: it starts", what)
		}
	}
	w.replace(t, whole)
	w.open(t)
}

// TestA241_a_store_that_is_down: what is loaded goes on.
func TestA241_a_store_that_is_down(t *testing.T) {
	w := start(t)
	raw := w.session(t, w.Keyring)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
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
	w := start(t)
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
	w := start(t)
	rows := w.rows(t)
	for range 2 {
		key, err := w.make(noon, noon.Add(stagedTime))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, key)
	}
	w.replace(t, rows)
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
	w := start(t)
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
	w := start(b)
	b.ReportAllocs()
	for b.Loop() {
		if w.Current() == nil || w.Verifier() == nil {
			b.Fatal("nothing")
		}
	}
}
