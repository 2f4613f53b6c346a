package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/config"
	"prokura/internal/jws"
	"prokura/internal/policy"
	"prokura/internal/store"
	"prokura/internal/text"
	"prokura/internal/v1"
)

// result is what a command left behind.
type result struct {
	status   int
	out, err string
}

// prokura runs one command in a directory of its own.
func prokura(t *testing.T, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	status := Run(t.Context(), Process{Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Env: env})
	return result{status, out.String(), errs.String()}
}

func TestUsage_errors_end_with_status_2(t *testing.T) {
	for name, c := range map[string]struct {
		lang string
		args []string
		want string
	}{
		"an unknown command":          {"", []string{"tenent"}, "prokura: error: unknown command tenent; did you mean tenant?\nprokura: hint: prokura --help\n"},
		"one that is far from all":    {"", []string{"xyzzy"}, "prokura: error: unknown command xyzzy\nprokura: hint: prokura --help\n"},
		"the nearest of several":      {"", []string{"serv"}, "prokura: error: unknown command serv; did you mean serve?\nprokura: hint: prokura --help\n"},
		"the beginning of one":        {"", []string{"auth", "list"}, "prokura: error: unknown command auth; did you mean authorization?\nprokura: hint: prokura --help\n"},
		"below a command":             {"", []string{"authorization", "auhtorise"}, "prokura: error: unknown command auhtorise; did you mean authorize?\nprokura: hint: prokura authorization --help\n"},
		"an unknown flag":             {"", []string{"version", "--jsno"}, "prokura: error: unknown flag --jsno; did you mean --json?\nprokura: hint: prokura version --help\n"},
		"one with three slips":        {"", []string{"governance", "set", "--requst-dasy", "3"}, "prokura: error: unknown flag --requst-dasy; did you mean --request-days?\nprokura: hint: prokura governance set --help\n"},
		"one letter":                  {"", []string{"version", "-x"}, "prokura: error: unknown flag -x\nprokura: hint: prokura version --help\n"},
		"an argument too many":        {"", []string{"version", "now"}, "prokura: error: unexpected argument now\nprokura: hint: prokura version --help\n"},
		"in German":                   {"de_DE.UTF-8", []string{"version", "--jsno"}, "prokura: Fehler: unbekannte Option --jsno; meinten Sie --json?\nprokura: Hinweis: prokura version --help\n"},
		"a command in German":         {"de_DE.UTF-8", []string{"tenant", "lsit"}, "prokura: Fehler: unbekannter Befehl lsit; meinten Sie list?\nprokura: Hinweis: prokura tenant --help\n"},
		"a flag that is missing":      {"", []string{"user", "list"}, "prokura: error: missing flags: --tenant=TENANT\nprokura: hint: prokura user list --help\n"},
		"a change of nothing":         {"", []string{"tenant", "update", "x"}, "prokura: error: nothing to change was given\nprokura: hint: --help\n"},
		"scopes neither set nor all":  {"", []string{"connected-app", "scopes", "-t", "x", "y"}, "prokura: error: expected either a list of scopes or --all\n"},
		"a scope that cannot be one":  {"", []string{"explain", "call", "GET", "/", "--scopes", "a\"b"}, "prokura: error: scope \"a\\\"b\": the character at position 2 may not stand in a scope\n"},
		"a server that is no URL":     {"", []string{"tenant", "list", "--server", "nowhere"}, "prokura: error: \"nowhere\" is not the URL of a server, such as http://127.0.0.1:8080\n"},
		"deleting without a terminal": {"", []string{"keys", "revoke", "k", "--reason", "leak"}, "prokura: error: this would take away key \"k\", and every session that it signed, and there is no terminal to ask at\nprokura: hint: pass --yes if you mean it\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := prokura(t, map[string]string{"LANG": c.lang, "PROKURA_TOKEN": "t"}, "", c.args...)
			if got.status != ExitUsage || got.err != c.want || got.out != "" {
				t.Errorf("got %+v\nwant status 2 and %q", got, c.want)
			}
		})
	}
}

