package id

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const sample = "8e1b7172-39c3-4a32-887e-fc2b4119f56d"

func TestParse(t *testing.T) {
	v, err := Parse[User](sample)
	if err != nil || v.String() != sample || v.IsZero() {
		t.Fatalf("%v, %v", v, err)
	}
	for name, s := range map[string]string{
		"empty": "", "upper case": strings.ToUpper(sample), "braces": "{" + sample + "}", "a space": sample + " ", "no hyphens": strings.ReplaceAll(sample, "-", ""),
		"one short": sample[:35], "one more": sample + "0", "no digit": "g" + sample[1:], "a hyphen too many": "-" + sample[1:], "hyphens elsewhere": "8e1b71723-9c3-4a32-887e-fc2b4119f56d",
		"all zero": "00000000-0000-0000-0000-000000000000", "a NUL": "\x00" + sample[1:], "urn": "urn:uuid:" + sample, "other digits": "８e1b7172-39c3-4a32-887e-fc2b4119f56",
	} {
		if v, err := Parse[User](s); err == nil || !v.IsZero() {
			t.Errorf("%s: %q is accepted as %v", name, s, v)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("")
	f.Add("00000000-0000-0000-0000-000000000001")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse[Tenant](s)
		if err == nil && (v.String() != s || v.IsZero()) {
			t.Errorf("%q is read as %q", s, v)
		}
	})
}

func TestOf_travels_as_text_and_is_stored_as_bytes(t *testing.T) {
	type record struct {
		ID   User   `json:"id"`
		None Tenant `json:"none,omitzero"`
	}
	v, _ := Parse[User](sample)
	b, err := json.Marshal(record{ID: v})
	if err != nil || string(b) != `{"id":"`+sample+`"}` {
		t.Errorf("%s, %v", b, err)
	}
	var back record
	if err := json.Unmarshal(b, &back); err != nil || back.ID != v {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"id":"x"}`), &back); err == nil {
		t.Error("x is read")
	}
	if err := json.Unmarshal([]byte(`{"id":""}`), &back); err != nil || !back.ID.IsZero() {
		t.Errorf("the empty text is %v, %v", back.ID, err)
	}
	stored, err := v.Value()
	if err != nil || len(stored.([]byte)) != 16 {
		t.Fatalf("%v, %v", stored, err)
	}
	var read User
	if err := read.Scan(stored); err != nil || read != v {
		t.Errorf("%v, %v", read, err)
	}
	if null, _ := (User{}).Value(); null != nil {
		t.Errorf("zero is stored as %v", null)
	}
	if err := read.Scan(nil); err != nil || !read.IsZero() {
		t.Errorf("NULL is read as %v, %v", read, err)
	}
	for _, bad := range []any{[]byte("short"), sample, 7} {
		if err := read.Scan(bad); err == nil {
			t.Errorf("%v is read", bad)
		}
	}
}

func TestOpaque(t *testing.T) {
	tok := NewOpaque(OperatorToken, [32]byte{1, 2, 3})
	s := tok.Reveal()
	if len(s) != len("pko_")+43 {
		t.Errorf("%q", s)
	}
	back, err := ParseOpaque(OperatorToken, s)
	if err != nil || back != tok || back.Hash() != tok.Hash() || tok.Hash() == NewOpaque(OperatorToken, [32]byte{1, 2, 4}).Hash() {
		t.Errorf("%v, %v", back, err)
	}
	for name, bad := range map[string]string{
		"empty": "", "another kind": "pkx_" + s[4:], "no kind": s[4:], "one short": s[:len(s)-1], "one more": s + "A", "padding": s + "=",
		"a line feed": s[:20] + "\n" + s[21:], "standard alphabet": s[:20] + "+" + s[21:], "bits beyond the end": s[:len(s)-1] + "B", "a space": " " + s,
	} {
		if _, err := ParseOpaque(OperatorToken, bad); err == nil {
			t.Errorf("%s: %q is accepted", name, bad)
		}
	}
}

// TestA243_a_token_is_not_printed by any of the ways in which values reach logs.
func TestA243_a_token_is_not_printed(t *testing.T) {
	tok := NewOpaque(OperatorToken, [32]byte{0xca, 0xfe})
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", tok, "in", struct{ T Opaque }{tok})
	b, _ := json.Marshal(map[string]any{"t": tok})
	secret := tok.Reveal()[4:12]
	for _, out := range []string{fmt.Sprint(tok), fmt.Sprintf("%v %+v %#v %s %q", tok, tok, tok, tok, tok), fmt.Sprintf("%+v", struct{ T Opaque }{tok}), log.String(), string(b)} {
		if strings.Contains(out, secret) || strings.Contains(out, "202 254") || strings.Contains(strings.ToLower(out), "cafe") {
			t.Errorf("printed: %s", out)
		}
	}
}
