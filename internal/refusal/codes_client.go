package refusal

// The codes of registering apps.
const (
	RedirectURIInvalid        Code = "redirect_uri_invalid"
	RedirectURITwice          Code = "redirect_uri_twice"
	RedirectURIInternational  Code = "redirect_uri_international" // refuses nothing: it is a note
	RedirectURINotRegistered  Code = "redirect_uri_not_registered"
	ListTooLong               Code = "list_too_long"
	ScopeIsWildcard           Code = "scope_is_wildcard"
	ScopeInTwoClasses         Code = "scope_in_two_classes"
	ScopeImplied              Code = "scope_implied" // refuses nothing: it is a note
	ScopeNotRegistered        Code = "scope_not_registered"
	RegistrationTokenTooLarge Code = "registration_token_too_large"
	ContactMailInvalid        Code = "contact_mail_invalid"
	ContactURLInvalid         Code = "contact_url_invalid"
	LifeOutOfRange            Code = "life_out_of_range"
	WireUnknown               Code = "wire_unknown"
	ClientKeysInvalid         Code = "client_keys_invalid"
	PublicClientConflict      Code = "public_client_conflict"
	ClientSecretLimit         Code = "client_secret_limit"
	ClientChanged             Code = "client_changed"
	LogoInvalid               Code = "logo_invalid"
)
