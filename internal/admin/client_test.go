package admin

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/id"
	"prokura/internal/v1"
)

const registration = `"name":"Sync","publisher":"Example","redirect_uris":["https://app.example.com/cb"],"install_url":true,
	"required":["tableau:users:read"],"conditional":["tableau:groups:read"],"optional":["tableau:content:read"]`

func TestClients(t *testing.T) {
	w := newWorld(t)
	in := strings.TrimPrefix(w.tenant("acme"), "/v1/tenants/")
	made := w.do("POST", "/v1/clients", `{`+registration+`,"owner":"`+in+`","contact":{"mail":"help@example.com"}}`).is(201)
	c := as[v1.ChangedClient](made)
	want := v1.Client{ClientID: c.ClientID, Owner: in, Version: 1, Enabled: true, Secrets: []v1.Secret{}, CreatedAt: noon,
		Registration: v1.Registration{Name: "Sync", Publisher: "Example", Contact: v1.Contact{Mail: "help@example.com"}, RedirectURIs: []string{"https://app.example.com/cb"},
			InstallURL: true, Required: []string{"tableau:users:read"}, Conditional: []string{"tableau:groups:read"}, Optional: []string{"tableau:content:read"}}}
	if diff := cmp.Diff(want, c.Client); diff != "" {
		t.Error(diff)
	}
	at := made.header.Get("Location")
	if at != "/v1/clients/"+c.ClientID {
		t.Errorf("Location: %q", at)
	}
	if diff := cmp.Diff(want, as[v1.Client](w.do("GET", at, "").is(200))); diff != "" {
		t.Error(diff)
	}
	for path, n := range map[string]int{"/v1/clients": 1, "/v1/clients?owner=" + in: 1, "/v1/clients?owner=" + c.ClientID: 0} {
		if list := as[v1.List[v1.Client]](w.do("GET", path, "").is(200)); len(list.Items) != n {
			t.Errorf("%s: %+v", path, list.Items)
		}
	}
	w.do("GET", "/v1/clients?owner=x", "").refused(404, "object_not_found")
	w.do("GET", "/v1/clients?after=x", "").refused(400, "cursor_invalid")
	w.do("POST", "/v1/clients", `{`+registration+`,"owner":"`+c.ClientID+`"}`).refused(404, "object_not_found")
	w.do("POST", at+"/disable", "").is(200)
	if now := as[v1.Client](w.do("GET", at, "").is(200)); now.Enabled {
		t.Error("disabled, and enabled")
	}
	w.do("POST", at+"/enable", "").is(200)
	w.do("DELETE", at, "").is(204)
	w.do("GET", at, "").refused(404, "object_not_found")
	w.do("GET", "/v1/clients/x", "").refused(404, "object_not_found")
}

func TestClients_every_problem_stands_at_its_field(t *testing.T) {
	w := newWorld(t)
	p := w.do("POST", "/v1/clients", `{"name":"x","publisher":" ","redirect_uris":["https://a/","http://b/"],"required":["tableau:user:read"],"access_seconds":-5}`).refused(400, "field_character")
	var got []string
	for _, f := range p.Findings {
		got = append(got, f.Field+" "+f.Code)
	}
	if diff := cmp.Diff([]string{"publisher field_character", "redirect_uris[1] redirect_uri_invalid", "required[0] scope_unknown", "access_seconds life_out_of_range"}, got); diff != "" {
		t.Error(diff)
	}
	w.do("POST", "/v1/clients", `{"name":"x","redirect_uri":["https://a/"]}`).refused(400, "field_unknown")
	w.do("POST", "/v1/clients", `{"name":null}`).refused(400, "field_kind")
	w.do("POST", "/v1/clients", `{"required":"a"}`).refused(400, "field_kind")
	w.do("POST", "/v1/clients?dry_run=maybe", `{}`).refused(400, "field_unknown")
	if c := as[v1.ChangedClient](w.do("POST", "/v1/clients?dry_run=true", `{`+registration+`}`).is(200)); !c.DryRun || c.ClientID != "" || len(c.Changes) != 7 {
		t.Errorf("%+v", c)
	}
	if list := as[v1.List[v1.Client]](w.do("GET", "/v1/clients", "").is(200)); len(list.Items) != 0 {
		t.Errorf("a dry run made %+v", list.Items)
	}
}

