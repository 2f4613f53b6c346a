package redirect

import (
	"strings"
	"testing"

	"prokura/internal/refusal"
)

// sends holds Match to an answer: the URI for a yes, nothing for a no.
func sends(t *testing.T, registered, sent, want string) {
	t.Helper()
	got, ok := Match([]string{"https://other.example/cb", registered}, sent)
	if ok != (want != "") || got != want {
		t.Errorf("registered %q, sent %q: %q %v, want %q", registered, sent, got, ok, want)
	}
}

func TestA002_only_the_exact_bytes_match(t *testing.T) {
	const cb = "https://app.example.com/cb"
	sends(t, cb, cb, cb)
	for _, sent := range []string{
		"", cb + "?x=1", cb + "/", "https://app.example.com/CB", "https://app.example.com/cb/../x", "https://app.example.com/cb%2f..%2fx",
		cb + "#f", cb + "?", cb + "#", "https://app.example.com/%63b", "https://app.example.com//cb", cb + " ", " " + cb, cb + "\n", "https://app.example.com/cb;x",
		"https://app.example.com/c", "HTTPS://app.example.com/cb", "http://app.example.com/cb",
	} {
		sends(t, cb, sent, "")
	}
	sends(t, cb+"?x=1", cb+"?x=1", cb+"?x=1")
	sends(t, cb+"?x=1", cb+"?x=2", "")
	if _, ok := Match(nil, cb); ok {
		t.Error("nothing is registered, and something matches")
	}
}

func TestA003_another_host_matches_nothing(t *testing.T) {
	for _, sent := range []string{
		"https://app.example.com@evil.test/cb", "https://evil.test#@app.example.com/cb", `https://app.example.com\@evil.test/cb`,
		"https://app.example.com.evil.test/cb", "https://app.example.com./cb", "https://APP.example.com/cb", "https://app.example.com:443/cb",
		"https://app.example.com:/cb", "https://appxexample.com/cb", "https://user@app.example.com/cb", "https://evil.test/https://app.example.com/cb",
		"https:/app.example.com/cb", "https:app.example.com/cb", "//app.example.com/cb", "https://аpp.example.com/cb", "https://app.example.com\uff0fcb",
	} {
		sends(t, "https://app.example.com/cb", sent, "")
	}
}

// refused holds Parse to refusing with a flaw among those it finds.
func refused(t *testing.T, raw string, public bool, want refusal.Flaw) {
	t.Helper()
	got, flaws := Parse(raw, public)
	for _, w := range flaws {
		if w.Flaw == want {
			return
		}
	}
	t.Errorf("%q: %+v %+v, want %s", raw, got, flaws, want)
}

func accepted(t *testing.T, raw string, public bool) URI {
	t.Helper()
	u, flaws := Parse(raw, public)
	if len(flaws) > 0 || !u.International && u.Text != raw {
		t.Errorf("%q: %+v %+v", raw, u, flaws)
	}
	return u
}

