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
	media                string   // of an answer that is neither JSON nor an image
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
	"actor":       "Only what was done by this actor: kind, id or name.",
	"action":      "Only this action, or all that begin with it where it ends with a point, such as \"grant.\".",
	"target":      "Only what was done to this: kind and id, or an id that the entry names.",
	"since":       "Only from then on.",
	"until":       "Only before then.",
	"text":        "Only entries with this text in target, reason, details, or what was changed.",
	"entitlement": "The id of a function.",
	"role":        "The id of a role.",
	"state":       "authorized, open, expired, revoked or blocked.",
	"name":        "What the name or the publisher contains.",
}

const (
	below  = "/v1/tenants/{tenant}"
	ofUser = below + "/users/{user}"
	ofApp  = below + "/connected-apps/{client}"
	client = "/v1/clients/{client}"

	ofDecision = below + "/authorizations/{client}"
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
	{pattern: "GET " + ofDecision, id: "getAuthorization", summary: "Show what a tenant decided on an app, also where that is nothing yet.", status: 200, out: v1.Authorization{}},
	{pattern: "PUT " + ofDecision, id: "putAuthorization", summary: "Decide on an app: for the first time, with other terms, or again after a revocation.", in: v1.AuthorizationTerms{}, status: 200, out: v1.Authorization{}},
	{pattern: "POST " + ofDecision + "/authorize", id: "authorize", summary: "The same. Without scopes, every scope that the app registers.", in: v1.AuthorizationTerms{}, bodyless: true, status: 200, out: v1.Authorization{}},
	{pattern: "POST " + ofDecision + "/preview", id: "previewAuthorization", summary: "Say what terms would cost, and change nothing.", in: v1.AuthorizationTerms{}, status: 200, out: v1.AuthorizationCost{}},
	{pattern: "POST " + ofDecision + "/revoke", id: "revokeAuthorization", summary: "Revoke an app for all users, at once, with all that they gave it. Any app, connected apps too.", in: v1.Reason{}, bodyless: true, status: 200, out: v1.RevokedAuthorization{}},
	{pattern: "POST " + ofDecision + "/shrink", id: "shrinkAuthorization", summary: "Leave an app only some of the scopes that it may have.", in: v1.ScopeList{}, required: []string{"scopes", "version"}, status: 200, out: v1.Authorization{}},
	{pattern: "POST " + ofDecision + "/unshrink", id: "unshrinkAuthorization", summary: "Give back what the last shrinking took.", in: v1.SeenVersion{}, required: []string{"version"}, status: 200, out: v1.Authorization{}},
	{pattern: "GET " + ofDecision + "/users", id: "listUsersOfApp", summary: "List the users who have something live of an app.", status: 200, out: v1.List[v1.AppUser]{}},
	{pattern: "POST " + ofDecision + "/users/{user}/revoke", id: "revokeForUser", summary: "Revoke an app for one user.", in: v1.Reason{}, bodyless: true, status: 200, out: v1.Authorization{}},
	{pattern: "POST " + ofDecision + "/users/{user}/readmit", id: "readmitUser", summary: "Admit a user again for whom an app was revoked.", in: v1.Reason{}, bodyless: true, status: 200, out: v1.Authorization{}},
	{pattern: "POST " + ofDecision + "/roles/{role}/revoke", id: "revokeForRole", summary: "Revoke an app for the holders of one role.", in: v1.Reason{}, bodyless: true, status: 200, out: v1.Authorization{}},
	{pattern: "GET " + ofDecision + "/history", id: "listPastAuthorizations", summary: "List what a tenant decided on an app before, newest first.", status: 200, out: v1.List[v1.PastAuthorization]{}},
	{pattern: "GET " + ofDecision + "/usage", id: "getUsage", summary: "Show what an app really did within the last days.", status: 200, out: v1.Usage{}},
	{pattern: "POST " + ofDecision + "/deny", id: "denyRequests", summary: "Turn down what waits for an app; blocked, users may not ask again.", in: v1.Denial{}, status: 200, out: v1.List[v1.AuthorizationRequest]{}},

	{pattern: "GET " + below + "/requests", id: "listRequests", summary: "List the apps that wait for a decision, those with the most requests first.", status: 200, out: v1.List[v1.QueuedApp]{}},
	{pattern: "POST " + below + "/requests", id: "createRequest", summary: "Ask the administrators for a decision on an app, in the name of a user.", in: v1.NewAuthorizationRequest{}, required: []string{"client_id", "user_id"}, status: 201, out: v1.AuthorizationRequest{}},
	{pattern: "GET " + below + "/requests/{request}", id: "getRequest", summary: "Show a request, and what became of it.", status: 200, out: v1.AuthorizationRequest{}},

	{pattern: "GET " + below + "/governance", id: "getGovernance", summary: "Show how a tenant decides on apps.", status: 200, out: v1.Governance{}},
	{pattern: "PUT " + below + "/governance", id: "putGovernance", summary: "Say how a tenant decides on apps. What that closes loses its tokens at once.", in: v1.GovernanceChange{}, required: []string{"version"}, status: 200, out: v1.Governance{}},
	{pattern: "POST " + below + "/governance/preview", id: "previewGovernance", summary: "Say which apps other settings would stop, and which start.", in: v1.GovernanceSettings{}, status: 200, out: v1.GovernanceEffect{}},
	{pattern: "GET " + below + "/impact", id: "listImpact", summary: "List what would have been refused if the tenant enforced its decisions.", status: 200, out: v1.List[v1.ImpactOfApp]{}},
	{pattern: "POST " + below + "/impact/authorize", id: "authorizeImpact", summary: "Authorize apps with the terms that would keep them alive.", in: v1.SeenProposals{}, required: []string{"apps"}, status: 200, out: v1.Authorized{}},
	{pattern: "GET /v1/enforcement", id: "getEnforcement", summary: "Show how far the decisions of tenants that chose no stage are enforced.", status: 200, out: v1.Stage{}},
	{pattern: "PUT /v1/enforcement", id: "putEnforcement", summary: "Set how far the decisions of tenants that chose no stage are enforced.", in: v1.Stage{}, required: []string{"enforcement"}, status: 200, out: v1.Stage{}},
	{pattern: "POST " + client + "/recall", id: "recallClient", summary: "Revoke an app everywhere, at once. Every tenant decides anew.", in: v1.Reason{}, bodyless: true, status: 200, out: v1.Recalled{}},

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
	{pattern: "POST " + client + "/verify", id: "verifyPublisher", summary: "Say that the publisher of an app is known.", status: 200, out: v1.Client{}},
	{pattern: "POST " + client + "/unverify", id: "unverifyPublisher", summary: "Say that the publisher of an app is known no longer. Its tokens end at once.", status: 200, out: v1.Client{}},
	{pattern: "POST " + client + "/disable", id: "disableClient", summary: "Switch an app off, for all tenants.", status: 200, out: v1.Client{}},
	{pattern: "POST " + below + "/clients/{client}/enable", id: "enableClientOfOwner", summary: "Switch an app of this account on again, unless the operator switched it off.", status: 200, out: v1.Client{}},
	{pattern: "POST " + below + "/clients/{client}/disable", id: "disableClientOfOwner", summary: "Switch an app of this account off, for all tenants.", status: 200, out: v1.Client{}},
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
	{pattern: "GET /v1/audit/export.csv", id: "exportAuditCSV", summary: "Send the vendor's own book for a spreadsheet.", media: "text/csv", status: 200},
	{pattern: "GET " + below + "/audit/export.csv", id: "exportAuditOfTenantCSV", summary: "Send a tenant's audit book for a spreadsheet.", media: "text/csv", status: 200},
	{pattern: "GET /v1/audit/export.jsonl", id: "exportAudit", summary: "Send the vendor's own book, an entry to a line.", media: "application/jsonl", status: 200},
	{pattern: "GET " + below + "/audit/export.jsonl", id: "exportAuditOfTenant", summary: "Send a tenant's audit book, an entry to a line.", media: "application/jsonl", status: 200},
	{pattern: "GET /v1/audit/checkpoint", id: "getCheckpoint", summary: "Show the newest signed statement of what the sealed audit log is.", status: 200, out: v1.Checkpoint{}},
	{pattern: "POST /v1/audit/verify", id: "verifyAudit", summary: "Recompute the sealed audit log, and compare it with its checkpoints and with those handed in.", in: v1.Verification{}, bodyless: true, status: 200, out: v1.AuditReport{}},

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
	Version *int      `json:"version"`
}
