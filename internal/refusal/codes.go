package refusal

// The codes of signing in with an assertion, in the order in which they are checked.
const (
	AssertionUnreadable   Code = "assertion_unreadable"
	TenantUnknown         Code = "tenant_unknown"
	ClientUnknown         Code = "client_unknown"
	KeyUnknown            Code = "key_unknown"
	ClientDisabled        Code = "client_disabled"
	AuthorizationRevoked  Code = "authorization_revoked"
	AlgorithmNotAllowed   Code = "algorithm_not_allowed"
	SignatureInvalid      Code = "signature_invalid"
	AudienceWrong         Code = "audience_wrong"
	ExpiryMissing         Code = "expiry_missing"
	AssertionExpired      Code = "assertion_expired"
	ExpiryTooFar          Code = "expiry_too_far"
	AssertionNotYetValid  Code = "assertion_not_yet_valid"
	AssertionIDMissing    Code = "assertion_id_missing"
	AssertionReplayed     Code = "assertion_replayed"
	ScopesMalformed       Code = "scopes_malformed"
	SubjectMissing        Code = "subject_missing"
	UserUnknown           Code = "user_unknown"
	UserDisabled          Code = "user_disabled"
	SubjectMismatch       Code = "subject_mismatch"
	SessionTooLarge       Code = "session_too_large"
	SignInBodyUnreadable  Code = "sign_in_body_unreadable"
	SignInKindUnsupported Code = "sign_in_kind_unsupported"
)

// The codes of scopes that were asked for and not given; they refuse nothing by themselves.
const (
	ScopeUnknown     Code = "scope_unknown"
	ScopeNotAssigned Code = "scope_not_assigned"
	NoScopes         Code = "no_scopes"
)

// The codes of a call, in the order in which they are checked.
const (
	PathNotCanonical      Code = "path_not_canonical"
	RouteUnknown          Code = "route_unknown"
	CredentialMissing     Code = "credential_missing"
	CredentialAmbiguous   Code = "credential_ambiguous"
	CredentialInvalid     Code = "credential_invalid"
	CredentialExpired     Code = "credential_expired"
	CredentialRevoked     Code = "credential_revoked"
	RevocationsStale      Code = "revocations_stale"
	MethodUnknown         Code = "method_unknown"
	VerbNotAllowed        Code = "verb_not_allowed"
	TenantMismatch        Code = "tenant_mismatch"
	ScopeNotGranted       Code = "scope_not_granted"
	QueryUnreadable       Code = "query_unreadable"
	BodyUnreadable        Code = "body_unreadable"
	BodyTooLarge          Code = "body_too_large"
	MediaTypeUnsupported  Code = "media_type_unsupported"
	HostMismatch          Code = "host_mismatch"
	UpstreamUnreachable   Code = "upstream_unreachable"
	UpstreamTimeout       Code = "upstream_timeout"
	TooManyRequests       Code = "too_many_requests"
	TemporarilyOverloaded Code = "temporarily_overloaded"
	IssuingSuspended      Code = "issuing_suspended"
	StorageUnavailable    Code = "storage_unavailable"
	InternalFailure       Code = "internal_failure"
)

// The codes of the admin API.
const (
	OperatorTokenMissing Code = "operator_token_missing"
	OperatorTokenInvalid Code = "operator_token_invalid"
	ObjectNotFound       Code = "object_not_found"
	BodyNotObject        Code = "body_not_object"
	FieldUnknown         Code = "field_unknown"
	FieldTwice           Code = "field_twice"
	FieldKind            Code = "field_kind"
	FieldMissing         Code = "field_missing"
	FieldTooLong         Code = "field_too_long"
	FieldCharacter       Code = "field_character"
	ContentURLInvalid    Code = "content_url_invalid"
	ScopeNameInvalid     Code = "scope_name_invalid"
	ScopesTooMany        Code = "scopes_too_many"
	LimitOutOfRange      Code = "limit_out_of_range"
	CursorInvalid        Code = "cursor_invalid"
	NameTaken            Code = "name_taken"
	SecretLimit          Code = "secret_limit"
	LastAdministrator    Code = "last_administrator"
	RoleUnknown          Code = "role_unknown"
	PlanUnknown          Code = "plan_unknown"
	KeyStaged            Code = "key_staged"
	KeyRevoked           Code = "key_revoked"
)