func TestLanguage_follows_the_locale(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", "en"}, {"", "", "de", "de"}, {"", "", "de_AT.UTF-8", "de"}, {"", "", "den", "en"},
		{"C", "", "de", "en"}, {"", "de_CH", "en_US", "de"}, {"", "", "C.UTF-8", "en"},
	} {
		got := language(map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang})
		if got != c.want {
			t.Errorf("language(%+v) = %q", c, got)
		}
	}
}

// Every text of the help is used, and has both languages.
func TestHelp_has_both_languages(t *testing.T) {
	for k, text := range helpTexts {
		if text.EN == "" || text.DE == "" {
			t.Errorf("help text %q lacks a language", k)
		}
	}
	src := new(strings.Builder)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		src.Write(b)
	}
	for k := range helpTexts {
		if k != "prokura" && !strings.Contains(src.String(), `help:"`+k+`"`) {
			t.Errorf("help text %q is not used", k)
		}
	}
}

func TestCheck_texts_have_both_languages(t *testing.T) {
	for code, text := range checkTexts {
		if text.EN == "" || text.DE == "" {
			t.Errorf("check %q lacks a language", code)
		}
	}
}

// TestChecks_are_told_in_words: every check of a sign-in has a title.
func TestChecks_are_told_in_words(t *testing.T) {
	v := policy.SignIn(&policy.SignInQuestion{NeedScopes: true})
	for _, c := range v.Checks {
		if _, ok := checkTexts[c.Code]; !ok {
			t.Errorf("the check %s has no title", c.Code)
		}
	}
}

func TestFindings_of_one_kind_share_a_remedy(t *testing.T) {
	var out strings.Builder
	r := &run{Process: Process{Stdout: &out}, lang: "de"}
	remedy, other := text.Text{DE: "Tun Sie das."}, text.Text{DE: "Tun Sie jenes."}
	r.findings([]v1.Finding{
		{Code: "a", Fixer: "developer", Message: text.Text{DE: "Eins."}, Remedy: remedy},
		{Code: "a", Fixer: "developer", Message: text.Text{DE: "Zwei."}, Remedy: remedy},
		{Code: "b", Fixer: "operator", Message: text.Text{DE: "Drei."}, Remedy: other},
	})
	want := "\na: Eins.\n\na: Zwei.\n  So beheben Sie das (Entwickler): Tun Sie das.\n\nb: Drei.\n  So beheben Sie das (Betreiber): Tun Sie jenes.\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

func TestServe_refuses_a_bad_configuration(t *testing.T) {
	served := false
	t.Chdir(t.TempDir())
	if err := os.WriteFile("prokura.yaml", []byte("lisen: 127.0.0.1:1\nissuer: http://auth.acme.test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	status := Run(t.Context(), Process{Args: []string{"serve"}, Stdout: io.Discard, Stderr: &errs, Server: Server{
		Serve: func(context.Context, config.Config, *slog.Logger, func(Started)) error { served = true; return nil },
	}})
	want := "prokura.yaml:1:1: unknown key \"lisen\"; did you mean \"listen\"?\n" +
		"    1 | lisen: 127.0.0.1:1\n      | ^\n" +
		"prokura.yaml:2:9: issuer: expected https: tokens for auth.acme.test would travel in the clear\n" +
		"    2 | issuer: http://auth.acme.test\n      |         ^\n" +
		"prokura: error: the configuration has 2 problems; nothing was done\n" +
		"prokura: hint: prokura config reference prints every key with its meaning\n"
	if status != ExitError || served {
		t.Errorf("status %d, served %v", status, served)
	}
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Error(diff)
	}
}