func TestA004_schemes_that_are_no_addresses(t *testing.T) {
	for _, public := range []bool{false, true} {
		for raw, want := range map[string]refusal.Flaw{
			"javascript:alert(1)": refusal.URIScheme, "JavaScript:alert(1)": refusal.URIScheme, "data:text/html,x": refusal.URIScheme, "vbscript:x": refusal.URIScheme,
			"file:///etc/passwd": refusal.URIScheme, "about:blank": refusal.URIScheme, "blob:https://app.example.com/1": refusal.URIScheme, "myapp:/cb": refusal.URIScheme,
			"HTTPS://app.example.com/cb": refusal.URIScheme, "com.Example.app:/cb": refusal.URIScheme, "com..app:/cb": refusal.URIScheme, "com.:/cb": refusal.URIScheme,
			"//evil.test/cb": refusal.URINoScheme, "/cb": refusal.URINoScheme, "cb": refusal.URINoScheme, ":/cb": refusal.URINoScheme, "xyz": refusal.URINoScheme,
			"java\nscript:x": refusal.URINoScheme, " https://app.example.com/cb": refusal.URINoScheme, "1com.app:/cb": refusal.URINoScheme,
			"https:/one-slash": refusal.URINoAuthority, "https:opaque": refusal.URINoAuthority, "https:": refusal.URINoAuthority, "http:127.0.0.1/cb": refusal.URINoAuthority,
			"com.example.app://cb": refusal.URINoAuthority, "com.example.app:cb": refusal.URINoAuthority,
			"https://": refusal.URIHost, "https:///cb": refusal.URIHost, "": refusal.IsEmpty,
		} {
			refused(t, raw, public, want)
		}
	}
	// A scheme of one's own is for those who have no server (RFC 8252 §7.1).
	refused(t, "com.example.app:/cb", false, refusal.URISchemePublic)
	if u := accepted(t, "com.example.app:/oauth2redirect/example", true); !u.Private || u.Loopback {
		t.Errorf("%+v", u)
	}
	sends(t, "com.example.app:/cb", "com.example.app:/cb", "com.example.app:/cb")
	sends(t, "com.example.app:/cb", "com.example.app2:/cb", "")
	sends(t, "https://app.example.com/cb", "javascript:alert(1)", "")
}

func TestA005_what_would_break_a_header(t *testing.T) {
	for raw, want := range map[string]refusal.Flaw{
		"https://app.example.com/cb\r\nX: y": refusal.ControlChar, "https://app.example.com/\tcb": refusal.ControlChar, "https://app.example.com/\x00": refusal.ControlChar,
		"https://app.example.com/cb%0d%0aX": refusal.EscapeControl, "https://app.example.com/cb%00": refusal.EscapeControl, "https://app.example.com/cb?x=%0a": refusal.EscapeControl,
		"https://app.example.com/cb%7F": refusal.EscapeControl, "https://app.example.com/%": refusal.EscapeBroken, "https://app.example.com/%zz": refusal.EscapeBroken,
		"https://app.example.com/%e": refusal.EscapeBroken, "https://app.example.com/%+1": refusal.EscapeBroken, "https://app.example.com/a%2f..%2fb": refusal.EscapeSeparator,
		"https://app.example.com/a%5Cb": refusal.EscapeSeparator, "https://app.example.com/a b": refusal.MustEscape, "https://app.example.com/\"": refusal.MustEscape,
		"https://app.example.com/<x>": refusal.MustEscape, "https://app.example.com/{id}": refusal.MustEscape, "https://app.example.com/\xff": refusal.NotUTF8,
		"https://app.example.com/ü": refusal.BeyondASCII, `https://app.example.com/a\b`: refusal.Backslash, `https://app.example.com\@evil.test/`: refusal.Backslash,
		"https://app.example.com/" + strings.Repeat("x", MaxLength): refusal.TooLong, "https://app.exam\nple.com/": refusal.URIHost, "https://app example.com/": refusal.URIHost,
		"https://app.example.com/a/../b": refusal.DotSegment, "https://app.example.com/a/%2E%2e": refusal.DotSegment, "https://app.example.com/.": refusal.DotSegment,
		"https://app.example.com/cb?code=1": refusal.URIParameter, "https://app.example.com/cb?x=1&%73tate=": refusal.URIParameter,
	} {
		refused(t, raw, false, want)
	}
	long := "https://app.example.com/" + strings.Repeat("x", MaxLength)
	if _, ok := Match([]string{long}, long); ok {
		t.Error("a URI beyond the bound matches")
	}
	accepted(t, "https://app.example.com/c%C3%BC?a=b%20c&d=%2F", false)
	accepted(t, "https://app.example.com", false)
	accepted(t, "https://app.example.com:8443/cb", false)
	accepted(t, "https://192.0.2.7/cb", false)
	accepted(t, "https://[2001:db8::1]:8443/cb", false)
}

