package audit

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"prokura/internal/id"
	"prokura/internal/mark"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newRecord() Record {
	return Record{Entry: Entry{ID: id.Entry{}.From([16]byte{1}), At: noon, Act: Act{Tenant: id.Tenant{}.From([16]byte{2}),
		Actor: Actor{Kind: "user", ID: "u-1", Name: "ada", From: "192.0.2.1"}, Action: "user.update", Target: "user u-2", Reason: "asked for",
		Detail: map[string]string{"a": "1", "b": "2"}, Before: map[string]string{"name": "bea"}, After: map[string]string{"name": "cy"}}},
		State: mark.Number{Epoch: 1, N: 7}, Salt: bytes.Repeat([]byte{9}, SaltSize)}
}

func leafOf(t *testing.T, r Record) tlog.Hash {
	t.Helper()
	h, err := r.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestLeaf_holds_everything: whatever is changed, the leaf is another.
func TestLeaf_holds_everything(t *testing.T) {
	seen := map[string]string{leafOf(t, newRecord()).String(): "nothing"}
	for what, change := range map[string]func(*Record){
		"id":                           func(r *Record) { r.ID = id.Entry{}.From([16]byte{3}) },
		"book":                         func(r *Record) { r.Act.Tenant = id.Tenant{} },
		"time":                         func(r *Record) { r.At = r.At.Add(time.Second) },
		"state":                        func(r *Record) { r.State.N++ },
		"actor's kind":                 func(r *Record) { r.Act.Actor.Kind = "client" },
		"actor's id":                   func(r *Record) { r.Act.Actor.ID = "u-9" },
		"actor's name":                 func(r *Record) { r.Act.Actor.Name = "eve" },
		"address":                      func(r *Record) { r.Act.Actor.From = "192.0.2.2" },
		"action":                       func(r *Record) { r.Act.Action = "user.delete" },
		"target":                       func(r *Record) { r.Act.Target = "user u-3" },
		"reason":                       func(r *Record) { r.Act.Reason = "" },
		"a detail":                     func(r *Record) { r.Act.Detail["a"] = "2" },
		"a detail's name":              func(r *Record) { r.Act.Detail = map[string]string{"a": "1", "c": "2"} },
		"details swapped":              func(r *Record) { r.Act.Detail = map[string]string{"a": "2", "b": "1"} },
		"a detail more":                func(r *Record) { r.Act.Detail["c"] = "" },
		"before":                       func(r *Record) { r.Act.Before["name"] = "x" },
		"after":                        func(r *Record) { r.Act.After["name"] = "x" },
		"before and after exchanged":   func(r *Record) { r.Act.Before, r.Act.After = r.Act.After, r.Act.Before },
		"text moved to the next field": func(r *Record) { r.Act.Action, r.Act.Target = "user.updateuser", " u-2" },
		"salt":                         func(r *Record) { r.Salt[0]++ },
	} {
		r := newRecord()
		r.Act.Detail, r.Act.Before, r.Act.After = maps.Clone(r.Act.Detail), maps.Clone(r.Act.Before), maps.Clone(r.Act.After)
		change(&r)
		h := leafOf(t, r).String()
		if other, ok := seen[h]; ok {
			t.Errorf("%s changed gives the leaf of %s", what, other)
		}
		seen[h] = what
	}
}

// TestA260_erasing_keeps_the_leaf, also when it is done again, and nothing may stand in the place of what was erased.
func TestA260_erasing_keeps_the_leaf(t *testing.T) {
	r := newRecord()
	want := leafOf(t, r)
	for _, step := range []struct {
		labels []string
		erased bool
	}{{nil, false}, {[]string{"nothing"}, false}, {[]string{"actor_name", "before.name"}, true}, {[]string{"actor_name"}, false},
		{[]string{"from", "reason", "detail.a"}, true}} {
		erased, err := r.Erase(step.labels)
		if err != nil || erased != step.erased {
			t.Errorf("erasing %v: %v, %v", step.labels, erased, err)
		}
		if got := leafOf(t, r); got != want {
			t.Errorf("after erasing %v the leaf is another", step.labels)
		}
	}
	if want := []string{"actor_name", "before.name", "detail.a", "from", "reason"}; !slices.Equal(r.Erased, want) {
		t.Errorf("erased are %v, want %v", r.Erased, want)
	}
	a := r.Act
	if a.Actor != (Actor{Kind: "user", ID: "u-1"}) || a.Reason != "" || a.Detail["a"] != "" || a.Detail["b"] != "2" || a.Before["name"] != "" || a.After["name"] != "cy" {
		t.Errorf("left is %+v", a)
	}
	if bytes.Contains(r.Salt, bytes.Repeat([]byte{9}, SaltSize)) {
		t.Error("the salt is still there")
	}
	r.Act.Detail["b"] = "3"
	if leafOf(t, r) == want {
		t.Error("what was not erased can be changed")
	}
	r.Act.Detail["b"] = "2"
	r.Act.Actor.Name = "eve"
	if _, err := r.Leaf(); err == nil {
		t.Error("a name stands in the place of the erased one")
	}
	r.Salt = []byte("{")
	if _, err := r.Leaf(); err == nil {
		t.Error("a damaged salt was used")
	}
}

func TestChange_answers_only_what_differs(t *testing.T) {
	was, is := Change(map[string]string{"same": "1", "gone": "2", "other": "3"}, map[string]string{"same": "1", "other": "4", "new": ""})
	if !maps.Equal(was, map[string]string{"gone": "2", "other": "3"}) || !maps.Equal(is, map[string]string{"other": "4", "new": ""}) {
		t.Errorf("was %v, is %v", was, is)
	}
}

func TestActor_comes_from_where_the_request_came_from(t *testing.T) {
	ctx := Received(context.Background(), "192.0.2.1")
	if got := Operator.In(ctx); got.From != "192.0.2.1" || Operator.From != "" {
		t.Errorf("the operator: %+v", got)
	}
	if got := System.In(ctx); got != System {
		t.Errorf("the system: %+v", got)
	}
	if got := Operator.In(context.Background()); got != Operator {
		t.Errorf("without a request: %+v", got)
	}
}

func newSigner(t testing.TB, seed byte) *Signer {
	t.Helper()
	s, err := NewSigner("prokura.example/audit", bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestA257_statements: a note says what was signed, of its kind only, and by its key only.
func TestA257_statements(t *testing.T) {
	s := newSigner(t, 1)
	st := Statement{Kind: Checkpoint, Size: 42, Root: tlog.Hash{7}, At: noon}
	note, err := s.Sign(st)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ParseVerifier(s.String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open(Checkpoint, note); err != nil || got != st {
		t.Errorf("read back: %+v, %v", got, err)
	}
	for what, bad := range map[string][]byte{
		"edited": bytes.Replace(note, []byte("\n42\n"), []byte("\n43\n"), 1), "empty": nil, "long": bytes.Repeat([]byte("x"), maxNote+1),
		"cut": note[:len(note)-9], "two": append(bytes.Clone(note), note...),
	} {
		if got, err := v.Open(Checkpoint, bad); err == nil || got != (Statement{}) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	if _, err := v.Open(Pruned, note); err == nil {
		t.Error("a checkpoint passes for a statement about pruning")
	}
	other := newSigner(t, 2)
	if _, err := other.Open(Checkpoint, note); err == nil {
		t.Error("another key's note passes")
	}
	if _, err := NewSigner("a b", make([]byte, 32)); err == nil {
		t.Error("a name with a space passes")
	}
	if _, err := NewSigner("a", make([]byte, 31)); err == nil {
		t.Error("half a key passes")
	}
	if _, err := ParseVerifier("x"); err == nil || strings.Contains(err.Error(), "x\"") {
		t.Errorf("a key that is none: %v", err)
	}
}

// FuzzOpen: nothing but what was signed is read, and nothing ends the process (A257).
func FuzzOpen(f *testing.F) {
	s := newSigner(f, 1)
	for _, kind := range []string{Checkpoint, Pruned} {
		note, err := s.Sign(Statement{Kind: kind, Size: 1, At: noon})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(note)
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		st, err := s.Open(Checkpoint, msg)
		if err == nil && (st.Size != 1 || !st.At.Equal(noon)) {
			t.Errorf("read as %+v:\n%s", st, msg)
		}
	})
}