func TestClients_changes_are_versions(t *testing.T) {
	w := newWorld(t)
	at := w.do("POST", "/v1/clients", `{`+registration+`}`).is(201).header.Get("Location")
	client, err := id.Parse[id.Client](strings.TrimPrefix(at, "/v1/clients/"))
	w.ok(err)
	c, err := w.api.c.Registry.Client(t.Context(), client)
	w.ok(err)
	w.api.c.Registry.NoteInstallURL(&c, "https://app.example.com/cb", "tableau:users:read", "tableau:content:read")

	dry := as[v1.ChangedClient](w.do("PATCH", at+"?dry_run=true", `{"required":["tableau:users:read","tableau:groups:read"],"conditional":[]}`).is(200))
	if dry.Version != 1 || len(dry.Changes) != 2 || !dry.Changes[0].Security || dry.Impact == nil || dry.Impact.Seen != 1 || len(dry.Impact.Breaks) != 1 {
		t.Fatalf("%+v %+v", dry, dry.Impact)
	}
	b := dry.Impact.Breaks[0]
	if b.URL != "/oauth/authorize?client_id="+client.String()+"&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope=tableau%3Ausers%3Aread&optional_scope=tableau%3Acontent%3Aread" ||
		!strings.Contains(b.CorrectedURL, "&scope=tableau%3Agroups%3Aread%20tableau%3Ausers%3Aread&optional_scope=") || b.Findings[0].Code != "required_scope_missing" {
		t.Errorf("%+v", b)
	}
	if same := as[v1.Impact](w.do("POST", at+"/impact", `{"required":["tableau:users:read","tableau:groups:read"],"conditional":[]}`).is(200)); len(same.Breaks) != 1 {
		t.Errorf("%+v", same)
	}
	out := as[v1.ChangedClient](w.do("PATCH", at, `{"version":1,"name":"Sync 2","description":{"de":"Hallo"}}`).is(200))
	if out.Version != 2 || len(out.Changes) != 2 || out.Name != "Sync 2" || out.Description.DE != "Hallo" || len(out.Required) != 1 {
		t.Errorf("%+v", out)
	}
	w.do("PATCH", at, `{"version":1,"name":"Sync 3"}`).refused(409, "client_changed")
	w.do("PATCH", at, `{"redirect_uris":["https://app.example.com/new"]}`).is(200)
	versions := as[v1.List[v1.ClientVersion]](w.do("GET", at+"/versions?limit=2", "").is(200))
	if len(versions.Items) != 2 || versions.Next != "2" || versions.Items[0].Version != 3 || len(versions.Items[0].Changes) != 1 || versions.Items[0].Changes[0].Field != "redirect_uris" ||
		len(versions.Items[1].Changes) != 2 || versions.Items[1].By != "operator" {
		t.Errorf("%+v", versions)
	}
	if last := as[v1.List[v1.ClientVersion]](w.do("GET", at+"/versions?limit=2&after=2", "").is(200)); len(last.Items) != 1 || last.Next != "" || len(last.Items[0].Changes) != 7 {
		t.Errorf("%+v", last)
	}
	w.do("GET", at+"/versions?after=x", "").refused(400, "cursor_invalid")
	urls := as[v1.List[v1.InstallURLSum]](w.do("GET", at+"/install-urls", "").is(200))
	if len(urls.Items) != 1 || urls.Items[0].Count != 1 || urls.Items[0].LastAt != noon {
		t.Errorf("%+v", urls)
	}
	w.api.c.Registry.Tally(client, "install")
	w.ok(w.api.c.Registry.Flush(t.Context()))
	if list := as[v1.List[v1.Tally]](w.do("GET", at+"/tallies?days=7", "").is(200)); len(list.Items) != 1 || list.Items[0] != (v1.Tally{Day: "2026-11-22", Kind: "install", Count: 1}) {
		t.Errorf("%+v", list)
	}
	w.do("GET", at+"/tallies?days=0", "").refused(400, "limit_out_of_range")

	for body, want := range map[string]string{
		`{}`: "&scope=tableau%3Agroups%3Aread%20tableau%3Ausers%3Aread&optional_scope=tableau%3Acontent%3Aread",
		`{"conditional":[],"optional":[],"state":"x","redirect_uri":"https://app.example.com/new"}`: "&scope=tableau%3Ausers%3Aread&state=x",
	} {
		if built := as[v1.BuiltURL](w.do("POST", at+"/build-url", body).is(200)); built.URL != "/oauth/authorize?client_id="+client.String()+"&redirect_uri=https%3A%2F%2Fapp.example.com%2Fnew"+want {
			t.Errorf("%s: %q", body, built.URL)
		}
	}
	w.do("POST", at+"/build-url", `{"redirect_uri":"https://x/"}`).refused(400, "redirect_uri_not_registered")
	w.do("POST", at+"/build-url", `{"optional":["tableau:users:read"]}`).refused(400, "scope_not_registered")
	w.do("POST", at+"/build-url", `{"optional":["a b"]}`).refused(400, "scope_name_invalid")
}