func TestServe_says_what_to_do_where_another_runs(t *testing.T) {
	for name, c := range map[string]struct {
		err        error
		lang, want string
	}{
		"at the address":            {fmt.Errorf("listening: %w", syscall.EADDRINUSE), "", "prokura: hint: another program listens there"},
		"at the address, in German": {fmt.Errorf("listening: %w", syscall.EADDRINUSE), "de", "prokura: Hinweis: Dort wartet schon ein anderes Programm"},
		"on the database":           {fmt.Errorf("locking: %w", store.ErrInUse), "", "prokura: hint: the server seems to run already"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs bytes.Buffer
			t.Chdir(t.TempDir())
			status := Run(t.Context(), Process{Args: []string{"serve"}, Stdout: io.Discard, Stderr: &errs, Env: map[string]string{"LANG": c.lang},
				Server: Server{Serve: func(context.Context, config.Config, *slog.Logger, func(Started)) error { return c.err }}})
			if status != ExitError || !strings.Contains(errs.String(), c.want) {
				t.Errorf("status %d, %q", status, errs.String())
			}
		})
	}
}

func TestExplain_ref_says_why_there_may_be_none(t *testing.T) {
	env, _ := api(t, nil)
	got := prokura(t, env, "", "explain", "ref", "REFERENCE")
	if got.status != ExitError || !strings.Contains(got.err, "no refusal stands under the reference \"REFERENCE\"") || !strings.Contains(got.err, "prokura refusals -t TENANT") {
		t.Errorf("%+v", got)
	}
}

func TestServe_says_where_it_answers(t *testing.T) {
	var errs bytes.Buffer
	t.Chdir(t.TempDir())
	status := Run(t.Context(), Process{Args: []string{"serve"}, Stdout: io.Discard, Stderr: &errs, Server: Server{
		Serve: func(_ context.Context, _ config.Config, _ *slog.Logger, started func(Started)) error {
			started(Started{Addresses: []string{"127.0.0.1:9"}, Issuer: "http://127.0.0.1:9", OperatorTokenFile: "d/operator.token"})
			return nil
		},
	}})
	want := "listening on 127.0.0.1:9\nissuer http://127.0.0.1:9\nthe operator token is in d/operator.token\n"
	if status != ExitOK || errs.String() != want {
		t.Errorf("status %d, %q", status, errs.String())
	}
}

