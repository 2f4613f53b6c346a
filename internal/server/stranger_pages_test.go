package server

import (
	"net/http/httptest"
)

// asHead is the browser of the tenant's head, who may do everything there.
func asHead(e *estate, w things) func(verb, path, body string) *httptest.ResponseRecorder {
	return e.visit(w.one("login")).ask
}

const (
	alike   = "it is the same for everybody"
	ownself = "it is about the person alone"
	holder  = "a link is for whoever holds it, and names nobody"

	decided    = "/console/authorizations/{client}"
	ofUserPage = "/console/users/{user}"
	registered = "/console/registrations/{client}"
	ownPage    = "/console/registrations/{own}"
	publics    = "whoever opens an install URL is told of the app that it names, also that it is switched off"
	redirected = "%26redirect_uri%3Dhttps%253A%252F%252Fapp.example%252Fcb%26scope%3Dtableau%253Acontent%253Aread"
	foreign    = "%2Foauth%2Fauthorize%3Fclient_id%3D{client}" + redirected
	install    = "%2Foauth%2Fauthorize%3Fclient_id%3D11111111-1111-4111-8111-111111111111" + redirected
	terms      = "act=approve&stage=review&scope=tableau:content:read&version=1&registration=1&who=chosen&role={role}&role=user&user={user}"
	newApp     = "act=save&name=n&publisher=p&redirect_uris=https://a.example/cb&install_url=yes&scope.tableau:content:read=required"
)

// consoleLines are in an order in which each finds what it needs.
var consoleLines = []line{
	{route: "/assets/logo/{sum}", wide: "a logo is for whoever asks, before anybody consented"},
	{route: "GET /{$}", path: "/"},
	{route: "GET /login", wide: alike}, {route: "POST /login", wide: ownself},
	{route: "GET /set-up", wide: holder}, {route: "POST /set-up", wide: holder}, {route: "GET /invite", wide: holder}, {route: "POST /invite", wide: holder},
	{route: "GET /password", wide: holder}, {route: "POST /password", wide: holder},

	{route: "GET /console"}, {route: "GET /console/history", path: "/console/history?format=csv"},
	{route: "GET /console/apps"}, {route: "GET /console/apps/{client}", path: "/console/apps/{own}"},
	{route: "POST /console/apps/{client}/ask", path: "/console/apps/{own}/ask", own: 403},
	{route: "POST /console/apps/{client}/take-back", path: "/console/apps/{own}/take-back"},
	{route: "POST /console/apps/{client}/withdraw", path: "/console/apps/{own}/withdraw", body: "confirmed=yes"},

	{route: "GET /console/clinic", path: "/console/clinic?as=user&user={user_name}&url=" + install, says: 422},
	{route: "POST /console/clinic", body: "as=user&user={user_name}&url=" + install, says: 422},
	{route: "GET /console/clinic", path: "/console/clinic?as=me&url=" + foreign, says: 200, known: publics, names: true},
	{route: "POST /console/clinic", body: "as=me&url=" + foreign, says: 200, known: publics, names: true},

	{route: "GET /console/users", path: "/console/users?role={role}&after={user_name}", says: 200},
	{route: "GET /console/users/new"}, {route: "POST /console/users/new", body: "name=another&full_name=Another&role={role}", says: 422},
	{route: "GET " + ofUserPage}, {route: "POST " + ofUserPage, body: "name=renamed&full_name=R&role={role}", or: 422},
	{route: "POST " + ofUserPage + "/invite"}, {route: "POST " + ofUserPage + "/password", own: 409},
	{route: "POST " + ofUserPage + "/switch", body: "confirmed=yes"},

	{route: "GET /console/refusals"}, {route: "GET /console/refusals/{reference}"},

	{route: "GET /console/authorizations", path: "/console/authorizations?role={role}&after={own}&name={user_name}", says: 200},
	{route: "GET /console/authorizations/new", path: "/console/authorizations/new?client_id={client}", says: 200},
	{route: "POST /console/authorizations/new", body: "client_id={client}", says: 422},
	{route: "GET /console/requests"}, {route: "POST /console/requests/{client}/deny", path: "/console/requests/{wanted}/deny", body: "act=deny&justification=x"},
	{route: "GET /console/governance"},
	{route: "POST /console/governance", body: "door=administrator&stage=enforce&days=14&reviewer={role}&version=0&confirmed=yes", says: 422},
	{route: "GET /console/governance/impact"}, {route: "POST /console/governance/impact", body: "client={client}", says: 303},
	{route: "GET " + decided, path: decided + "?user={user}", or: 200}, {route: "GET " + decided + "/decide"},
	{route: "POST " + decided + "/decide", body: terms, or: 422},
	{route: "POST " + decided + "/users/{user}/revoke", body: "confirmed=yes&reason=x"}, {route: "POST " + decided + "/users/{user}/readmit", body: "confirmed=yes&reason=x"},
	{route: "POST " + decided + "/roles/revoke", body: "confirmed=yes&role={role}"},
	{route: "POST " + decided + "/shrink", body: "keep=tableau:content:read&version=4"}, {route: "POST " + decided + "/unshrink", body: "version=5"},
	{route: "POST " + decided + "/revoke", body: "confirmed=yes&reason=x"},
	{route: "GET /console/oauth-clients"},

	{route: "GET /console/audit", path: "/console/audit?before={entry}&actor={admin}&target={own}&text={role}", says: 200},
	{route: "GET /console/audit/{entry}"},
	{route: "GET /console/audit/export.csv", path: "/console/audit/export.csv?actor={admin}&target={own}", says: 200},
	{route: "GET /console/audit/export.jsonl", path: "/console/audit/export.jsonl?actor={admin}&target={own}", says: 200},

	{route: "GET /console/registrations", path: "/console/registrations?after={own}", says: 200},
	{route: "GET /console/registrations/new"}, {route: "POST /console/registrations/new", body: newApp},
	{route: "GET " + registered, path: ownPage}, {route: "GET " + registered + "/edit", path: ownPage + "/edit"},
	{route: "POST " + registered + "/edit", path: ownPage + "/edit", body: newApp + "&version=1&stage=review"},
	{route: "GET " + registered + "/versions", path: ownPage + "/versions"}, {route: "GET " + registered + "/logo", path: ownPage + "/logo"},
	{route: "POST " + registered + "/logo", path: ownPage + "/logo", body: "act=remove"},
	{route: "POST " + registered + "/secrets", path: ownPage + "/secrets"},
	{route: "POST " + registered + "/secrets/{secret}/delete", path: ownPage + "/secrets/{own_secret}/delete", body: "confirmed=yes"},
	{route: "POST " + registered + "/switch", path: ownPage + "/switch", body: "confirmed=yes&act=stop"},
	{route: "POST " + registered + "/delete", path: ownPage + "/delete", body: "confirmed=yes&typed=n"},

	{route: "GET /account"}, {route: "GET /account/tenant"}, {route: "POST /account/tenant", body: "tenant={tenant}"},
	{route: "GET /logout", wide: alike}, {route: "POST /logout", wide: ownself}, {route: "POST /account/password", wide: ownself}, {route: "POST /account/everywhere", wide: ownself},
}