func TestClients_secrets(t *testing.T) {
	w := newWorld(t)
	at := w.do("POST", "/v1/clients", `{`+registration+`}`).is(201).header.Get("Location")
	s := as[v1.Secret](w.do("POST", at+"/secrets", "").is(201))
	if !strings.HasPrefix(s.Value, "pks_") {
		t.Errorf("%+v", s)
	}
	w.do("POST", at+"/secrets", "{}").is(201)
	w.do("POST", at+"/secrets", "").refused(409, "client_secret_limit")
	if got := w.do("GET", at+"/secrets", "").is(200).body; strings.Contains(got, "pks_") || strings.Count(got, `"id"`) != 2 {
		t.Error(got)
	}
	if strings.Contains(w.do("GET", at, "").is(200).body, "pks_") {
		t.Error("a secret is shown twice")
	}
	w.do("PATCH", at, `{"public":true}`).refused(400, "public_client_conflict")
	w.do("DELETE", at+"/secrets/"+s.ID, "").is(204)
	w.do("DELETE", at+"/secrets/"+s.ID, "").refused(404, "object_not_found")
	w.do("DELETE", at+"/secrets/x", "").refused(404, "object_not_found")
}

func TestClients_keys(t *testing.T) {
	w := newWorld(t)
	at := w.do("POST", "/v1/clients", `{`+registration+`,"keys":{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","note":"mine"}]}}`).is(201).header.Get("Location")
	got := as[v1.Client](w.do("GET", at, "").is(200))
	if keys := strings.Join(strings.Fields(string(got.Keys)), ""); keys != `{"keys":[{"use":"sig","kty":"OKP","kid":"a","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}` {
		t.Error(keys)
	}
	w.do("PATCH", at, `{"keys":{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}}`).refused(400, "client_keys_invalid")
	w.do("PATCH", at, `{"name":"Sync 2"}`).is(200)
	if got := as[v1.Client](w.do("GET", at, "").is(200)); len(got.Keys) == 0 {
		t.Error("a change of the name took the keys away")
	}
	w.do("PATCH", at, `{"keys":null}`).is(200)
	if got := as[v1.Client](w.do("GET", at, "").is(200)); len(got.Keys) != 0 || got.Version != 3 {
		t.Errorf("%+v", got)
	}
}

func TestA118_logos_are_uploaded_and_no_SVG(t *testing.T) {
	w := newWorld(t)
	at := w.do("POST", "/v1/clients", `{`+registration+`}`).is(201).header.Get("Location")
	put := func(file, media string) answered {
		return w.send("PUT", at+"/logo", file, http.Header{"Content-Type": {media}})
	}
	var img bytes.Buffer
	w.ok(png.Encode(&img, image.NewGray(image.Rect(0, 0, 8, 8))))
	w.do("GET", at+"/logo", "").refused(404, "object_not_found")
	if c := as[v1.ChangedClient](put(img.String(), "image/png").is(200)); c.Version != 2 || len(c.Logo) != 64 {
		t.Errorf("%+v", c)
	}
	got := w.do("GET", at+"/logo", "").is(200)
	if !strings.HasPrefix(got.body, "\x89PNG") || got.header.Get("Content-Type") != "image/png" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", got.header)
	}
	// A change of the registration keeps it.
	if c := as[v1.ChangedClient](w.do("PATCH", at, `{"name":"x"}`).is(200)); len(c.Logo) != 64 {
		t.Errorf("%+v", c)
	}
	put("<svg/>", "image/png").refused(400, "logo_invalid")
	put("RIFF....WEBP", "image/webp").refused(415, "media_type_unsupported")
	put("RIFF....WEBP", "image/png").refused(400, "logo_invalid")
	put("<svg/>", "image/svg+xml").refused(415, "media_type_unsupported")
	put(`{}`, "application/json").refused(415, "media_type_unsupported")
	put(strings.Repeat("x", 1<<18+1), "image/png").refused(413, "body_too_large")
	w.do("DELETE", at+"/logo", "").is(204)
	if c := as[v1.Client](w.do("GET", at, "").is(200)); c.Logo != "" || c.Version != 4 {
		t.Errorf("%+v", c)
	}
}
