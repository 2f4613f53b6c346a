// Package redirect says which redirect URIs may be registered, and which of them a request means.
//
// A URI is judged once, when it is registered: [Parse] accepts what every reader takes for the same address, and says
// everything that is wrong with the rest. From then on it is a string. [Match] compares bytes and never takes a URI
// apart that came with a request, since what one parser calls the host another calls a password (A003). The one
// exception is the port of a loopback address (RFC 8252 §7.3), and even there the answer is built from the registered
// text and a number.
package redirect

import (
	"strconv"
	"strings"
)

// MaxLength bounds a redirect URI, in bytes (A005).
const MaxLength = 2048

// loopbacks are the origins whose port may be another one when the URI is used. None stands for another: who registered
// 127.0.0.1 did not register localhost, which a resolver could send elsewhere (A007).
var loopbacks = [...]string{"http://127.0.0.1", "http://[::1]", "http://localhost"}

// Match answers the address that a request means with the redirect URI that it sent: the registered one, or, of a
// loopback address, the registered one with the port that was sent. Anything but the exact bytes matches nothing (A002).
// The answer is never the text of the request (A005).
func Match(registered []string, sent string) (uri string, ok bool) {
	which, port, ok := find(registered, sent)
	if !ok {
		return "", false
	}
	uri = registered[which]
	if uri == sent {
		return uri, true
	}
	origin, rest, _ := loopback(uri)
	if port != 0 {
		origin += ":" + strconv.Itoa(port)
	}
	return origin + rest, true
}

// Registered answers the registered URI that Match would answer, with the port that was registered.
func Registered(registered []string, sent string) (uri string, ok bool) {
	which, _, ok := find(registered, sent)
	if !ok {
		return "", false
	}
	return registered[which], true
}

// find answers which URI was meant, and the port that was sent, or 0 for none.
func find(registered []string, sent string) (which, port int, ok bool) {
	if sent == "" || len(sent) > MaxLength {
		return 0, 0, false
	}
	for i, uri := range registered {
		if uri == sent {
			return i, 0, true
		}
	}
	origin, rest, ok := loopback(sent)
	if !ok {
		return 0, 0, false
	}
	port, _ = portOf(sent[len(origin) : len(sent)-len(rest)])
	for i, uri := range registered {
		if o, r, ok := loopback(uri); ok && o == origin && r == rest {
			return i, port, true
		}
	}
	return 0, 0, false
}

// loopback cuts the port out of a URI of a loopback origin: the origin without it, and what follows it.
func loopback(uri string) (origin, rest string, ok bool) {
	for _, o := range loopbacks {
		after, found := strings.CutPrefix(uri, o)
		if !found {
			continue
		}
		end := strings.IndexAny(after, "/?")
		if end < 0 {
			end = len(after)
		}
		if end == 0 {
			return o, after, true
		}
		if _, ok := portOf(after[:end]); !ok {
			return "", "", false
		}
		return o, after[end:], true
	}
	return "", "", false
}

// portOf reads a colon and a port, in the one form that a number has.
func portOf(s string) (int, bool) {
	digits, found := strings.CutPrefix(s, ":")
	n, err := strconv.Atoi(digits)
	if !found || err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != digits {
		return 0, false
	}
	return n, true
}