const (
	client   = "client_id={own}&client_secret={own_secret_value}"
	callback = "&redirect_uri=https://app.example/cb"
	ofTools  = "&response_type=code&redirect_uri=https%3A%2F%2Ftools.example%2Fcb&scope=oauth%20authorization%20users&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	refs     = "whoever holds a reference is told the code of the refusal, for the developer of the app who holds nothing else"
	wrong    = "a code or refresh token in the hands of another client ends what it belongs to (A051)"
	asking   = "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=tableau%3Acontent%3Aread"
)

// oauthLines are programs with a client of the tenant, and its head in a browser.
var oauthLines = []line{
	{route: "/.well-known/oauth-authorization-server", wide: alike},
	{route: "/oauth/introspect", path: "POST /oauth/introspect", body: client + "&token={access}", says: 200, or: 401, each: true},
	{route: "/oauth/revoke", path: "POST /oauth/revoke", body: client + "&token={access}", says: 200, or: 401, each: true},
	{route: "/oauth/token", path: "POST /oauth/token", body: client + "&grant_type=refresh_token&refresh_token={refresh}", says: 400, or: 401, each: true, ends: wrong},
	{route: "/oauth/{tenant}/token", path: "POST /oauth/{tenant}/token", body: client + callback + "&grant_type=authorization_code&code={code}", says: 400, or: 401, each: true, ends: wrong},

	{route: "/oauth/authorize", path: "GET /oauth/authorize?client_id={client}" + asking, known: publics, names: true},
	{route: "/oauth/{tenant}/authorize", path: "GET /oauth/{tenant}/authorize?client_id={tools}" + ofTools},
	{route: "/oauth/{tenant}/authorize", path: "GET /oauth/{content_url}/authorize?client_id={tools}" + ofTools},
	{route: "/oauth/{tenant}/authorize", path: "GET /oauth/{tenant}/authorize?client_id={client}" + asking, known: publics, names: true},
	{route: "POST /oauth/authorize/continue", wide: "what it carries is sealed, and bound to the browser (A019)"},
	{route: "POST /oauth/authorize/decide", wide: "what it carries is sealed, and bound to browser and login (A019)"},
	{route: "POST /oauth/authorize/ask", wide: "what it carries is sealed, and bound to the browser (A019)"},
	{route: "POST /oauth/authorize/approve", wide: "what it carries is sealed, and bound to the browser (A019)"},
	{route: "POST /oauth/authorize/switch", wide: "what it carries is sealed, and bound to the browser (A019)"},
	{route: "POST /oauth/authorize/remedy", body: "reference={reference}", known: refs},
	{route: "/oauth/errors/{code}", path: "GET /oauth/errors/scope_not_granted?reference={reference}", known: refs},
}
