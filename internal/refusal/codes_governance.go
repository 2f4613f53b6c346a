package refusal

// The codes of what an administrator decides on apps.
const (
	AuthorizationBlocked    Code = "authorization_blocked"
	UserNotAdmitted         Code = "user_not_admitted"
	UserLacksCallPermission Code = "user_lacks_call_permission"
	AuthorityMissing        Code = "authority_missing"
	PermissionNotHeld       Code = "permission_not_held"
	AuthorizationChanged    Code = "authorization_changed"
	AdmissionEmpty          Code = "admission_empty"
	ExpiryPast              Code = "expiry_past"
	RequestClosed           Code = "request_closed"
	RequestNotPossible      Code = "request_not_possible"
	RequestsTooMany         Code = "requests_too_many"
	TermsNotOffered         Code = "terms_not_offered"
)
