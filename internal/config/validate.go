package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/catalogs"
	"prokura/internal/strictyaml"
	"prokura/internal/token"
)

// checker notes what is wrong with one configuration.
type checker struct {
	*Config
	doc *strictyaml.Document
}

func (c *Config) validate(doc *strictyaml.Document) {
	k := checker{c, doc}
	k.listen()
	k.issuer()
	k.storage()
	k.catalogs()
	k.routes()
	k.limits()
	k.login()
	k.mail()
	k.contact()
}

func (k checker) listen() {
	if k.TLS.InFront && (k.TLS.Certificate != "" || k.TLS.Key != "") {
		k.doc.Blame("tls.in_front", "TLS ends either in front or here; leave one of in_front and certificate out")
	}
	if (k.TLS.Certificate == "") != (k.TLS.Key == "") {
		k.doc.Blame("tls", "certificate and key belong together; one is missing")
	}
	if len(k.Listen) == 0 {
		k.doc.Blame("listen", "names no address")
	}
	for i, a := range k.Listen {
		key := index("listen", i)
		host, port, err := net.SplitHostPort(a)
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || strconv.FormatUint(n, 10) != port {
			k.doc.Blame(key, "expected host:port such as 127.0.0.1:8080, found %q", a)
			continue
		}
		if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
			k.doc.Blame(key, "expected an IP address before the port, found %q", host)
			continue
		}
		if slices.Index(k.Listen, a) < i {
			k.doc.Blame(key, "%s is listed twice", a)
		}
		if !loopback(host) && k.TLS.Certificate == "" && !k.TLS.InFront {
			k.doc.Blame(key, "%s can be reached from other machines, and tokens would travel in the clear: set tls.certificate and tls.key, or tls.in_front where a proxy ends TLS", a)
		}
	}
}

func (k checker) issuer() {
	if k.Issuer == "" {
		if !slices.ContainsFunc(k.Listen, reachableLocally) || k.TLS.InFront {
			k.doc.Blame("issuer", "is missing: a server that others reach must know the URL they use")
		}
	} else if u, problem := origin(k.Issuer); problem != "" {
		k.doc.Blame("issuer", "%s", problem)
	} else if u.Scheme != "https" && !loopback(u.Hostname()) {
		k.doc.Blame("issuer", "expected https: tokens for %s would travel in the clear", u.Hostname())
	} else if example(u.Hostname()) {
		k.doc.Blame("issuer", "%s was copied from an example", u.Hostname())
	}
	for i, h := range k.Hosts {
		switch {
		case !hostName.MatchString(h):
			k.doc.Blame(index("hosts", i), "expected a host name in lower case without scheme and port, found %q", h)
		case example(h):
			k.doc.Blame(index("hosts", i), "%s was copied from an example", h)
		}
	}
}

func (k checker) storage() {
	if k.Data == "" {
		k.doc.Blame("data", "names no directory")
	}
	switch {
	case k.Storage.Engine == Postgres && k.Storage.URLFile == "":
		k.doc.Blame("storage", "postgres needs url_file")
	case k.Storage.Engine == SQLite && k.Storage.URLFile != "":
		k.doc.Blame("storage.url_file", "is for engine postgres only, but the engine is sqlite")
	}
	k.between("storage.connections", k.Storage.Connections, 2, 1000)
}

func (k checker) catalogs() {
	for i, c := range k.Catalogs {
		key := index("catalogs", i)
		switch {
		case !catalogName.MatchString(c.Name):
			k.doc.Blame(key+".name", "expected a name of lower-case letters, digits and dashes, found %q", c.Name)
		case slices.Contains(catalogs.Names(), c.Name):
			k.doc.Blame(key+".name", "%s is the name of a built-in catalog", c.Name)
		case slices.IndexFunc(k.Catalogs, func(o Catalog) bool { return o.Name == c.Name }) < i:
			k.doc.Blame(key+".name", "%s is listed twice", c.Name)
		}
		if c.File == "" {
			k.doc.Blame(key+".file", "is missing")
		}
	}
}

func (k checker) limits() {
	k.between("limits.verifications", k.Limits.Verifications, 1, 4096)
	k.between("limits.failures_per_minute", k.Limits.FailuresPerMinute, 1, 1_000_000)
	k.size("limits.sign_in_body", k.Limits.SignInBody, 4<<10, 64<<10)
	k.size("limits.token_cache", k.Limits.TokenCache, 1<<20, 16<<30)
	k.size("limits.request_header", k.Limits.RequestHeader, 8<<10, 1<<20)
	k.lasts("limits.header_timeout", k.Limits.HeaderTimeout, time.Second, 5*time.Minute)
	k.lasts("limits.idle_timeout", k.Limits.IdleTimeout, time.Second, time.Hour)
	k.lasts("limits.shutdown_grace", k.Limits.ShutdownGrace, 0, time.Hour)
	k.lasts("tableau.session", k.Tableau.Session, time.Minute, token.MaxLife)
	if k.Audit.Retention != 0 {
		k.lasts("audit.retention", k.Audit.Retention, 24*time.Hour, maxRetention)
	}
}

func (k checker) between(key string, n, least, most int) {
	if n < least || n > most {
		k.doc.Blame(key, "expected %d to %d, found %d", least, most, n)
	}
}

func (k checker) size(key string, s, least, most Size) {
	if s < least || s > most {
		k.doc.Blame(key, "expected %s to %s, found %s", least, most, s)
	}
}

func (k checker) lasts(key string, d, least, most time.Duration) {
	if d < least || d > most {
		k.doc.Blame(key, "expected %s to %s, found %s", short(least), short(most), short(d))
	}
}

// maxRetention is a hundred years.
const maxRetention = 876_000 * time.Hour

var (
	catalogName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	hostName    = regexp.MustCompile(`^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)$`)
	exampleName = regexp.MustCompile(`(^|\.)(example|invalid|example\.(com|net|org))$`)
)

// example says whether a name is one of those that documents use and nobody owns (RFC 2606 §2, §3; A252).
func example(host string) bool { return exampleName.MatchString(strings.ToLower(host)) }

// placeholder says whether a value was left as an example has it.
func placeholder(s string) bool {
	low := strings.ToLower(s)
	return strings.ContainsAny(s, "<>") || slices.ContainsFunc([]string{"changeme", "change-me", "change_me", "your-"},
		func(p string) bool { return strings.Contains(low, p) })
}

// origin reads a URL that may hold scheme, host and port and nothing else, in its normal form.
func origin(s string) (*url.URL, string) {
	u, err := url.Parse(s)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return nil, "expected a URL such as https://host:port, found " + strconv.Quote(s)
	case u.User != nil:
		return nil, "expected a URL without user and password"
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || u.Opaque != "":
		return nil, "expected scheme, host and port only, without slash, path or query behind them, found " + strconv.Quote(s)
	case u.Scheme+"://"+u.Host != s || !hostName.MatchString(bracketed(u.Hostname())):
		return nil, "expected scheme and host in lower case, found " + strconv.Quote(s)
	}
	return u, ""
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// loopback says whether only this machine reaches the host.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func reachableLocally(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && loopback(host)
}

func index(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// short writes a duration without the zero units that String adds.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
