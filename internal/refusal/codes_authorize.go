package refusal

// The codes of the authorization endpoint and its pages, where they are not those of the installation itself.
const (
	RequestElsewhere        Code = "request_elsewhere"
	RequestExpired          Code = "request_expired"
	RequestDecided          Code = "request_decided"
	RequestOfSomebodyElse   Code = "request_of_somebody_else"
	RequestObjectNotOffered Code = "request_object_not_offered"
	ParameterTwice          Code = "parameter_twice"
	ParameterTooLong        Code = "parameter_too_long"
	ResponseTypeMissing     Code = "response_type_missing"
	ResponseTypeNotOffered  Code = "response_type_not_offered"
	ResponseModeNotOffered  Code = "response_mode_not_offered"
	ChallengeMissing        Code = "challenge_missing"
	ChallengeMalformed      Code = "challenge_malformed"
	PromptMalformed         Code = "prompt_malformed"
	AccountNotYours         Code = "account_not_yours"
	AccountRequired         Code = "account_required"
	AccountMissing          Code = "account_missing"
	LoginRequired           Code = "login_required"
	ConsentRequired         Code = "consent_required"
	ConsentDeclined         Code = "consent_declined"
	ScopeDeclined           Code = "scope_declined"
	ScopeNotShown           Code = "scope_not_shown"
)
