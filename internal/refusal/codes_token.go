package refusal

// The codes of the endpoints for programs, in the order in which they are checked. What is issued from a grant has its codes
// beside those of the installation.
const (
	FormUnreadable          Code = "form_unreadable"
	FormParameterMissing    Code = "form_parameter_missing"
	FormParameterMalformed  Code = "form_parameter_malformed"
	ClientProofAmbiguous    Code = "client_proof_ambiguous"
	ClientNotAuthenticated  Code = "client_not_authenticated"
	GrantTypeUnsupported    Code = "grant_type_unsupported"
	GrantTypeNotAllowed     Code = "grant_type_not_allowed"
	AccountNotNamed         Code = "account_not_named"
	ClientNotAuthorized     Code = "client_not_authorized"
	CodeUnknown             Code = "code_unknown"
	CodeUsed                Code = "code_used"
	CodeExpired             Code = "code_expired"
	CodeRedirectMismatch    Code = "code_redirect_mismatch"
	CodeVerifierMissing     Code = "code_verifier_missing"
	CodeVerifierUnexpected  Code = "code_verifier_unexpected"
	CodeVerifierMalformed   Code = "code_verifier_malformed"
	CodeVerifierMismatch    Code = "code_verifier_mismatch"
	RefreshTokenUnknown     Code = "refresh_token_unknown"
	RefreshTokenExpired     Code = "refresh_token_expired"
	RefreshTokenReplayed    Code = "refresh_token_replayed"
	AssertionNamesNoAccount Code = "assertion_names_no_account"
	AccessTokenTooLarge     Code = "access_token_too_large"
	TokenOfAnotherClient    Code = "token_of_another_client"
)
