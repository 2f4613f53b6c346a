package strictjson

import (
	"errors"
	"strings"
	"testing"

	"prokura/internal/refusal"
)

// TestA095_two_readings: what two parsers could read differently is refused, by every way in.
func TestA095_two_readings(t *testing.T) {
	for what, doc := range map[string]string{
		"a name twice":                `{"aud":"good","aud":"evil"}`,
		"a name twice, once escaped":  `{"aud":"good","\u0061ud":"evil"}`,
		"a name twice, further down":  `{"x":{"y":1,"y":2}}`,
		"bad UTF-8":                   "{\"aud\":\"\xff\"}",
		"bad UTF-8 in a name":         "{\"\xc0\x80\":1}",
		"a lone surrogate":            `{"aud":"\ud800"}`,
		"a byte order mark":           "\ufeff{}",
		"two documents":               `{}{}`,
		"text after the document":     `{} x`,
		"a comma at the end":          `{"a":1,}`,
		"a comment":                   `{/**/}`,
		"a bare name":                 `{a:1}`,
		"a control character":         "{\"a\":\"\x01\"}",
		"nothing":                     ``,
		"half a document":             `{"a":`,
		"not a number":                `{"a":NaN}`,
		"a number with leading zeros": `{"a":007}`,
	} {
		var v any
		if err := Decode([]byte(doc), 1<<10, &v); err == nil {
			t.Errorf("Decode reads %s: %s", what, doc)
		}
		if _, err := Object([]byte(doc), 1<<10); err == nil {
			t.Errorf("Object reads %s: %s", what, doc)
		}
	}
}

func TestDecode_names_are_exact(t *testing.T) {
	var v struct {
		KID string `json:"kid"`
		SCP string `json:"scp"`
	}
	for _, doc := range []string{`{"KID":"x"}`, "{\"\u212Aid\":\"x\"}", "{\"\u017Fcp\":\"x\"}", `{"other":1}`} {
		err := Decode([]byte(doc), 100, &v)
		name, ok := errors.AsType[*NameError](err)
		if !ok || name.Twice {
			t.Errorf("Decode(%s) = %v, want an unknown name", doc, err)
		}
		if v.KID != "" || v.SCP != "" {
			t.Errorf("Decode(%s) read %+v", doc, v)
		}
	}
	err := Decode([]byte(`{"kid":"a","kid":"b"}`), 100, &v)
	if name, ok := errors.AsType[*NameError](err); !ok || !name.Twice || name.Pointer != "/kid" {
		t.Errorf("a name twice: %v", err)
	}
	if err := Decode([]byte(`{"kid":7}`), 100, &v); err == nil || !strings.Contains(err.Error(), "a JSON number does not fit") {
		t.Errorf("a number for a string: %v", err)
	}
}

// TestA096_deep_and_large: depth and size are bounded before anything is built.
func TestA096_deep_and_large(t *testing.T) {
	deep := func(n int) []byte {
		return []byte(`{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`)
	}
	if _, err := Object(deep(MaxDepth-1), 1<<20); err != nil {
		t.Errorf("%d deep: %v", MaxDepth, err)
	}
	for _, n := range []int{MaxDepth, 10_000, 100_000} {
		if _, err := Object(deep(n), 1<<20); err == nil {
			t.Errorf("%d deep is read", n+1)
		}
	}
	if _, err := Object([]byte(`{"a":"`+strings.Repeat("[", 100)+`\"["}`), 1<<10); err != nil {
		t.Errorf("brackets inside a string count as depth: %v", err)
	}
	if _, err := Object([]byte(`{"a":1}`), 6); err == nil || Reason(err, "").Flaw != refusal.TooLong {
		t.Errorf("7 bytes with a limit of 6: %v", err)
	}
}

func TestObject_hands_out_members(t *testing.T) {
	doc := ` {"a" : "x\u00e4" , "b":[ "1", "2" ],"c":null,"d":["1",2], "e":[]} `
	members, err := Object([]byte(doc), 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	var names, values []string
	for _, m := range members {
		names, values = append(names, m.Name), append(values, string(m.Value))
	}
	if got, want := strings.Join(names, " "), "a b c d e"; got != want {
		t.Errorf("names = %s, want %s", got, want)
	}
	if got, want := strings.Join(values, "|"), `"x\u00e4"|[ "1", "2" ]|null|["1",2]|[]`; got != want {
		t.Errorf("values = %s, want %s", got, want)
	}
	if s, ok := String(members[0].Value); !ok || s != "xä" {
		t.Errorf("String = %q, %v", s, ok)
	}
	if _, ok := String(members[2].Value); ok {
		t.Error("null is a string")
	}
	if l, ok := Strings(members[1].Value, 2); !ok || strings.Join(l, "") != "12" {
		t.Errorf("Strings = %v, %v", l, ok)
	}
	if _, ok := Strings(members[1].Value, 1); ok {
		t.Error("two strings where one is allowed")
	}
	if _, ok := Strings(members[3].Value, 9); ok {
		t.Error("a number is one of the strings")
	}
	if l, ok := Strings(members[4].Value, 9); !ok || l == nil || len(l) != 0 {
		t.Errorf("no strings: %v, %v", l, ok)
	}
}

// TestReason says in both languages what is wrong and where.
func TestReason(t *testing.T) {
	for doc, want := range map[string]refusal.Why{
		`[]`:            {Flaw: refusal.NotObject, In: "x"},
		``:              {Flaw: refusal.NotObject, In: "x"},
		`{"a":1,"a":2}`: {Flaw: refusal.HasTwice, In: "x", Got: "a"},
		`{} {}`:         {Flaw: refusal.GoesOn, In: "x", At: 3},
		`{"a":1,}`:      {Flaw: refusal.JSONMalformed, In: "x", At: 7, Got: "invalid character ',' at start of value"},
		`{"a":"` + strings.Repeat("x", 300) + `"}`: {Flaw: refusal.TooLong, In: "x", Got: "308", Want: "300"},
		strings.Repeat(`{"a":`, MaxDepth+1):        {Flaw: refusal.TooDeep, In: "x", Want: "32"},
	} {
		_, err := Object([]byte(doc), 300)
		if err == nil || Reason(err, "x") != want {
			t.Errorf("%s: %+v, want %+v", doc, err, want)
		}
	}
}

func FuzzObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":"\ud83d\ude00","b":[1,{"c":null}]}`, `{"a":1,"a":2}`, ` {"a" : 1e400 } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		members, err := Object(data, 1<<12)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, m := range members {
			if seen[m.Name] {
				t.Errorf("%q twice in %q", m.Name, data)
			}
			seen[m.Name] = true
			if !m.Value.IsValid() {
				t.Errorf("member %q of %q is %q", m.Name, data, m.Value)
			}
		}
		var v map[string]Value
		if err := Decode(data, 1<<12, &v); err != nil || len(v) != len(members) {
			t.Errorf("Object reads %q with %d members, Decode says %d, %v", data, len(members), len(v), err)
		}
	})
}
