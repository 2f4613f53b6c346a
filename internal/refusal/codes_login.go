package refusal

// The codes of logging in, and of the links that begin it.
const (
	LoginRefused         Code = "login_refused"
	LoginThrottled       Code = "login_throttled"
	NotLoggedIn          Code = "not_logged_in"
	LinkUnknown          Code = "link_unknown"
	LinkExpired          Code = "link_expired"
	LinkUsed             Code = "link_used"
	SetUpDone            Code = "set_up_done"
	PasswordTooShort     Code = "password_too_short"
	PasswordIsLogin      Code = "password_is_login"
	PersonHasUser        Code = "person_has_user"
	UserHasLogin         Code = "user_has_login"
	UserHasNoLogin       Code = "user_has_no_login"
	PasswordLinkMailOnly Code = "password_link_mail_only"
	MailNotSent          Code = "mail_not_sent"
)

// The codes of what tenants and users may do.
const (
	RoleIDInvalid      Code = "role_id_invalid"
	RightsExceeded     Code = "rights_exceeded"
	PermissionUnknown  Code = "permission_unknown"
	EntitlementUnknown Code = "entitlement_unknown"
	DatesReversed      Code = "dates_reversed"
	DateUnreadable     Code = "date_unreadable"
)
