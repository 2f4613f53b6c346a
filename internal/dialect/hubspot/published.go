package hubspot

import (
	"prokura/internal/refusal"
	"prokura/internal/text"
)

// Published is the sentence that HubSpot's own page shows for what a refused installation is about, or false where it has
// none: then ours is shown. German stands as in the vendor's article, where it has one (seed: HubSpot "Häufige Fehler").
func Published(c refusal.Code) (text.Text, bool) {
	switch c {
	case refusal.RequiredScopeMissing:
		return text.Text{
			EN: "Couldn't complete the connection: Authorization failed because the provided scopes are insufficient. Please contact the app developer.",
			DE: "Die Verbindung konnte nicht hergestellt werden: Autorisierung fehlgeschlagen, da die angegebenen Bereiche nicht ausreichend sind. Bitte wenden Sie sich an den Entwickler der App.",
		}, true
	case refusal.ScopeMismatch:
		return text.Text{
			EN: "Couldn't complete the connection: Authorization failed because there is a mismatch between the scopes in the install URL and the app's configured scopes. Please contact the app developer.",
			DE: "Die Verbindung konnte nicht abgeschlossen werden: Die Autorisierung ist fehlgeschlagen, da es eine Diskrepanz zwischen den Bereichen in der Installations-URL und den konfigurierten Bereichen der Anwendung gibt. Bitte wenden Sie sich an den Entwickler der App.",
		}, true
	case refusal.UserLacksPermission:
		return text.Text{
			EN: "Couldn't complete the connection. You don't have permission to connect this integration.",
			DE: "Die Verknüpfung konnte nicht abgeschlossen werden. Sie haben keine Berechtigung, diese Integration zu verknüpfen.",
		}, true
	case refusal.TenantLacksEntitlement:
		return text.Text{
			EN: "This account doesn't have access to some HubSpot features that are required by this integration. Please contact the integrator.",
			DE: "Dieses Konto hat keinen Zugriff auf einige HubSpot-Funktionen, die für diese Integration erforderlich sind. Bitte kontaktieren Sie den Integrator.",
		}, true
	case refusal.ScopeUnknown:
		return text.Text{
			EN: "An invalid scope name was provided. Please contact the app developer.",
			DE: "Es wurde ein ungültiger Bereichsname angegeben. Bitte wenden Sie sich an den Entwickler der App.",
		}, true
	case refusal.ClientUnknown:
		return text.Text{
			EN: "An invalid client ID was provided. Please contact the app developer.",
			DE: "Es wurde eine ungültige Client-ID angegeben. Bitte wenden Sie sich an den Entwickler der App.",
		}, true
	case refusal.RedirectURIMismatch:
		return text.Text{
			EN: "The redirect URL doesn't match those registered for the app. Please contact the app developer.",
			DE: "Die Weiterleitungs-URL passt nicht zu den für die App registrierten URLs. Bitte wenden Sie sich an den Entwickler der App.",
		}, true
	}
	return text.Text{}, false
}
