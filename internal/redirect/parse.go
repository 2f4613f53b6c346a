package redirect

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"prokura/internal/refusal"
)

// URI is a redirect URI that may be registered.
type URI struct {
	// Text is what is stored, compared and sent to. It is what was given, save that a host name beyond ASCII stands in it
	// as browsers send it, in punycode (A006).
	Text string
	// International says that the host has a name beyond ASCII, in which letters of another alphabet can stand for those
	// that everybody knows. Whoever looks at the registration is told, and is shown the punycode.
	International bool
	Loopback      bool // its port may be another one when it is used
	Private       bool // it has a private-use scheme, such as com.example.app
}

// Parse judges a URI that somebody wants to register, and answers everything that is wrong with it. It accepts
//
//   - https with a host;
//   - http with 127.0.0.1, [::1] or localhost, for programs on the user's own machine (RFC 8252 §7.3);
//   - for public clients, a private-use scheme in reverse-domain form, such as com.example.app:/callback (RFC 8252 §7.1).
//     A client that keeps a secret runs on a server, which has an address; so it may not register one, and neither may
//     anybody a scheme without a dot, which every other app could claim as well (RFC 8252 §8.4).
//
// A wildcard, a fragment or a user name is never accepted (A008), and nothing that browsers would rewrite on the way,
// because the app would be sent elsewhere than what was compared.
func Parse(raw string, public bool) (URI, []refusal.Why) {
	switch {
	case raw == "":
		return URI{}, []refusal.Why{{Flaw: refusal.IsEmpty}}
	case len(raw) > MaxLength:
		return URI{}, []refusal.Why{{Flaw: refusal.TooLong, Got: strconv.Itoa(len(raw)), Want: strconv.Itoa(MaxLength)}}
	case !utf8.ValidString(raw):
		return URI{}, []refusal.Why{{Flaw: refusal.NotUTF8}}
	}
	scheme, rest, found := strings.Cut(raw, ":")
	if !found || !isScheme(scheme) {
		return URI{}, []refusal.Why{{Flaw: refusal.URINoScheme}}
	}
	p := &parser{raw: raw}
	switch scheme {
	case "https", "http":
		p.web(scheme, rest)
	default:
		p.private(scheme, rest, public)
	}
	if len(p.flaws) > 0 {
		return URI{}, p.flaws
	}
	if p.uri.Text == "" {
		p.uri.Text = raw
	}
	return p.uri, nil
}

type parser struct {
	raw   string
	uri   URI
	flaws []refusal.Why
}

func (p *parser) blame(w refusal.Why) { p.flaws = append(p.flaws, w) }

// web reads what follows "http:" or "https:".
func (p *parser) web(scheme, rest string) {
	after, found := strings.CutPrefix(rest, "//")
	if !found {
		p.blame(refusal.Why{Flaw: refusal.URINoAuthority, Want: scheme + "://"}) // https:opaque and https:/one-slash (A004)
		return
	}
	end := strings.IndexAny(after, `/?#\`)
	if end < 0 {
		end = len(after)
	}
	authority, tail := after[:end], after[end:]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		p.blame(refusal.Why{Flaw: refusal.URIUserinfo, Got: authority[:i+1]}) // A003
		authority = authority[i+1:]
	}
	host, port := splitPort(authority)
	if port != "" {
		if _, ok := portOf(port); !ok {
			p.blame(refusal.Why{Flaw: refusal.URIPort, Got: port})
		}
	}
	p.tail(len(p.raw)-len(tail), tail)
	ascii := p.host(host)
	if len(p.flaws) > 0 {
		return
	}
	if ascii != host {
		p.uri.Text = scheme + "://" + ascii + port + tail
		if len(p.uri.Text) > MaxLength {
			p.blame(refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(p.uri.Text)), Want: strconv.Itoa(MaxLength)})
		}
	}
	if scheme == "http" {
		if _, _, p.uri.Loopback = loopback(p.raw); !p.uri.Loopback {
			p.blame(refusal.Why{Flaw: refusal.URIPlainHTTP, Got: host})
		}
	}
}

// private reads what follows a scheme of somebody's own.
func (p *parser) private(scheme, rest string, public bool) {
	switch {
	case !strings.Contains(scheme, "."):
		p.blame(refusal.Why{Flaw: refusal.URIScheme, Got: scheme}) // javascript, data, vbscript among them (A004)
		return
	case strings.Contains(scheme, "..") || strings.HasSuffix(scheme, ".") || scheme != strings.ToLower(scheme):
		p.blame(refusal.Why{Flaw: refusal.URIScheme, Got: scheme})
		return
	case !public:
		p.blame(refusal.Why{Flaw: refusal.URISchemePublic, Got: scheme})
	}
	// There is no authority that could name the app, so a second slash is a host to some readers (RFC 8252 §7.1).
	if !strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "//") {
		p.blame(refusal.Why{Flaw: refusal.URINoAuthority, Want: scheme + ":/"})
		return
	}
	p.tail(len(scheme)+1, rest)
	p.uri.Private = true
}

// host judges a host name and answers it in ASCII.
func (p *parser) host(host string) string {
	switch {
	case host == "":
		p.blame(refusal.Why{Flaw: refusal.URIHost, Got: host})
		return host
	case strings.Contains(host, "*"):
		p.blame(refusal.Why{Flaw: refusal.URIWildcard})
		return host
	case host[0] == '[':
		a, err := netip.ParseAddr(strings.TrimSuffix(host[1:], "]"))
		if err != nil || !a.Is6() || a.Is4In6() || a.Zone() != "" || "["+a.String()+"]" != host {
			p.blame(refusal.Why{Flaw: refusal.URIHost, Got: host})
		}
		return host
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		ascii, ok := toASCII(label)
		if !ok {
			p.blame(refusal.Why{Flaw: refusal.URIHost, Got: host})
			return host
		}
		if strings.HasPrefix(strings.ToLower(ascii), "xn--") {
			p.uri.International = true
		}
		labels[i] = ascii
	}
	// Readers take a name whose last part is a number for an address, and 127.1 or 0x7f.1 for one that it does not look like
	// (A007).
	if isNumber(labels[len(labels)-1]) {
		if a, err := netip.ParseAddr(host); err != nil || !a.Is4() {
			p.blame(refusal.Why{Flaw: refusal.URIHost, Got: host})
		}
	}
	ascii := strings.Join(labels, ".")
	if len(ascii) > 253 {
		p.blame(refusal.Why{Flaw: refusal.URIHost, Got: host})
	}
	return ascii
}

// splitPort cuts ":port" off; an empty port keeps its colon, and is refused for it.
func splitPort(authority string) (host, port string) {
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return authority, ""
	}
	return authority[:i], authority[i:]
}

// isScheme accepts schemes in lower case (RFC 3986 §3.1); those in capitals are the same to browsers and another to us.
func isScheme(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}

// isNumber says whether a label is decimal, or hexadecimal behind 0x.
func isNumber(label string) bool {
	s := strings.ToLower(label)
	if rest, hex := strings.CutPrefix(s, "0x"); hex {
		return strings.Trim(rest, "0123456789abcdef") == ""
	}
	return s != "" && strings.Trim(s, "0123456789") == ""
}
