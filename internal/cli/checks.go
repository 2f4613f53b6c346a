package cli

import (
	"prokura/internal/refusal"
	"prokura/internal/text"
)

// checkTexts say what each check of a sign-in asks. The server names checks by the code of failing them.
var checkTexts = map[refusal.Code]text.Text{
	refusal.AssertionUnreadable:  {EN: "the JWT can be read", DE: "das JWT ist lesbar"},
	refusal.TenantUnknown:        {EN: "the site exists", DE: "die Site gibt es"},
	refusal.ClientUnknown:        {EN: "iss is a connected app of the site", DE: "iss ist eine verbundene App der Site"},
	refusal.KeyUnknown:           {EN: "kid is a secret of the connected app", DE: "kid ist ein Geheimnis der verbundenen App"},
	refusal.ClientDisabled:       {EN: "the connected app is enabled", DE: "die verbundene App ist aktiviert"},
	refusal.AuthorizationRevoked: {EN: "the connected app is authorized", DE: "die verbundene App ist autorisiert"},
	refusal.AlgorithmNotAllowed:  {EN: "alg is that of the secret", DE: "alg ist das des Geheimnisses"},
	refusal.SignatureInvalid:     {EN: "the signature matches the secret", DE: "die Signatur passt zum Geheimnis"},
	refusal.AudienceWrong:        {EN: "aud is right", DE: "aud stimmt"},
	refusal.ExpiryMissing:        {EN: "exp is a time", DE: "exp ist ein Zeitpunkt"},
	refusal.AssertionExpired:     {EN: "the JWT has not ended", DE: "das JWT ist nicht abgelaufen"},
	refusal.ExpiryTooFar:         {EN: "exp is at most ten minutes ahead", DE: "exp liegt höchstens zehn Minuten voraus"},
	refusal.AssertionNotYetValid: {EN: "nbf and iat are past", DE: "nbf und iat liegen nicht in der Zukunft"},
	refusal.AssertionIDMissing:   {EN: "jti is there", DE: "jti ist vorhanden"},
	refusal.AssertionReplayed:    {EN: "the JWT was not used before", DE: "das JWT wurde noch nicht verwendet"},
	refusal.ScopesMalformed:      {EN: "scp is a list of names", DE: "scp ist eine Liste von Namen"},
	refusal.NoScopes:             {EN: "scp is there", DE: "scp ist vorhanden"},
	refusal.SubjectMissing:       {EN: "sub is a text", DE: "sub ist ein Text"},
	refusal.UserUnknown:          {EN: "sub is a user of the site", DE: "sub ist ein Benutzer der Site"},
	refusal.UserDisabled:         {EN: "the user is enabled", DE: "der Benutzer ist aktiviert"},
	refusal.SubjectMismatch:      {EN: "a user named beside the JWT is the same", DE: "ein neben dem JWT genannter Benutzer ist derselbe"},
}
