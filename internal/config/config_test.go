package config

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/catalogs"
	"prokura/internal/golden"
)

// route is a configuration with one good route, and what is added below it.
func route(more string) string {
	return "routes:\n  - prefix: /api\n    catalog: analytics\n    dialect: tableau\n    upstream: http://127.0.0.1:9000\n    audience: reports\n" + more
}

func TestDefault_is_a_configuration(t *testing.T) {
	got, problems := Load("", nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Error(diff)
	}
}

func TestLoad_fills_the_timeouts_of_a_route(t *testing.T) {
	got, problems := Load("p.yaml", []byte(route("    timeouts: {idle: 5m}\n")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := defaultTimeouts
	want.Idle = 5 * 60e9
	if diff := cmp.Diff(want, got.Routes[0].Timeouts); diff != "" {
		t.Error(diff)
	}
}

func TestLoad_counts_paths_from_the_file(t *testing.T) {
	got, problems := Load("/etc/prokura/prokura.yaml", []byte("data: state\ncatalogs:\n  - {name: x, file: /abs/x.yaml}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got.Data != "/etc/prokura/state" || got.Catalogs[0].File != "/abs/x.yaml" {
		t.Errorf("data %q, file %q", got.Data, got.Catalogs[0].File)
	}
}

// A252: what is missing, misspelt or insecure refuses to start, and says where.
func TestA252_problems_say_where_and_what(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"unknown key":                   {"lisen: 127.0.0.1:80\n", `p.yaml:1:1: unknown key "lisen"; did you mean "listen"?`},
		"unknown key in a route":        {route("    audiense: x\n"), `p.yaml:7:5: unknown key "audiense"; did you mean "audience"?`},
		"duplicate key":                 {"data: a\ndata: b\n", `p.yaml:2:1: key "data" is set twice; line 1 has it too`},
		"wrong unit":                    {"tableau: {session: 240}\n", `p.yaml:1:20: tableau.session: expected a duration with its unit, such as 30s, 5m or 4h, found "240"`},
		"size without unit":             {"limits: {sign_in_body: 65536}\n", `p.yaml:1:24: limits.sign_in_body: expected a size with its unit, such as 64KiB or 32MiB, found "65536"`},
		"size with a decimal unit":      {"limits: {sign_in_body: 64kB}\n", `p.yaml:1:24: limits.sign_in_body: expected a size with its unit, such as 64KiB or 32MiB, found "64kB"`},
		"session beyond 48 hours":       {"tableau: {session: 49h}\n", `p.yaml:1:20: tableau.session: expected 1m to 48h, found 49h`},
		"a login beyond 30 days":        {"login: {life: 721h}\n", `p.yaml:1:15: login.life: expected 5m to 720h, found 721h`},
		"idle longer than the login":    {"login: {life: 2h, idle: 3h}\n", `p.yaml:1:25: login.idle: expected 5m to 2h, found 3h`},
		"mail from nobody":              {"mail: {host: mail.acme.test}\n", `p.yaml:1:7: mail.from: expected a mail address, or a name and one in angle brackets, found ""`},
		"mail from an example":          {"mail: {host: mail.acme.test, from: a@acme.example}\n", `p.yaml:1:36: mail.from: a@acme.example was copied from an example`},
		"mail to nowhere":               {"mail: {from: a@acme.test}\n", `p.yaml:1:7: mail.host: is missing: without it no mail is sent`},
		"mail in the clear":             {"mail: {host: mail.acme.test, from: a@acme.test, tls: none}\n", `p.yaml:1:54: mail.tls: links that set passwords would travel to mail.acme.test in the clear: use starttls or implicit`},
		"a mail user without password":  {"mail: {host: mail.acme.test, from: a@acme.test, user: x}\n", `p.yaml:1:7: mail: user and password_file belong together; one is missing`},
		"another way to encrypt mail":   {"mail: {tls: ssl}\n", `p.yaml:1:13: mail.tls: expected one of [starttls implicit none], found "ssl"`},
		"all addresses without TLS":     {"listen: 0.0.0.0:8080\nissuer: http://localhost:8080\n", `p.yaml:1:9: listen[0]: 0.0.0.0:8080 can be reached from other machines, and tokens would travel in the clear: set tls.certificate and tls.key, or tls.in_front where a proxy ends TLS`},
		"every address without TLS":     {"listen: ':8080'\nissuer: http://localhost:8080\n", `p.yaml:1:9: listen[0]: :8080 can be reached from other machines, and tokens would travel in the clear: set tls.certificate and tls.key, or tls.in_front where a proxy ends TLS`},
		"a port that is none":           {"listen: 127.0.0.1:http\n", `p.yaml:1:9: listen[0]: expected host:port such as 127.0.0.1:8080, found "127.0.0.1:http"`},
		"a name to listen on":           {"listen: prokura.test:80\nissuer: http://localhost\n", `p.yaml:1:9: listen[0]: expected an IP address before the port, found "prokura.test"`},
		"a listed address twice":        {"listen: ['127.0.0.1:1', '127.0.0.1:1']\n", `p.yaml:1:25: listen[1]: 127.0.0.1:1 is listed twice`},
		"issuer over http":              {"issuer: http://auth.acme.test\n", `p.yaml:1:9: issuer: expected https: tokens for auth.acme.test would travel in the clear`},
		"issuer with a path":            {"issuer: https://auth.acme.test/\n", `p.yaml:1:9: issuer: expected scheme, host and port only, without slash, path or query behind them, found "https://auth.acme.test/"`},
		"issuer with a password":        {"issuer: https://a:b@auth.acme.test\n", `p.yaml:1:9: issuer: expected a URL without user and password`},
		"issuer in capitals":            {"issuer: https://Auth.acme.test\n", `p.yaml:1:9: issuer: expected scheme and host in lower case, found "https://Auth.acme.test"`},
		"issuer of an example":          {"issuer: https://prokura.example.com\n", `p.yaml:1:9: issuer: prokura.example.com was copied from an example`},
		"issuer missing behind a proxy": {"tls: {in_front: true}\n", `p.yaml: issuer: is missing: a server that others reach must know the URL they use`},
		"certificate without key":       {"tls: {certificate: a.pem}\n", `p.yaml:1:6: tls: certificate and key belong together; one is missing`},
		"TLS in two places":             {"issuer: https://auth.acme.test\ntls: {certificate: a, key: b, in_front: true}\n", `p.yaml:2:41: tls.in_front: TLS ends either in front or here; leave one of in_front and certificate out`},
		"postgres without URL":          {"storage: {engine: postgres}\n", `p.yaml:1:10: storage: postgres needs url_file`},
		"an engine we lack":             {"storage: {engine: mysql}\n", `p.yaml:1:19: storage.engine: expected one of [sqlite postgres], found "mysql"`},
		"a URL for sqlite":              {"storage: {url_file: x}\n", `p.yaml:1:21: storage.url_file: is for engine postgres only, but the engine is sqlite`},
		"a host with port":              {"hosts: a.test:80\n", `p.yaml:1:8: hosts[0]: expected a host name in lower case without scheme and port, found "a.test:80"`},
		"a catalog named like ours":     {"catalogs: [{name: analytics, file: x}]\n", `p.yaml:1:19: catalogs[0].name: analytics is the name of a built-in catalog`},
		"an audience left empty":        {strings.Replace(route(""), "reports", "''", 1), `p.yaml:6:15: routes[0].audience: is missing: without it the identity header would be valid at every API`},
		"an audience not written":       {strings.Replace(route(""), "    audience: reports\n", "", 1), `p.yaml:2:5: routes[0].audience: is missing: without it the identity header would be valid at every API`},
		"the audience of sessions":      {strings.Replace(route(""), "reports", "prokura", 1), `p.yaml:6:15: routes[0].audience: "prokura" is the audience of session tokens; choose another`},
		"an audience left as example":   {strings.Replace(route(""), "reports", "your-api", 1), `p.yaml:6:15: routes[0].audience: "your-api" was copied from an example`},
		"an audience shared": {route("  - {prefix: /b, catalog: analytics, dialect: tableau, upstream: 'http://127.0.0.1:9', audience: reports}\n"),
			`p.yaml:7:98: routes[1].audience: "reports" is also the audience of http://127.0.0.1:9000: each API needs its own`},
		"a catalog nobody knows":   {strings.Replace(route(""), "analytics", "analytic", 1), `p.yaml:3:14: routes[0].catalog: there is no "analytic"; did you mean "analytics"?`},
		"a prefix of ours":         {strings.Replace(route(""), "/api", "/v1/x", 1), `p.yaml:2:13: routes[0].prefix: /v1/x is a path that this server answers itself`},
		"a prefix with a slash":    {strings.Replace(route(""), "/api", "/api/", 1), `p.yaml:2:13: routes[0].prefix: expected a path such as /api, without slash at the end, found "/api/"`},
		"an upstream with path":    {strings.Replace(route(""), ":9000", ":9000/x", 1), `p.yaml:5:15: routes[0].upstream: expected scheme, host and port only, without slash, path or query behind them, found "http://127.0.0.1:9000/x"`},
		"a header that is ours":    {route("    request_headers: [x-tableau-auth]\n"), `p.yaml:7:23: routes[0].request_headers[0]: X-Tableau-Auth never passes the gateway`},
		"a header of a connection": {route("    response_headers: [transfer-encoding]\n"), `p.yaml:7:24: routes[0].response_headers[0]: Transfer-Encoding never passes the gateway`},
		"a header like ours":       {route("    request_headers: [prokura_identity]\n"), `p.yaml:7:23: routes[0].request_headers[0]: Prokura_identity never passes the gateway`},
		"a cookie":                 {route("    response_headers: [set-cookie]\n"), `p.yaml:7:24: routes[0].response_headers[0]: Set-Cookie never passes the gateway`},
		"a prefix of ours, later":  {strings.Replace(route(""), "/api", "/logout", 1), `p.yaml:2:13: routes[0].prefix: /logout is a path that this server answers itself`},
		"a header with line break": {route("    request_headers: [\"a\\r\\nb\"]\n"), `p.yaml:7:23: routes[0].request_headers[0]: "a\r\nb" is not the name of a header`},
		"a contact that is none":   {"contact: call us\n", `p.yaml:1:10: contact: expected a mail address or the https address of a page, found "call us"`},
		"a contact over http":      {"contact: http://acme.test/help\n", `p.yaml:1:10: contact: expected a mail address or the https address of a page, found "http://acme.test/help"`},
		"a contact that runs":      {"contact: 'javascript:alert(1)'\n", `p.yaml:1:10: contact: expected a mail address or the https address of a page, found "javascript:alert(1)"`},
		"a contact of an example":  {"contact: support@example.com\n", `p.yaml:1:10: contact: support@example.com was copied from an example`},
		"a negative timeout":       {route("    timeouts: {idle: -1s}\n"), `p.yaml:7:22: routes[0].timeouts.idle: expected 1ms to 1h, found -1s`},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Load("p.yaml", []byte(c.src))
			if len(problems) != 1 || problems[0].String() != c.want {
				t.Errorf("Load(%q):\n got %q\nwant %q", c.src, problems, c.want)
			}
		})
	}
}

