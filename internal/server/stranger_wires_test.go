package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
)

// asTools calls Genesys' wire with a token of the head's.
func asTools(e *estate, w things) func(verb, path, body string) *httptest.ResponseRecorder {
	token := e.calling(w)
	return func(verb, path, body string) *httptest.ResponseRecorder {
		return e.answer(verb, path, body, func(h http.Header) {
			h.Set("Authorization", "Bearer "+token)
			if body != "" {
				h.Set("Content-Type", "application/json")
			}
		})
	}
}

const (
	apps = "/api/v2/oauth/clients"
	app  = apps + "/{client}"
	mine = apps + "/{own}"

	contactApp = `{"name":"Dialer","authorizedGrantType":"CODE","accessTokenValiditySeconds":3600,"registeredRedirectUri":["https://dialer.example/cb"],"scope":["users:readonly"]}`
	usageOf    = `{"interval":"2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"}`
)

var genesysLines = []line{
	{route: "GET " + apps}, {route: "POST " + apps, body: contactApp},
	{route: "GET " + app, path: mine}, {route: "GET " + app + "/usage/summary"},
	{route: "POST " + app + "/usage/query", body: usageOf},
	{route: "GET " + app + "/usage/query/results/{execution}", path: app + "/usage/query/results/bm9uZQ", own: 404},
	{route: "GET /api/v2/oauth/authorizations"},
	{route: "GET /api/v2/oauth/authorizations/{client}"},
	{route: "PUT /api/v2/oauth/authorizations/{client}", body: `{"scope":["tableau:content:read"],"roles":["{role}"],"users":["{user}"],"version":1}`, or: 400},
	{route: "DELETE /api/v2/oauth/authorizations/{client}"},
	{route: "GET /api/v2/oauth/scopes"}, {route: "GET /api/v2/oauth/scopes/{scope}", path: "/api/v2/oauth/scopes/users"},
	{route: "POST " + app + "/secret", path: mine + "/secret"},
	{route: "PUT " + app, path: mine, body: contactApp},
	{route: "DELETE " + app, path: mine},
	{route: "GET /api/v2/tokens/me"}, {route: "HEAD /api/v2/tokens/me"},
	{route: "DELETE /api/v2/tokens/{user}"},
	{route: "DELETE /api/v2/tokens/me"},
}

// asApp is an app of the tenant, by its credentials in the form.
func asApp(e *estate, _ things) func(verb, path, body string) *httptest.ResponseRecorder {
	return func(verb, path, body string) *httptest.ResponseRecorder {
		return e.answer(verb, path, body, func(h http.Header) {
			if body != "" {
				h.Set("Content-Type", "application/x-www-form-urlencoded")
			}
		})
	}
}

const (
	bearer = "whoever holds a token may ask what it is worth, and give it up"
	month  = "/oauth/2026-03/token"
)

var hubspotLines = []line{
	{route: "GET /oauth/v1/access-tokens/{token}", wide: bearer}, {route: "GET /oauth/v1/refresh-tokens/{token}", wide: bearer},
	{route: "DELETE /oauth/v1/refresh-tokens/{token}", wide: bearer},
	{route: "DELETE /appinstalls/v3/external-install", wide: bearer}, {route: "DELETE /appinstalls/{dated}/external-install", wide: bearer},
	{route: "POST /oauth/{dated}/token/introspect", path: month + "/introspect", body: client + "&token={refresh}", says: 200, or: 400, each: true},
	{route: "POST /oauth/{dated}/token", path: month, body: client + "&grant_type=refresh_token&refresh_token={refresh}", says: 400, or: 401, each: true, ends: wrong},
	{route: "POST /oauth/v1/token", body: client + callback + "&grant_type=authorization_code&code={code}", says: 400, or: 401, each: true, ends: wrong},
	{route: "POST /oauth/{dated}/token/revoke", path: month + "/revoke", body: client + "&token={refresh}", says: 200, or: 400, each: true},
}

// asScript signs in with a JWT of the tenant's connected app. The account is named in the body.
func asScript(e *estate, w things) func(verb, path, body string) *httptest.ResponseRecorder {
	return func(verb, path, body string) *httptest.ResponseRecorder {
		if body != "" {
			site, user, _ := strings.Cut(strings.Trim(body, "{}"), " ")
			claims := fmt.Sprintf(`{"iss":%q,"aud":"tableau","sub":%q,"exp":%d,"jti":%q,"scp":["tableau:content:read"]}`, w.one("app"), user, time.Now().Unix()+300,
				entropy.ID[id.Reference]().String())
			signed, _ := json.Marshal(map[string]any{"credentials": map[string]any{
				"jwt": hs256(`{"alg":"HS256","kid":"`+w.one("secret")+`"}`, claims, w.one("secret_value")), "site": map[string]any{"contentUrl": site}}})
			body = string(signed)
		}
		return e.answer(verb, path, body, func(h http.Header) {
			h.Set("Content-Type", "application/json")
			h.Set("Accept", "application/json")
		})
	}
}

var tableauLines = []line{
	{route: "GET /api/{version}/serverInfo", wide: alike},
	{route: "POST /api/{version}/auth/signin", path: "/api/3.21/auth/signin", body: "{{content_url} {user_name}}", says: 401},
	{route: "POST /api/{version}/auth/signout", wide: "it ends the session that it is called with"},
}
