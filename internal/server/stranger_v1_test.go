package server

import (
	"net/http"
	"net/http/httptest"
)

func surfaces() []surface {
	return []surface{
		{"admin", operatorLines, asOperator},
		{"console", consoleLines, asHead},
		{"oauth", oauthLines, asHead},
		{"genesys", genesysLines, asTools},
		{"hubspot", hubspotLines, asApp},
		{"tableau", tableauLines, asScript},
	}
}

// asOperator asks the API of the operator, who names the tenant in the path.
func asOperator(e *estate, _ things) func(verb, path, body string) *httptest.ResponseRecorder {
	return func(verb, path, body string) *httptest.ResponseRecorder {
		return e.answer(verb, path, body, func(h http.Header) {
			h.Set("Authorization", "Bearer "+e.token)
			if body != "" {
				h.Set("Content-Type", "application/json")
			}
		})
	}
}

const (
	vendors = "the operator keeps the apps of all tenants"
	whole   = "it is about all tenants"
	named   = "the tenant is what is asked for"

	ofTenant = "/v1/tenants/{tenant}"
	ofUser   = ofTenant + "/users/{user}"
	ofScript = ofTenant + "/connected-apps/{client}"
	ofApp    = ofTenant + "/authorizations/{client}"
	script   = ofTenant + "/connected-apps/{app}"
)

