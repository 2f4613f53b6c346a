package admin

import "prokura/internal/v1"

// operation is what openapi.json says of one route. The types of package v1 say the rest.
type operation struct {
	pattern, id, summary string
	in                   any      // the body; nil: none
	bodyless             bool     // the body may be left out
	required             []string // of the body's members
	nullable             []string // members that may be null
	image                bool     // the body, or else the answer, is an image
	status               int      // of success
	out                  any      // the answer; nil: none
	open                 bool     // no token is needed
}

// parameterTexts are the query parameters of all operations, and the path parameters where more is to be said of them.
var parameterTexts = map[string]string{
	"limit":       "How many at most.",
	"after":       "What the page before answered as next.",
	"owner":       "Only the apps of this account.",
	"user":        "Only those of this user.",
	"client":      "Only those of this app.",
	"dry_run":     "Says what would happen, and changes nothing.",
	"days":        "How many days back, today counted.",
	"entitlement": "The id of a function.",
	"role":        "The id of a role.",
}

const (
	below  = "/v1/tenants/{tenant}"
	ofUser = below + "/users/{user}"
	ofApp  = below + "/connected-apps/{client}"
	client = "/v1/clients/{client}"
)

var operations = []operation{
	{pattern: "GET /v1/tenants", id: "listTenants", summary: "List tenants by content URL.", status: 200, out: v1.List[v1.Tenant]{}},
	{pattern: "POST /v1/tenants", id: "createTenant", summary: "Make a tenant.", in: v1.NewTenant{}, required: []string{"name", "content_url", "plan"}, status: 201, out: v1.Tenant{}},
	{pattern: "GET " + below, id: "getTenant", summary: "Show a tenant.", status: 200, out: v1.Tenant{}},
	{pattern: "PATCH " + below, id: "changeTenant", summary: "Change a tenant. What a plan no longer gives is gone from tokens at once.", in: v1.TenantChange{}, status: 200, out: v1.Tenant{}},
	{pattern: "DELETE " + below, id: "deleteTenant", summary: "Delete a tenant with everything in it.", status: 204},

	{pattern: "GET " + below + "/entitlements", id: "listEntitlements", summary: "List the functions of the tenant's plan, and those added or withdrawn singly.", status: 200, out: v1.List[v1.Entitlement]{}},
	{pattern: "PUT " + below + "/entitlements/{entitlement}", id: "putEntitlement", summary: "Add a function to the tenant, or withdraw it.", in: v1.EntitlementChange{}, status: 200, out: v1.Entitlement{}},
	{pattern: "DELETE " + below + "/entitlements/{entitlement}", id: "deleteEntitlement", summary: "Take back what was said of a function, so that the plan decides.", status: 204},

	{pattern: "GET " + below + "/roles", id: "listRoles", summary: "List roles by id: those that every tenant has, and the tenant's own.", status: 200, out: v1.List[v1.Role]{}},
	{pattern: "POST " + below + "/roles", id: "createRole", summary: "Make a role of the tenant's own.", in: v1.NewRole{}, required: []string{"id", "name"}, status: 201, out: v1.Role{}},
	{pattern: "GET " + below + "/roles/{role}", id: "getRole", summary: "Show a role.", status: 200, out: v1.Role{}},
	{pattern: "PATCH " + below + "/roles/{role}", id: "changeRole", summary: "Change a role of the tenant's own.", in: v1.RoleChange{}, status: 200, out: v1.Role{}},
	{pattern: "DELETE " + below + "/roles/{role}", id: "deleteRole", summary: "Delete a role of the tenant's own, and take it from all who hold it.", status: 204},

	{pattern: "GET " + below + "/users", id: "listUsers", summary: "List users by name.", status: 200, out: v1.List[v1.User]{}},
	{pattern: "POST " + below + "/users", id: "createUser", summary: "Make a user.", in: v1.NewUser{}, required: []string{"name"}, status: 201, out: v1.User{}},
	{pattern: "GET " + ofUser, id: "getUser", summary: "Show a user.", status: 200, out: v1.User{}},
	{pattern: "PATCH " + ofUser, id: "changeUser", summary: "Change a user. Disabling ends sessions at once, and what the user gave to apps for good.", in: v1.UserChange{}, status: 200, out: v1.User{}},
	{pattern: "DELETE " + ofUser, id: "deleteUser", summary: "Delete a user.", status: 204},
	{pattern: "GET " + ofUser + "/groups", id: "listGroupsOfUser", summary: "List a user's groups.", status: 200, out: v1.List[v1.Group]{}},
	{pattern: "GET " + ofUser + "/roles", id: "listRolesOfUser", summary: "List a user's roles.", status: 200, out: v1.List[v1.Role]{}},
	{pattern: "PUT " + ofUser + "/roles/{role}", id: "giveRole", summary: "Give a user a role.", status: 204},
	{pattern: "DELETE " + ofUser + "/roles/{role}", id: "takeRole", summary: "Take a role from a user.", status: 204},
	{pattern: "POST " + ofUser + "/invite", id: "inviteUser", summary: "Make a link by which somebody becomes the user.", in: v1.LinkWish{}, bodyless: true, status: 201, out: v1.Link{}},
	{pattern: "POST " + ofUser + "/password-link", id: "makePasswordLink", summary: "Make a link to set a new password.", in: v1.LinkWish{}, bodyless: true, status: 201, out: v1.Link{}},
	{pattern: "GET " + ofUser + "/grants", id: "listGrantsOfUser", summary: "List what a user gave to apps.", status: 200, out: v1.List[v1.Grant]{}},

	{pattern: "GET " + below + "/groups", id: "listGroups", summary: "List groups by name.", status: 200, out: v1.List[v1.Group]{}},
	{pattern: "POST " + below + "/groups", id: "createGroup", summary: "Make a group.", in: v1.GroupName{}, required: []string{"name"}, status: 201, out: v1.Group{}},
	{pattern: "GET " + below + "/groups/{group}", id: "getGroup", summary: "Show a group.", status: 200, out: v1.Group{}},
	{pattern: "PATCH " + below + "/groups/{group}", id: "renameGroup", summary: "Rename a group.", in: v1.GroupName{}, required: []string{"name"}, status: 200, out: v1.Group{}},
	{pattern: "DELETE " + below + "/groups/{group}", id: "deleteGroup", summary: "Delete a group.", status: 204},
	{pattern: "GET " + below + "/groups/{group}/users", id: "listMembers", summary: "List a group's users.", status: 200, out: v1.List[v1.User]{}},
	{pattern: "PUT " + below + "/groups/{group}/users/{user}", id: "addMember", summary: "Take a user into a group.", status: 204},
	{pattern: "DELETE " + below + "/groups/{group}/users/{user}", id: "removeMember", summary: "Take a user out of a group.", status: 204},

	{pattern: "GET " + below + "/grants", id: "listGrants", summary: "List what was given to apps in a tenant, and lives.", status: 200, out: v1.List[v1.Grant]{}},
	{pattern: "GET " + below + "/grants/{grant}", id: "getGrant", summary: "Show a grant.", status: 200, out: v1.Grant{}},
	{pattern: "DELETE " + below + "/grants/{grant}", id: "withdrawGrant", summary: "Withdraw a grant. Its tokens are dead at once.", status: 204},
	{pattern: "GET " + below + "/authorizations", id: "listAuthorizations", summary: "List a tenant's decisions on apps.", status: 200, out: v1.List[v1.Authorization]{}},
	{pattern: "POST " + below + "/authorizations/{client}/revoke", id: "revokeAuthorization", summary: "Revoke the authorization of an app, with all that users gave it.", status: 200, out: v1.Authorization{}},
	{pattern: "POST " + below + "/authorizations/{client}/authorize", id: "authorizeAgain", summary: "Authorize an app again, after its authorization was revoked.", status: 200, out: v1.Authorization{}},

	{pattern: "GET " + below + "/connected-apps", id: "listConnectedApps", summary: "List connected apps by client id.", status: 200, out: v1.List[v1.ConnectedApp]{}},
	{pattern: "POST " + below + "/connected-apps", id: "createConnectedApp", summary: "Make a connected app.", in: v1.NewConnectedApp{}, required: []string{"name"}, nullable: []string{"scopes"}, status: 201, out: v1.ConnectedApp{}},
	{pattern: "GET " + ofApp, id: "getConnectedApp", summary: "Show a connected app.", status: 200, out: v1.ConnectedApp{}},
	{pattern: "PATCH " + ofApp, id: "changeConnectedApp", summary: "Change a connected app. A scope taken away is gone from sessions at once.", in: connectedAppChange{}, nullable: []string{"scopes"}, status: 200, out: v1.ConnectedApp{}},
	{pattern: "DELETE " + ofApp, id: "deleteConnectedApp", summary: "Delete a connected app.", status: 204},
	{pattern: "POST " + ofApp + "/enable", id: "enableConnectedApp", summary: "Enable a connected app.", status: 200, out: v1.ConnectedApp{}},
	{pattern: "POST " + ofApp + "/disable", id: "disableConnectedApp", summary: "Disable a connected app. Its sessions end at once.", status: 200, out: v1.ConnectedApp{}},
	{pattern: "POST " + ofApp + "/revoke", id: "revokeConnectedApp", summary: "Revoke the authorization of a connected app, for good.", status: 200, out: v1.ConnectedApp{}},
	{pattern: "POST " + ofApp + "/authorize", id: "authorizeConnectedApp", summary: "Authorize a connected app again.", status: 200, out: v1.ConnectedApp{}},
	{pattern: "GET " + ofApp + "/secrets", id: "listSecrets", summary: "List the secrets of a connected app, without their values.", status: 200, out: v1.List[v1.Secret]{}},
	{pattern: "POST " + ofApp + "/secrets", id: "createSecret", summary: "Make a secret of a connected app, and show its value this once.", status: 201, out: v1.Secret{}},
	{pattern: "DELETE " + ofApp + "/secrets/{secret}", id: "deleteSecret", summary: "Delete a secret of a connected app.", status: 204},

	{pattern: "GET /v1/clients", id: "listClients", summary: "List registered apps by client id.", status: 200, out: v1.List[v1.Client]{}},
	{pattern: "POST /v1/clients", id: "createClient", summary: "Register an app. A dry run answers 200, and registers none.", in: v1.NewClient{}, required: []string{"name", "publisher"}, nullable: []string{"keys"}, status: 201, out: v1.ChangedClient{}},
	{pattern: "GET " + client, id: "getClient", summary: "Show an app.", status: 200, out: v1.Client{}},
	{pattern: "PATCH " + client, id: "changeClient", summary: "Change the registration of an app, as a new version.", in: v1.ClientChange{}, nullable: []string{"keys"}, status: 200, out: v1.ChangedClient{}},
	{pattern: "DELETE " + client, id: "deleteClient", summary: "Delete an app with everything that was given to it.", status: 204},
	{pattern: "POST " + client + "/enable", id: "enableClient", summary: "Switch an app on.", status: 200, out: v1.Client{}},
	{pattern: "POST " + client + "/disable", id: "disableClient", summary: "Switch an app off, for all tenants.", status: 200, out: v1.Client{}},
	{pattern: "POST " + client + "/impact", id: "previewImpact", summary: "Say what a change of the registration would do to install URLs that are published.", in: v1.ClientChange{}, nullable: []string{"keys"}, status: 200, out: v1.Impact{}},
	{pattern: "POST " + client + "/build-url", id: "buildInstallURL", summary: "Build an install URL that fits the registration.", in: v1.URLPicks{}, status: 200, out: v1.BuiltURL{}},
	{pattern: "GET " + client + "/secrets", id: "listClientSecrets", summary: "List the secrets of an app, without their values.", status: 200, out: v1.List[v1.Secret]{}},
	{pattern: "POST " + client + "/secrets", id: "createClientSecret", summary: "Make a secret of an app, and show its value this once.", status: 201, out: v1.Secret{}},
	{pattern: "DELETE " + client + "/secrets/{secret}", id: "deleteClientSecret", summary: "Delete a secret of an app.", status: 204},
	{pattern: "GET " + client + "/logo", id: "getLogo", summary: "Show the logo of an app.", image: true, status: 200},
	{pattern: "PUT " + client + "/logo", id: "putLogo", summary: "Upload the logo of an app.", image: true, status: 200, out: v1.ChangedClient{}},
	{pattern: "DELETE " + client + "/logo", id: "deleteLogo", summary: "Take the logo of an app away.", status: 204},
	{pattern: "GET " + client + "/versions", id: "listVersions", summary: "List the states of a registration, newest first.", status: 200, out: v1.List[v1.ClientVersion]{}},
	{pattern: "GET " + client + "/install-urls", id: "listInstallURLs", summary: "List the install URLs of an app that were seen, newest first.", status: 200, out: v1.List[v1.InstallURLSum]{}},
	{pattern: "GET " + client + "/tallies", id: "listTallies", summary: "Count installations and refusals of an app by day.", status: 200, out: v1.List[v1.Tally]{}},

	{pattern: "POST /v1/explain/assertion", id: "explainAssertion", summary: "Say what signing in with a JWT would answer.", in: v1.AssertionQuestion{}, required: []string{"jwt", "tenant"}, status: 200, out: v1.Explanation{}},
	{pattern: "POST /v1/explain/call", id: "explainCall", summary: "Say whether scopes cover a call.", in: v1.CallQuestion{}, status: 200, out: v1.Explanation{}},
	{pattern: "POST /v1/explain/install", id: "explainInstall", summary: "Say what an install URL would be answered, and how it would be right.", in: v1.InstallQuestion{}, required: []string{"url"}, nullable: []string{"tenant", "user"}, status: 200, out: v1.InstallExplanation{}},

	{pattern: "GET /v1/refusals/{reference}", id: "getRefusal", summary: "Show a refusal by the reference of its answer.", status: 200, out: v1.Refusal{}},
	{pattern: "GET " + below + "/refusals", id: "listRefusals", summary: "List what was refused in a tenant, newest first.", status: 200, out: v1.List[v1.Refusal]{}},
	{pattern: "GET /v1/audit", id: "listAudit", summary: "List who changed what in the vendor's own book, newest first.", status: 200, out: v1.List[v1.Entry]{}},
	{pattern: "GET " + below + "/audit", id: "listAuditOfTenant", summary: "List who changed what in a tenant, newest first.", status: 200, out: v1.List[v1.Entry]{}},

	{pattern: "GET /v1/keys", id: "listKeys", summary: "List our signing keys.", status: 200, out: v1.List[v1.Key]{}},
	{pattern: "POST /v1/keys", id: "rotateKeys", summary: "Publish a new key, which signs once everybody knows it.", status: 201, out: v1.Key{}},
	{pattern: "POST /v1/keys/{key}/revoke", id: "revokeKey", summary: "Withdraw a key that leaked, and answer the one that signs now.", in: v1.Revocation{}, required: []string{"reason"}, status: 200, out: v1.Key{}},

	{pattern: "GET /v1/openapi.json", id: "getDocument", summary: "This document.", status: 200, out: map[string]any{}, open: true},
}

// connectedAppChange is what PATCH reads member by member, because null and nothing differ there.
type connectedAppChange struct {
	Name    *string   `json:"name"`
	Enabled *bool     `json:"enabled"`
	Scopes  *[]string `json:"scopes"` // null: the whole catalog
}
