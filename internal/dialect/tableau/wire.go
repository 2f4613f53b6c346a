package tableau

import "prokura/internal/refusal"

// ErrorCodes chooses the numbers in the text of a refused sign-in.
type ErrorCodes uint8

const (
	// SeedCodes are the three that the vendor's page names: 16, 10084 and 10085. The zero value.
	SeedCodes ErrorCodes = iota
	// ExtendedCodes are finer, as newer servers have them: 16 for an exp too far ahead, 10091 for a jti used before,
	// 10094 for a missing jti, 10099 for a missing scp. Access must then refuse the latter; otherwise it signs in and
	// can do nothing but sign out.
	ExtendedCodes
)

// answer is how a refusal looks on the wire. The first three digits of the code are the HTTP status.
type answer struct {
	code, summary, detail string
	challenge             challenge
	retryAfter            string // seconds, where trying again is of use
}

// challenge is what WWW-Authenticate says beside a 401 (RFC 6750 §3.1).
type challenge uint8

const (
	bare         challenge = iota // no token was presented
	invalidToken                  // a token was presented and is no good
	lacksScope                    // it is good, for other methods
)

// answerTo is the one table from what we refuse to what the wire says, or false for a code that has no wording here.
// Details are the vendor's sentences and as vague as they are: 16 is the only one that says something about a user, and
// it comes only after the signature verified (A106).
func answerTo(f refusal.Finding, codes ErrorCodes) (answer, bool) {
	if codes == ExtendedCodes {
		switch {
		case f.Code == refusal.ExpiryTooFar:
			return signInError("16"), true
		case f.Code == refusal.AssertionReplayed:
			return signInError("10091"), true
		case f.Code == refusal.AssertionIDMissing:
			return signInError("10094"), true
		case f.Code == refusal.NoScopes, f.Code == refusal.ScopesMalformed && f.Got == "": // an scp of nothing is none
			return signInError("10099"), true
		}
	}
	switch f.Code {
	case refusal.UserUnknown, refusal.UserDisabled, refusal.SubjectMismatch:
		return signInError("16"), true
	case refusal.TenantUnknown, refusal.ClientUnknown, refusal.KeyUnknown, refusal.ClientDisabled,
		refusal.AuthorizationRevoked:
		return signInError("10085"), true
	case refusal.AssertionUnreadable, refusal.AlgorithmNotAllowed, refusal.SignatureInvalid, refusal.AudienceWrong,
		refusal.ExpiryMissing, refusal.AssertionExpired, refusal.ExpiryTooFar, refusal.AssertionNotYetValid,
		refusal.AssertionIDMissing, refusal.AssertionReplayed, refusal.ScopesMalformed, refusal.SessionTooLarge, refusal.SubjectMissing,
		refusal.NoScopes, refusal.SignInKindUnsupported:
		return signInError("10084"), true

	case refusal.CredentialMissing, refusal.OperatorTokenMissing:
		return answer{code: "401000", summary: "Unauthorized Access",
			detail: "No authentication credentials were provided."}, true
	case refusal.CredentialInvalid, refusal.CredentialExpired, refusal.CredentialRevoked, refusal.OperatorTokenInvalid:
		return unauthorized(invalidToken), true
	case refusal.ScopeNotGranted, refusal.MethodUnknown, refusal.ScopeUnknown, refusal.ScopeNotAssigned:
		return unauthorized(lacksScope), true
	case refusal.TenantMismatch, refusal.UserLacksCallPermission:
		return answer{code: "403004", summary: "Forbidden",
			detail: "The requested operation is not allowed for these credentials."}, true

	case refusal.SignInBodyUnreadable, refusal.BodyUnreadable, refusal.QueryUnreadable, refusal.PathNotCanonical,
		refusal.CredentialAmbiguous,
		refusal.BodyNotObject, refusal.FieldUnknown, refusal.FieldTwice, refusal.FieldKind, refusal.FieldMissing,
		refusal.FieldTooLong, refusal.FieldCharacter, refusal.ContentURLInvalid, refusal.ScopeNameInvalid,
		refusal.ScopesTooMany, refusal.LimitOutOfRange, refusal.CursorInvalid, refusal.RoleUnknown, refusal.PlanUnknown:
		return answer{code: "400000", summary: "Bad Request",
			detail: "The request is missing something, incomplete or malformed."}, true
	// Installing and issuing; this wire never meets them.
	case refusal.RequestMalformed, refusal.RedirectURIMismatch, refusal.RequiredScopeMissing, refusal.NothingRequested,
		refusal.ScopeMismatch, refusal.AuthorizationNeeded, refusal.ScopeNotAuthorized, refusal.UserNotInTenant,
		refusal.UserLacksPermission, refusal.TenantLacksEntitlement, refusal.NothingToGrant, refusal.GrantEnded,
		refusal.ScopeNotInGrant, refusal.RequiredScopeLost, refusal.NoScopeLeft:
		return answer{code: "400000", summary: "Bad Request",
			detail: "The request is missing something, incomplete or malformed."}, true
	// Deciding on apps; this wire never meets them.
	case refusal.AuthorizationBlocked, refusal.UserNotAdmitted, refusal.AuthorityMissing, refusal.PermissionNotHeld,
		refusal.AuthorizationChanged, refusal.AdmissionEmpty, refusal.ExpiryPast, refusal.RequestClosed, refusal.RequestNotPossible,
		refusal.RequestsTooMany, refusal.TermsNotOffered:
		return answer{code: "400000", summary: "Bad Request",
			detail: "The request is missing something, incomplete or malformed."}, true
	// Registering apps; this wire never meets them.
	case refusal.RedirectURIInvalid, refusal.RedirectURITwice, refusal.RedirectURIInternational, refusal.RedirectURINotRegistered,
		refusal.ListTooLong, refusal.ScopeIsWildcard, refusal.ScopeInTwoClasses, refusal.ScopeImplied, refusal.ScopeNotRegistered,
		refusal.RegistrationTokenTooLarge, refusal.ContactMailInvalid, refusal.ContactURLInvalid, refusal.LifeOutOfRange,
		refusal.WireUnknown, refusal.ClientKeysInvalid, refusal.PublicClientConflict, refusal.ClientSecretLimit,
		refusal.ClientChanged, refusal.LogoInvalid:
		return answer{code: "400000", summary: "Bad Request",
			detail: "The request is missing something, incomplete or malformed."}, true
	// The authorization endpoint's own; this wire never meets them.
	case refusal.RequestElsewhere, refusal.RequestExpired, refusal.RequestDecided,
		refusal.RequestOfSomebodyElse, refusal.RequestObjectNotOffered, refusal.ParameterTwice, refusal.ParameterTooLong,
		refusal.ResponseTypeMissing, refusal.ResponseTypeNotOffered, refusal.ResponseModeNotOffered, refusal.ChallengeMissing,
		refusal.ChallengeMalformed, refusal.PromptMalformed, refusal.AccountNotYours, refusal.AccountRequired, refusal.AccountMissing, refusal.LoginRequired,
		refusal.ConsentRequired, refusal.ConsentDeclined, refusal.ScopeDeclined, refusal.ScopeNotShown:
		return answer{code: "400000", summary: "Bad Request",
			detail: "The request is missing something, incomplete or malformed."}, true
	// The endpoints for programs of the authorization server; this wire never meets them.
	case refusal.FormUnreadable, refusal.FormParameterMissing, refusal.FormParameterMalformed, refusal.ClientProofAmbiguous,
		refusal.ClientNotAuthenticated, refusal.GrantTypeUnsupported, refusal.GrantTypeNotAllowed, refusal.AccountNotNamed,
		refusal.ClientNotAuthorized, refusal.CodeUnknown, refusal.CodeUsed, refusal.CodeExpired, refusal.CodeRedirectMismatch,
		refusal.CodeVerifierMissing, refusal.CodeVerifierUnexpected, refusal.CodeVerifierMalformed, refusal.CodeVerifierMismatch,
		refusal.RefreshTokenUnknown, refusal.RefreshTokenExpired, refusal.RefreshTokenReplayed, refusal.AssertionNamesNoAccount,
		refusal.AccessTokenTooLarge, refusal.TokenOfAnotherClient:
		return answer{code: "400000", summary: "Bad Request",
			detail: "The request is missing something, incomplete or malformed."}, true

	// Logging in, and what tenants and users may do; this wire never meets them.
	case refusal.LoginRefused, refusal.LoginThrottled, refusal.NotLoggedIn, refusal.LinkUnknown, refusal.LinkExpired,
		refusal.LinkUsed, refusal.SetUpDone, refusal.PasswordTooShort, refusal.PasswordIsLogin, refusal.PersonHasUser,
		refusal.UserHasLogin, refusal.UserHasNoLogin, refusal.PasswordLinkMailOnly, refusal.MailNotSent, refusal.RoleIDInvalid, refusal.RightsExceeded,
		refusal.PermissionUnknown, refusal.EntitlementUnknown, refusal.DatesReversed, refusal.DateUnreadable:
		return answer{code: "400000", summary: "Bad Request",
			detail: "The request is missing something, incomplete or malformed."}, true
	case refusal.RouteUnknown, refusal.ObjectNotFound:
		return answer{code: "404950", summary: "Resource Not Found", detail: "Nothing was found at this address."}, true
	case refusal.VerbNotAllowed:
		return answer{code: "405000", summary: "Method Not Allowed",
			detail: "The request type is not allowed at this address."}, true
	case refusal.NameTaken, refusal.LastAdministrator, refusal.KeyStaged, refusal.KeyRevoked:
		return answer{code: "409000", summary: "Resource Conflict", detail: "The request contradicts what is there."}, true
	case refusal.SecretLimit:
		return answer{code: "409128", summary: "Resource Conflict",
			detail: "The connected app has the highest number of secrets already."}, true
	case refusal.BodyTooLarge:
		return answer{code: "413000", summary: "Payload Too Large", detail: "The request is too large."}, true
	case refusal.MediaTypeUnsupported:
		return answer{code: "415000", summary: "Unsupported Media Type",
			detail: "The content type of the request is not supported."}, true

	case refusal.HostMismatch:
		return answer{code: "421000", summary: "Misdirected Request",
			detail: "The server does not answer for this host."}, true

	// The waits: until somebody's failures are forgotten, until a node is fresh again or known not to be, and until a
	// queue of 100 ms has emptied many times over.
	case refusal.TooManyRequests:
		return answer{code: "429000", summary: "Too Many Requests", detail: "Too many requests were sent.",
			retryAfter: "60"}, true
	case refusal.RevocationsStale:
		return unavailable("30"), true
	case refusal.TemporarilyOverloaded, refusal.IssuingSuspended, refusal.StorageUnavailable:
		return unavailable("5"), true
	case refusal.UpstreamUnreachable:
		return answer{code: "502000", summary: "Bad Gateway", detail: "The server behind the gateway does not answer."}, true
	case refusal.UpstreamTimeout:
		return answer{code: "504000", summary: "Gateway Timeout",
			detail: "The server behind the gateway did not answer in time."}, true
	case refusal.InternalFailure:
		return internalError(), true
	}
	return answer{}, false
}

func signInError(number string) answer {
	return answer{code: "401001", summary: "Signin Error", detail: "Error signing in to Tableau Cloud (" + number + ")"}
}

func unauthorized(c challenge) answer {
	return answer{code: "401002", summary: "Unauthorized Access",
		detail: "Invalid authentication credentials were provided.", challenge: c}
}

func unavailable(wait string) answer {
	return answer{code: "503000", summary: "Service Unavailable",
		detail: "The server cannot answer just now.", retryAfter: wait}
}

func internalError() answer {
	return answer{code: "500000", summary: "Internal Server Error", detail: "An error occurred on the server."}
}