func TestA252_all_problems_at_once(t *testing.T) {
	_, problems := Load("p.yaml", []byte("lisen: x\nissuer: http://auth.acme.test\nlisten: 0.0.0.0:80\ntableau: {session: 3}\n"+route("    audiense: y\n")))
	if len(problems) != 5 {
		t.Errorf("%d problems, want 5: %q", len(problems), problems)
	}
}

func TestOpen_the_environment_wins(t *testing.T) {
	env := map[string]string{"PROKURA_LISTEN": "127.0.0.1:1,127.0.0.1:2", "PROKURA_LOG_LEVEL": "debug",
		"PROKURA_TABLEAU_SESSION": "2h", "PROKURA_LIMITS_TOKEN_CACHE": "8MiB", "PROKURA_TOKEN": "pko_x", "HOME": "/"}
	got, _, problems := Open("", env)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := Default()
	want.Listen, want.Log.Level, want.Tableau.Session, want.Limits.TokenCache = []string{"127.0.0.1:1", "127.0.0.1:2"}, "debug", 2*3600e9, 8<<20
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestA252_environment_problems(t *testing.T) {
	_, _, problems := Open("", map[string]string{"PROKURA_TLS_KYE": "x", "PROKURA_LOG_LEVEL": "loud", "PROKURA_ISSUER": "http://auth.acme.test"})
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	want := []string{
		"issuer: expected https: tokens for auth.acme.test would travel in the clear",
		`PROKURA_LOG_LEVEL: expected one of [debug info warn error], found "loud"`,
		"unknown environment variable PROKURA_TLS_KYE; did you mean PROKURA_TLS_KEY?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOpen_a_missing_file(t *testing.T) {
	_, _, problems := Open("/nowhere/prokura.yaml", nil)
	if len(problems) != 1 || problems[0].String() != "/nowhere/prokura.yaml: no such file or directory" {
		t.Error(problems)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	open := file("open.url", "postgres://a@b/c", 0o644)
	closed := file("closed.url", "postgres://a:CHANGEME@b/c\n", 0o600)
	good := file("good.url", "postgres://a@b/c\n", 0o600)
	key := file("key.pem", "no key", 0o600)
	broken := file("broken.yaml", "catalog: x\n", 0o644)
	shipped, _ := catalogs.Builtin("analytics")
	named := file("named.yaml", string(shipped), 0o644)
	for name, c := range map[string]struct {
		set  func(*Config)
		want string
	}{
		"A252: a database password left as example": {func(c *Config) { c.Storage.URLFile = closed }, "copied from an example"},
		"a secret that others can read":             {func(c *Config) { c.Storage.URLFile = open }, "mode 0644, open to others"},
		"A253: a certificate that is none":          {func(c *Config) { c.TLS = TLS{Certificate: key, Key: key} }, "failed to find any PEM data"},
		"a catalog that is not there":               {func(c *Config) { c.Catalogs = []Catalog{{"x", dir + "/x.yaml"}} }, "x.yaml: no such file"},
		"a catalog with errors":                     {func(c *Config) { c.Catalogs = []Catalog{{"x", broken}} }, "prokura catalog lint"},
		"a catalog of another name":                 {func(c *Config) { c.Catalogs = []Catalog{{"x", named}} }, `calls itself "analytics", not "x"`},
		"a data directory that is a file":           {func(c *Config) { c.Data = good }, "is not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Default()
			c.set(&cfg)
			got := cfg.Files()
			if len(got) != 1 || !strings.Contains(got[0].Message, c.want) {
				t.Errorf("got %q, want one with %q", got, c.want)
			}
		})
	}
	cfg := Default()
	cfg.Storage.URLFile = good
	if got := cfg.Files(); len(got) > 0 {
		t.Errorf("good files have problems: %q", got)
	}
}

func TestReference(t *testing.T) {
	var b bytes.Buffer
	if err := Reference(&b); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "reference.yaml", b.String())
}

func TestReference_is_the_default(t *testing.T) {
	var b bytes.Buffer
	if err := Reference(&b); err != nil {
		t.Fatal(err)
	}
	got, problems := Load("", b.Bytes())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Error(diff)
	}
}