// api is a server that answers a request line with a body, and 404 to everything else.
func api(t *testing.T, answers map[string]string) (map[string]string, *[]string) {
	t.Helper()
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("Authorization") != "Bearer pko_test" {
			t.Errorf("token %q", r.Header.Get("Authorization"))
		}
		asked = append(asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
		answer, ok := answers[r.Method+" "+r.URL.Path]
		if !ok {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"title":"Not Found","code":"object_not_found","message":{"en":"There is none \u001b[31m.","de":"Das gibt es nicht."},"remedy":{"en":"List them.","de":"Lassen Sie sie auflisten."}}`)
			return
		}
		if answer == "" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return map[string]string{"PROKURA_SERVER": s.URL, "PROKURA_TOKEN": "pko_test"}, &asked
}

const (
	tenantID = "ba5ca431-35a8-43d8-adfa-b88a5823d286"
	appID    = "fc330b1c-7229-4cdc-a090-f74a7033ffed"
	world    = `{"items":[{"id":"` + tenantID + `","name":"My\u001b[2JCo","content_url":"my","plan":"starter","created_at":"2026-11-22T01:23:27Z"}]}`
	apps     = `{"items":[{"client_id":"` + appID + `","name":"script","enabled":true,"scopes":["a","b"],"secrets":[]}]}`
)

func TestA256_tables_escape_what_others_wrote(t *testing.T) {
	env, _ := api(t, map[string]string{"GET /v1/tenants": world})
	got := prokura(t, env, "", "tenant", "list")
	want := "ID                                    CONTENT URL  NAME           PLAN     CREATED\n" +
		tenantID + `  my           My\u001b[2JCo  starter  2026-11-22T01:23:27Z` + "\n"
	if got.status != ExitOK || got.out != want {
		t.Errorf("got %+v", got)
	}
	got = prokura(t, env, "", "tenant", "show", tenantID)
	want = `prokura: error: there is none \u001b[31m (object_not_found)` + "\nprokura: hint: list them\n"
	if got.status != ExitError || got.err != want {
		t.Errorf("got %+v", got)
	}
}

func TestCommands_send_what_was_meant(t *testing.T) {
	in := "/v1/tenants/" + tenantID
	app := in + "/connected-apps/" + appID
	for name, c := range map[string]struct {
		args []string
		want string // the last request
	}{
		"names become ids":             {[]string{"connected-app", "show", "-t", "my", "script"}, "GET " + app},
		"ids are taken as they are":    {[]string{"connected-app", "show", "-t", tenantID, appID}, "GET " + app},
		"the whole catalog is null":    {[]string{"connected-app", "scopes", "-t", "my", "script", "--all"}, "PATCH " + app + ` {"scopes":null}`},
		"scopes by commas and spaces":  {[]string{"connected-app", "scopes", "-t", "my", "script", "b, a"}, "PATCH " + app + ` {"scopes":["a","b"]}`},
		"disable":                      {[]string{"connected-app", "disable", "-t", "my", "script"}, "PATCH " + app + ` {"enabled":false}`},
		"delete with --yes":            {[]string{"connected-app", "delete", "-t", "my", "script", "--yes"}, "DELETE " + app},
		"only what is given changes":   {[]string{"tenant", "update", "my", "--plan", "enterprise"}, "PATCH /v1/tenants/" + tenantID + ` {"plan":"enterprise"}`},
		"an empty value is a value":    {[]string{"tenant", "update", "my", "--name="}, "PATCH /v1/tenants/" + tenantID + ` {"name":""}`},
		"a password from a pipe":       {[]string{"user", "create", "-t", "my", "eve", "--password-file", "-"}, "POST /v1/tenants/" + tenantID + `/users {"name":"eve","password":"s3cret"}`},
		"A243: a JWT from a pipe":      {[]string{"explain", "jwt", "-t", "my", "-"}, `POST /v1/explain/assertion {"jwt":"s3cret","tenant":"my"}`},
		"a JWT of the only tenant":     {[]string{"explain", "jwt", "a.b.c"}, `POST /v1/explain/assertion {"jwt":"a.b.c","tenant":"` + tenantID + `"}`},
		"a function for a time":        {[]string{"tenant", "entitlement", "add", "-t", "my", "workflows", "--until", "2027-01-01T00:00:00Z"}, "PUT " + in + `/entitlements/workflows {"until":"2027-01-01T00:00:00Z","withdrawn":false}`},
		"a function withdrawn":         {[]string{"tenant", "entitlement", "withdraw", "-t", "my", "workflows"}, "PUT " + in + `/entitlements/workflows {"withdrawn":true}`},
		"a function as the plan says":  {[]string{"tenant", "entitlement", "delete", "-t", "my", "workflows", "-y"}, "DELETE " + in + "/entitlements/workflows"},
		"a role of one's own":          {[]string{"role", "create", "-t", "my", "installs", "--name", "Installs", "--permission", "a:b:c,d:e:f"}, "POST " + in + `/roles {"id":"installs","name":"Installs","permissions":["a:b:c","d:e:f"]}`},
		"a role that loses everything": {[]string{"role", "update", "-t", "my", "installs", "--permission="}, "PATCH " + in + `/roles/installs {"permissions":[]}`},
		"a role given":                 {[]string{"role", "give", "-t", "my", "app_installer", appID}, "PUT " + in + "/users/" + appID + "/roles/app_installer"},
		"a role taken":                 {[]string{"role", "take", "-t", "my", "app_installer", appID}, "DELETE " + in + "/users/" + appID + "/roles/app_installer"},
		"an invitation":                {[]string{"user", "invite", "-t", "my", appID, "--lang", "de"}, "POST " + in + "/users/" + appID + `/invite {"lang":"de"}`},
		"a link to a new password":     {[]string{"user", "password-link", "-t", "my", appID}, "POST " + in + "/users/" + appID + `/password-link {"lang":"en"}`},
		"grants of an app":             {[]string{"grant", "list", "-t", "my", "--app", appID}, "GET " + in + "/grants"},
		"grants of a user":             {[]string{"grant", "list", "-t", "my", "--user", appID}, "GET " + in + "/users/" + appID + "/grants"},
		"a grant withdrawn":            {[]string{"grant", "withdraw", "-t", "my", appID, "--yes"}, "DELETE " + in + "/grants/" + appID},
		"an authorization revoked":     {[]string{"authorization", "revoke", "-t", "my", appID, "--yes"}, "POST " + in + "/authorizations/" + appID + `/revoke {"reason":""}`},
		"what stands in a path is one": {[]string{"explain", "ref", "a/../b"}, "GET /v1/refusals/a/../b"},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{"GET /v1/tenants": world, "GET /v1/tenants/" + tenantID + "/connected-apps": apps, "DELETE " + app: ""}
			env, asked := api(t, answers)
			prokura(t, env, "s3cret\n", c.args...)
			if got := (*asked)[len(*asked)-1]; got != c.want {
				t.Errorf("asked %q, want %q", got, c.want)
			}
		})
	}
}

func TestExplainJWT_finds_the_tenant_of_the_app_that_the_JWT_names(t *testing.T) {
	const other = "0a0b0c0d-35a8-43d8-adfa-b88a5823d286"
	env, asked := api(t, map[string]string{
		"GET /v1/tenants": `{"items":[{"id":"` + other + `"},{"id":"` + tenantID + `"}]}`,
		"GET /v1/tenants/" + tenantID + "/connected-apps/" + appID: "{}",
	})
	token := jws.Encode([]byte(`{"alg":"HS256"}`)) + "." + jws.Encode([]byte(`{"iss":"`+appID+`"}`)) + "." + jws.Encode([]byte("signed"))
	prokura(t, env, "", "explain", "jwt", token)
	if got, want := (*asked)[len(*asked)-1], `POST /v1/explain/assertion {"jwt":"`+token+`","tenant":"`+tenantID+`"}`; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	if got := prokura(t, env, "", "explain", "jwt", "a.b.c"); got.status != ExitUsage || !strings.Contains(got.err, "--tenant") {
		t.Errorf("a JWT that names no app: %+v", got)
	}
}

func TestDelete_without_a_terminal_asks_for_yes(t *testing.T) {
	env, asked := api(t, map[string]string{"GET /v1/tenants": world})
	got := prokura(t, env, "y\n", "tenant", "delete", "my")
	if got.status != ExitUsage {
		t.Errorf("got %+v", got)
	}
	for _, a := range *asked {
		if strings.HasPrefix(a, "DELETE") {
			t.Errorf("asked %q", a)
		}
	}
}

func TestA243_the_token_is_read_from_its_file_and_never_shown(t *testing.T) {
	env, _ := api(t, map[string]string{"GET /v1/tenants": `{"items":[]}`})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "operator.token"), []byte("pko_test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	delete(env, "PROKURA_TOKEN")
	env["PROKURA_DATA"] = dir
	got := prokura(t, env, "", "tenant", "list")
	if got.status != ExitOK || got.err != "there are none\n" {
		t.Errorf("got %+v", got)
	}
	for _, args := range [][]string{{"tenant", "list"}, {"tenant", "show", "x"}, {"--help"}, {"tenant", "list", "--json"}} {
		env := maps.Clone(env)
		env["PROKURA_SERVER"] = "http://127.0.0.1:1"
		if got := prokura(t, env, "", args...); strings.Contains(got.out+got.err, "pko_test") {
			t.Errorf("%v shows the token: %+v", args, got)
		}
	}
}

// The token does not leave the machine unencrypted, whatever the command line says.
func TestA243_the_token_does_not_travel_in_the_clear(t *testing.T) {
	got := prokura(t, map[string]string{"PROKURA_TOKEN": "pko_test"}, "", "tenant", "list", "--server", "http://prokura.acme.test")
	want := "prokura: error: http://prokura.acme.test: the operator token would cross the network unencrypted\n" +
		"prokura: hint: use https, or run the command on the server's machine\n"
	if got.status != ExitError || got.err != want {
		t.Errorf("got %+v", got)
	}
}