func TestA006_names_beyond_ASCII_are_kept_in_punycode(t *testing.T) {
	for raw, want := range map[string]string{
		"https://аpp.example.com/cb":         "https://xn--pp-6kc.example.com/cb", // the first letter is Cyrillic
		"https://bücher.example:8443/cb?a=b": "https://xn--bcher-kva.example:8443/cb?a=b",
		"https://BÜCHER.example/":            "https://xn--bcher-kva.example/",
		"https://bu\u0308cher.example/":      "https://xn--bcher-kva.example/",
		"https://他们为什么不说中文.example/":         "https://xn--ihqwcrb4cv8a8dqg056pqjye.example/",
		"https://xn--bcher-kva.example/":     "https://xn--bcher-kva.example/",
	} {
		if u := accepted(t, raw, false); !u.International || u.Text != want {
			t.Errorf("%q: %+v, want %q", raw, u, want)
		}
		// What was registered in letters is asked for as browsers and libraries send it.
		sends(t, want, want, want)
	}
	for _, host := range []string{"a\u200db", "ａpp", "app\u3002example", "a\u202eb", "⁄", "ﬁ", "\u2488com", "a☃"} {
		refused(t, "https://"+host+".example/", false, refusal.URIHost)
	}
}

func TestA007_the_port_of_loopback_is_free_and_nothing_else(t *testing.T) {
	sends(t, "http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", "http://127.0.0.1:51004/cb")
	sends(t, "http://127.0.0.1/cb", "http://127.0.0.1/cb", "http://127.0.0.1/cb")
	sends(t, "http://127.0.0.1:8080/cb", "http://127.0.0.1:9/cb", "http://127.0.0.1:9/cb")
	sends(t, "http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", "http://127.0.0.1/cb")
	sends(t, "http://[::1]/cb", "http://[::1]:51004/cb", "http://[::1]:51004/cb")
	sends(t, "http://localhost:1/cb?x=1", "http://localhost:51004/cb?x=1", "http://localhost:51004/cb?x=1")
	sends(t, "http://127.0.0.1", "http://127.0.0.1:5", "http://127.0.0.1:5")
	for _, sent := range []string{
		"http://[::1]:1/cb", "http://localhost/cb", "http://127.1/cb", "http://2130706433/cb", "http://0x7f.1/cb", "http://127.0.0.1.evil.com/cb",
		"http://localhost.evil.com/cb", "http://[::ffff:127.0.0.1]/cb", "http://127.0.0.1:80@evil.test/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:0/cb",
		"http://127.0.0.1:65536/cb", "http://127.0.0.1:080/cb", "http://127.0.0.1:+8/cb", "http://127.0.0.1:8:9/cb", "http://127.0.0.1:8/cb/", "http://127.0.0.1:8/CB",
		"http://127.0.0.1:8/cb?x", "http://127.0.0.1:8/cb#f", "http://127.0.0.1#:8/cb", `http://127.0.0.1\:8/cb`, "https://127.0.0.1/cb", "http://127.0.0.2/cb", "http://127.0.0.1:８/cb",
	} {
		sends(t, "http://127.0.0.1/cb", sent, "")
	}
	sends(t, "http://localhost/cb", "http://LOCALHOST:8/cb", "")
	sends(t, "http://localhost/cb", "http://127.0.0.1:8/cb", "")
	sends(t, "https://127.0.0.1/cb", "https://127.0.0.1:8/cb", "")
	if got, ok := Registered([]string{"http://127.0.0.1:7/cb"}, "http://127.0.0.1:8/cb"); !ok || got != "http://127.0.0.1:7/cb" {
		t.Errorf("registered: %q %v", got, ok)
	}
	if _, ok := Registered([]string{"http://127.0.0.1:7/cb"}, "http://127.0.0.1:8/"); ok {
		t.Error("another path is registered")
	}
	for _, raw := range []string{"http://127.0.0.1/cb", "http://127.0.0.1:8080/cb", "http://[::1]:8080", "http://localhost/cb"} {
		if u := accepted(t, raw, true); !u.Loopback {
			t.Errorf("%q: %+v", raw, u)
		}
	}
}

