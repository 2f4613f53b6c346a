package page

import (
	"prokura/internal/refusal"
	"prokura/internal/text"
)

// published are the sentences that HubSpot shows for what we tell apart. Readers search the web for them, so that they stand
// on the pages of apps of that wire beside what really happened. German: seed, English: as published.
var published = map[refusal.Code]text.Text{
	refusal.RequiredScopeMissing: {
		EN: "Couldn't complete the connection: Authorization failed because the provided scopes are insufficient. Please contact the app developer.",
		DE: "Die Verbindung konnte nicht hergestellt werden: Autorisierung fehlgeschlagen, da die angegebenen Bereiche nicht ausreichend sind. Bitte wenden Sie sich an den Entwickler der App.",
	},
	refusal.ScopeMismatch: {
		EN: "Couldn't complete the connection: Authorization failed because there is a mismatch between the scopes in the install URL and the app's configured scopes. Please contact the app developer.",
		DE: "Die Verbindung konnte nicht abgeschlossen werden: Die Autorisierung ist fehlgeschlagen, da es eine Diskrepanz zwischen den Bereichen in der Installations-URL und den konfigurierten Bereichen der Anwendung gibt. Bitte wenden Sie sich an den Entwickler der App.",
	},
	refusal.UserLacksPermission: {
		EN: "Couldn't complete the connection. You don't have permission to connect this integration.",
		DE: "Die Verknüpfung konnte nicht abgeschlossen werden. Sie haben keine Berechtigung, diese Integration zu verknüpfen.",
	},
	refusal.TenantLacksEntitlement: {
		EN: "This account doesn't have access to some HubSpot features that are required by this integration. Please contact the integrator.",
		DE: "Dieses Konto hat keinen Zugriff auf einige HubSpot-Funktionen, die für diese Integration erforderlich sind. Bitte kontaktieren Sie den Integrator.",
	},
	refusal.ScopeUnknown: {
		EN: "An invalid scope name was provided. Please contact the app developer.",
		DE: "Es wurde ein ungültiger Bereichsname angegeben. Bitte wenden Sie sich an den Entwickler der App.",
	},
	// For this no sentence is published in either language: it is ours, in the same manner.
	refusal.RedirectURIMismatch: {
		EN: "The redirect URL doesn't match those registered for the app. Please contact the app developer.",
		DE: "Die Weiterleitungs-URL passt nicht zu den für die App registrierten URLs. Bitte wenden Sie sich an den Entwickler der App.",
	},
}

// Published is HubSpot's own sentence for a refusal, where it has one.
func Published(c refusal.Code) (text.Text, bool) {
	t, ok := published[c]
	return t, ok
}
