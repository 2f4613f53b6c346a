package form

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"prokura/internal/refusal"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		body string
		want map[string]string
		flaw refusal.Flaw
	}{
		{"", map[string]string{}, ""},
		{"a=1&b=2", map[string]string{"a": "1", "b": "2"}, ""},
		{"a=x+y%20z&b=%C3%A4", map[string]string{"a": "x y z", "b": "ä"}, ""},
		{"a&b=", map[string]string{"a": "", "b": ""}, ""},
		{"a=b=c", map[string]string{"a": "b=c"}, ""},
		{"a=1&a=2", nil, refusal.HasTwice},
		{"a=&%61=2", nil, refusal.HasTwice},
		{"a=1&", nil, refusal.IsEmpty},
		{"=1", nil, refusal.IsEmpty},
		{"a=1;b=2", nil, refusal.Semicolon},
		{"a=%", nil, refusal.EscapeBroken},
		{"a=%4", nil, refusal.EscapeBroken},
		{"a=%zz", nil, refusal.EscapeBroken},
		{"a=%00", nil, refusal.ControlChar},
		{"a=%0d%0aX: y", nil, refusal.ControlChar},
		{"a=\x7f", nil, refusal.ControlChar},
		{"a=%ff", nil, refusal.NotUTF8},
		{"a=\xc3\x28", nil, refusal.NotUTF8},
		{strings.Repeat("a&", maxParameters), nil, refusal.TooManyParams},
	} {
		v, why := Parse(tt.body)
		if (why == nil) != (tt.flaw == "") || why != nil && why.Flaw != tt.flaw {
			t.Errorf("Parse(%q): %v, want %q", tt.body, why, tt.flaw)
			continue
		}
		for name, want := range tt.want {
			if !v.Has(name) || v.Get(name) != want {
				t.Errorf("Parse(%q): %s is %q, want %q", tt.body, name, v.Get(name), want)
			}
		}
		if len(v.pairs) != len(tt.want) {
			t.Errorf("Parse(%q) has %d parameters", tt.body, len(v.pairs))
		}
	}
}

// TestA066_parameters_come_from_the_body alone.
func TestA066_parameters_come_from_the_body(t *testing.T) {
	read := func(method, target, body string, header ...string) (Values, error) {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", Media)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return Read(httptest.NewRecorder(), r, 100)
	}
	v, err := read("POST", "/", "a=1")
	if err != nil || v.Get("a") != "1" {
		t.Fatalf("%v, %v", v, err)
	}
	for name, got := range map[string]struct {
		err  error
		want refusal.Code
	}{
		"GET":             {second(read("GET", "/?a=1", "")), refusal.VerbNotAllowed},
		"a query":         {second(read("POST", "/?a=1", "b=2")), refusal.FormUnreadable},
		"an empty query":  {second(read("POST", "/?", "b=2")), refusal.FormUnreadable},
		"another type":    {second(read("POST", "/", "a=1", "Content-Type", "text/plain")), refusal.MediaTypeUnsupported},
		"utf-7":           {second(read("POST", "/", "a=1", "Content-Type", Media+"; charset=utf-7")), refusal.MediaTypeUnsupported},
		"packed":          {second(read("POST", "/", "a=1", "Content-Encoding", "gzip")), refusal.MediaTypeUnsupported},
		"a body too long": {second(read("POST", "/", "a="+strings.Repeat("b", 100))), refusal.BodyTooLarge},
		"a broken one":    {second(read("POST", "/", "a=%")), refusal.FormUnreadable},
	} {
		if c := refusal.Of(got.err).First().Code; c != got.want {
			t.Errorf("%s: %v, want %s", name, got.err, got.want)
		}
	}
}

func second(_ Values, err error) error { return err }

// A drip is a body that ends early.
func TestRead_aBodyThatEndsEarly(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", broken{})
	r.Header.Set("Content-Type", Media)
	_, err := Read(httptest.NewRecorder(), r, 0)
	if f := refusal.Of(err).First(); f.Code != refusal.FormUnreadable || f.Why.Flaw != refusal.EndedEarly {
		t.Errorf("%v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, http.ErrBodyReadAfterClose }

// FuzzParse: whatever is read is read alike by net/url, and no name stands in it twice.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"grant_type=authorization_code&code=pkc_x", "a=%C3%A4+b", "a=1&a=2", "a=%zz", "a;b", "&", "=", "a=%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		v, why := Parse(body)
		if why != nil {
			if len(v.pairs) != 0 {
				t.Fatal("half a form")
			}
			return
		}
		other, err := url.ParseQuery(body)
		if err != nil {
			t.Fatalf("net/url refuses %q: %v", body, err)
		}
		if len(other) != len(v.pairs) {
			t.Fatalf("%d parameters, net/url reads %d", len(v.pairs), len(other))
		}
		for name, values := range other {
			if len(values) != 1 || v.Get(name) != values[0] {
				t.Fatalf("%q: %q, net/url reads %q", name, v.Get(name), values)
			}
		}
	})
}