// operatorLines are in an order in which each finds what it needs.
var operatorLines = []line{
	{route: "GET /v1/tenants", wide: whole}, {route: "POST /v1/tenants", wide: whole},
	{route: "GET " + ofTenant, wide: named}, {route: "PATCH " + ofTenant, wide: named}, {route: "DELETE " + ofTenant, wide: named},

	{route: "GET " + ofTenant + "/entitlements"},
	{route: "PUT " + ofTenant + "/entitlements/{entitlement}", path: ofTenant + "/entitlements/marketing_hub_enterprise", body: `{"withdrawn":true}`},
	{route: "DELETE " + ofTenant + "/entitlements/{entitlement}", path: ofTenant + "/entitlements/marketing_hub_enterprise"},

	{route: "GET " + ofTenant + "/roles"}, {route: "POST " + ofTenant + "/roles", body: `{"id":"another","name":"n"}`},
	{route: "GET " + ofTenant + "/roles/{role}"}, {route: "PATCH " + ofTenant + "/roles/{role}", body: `{"name":"x"}`},

	{route: "GET " + ofTenant + "/users", path: ofTenant + "/users?after={user_name}", says: 200},
	{route: "POST " + ofTenant + "/users", body: `{"name":"n","roles":["{role}"]}`, says: 400},
	{route: "GET " + ofUser}, {route: "PATCH " + ofUser, body: `{"full_name":"X"}`},
	{route: "GET " + ofUser + "/groups"}, {route: "GET " + ofUser + "/roles"},
	{route: "DELETE " + ofUser + "/roles/{role}"}, {route: "PUT " + ofUser + "/roles/{role}", or: 400},
	{route: "POST " + ofUser + "/invite"}, {route: "POST " + ofUser + "/password-link", own: 409},
	{route: "GET " + ofUser + "/grants", path: ofUser + "/grants?client={own}&after={grant}", or: 200},

	{route: "GET " + ofTenant + "/groups"}, {route: "POST " + ofTenant + "/groups", body: `{"name":"another"}`},
	{route: "GET " + ofTenant + "/groups/{group}"}, {route: "PATCH " + ofTenant + "/groups/{group}", body: `{"name":"x"}`},
	{route: "GET " + ofTenant + "/groups/{group}/users"}, {route: "DELETE " + ofTenant + "/groups/{group}/users/{user}"},
	{route: "PUT " + ofTenant + "/groups/{group}/users/{user}"},

	{route: "GET " + ofTenant + "/grants", path: ofTenant + "/grants?user={user}&client={own}&after={grant}", says: 200},
	{route: "GET " + ofTenant + "/grants/{grant}"},

	{route: "GET " + ofTenant + "/requests"}, {route: "GET " + ofTenant + "/requests/{request}"},
	{route: "POST " + ofTenant + "/requests", body: `{"client_id":"{wanted}","user_id":"{user}","reason":"x"}`},

	{route: "GET " + ofTenant + "/authorizations", path: ofTenant + "/authorizations?role={role}&after={own}", says: 200},
	{route: "GET " + ofApp},
	{route: "PUT " + ofApp, body: `{"all_scopes":true,"admission":{"roles":["{role}","user"],"users":["{user}"]}}`, or: 400},
	{route: "POST " + ofApp + "/authorize", body: `{"all_scopes":true,"admission":{"roles":["{role}","user"],"users":["{user}"]}}`, or: 400},
	{route: "POST " + ofApp + "/preview", body: `{"all_scopes":true,"admission":{"roles":["{role}","user"],"users":["{user}"]}}`, or: 200},
	{route: "GET " + ofApp + "/users", path: ofApp + "/users?after={user}", or: 200},
	{route: "POST " + ofApp + "/users/{user}/revoke", body: `{"reason":"x"}`},
	{route: "POST " + ofApp + "/users/{user}/readmit", body: `{"reason":"x"}`},
	{route: "POST " + ofApp + "/shrink", body: `{"scopes":["tableau:content:read"],"version":5}`},
	{route: "POST " + ofApp + "/unshrink", body: `{"version":6}`},
	{route: "GET " + ofApp + "/history"}, {route: "GET " + ofApp + "/usage"},
	{route: "POST " + ofApp + "/roles/{role}/revoke"},
	{route: "POST " + ofApp + "/deny", path: ofTenant + "/authorizations/{wanted}/deny", body: `{"justification":"x"}`},
	{route: "POST " + ofApp + "/revoke"},

	{route: "GET " + ofTenant + "/governance"},
	{route: "POST " + ofTenant + "/governance/preview", body: `{"policy":"open","rules":[{"risks":["delete"],"policy":"blocked"}],"enforcement":"enforce","reviewers":["{role}"]}`, says: 400},
	{route: "PUT " + ofTenant + "/governance", body: `{"policy":"open","rules":[{"risks":["delete"],"policy":"blocked"}],"enforcement":"enforce","reviewers":["{role}"],"version":0}`, says: 400},
	{route: "GET " + ofTenant + "/impact"},
	{route: "POST " + ofTenant + "/impact/authorize", body: `{"apps":[{"client_id":"{client}","version":0,"registration":1}]}`, says: 200},
	{route: "GET " + ofTenant + "/refusals"},
	{route: "GET " + ofTenant + "/audit", path: ofTenant + "/audit?after={entry}&actor={admin}&target={own}&text={role}", says: 200},
	{route: "GET " + ofTenant + "/audit/export.csv", path: ofTenant + "/audit/export.csv?after={entry}&actor={admin}&target={own}", says: 200},
	{route: "GET " + ofTenant + "/audit/export.jsonl", path: ofTenant + "/audit/export.jsonl?after={entry}&actor={admin}&target={own}", says: 200},

	{route: "POST " + ofTenant + "/clients/{client}/disable", path: ofTenant + "/clients/{own}/disable"},
	{route: "POST " + ofTenant + "/clients/{client}/enable", path: ofTenant + "/clients/{own}/enable"},

	{route: "GET " + ofTenant + "/connected-apps", path: ofTenant + "/connected-apps?after={app}", says: 200},
	{route: "POST " + ofTenant + "/connected-apps", body: `{"name":"another"}`},
	{route: "GET " + ofScript, path: script}, {route: "PATCH " + ofScript, path: script, body: `{"name":"x"}`},
	{route: "POST " + ofScript + "/disable", path: script + "/disable"}, {route: "POST " + ofScript + "/enable", path: script + "/enable"},
	{route: "POST " + ofScript + "/revoke", path: script + "/revoke"}, {route: "POST " + ofScript + "/authorize", path: script + "/authorize"},
	{route: "GET " + ofScript + "/secrets", path: script + "/secrets"}, {route: "POST " + ofScript + "/secrets", path: script + "/secrets"},
	{route: "DELETE " + ofScript + "/secrets/{secret}", path: script + "/secrets/{secret}"},
	{route: "DELETE " + ofScript, path: script},

	{route: "DELETE " + ofTenant + "/grants/{grant}", own: 404}, // it ended with the authorization
	{route: "DELETE " + ofTenant + "/groups/{group}"},
	{route: "DELETE " + ofUser},
	{route: "DELETE " + ofTenant + "/roles/{role}"},

	{route: "GET /v1/enforcement", wide: whole}, {route: "PUT /v1/enforcement", wide: whole},
	{route: "GET /v1/keys", wide: whole}, {route: "POST /v1/keys", wide: whole}, {route: "POST /v1/keys/{key}/revoke", wide: whole},
	{route: "GET /v1/audit", wide: whole}, {route: "GET /v1/audit/export.csv", wide: whole}, {route: "GET /v1/audit/export.jsonl", wide: whole},
	{route: "GET /v1/audit/checkpoint", wide: whole}, {route: "POST /v1/audit/verify", wide: whole}, {route: "GET /v1/openapi.json", wide: whole},
	{route: "GET /v1/refusals/{reference}", wide: whole},
	{route: "POST /v1/explain/assertion", wide: named}, {route: "POST /v1/explain/call", wide: whole}, {route: "POST /v1/explain/install", wide: named},

	{route: "GET /v1/clients", wide: vendors}, {route: "POST /v1/clients", wide: vendors},
	{route: "GET /v1/clients/{client}", wide: vendors}, {route: "PATCH /v1/clients/{client}", wide: vendors}, {route: "DELETE /v1/clients/{client}", wide: vendors},
	{route: "POST /v1/clients/{client}/enable", wide: vendors}, {route: "POST /v1/clients/{client}/disable", wide: vendors},
	{route: "POST /v1/clients/{client}/verify", wide: vendors}, {route: "POST /v1/clients/{client}/unverify", wide: vendors},
	{route: "POST /v1/clients/{client}/recall", wide: vendors}, {route: "POST /v1/clients/{client}/impact", wide: vendors},
	{route: "POST /v1/clients/{client}/build-url", wide: vendors},
	{route: "GET /v1/clients/{client}/secrets", wide: vendors}, {route: "POST /v1/clients/{client}/secrets", wide: vendors},
	{route: "DELETE /v1/clients/{client}/secrets/{secret}", wide: vendors},
	{route: "GET /v1/clients/{client}/logo", wide: vendors}, {route: "PUT /v1/clients/{client}/logo", wide: vendors}, {route: "DELETE /v1/clients/{client}/logo", wide: vendors},
	{route: "GET /v1/clients/{client}/versions", wide: vendors}, {route: "GET /v1/clients/{client}/install-urls", wide: vendors},
	{route: "GET /v1/clients/{client}/tallies", wide: vendors},
}
