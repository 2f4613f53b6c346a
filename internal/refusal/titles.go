package refusal

// Title is a code as such in a few words, whatever a single finding of it is about. It is for where many are counted: a message
// would be about one of them, and true of one of the code's cases only. What needs no title has one sentence for all of it.
func Title(c Code) Text {
	if t, ok := titleOf[c]; ok {
		return t
	}
	f := Finding{Code: c, Scope: "…", Want: "…", Got: "…"}
	return f.Message()
}

var titleOf = func() map[Code]Text {
	m := make(map[Code]Text, len(titles))
	for _, t := range titles {
		m[t.code] = t.text
	}
	return m
}()

type title struct {
	code Code
	text Text
}

var titles = []title{
	{AssertionUnreadable, say("JWT cannot be read", "JWT nicht lesbar")},
	{TenantUnknown, say("Unknown account", "Unbekanntes Konto")},
	{ClientUnknown, say("Unknown client ID", "Unbekannte Client-ID")},
	{KeyUnknown, say("Unknown secret ID (kid)", "Unbekannte Geheimnis-ID (kid)")},
	{ClientDisabled, say("App is disabled", "Anwendung ist deaktiviert")},
	{AuthorizationRevoked, say("Authorization was revoked", "Autorisierung wurde widerrufen")},
	{AlgorithmNotAllowed, say("Wrong algorithm (alg)", "Falscher Algorithmus (alg)")},
	{AudienceWrong, say("Wrong audience (aud)", "Falscher Empfänger (aud)")},
	{ExpiryMissing, say("JWT without an end (exp)", "JWT ohne Ablauf (exp)")},
	{AssertionExpired, say("JWT has ended", "JWT ist abgelaufen")},
	{ExpiryTooFar, say("JWT lives too long (exp)", "JWT gilt zu lange (exp)")},
	{AssertionNotYetValid, say("JWT is not valid yet (nbf)", "JWT gilt noch nicht (nbf)")},
	{ScopesMalformed, say("JWT's scopes cannot be read (scp)", "Bereiche des JWT nicht lesbar (scp)")},
	{UserUnknown, say("Unknown user", "Unbekannter Benutzer")},
	{UserDisabled, say("User is disabled", "Benutzer ist deaktiviert")},
	{SessionTooLarge, say("Too many scopes for a session", "Zu viele Bereiche für eine Sitzung")},
	{SignInBodyUnreadable, say("Sign-in request cannot be read", "Anmeldeanfrage nicht lesbar")},
	{SignInKindUnsupported, say("Kind of sign-in not offered", "Art der Anmeldung nicht angeboten")},
	{ScopeUnknown, say("Unknown scope", "Unbekannter Bereich")},
	{ScopeNotAssigned, say("Scope not assigned to the connected app", "Bereich der verbundenen App nicht zugeordnet")},
	{PathNotCanonical, say("Path not in canonical form", "Pfad nicht in kanonischer Form")},
	{MethodUnknown, say("No such method of the API", "Keine solche Methode der API")},
	{VerbNotAllowed, say("Verb not accepted", "Verb nicht angenommen")},
	{ScopeNotGranted, say("Token lacks the method's scope", "Dem Token fehlt der Bereich der Methode")},
	{QueryUnreadable, say("Query cannot be read", "Abfrage nicht lesbar")},
	{BodyUnreadable, say("Body cannot be read", "Body nicht lesbar")},
	{BodyTooLarge, say("Body is too large", "Body ist zu groß")},
	{MediaTypeUnsupported, say("Media type not accepted", "Medientyp nicht angenommen")},
	{HostMismatch, say("Wrong host", "Falscher Host")},
	{ObjectNotFound, say("Not found", "Nicht gefunden")},
	{BodyNotObject, say("Body is not a JSON object", "Body ist kein JSON-Objekt")},
	{FieldUnknown, say("Unknown field", "Unbekanntes Feld")},
	{FieldTwice, say("Field sent twice", "Feld doppelt gesendet")},
	{FieldKind, say("Field of another kind", "Feld von anderer Art")},
	{FieldMissing, say("Field missing", "Feld fehlt")},
	{FieldTooLong, say("Field too long", "Feld zu lang")},
	{FieldCharacter, say("Character that may not stand there", "Unzulässiges Zeichen")},
	{ContentURLInvalid, say("Not a content URL", "Keine Inhalts-URL")},
	{ScopeNameInvalid, say("Not the name of a scope", "Kein Name eines Bereichs")},
	{ScopesTooMany, say("Too many scopes", "Zu viele Bereiche")},
	{LimitOutOfRange, say("Limit out of range", "Limit außerhalb des Bereichs")},
	{CursorInvalid, say("Unknown place in a list", "Unbekannte Stelle einer Liste")},
	{NameTaken, say("Name is taken", "Name ist vergeben")},
	{RoleUnknown, say("Unknown role", "Unbekannte Rolle")},
	{PlanUnknown, say("Unknown plan", "Unbekanntes Abonnement")},

	{RequestMalformed, say("Install URL cannot be read", "Installations-URL nicht lesbar")},
	{RedirectURIMismatch, say("Redirect URI missing or not registered", "Weiterleitungs-URL fehlt oder ist nicht registriert")},
	{RequiredScopeMissing, say("Required scope not in scope", "Erforderlicher Bereich nicht in scope")},
	{ScopeMismatch, say("Scope does not match the app's settings", "Bereich passt nicht zu den Einstellungen der Anwendung")},
	{AuthorizationNeeded, say("App is not authorized", "Anwendung ist nicht autorisiert")},
	{ScopeNotAuthorized, say("Scope beyond the account's authorization", "Bereich nicht im Umfang der Autorisierung")},
	{UserLacksPermission, say("User lacks a permission", "Dem Benutzer fehlt eine Berechtigung")},
	{TenantLacksEntitlement, say("Plan lacks a function", "Dem Abonnement fehlt eine Funktion")},
	{ScopeNotInGrant, say("Scope was not granted", "Bereich wurde nicht erteilt")},
	{RequiredScopeLost, say("Required scope does not hold any more", "Erforderlicher Bereich gilt nicht mehr")},

	{RequestObjectNotOffered, say("Parameter not offered", "Parameter nicht angeboten")},
	{ParameterTwice, say("Parameter sent twice", "Parameter doppelt gesendet")},
	{ParameterTooLong, say("Parameter too long", "Parameter zu lang")},
	{ResponseTypeNotOffered, say("response_type not offered", "response_type nicht angeboten")},
	{ResponseModeNotOffered, say("response_mode not offered", "response_mode nicht angeboten")},
	{PromptMalformed, say("prompt cannot be read", "prompt nicht lesbar")},
	{AccountNotYours, say("User is not in the account", "Benutzer gehört nicht zum Konto")},
	{ScopeDeclined, say("User left a scope out", "Benutzer hat einen Bereich weggelassen")},
	{ScopeNotShown, say("Scope was not offered", "Bereich wurde nicht angeboten")},

	{RedirectURIInvalid, say("Redirect URI cannot be registered", "Weiterleitungs-URL nicht registrierbar")},
	{RedirectURITwice, say("Redirect URI listed twice", "Weiterleitungs-URL doppelt aufgeführt")},
	{RedirectURIInternational, say("Redirect URI beyond ASCII", "Weiterleitungs-URL jenseits von ASCII")},
	{RedirectURINotRegistered, say("Redirect URI not registered", "Weiterleitungs-URL nicht registriert")},
	{ListTooLong, say("List too long", "Liste zu lang")},
	{ScopeIsWildcard, say("Scope is a wildcard", "Bereich ist ein Platzhalterbereich")},
	{ScopeInTwoClasses, say("Scope in two classes", "Bereich in zwei Klassen")},
	{ScopeImplied, say("Scope belongs to every installation", "Bereich gehört zu jeder Installation")},
	{ScopeNotRegistered, say("Scope registered otherwise", "Bereich anders registriert")},
	{RegistrationTokenTooLarge, say("Too many scopes for a token", "Zu viele Bereiche für ein Token")},
	{ContactMailInvalid, say("Not a mail address", "Keine E-Mail-Adresse")},
	{ContactURLInvalid, say("Not an address of a page", "Keine Adresse einer Seite")},
	{LifeOutOfRange, say("Lifetime out of range", "Lebensdauer außerhalb des Bereichs")},
	{WireUnknown, say("Unknown wire", "Unbekannte Schnittstelle")},
	{ClientKeysInvalid, say("App's keys cannot be used", "Schlüssel der Anwendung nicht brauchbar")},
	{PublicClientConflict, say("Not possible for a public app", "Für öffentliche Anwendungen nicht möglich")},
	{ClientChanged, say("Registration changed meanwhile", "Registrierung inzwischen geändert")},
	{LogoInvalid, say("Image cannot be a logo", "Bild ist als Logo nicht brauchbar")},

	{FormUnreadable, say("Request cannot be read", "Anfrage nicht lesbar")},
	{FormParameterMissing, say("Parameter missing", "Parameter fehlt")},
	{FormParameterMalformed, say("Parameter cannot be used", "Parameter nicht brauchbar")},
	{GrantTypeUnsupported, say("Unknown grant type", "Unbekannter Grant Type")},
	{GrantTypeNotAllowed, say("Grant type not allowed to the app", "Grant Type der Anwendung nicht erlaubt")},
	{CodeExpired, say("Code has expired", "Code ist abgelaufen")},
	{AssertionNamesNoAccount, say("Assertion names no account", "Assertion nennt kein Konto")},
	{AccessTokenTooLarge, say("Too many scopes for an access token", "Zu viele Bereiche für ein Zugangstoken")},

	{LoginThrottled, say("Too many wrong attempts to log in", "Zu viele falsche Anmeldeversuche")},
	{PasswordTooShort, say("Password too short", "Passwort zu kurz")},
	{PersonHasUser, say("Login belongs to the account already", "Anmeldename gehört schon zum Konto")},
	{UserHasLogin, say("User can log in already", "Benutzer kann sich schon anmelden")},
	{UserHasNoLogin, say("User cannot log in yet", "Benutzer kann sich noch nicht anmelden")},
	{PasswordLinkMailOnly, say("Link to set a password goes by mail only", "Link zum Setzen des Passworts nur per E-Mail")},
	{MailNotSent, say("Mail could not be sent", "E-Mail wurde nicht gesendet")},
	{RoleIDInvalid, say("Not the ID of a role", "Keine ID einer Rolle")},
	{RightsExceeded, say("User has more rights", "Benutzer hat mehr Rechte")},
	{PermissionUnknown, say("Unknown permission", "Unbekannte Berechtigung")},
	{EntitlementUnknown, say("Unknown function", "Unbekannte Funktion")},
	{DatesReversed, say("End before the beginning", "Ende vor dem Beginn")},
	{DateUnreadable, say("Not a time", "Keine Zeitangabe")},

	{UserLacksCallPermission, say("User lacks the method's permission", "Dem Benutzer fehlt die Berechtigung der Methode")},
	{AuthorityMissing, say("Permission to decide is missing", "Berechtigung zur Entscheidung fehlt")},
	{PermissionNotHeld, say("Scope beyond one's own permissions", "Bereich über die eigenen Berechtigungen hinaus")},
	{ExpiryPast, say("Date in the past", "Datum in der Vergangenheit")},
	{AuthorizationChanged, say("Authorization changed meanwhile", "Autorisierung inzwischen geändert")},
	{RequestsTooMany, say("Too many requests waiting", "Zu viele offene Anfragen")},
	{TermsNotOffered, say("Limit not offered for connected apps", "Einschränkung für verbundene Apps nicht möglich")},
}
