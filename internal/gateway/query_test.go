package gateway

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"prokura/internal/reserved"
)

// What is forwarded says the same as what was sent, to Go's parser, and has only one spelling.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"a=1&a=2", "filter=name:eq:x%20y", "a=%", "a;b", "+=+", "&&=&", "a=%C3%A4&b=ü", "a==b", "%00=%ff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := requery(raw)
		if err != nil {
			return
		}
		want, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatalf("%q was read, and net/url says %v", raw, err)
		}
		have, err := url.ParseQuery(got)
		if err != nil || !reflect.DeepEqual(have, want) {
			t.Errorf("%q became %q: %v, want %v (%v)", raw, got, have, want, err)
		}
		if again, err := requery(got); err != nil || again != got {
			t.Errorf("%q became %q and then %q, %v", raw, got, again, err)
		}
		for i := range len(got) {
			if c := got[i]; !plain[c] && c != '%' && c != '=' && c != '&' {
				t.Errorf("%q became %q with %q in it", raw, got, c)
			}
		}
	})
}

func TestAllowed_only_the_names_of_the_table_pass(t *testing.T) {
	a := allow(requestHeaders[:], []string{"x-extra"})
	from := http.Header{"": {"x"}, "X": {"x"}, "X_extra": {"x"}, "Accept_encoding": {"x"}, "Cookie": {"x"}}
	want := http.Header{"X-Extra": {"1"}}
	from["X-Extra"] = want["X-Extra"]
	for _, name := range requestHeaders {
		from.Set(name, "v")
		want.Set(name, "v")
	}
	for _, to := range []http.Header{nil, {}} {
		if got := a.pass(to, from, 1); !reflect.DeepEqual(got, want) {
			t.Errorf("passed %v, want %v", got, want)
		}
	}
}

func TestTables_hold_nothing_that_never_passes(t *testing.T) {
	for _, table := range [][]string{requestHeaders[:], responseHeaders[:]} {
		for _, name := range table {
			// An answer's own length may pass: net/http holds the body to it.
			if reserved.Header(name) && name != "Content-Length" || http.CanonicalHeaderKey(name) != name {
				t.Errorf("%s stands in a table", name)
			}
		}
	}
}

// TestA133_no_parameter_changes_the_verb: nor does one that is escaped, or in another case.
func TestA133_no_parameter_changes_the_verb(t *testing.T) {
	for _, raw := range []string{"_method=DELETE", "a=1&_method=DELETE", "_METHOD=DELETE&a=1", "%5Fmethod=DELETE", "_meth%6Fd=PUT",
		"_method", "x-http-method-override=DELETE", "X%2DHTTP-Method-Override=DELETE"} {
		if got, err := requery(raw); err == nil {
			t.Errorf("requery(%q) = %q, want a refusal", raw, got)
		}
	}
	for _, raw := range []string{"method=DELETE", "a=_method", "_methods=1", "filter=name:eq:_method"} {
		if _, err := requery(raw); err != nil {
			t.Errorf("requery(%q): %v", raw, err)
		}
	}
}
