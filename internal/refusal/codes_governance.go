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
)

// The cases of these codes.
const (
	// Undecided is an app that an administrator has yet to decide on, said of what was installed before.
	Undecided Case = "undecided"
)