// A265: whoever copies the samples verbatim does not get a server.
func TestA265_the_samples_of_the_reference_do_not_start(t *testing.T) {
	var b bytes.Buffer
	if err := Reference(&b); err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`(?m)^( *)#([a-z_]+:|-$)`).ReplaceAllString(b.String(), "$1$2")
	_, problems := Load("p.yaml", []byte(all))
	if len(problems) < 3 {
		t.Errorf("accepted, or too little refused: %q", problems)
	}
	for _, p := range problems {
		if !strings.Contains(p.Message, "was copied from an example") && !strings.Contains(p.Message, "for engine postgres only") {
			t.Errorf("the reference has a sample that is not understood: %v", p)
		}
	}
}

func FuzzLoad(f *testing.F) {
	var b bytes.Buffer
	if err := Reference(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(route("    timeouts: {idle: 5m}\n    request_headers: [X-A]\n")))
	f.Add([]byte("listen: [\"[::1]:0\", localhost:1]\nissuer: https://[::1]:4\nlimits: {token_cache: 1GiB}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		cfg, problems := Load("p.yaml", src)
		if len(problems) > 0 {
			return
		}
		// invariant: what is accepted serves nothing in the clear and signs for nobody in particular
		for _, a := range cfg.Listen {
			if !reachableLocally(a) && cfg.TLS.Certificate == "" && !cfg.TLS.InFront {
				t.Errorf("accepted %q without TLS", a)
			}
		}
		for _, r := range cfg.Routes {
			if strings.TrimSpace(r.Audience) == "" {
				t.Error("accepted an empty audience")
			}
		}
	})
}