func TestA008_no_wildcard_fragment_user_or_open_http(t *testing.T) {
	for raw, want := range map[string]refusal.Flaw{
		"https://*.example.com/cb": refusal.URIWildcard, "https://app.example.com/*": refusal.URIWildcard, "https://app.example.com/.*": refusal.URIWildcard,
		"https://app.example.com/cb?x=*": refusal.URIWildcard, "https://*/": refusal.URIWildcard,
		"https://app.example.com/cb#f": refusal.URIFragment, "https://app.example.com/cb#": refusal.URIFragment, "http://127.0.0.1/#": refusal.URIFragment,
		"https://u@app.example.com/": refusal.URIUserinfo, "https://u:p@app.example.com/": refusal.URIUserinfo, "https://@app.example.com/": refusal.URIUserinfo,
		"https://app.example.com@evil.test/": refusal.URIUserinfo, "http://127.0.0.1:80@evil.test/": refusal.URIUserinfo,
		"http://app.example.com/cb": refusal.URIPlainHTTP, "http://10.0.0.1/cb": refusal.URIPlainHTTP, "http://localhost.evil.com/": refusal.URIPlainHTTP,
		"http://LOCALHOST/": refusal.URIPlainHTTP, "http://127.0.0.2/": refusal.URIPlainHTTP,
		"http://127.1/": refusal.URIHost, "http://2130706433/": refusal.URIHost, "http://0x7f.1/": refusal.URIHost, "http://[::ffff:127.0.0.1]/": refusal.URIHost,
		"https://0177.0.0.1/": refusal.URIHost, "https://1.2.3.4.5/": refusal.URIHost, "https://app.example.com./": refusal.URIHost, "https://.example.com/": refusal.URIHost,
		"https://a..b/": refusal.URIHost, "https://-a.example/": refusal.URIHost, "https://a_b.example/": refusal.URIHost, "https://[::1%25eth0]/": refusal.URIHost,
		"https://[::0001]/": refusal.URIHost, "https://[::1/": refusal.URIHost, "https://app.example.com%2eevil/": refusal.URIHost, "https://" + strings.Repeat("a", 64) + ".example/": refusal.URIHost,
		"https://" + strings.Repeat("a.", 130) + "example/": refusal.URIHost, "https://^app$/": refusal.URIHost,
		"https://app.example.com:/cb": refusal.URIPort, "https://app.example.com:0/": refusal.URIPort, "https://app.example.com:99999/": refusal.URIPort,
		"https://app.example.com:x/": refusal.URIPort, "https://app.example.com:*/": refusal.URIPort,
	} {
		refused(t, raw, false, want)
	}
	// Everything at once, not the first.
	_, flaws := Parse("http://u@*.example.com:0/../cb?code=1#f", false)
	if len(flaws) < 6 {
		t.Errorf("%d flaws: %v", len(flaws), flaws)
	}
}

// FuzzParse holds that what may be registered matches itself, goes into a header as it is, and that no other text of the
// same beginning matches it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"https://app.example.com/cb", "http://127.0.0.1:8080/cb", "com.example.app:/cb", "https://аpp.example.com/cb", "https://app.example.com@evil",
		"javascript:alert(1)", "https://[::1]/", "https://app.example.com/%0d%0a", "http://localhost", "https://x:1/?a#b",
	} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, raw, more string) {
		u, flaws := Parse(raw, true)
		if len(flaws) > 0 {
			return
		}
		if !isASCII(u.Text) || strings.ContainsAny(u.Text, "\r\n\t \x00\"<>\\#*") {
			t.Errorf("%q is kept as %q", raw, u.Text)
		}
		if again, flaws := Parse(u.Text, true); len(flaws) > 0 || again.Text != u.Text {
			t.Errorf("%q is kept as %q, which becomes %+v %v", raw, u.Text, again, flaws)
		}
		if got, ok := Match([]string{u.Text}, u.Text); !ok || got != u.Text {
			t.Errorf("%q does not match itself", u.Text)
		}
		if got, ok := Match([]string{u.Text}, u.Text+more); more != "" && ok && !u.Loopback {
			t.Errorf("%q matches %q as %q", u.Text, u.Text+more, got)
		} else if ok && !isASCII(got) {
			t.Errorf("%q is answered with %q", u.Text, got)
		}
	})
}
