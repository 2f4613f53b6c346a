package refusal

// The codes of installing an app, in the order in which they are checked. Some are shared with signing in and said in other
// words there; see [Installing].
const (
	RequestMalformed       Code = "request_malformed"
	RedirectURIMismatch    Code = "redirect_uri_mismatch"
	RequiredScopeMissing   Code = "required_scope_missing"
	NothingRequested       Code = "nothing_requested"
	ScopeMismatch          Code = "scope_mismatch"
	AuthorizationNeeded    Code = "authorization_needed"
	ScopeNotAuthorized     Code = "scope_not_authorized"
	UserNotInTenant        Code = "user_not_in_tenant"
	UserLacksPermission    Code = "user_lacks_permission"
	TenantLacksEntitlement Code = "tenant_lacks_entitlement"
	NothingToGrant         Code = "nothing_to_grant"
)

// The codes of issuing tokens from a grant.
const (
	GrantEnded        Code = "grant_ended"
	ScopeNotInGrant   Code = "scope_not_in_grant"
	RequiredScopeLost Code = "required_scope_lost"
	NoScopeLeft       Code = "no_scope_left"
)
