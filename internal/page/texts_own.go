package page

import "prokura/internal/text"

// ownTexts are the texts of what users asked for, and of what administrators' decisions took from them.
var ownTexts = map[string]text.Text{
	"done.asked":      {EN: "Your request was sent. What becomes of it stands here.", DE: "Ihre Genehmigungsanfrage wurde gesendet. Was daraus wird, steht hier."},
	"done.taken_back": {EN: "Your request was taken back.", DE: "Ihre Genehmigungsanfrage wurde zurückgezogen."},

	"own.asked":     {EN: "Your requests", DE: "Ihre Genehmigungsanfragen"},
	"own.connected": {EN: "Connected apps", DE: "Verbundene Anwendungen"},
	"own.lost":      {EN: "No longer usable", DE: "Nicht mehr verwendbar"},
	"own.lost_text": {EN: "Apps that you had connected, until an administrator's decision ended it.", DE: "Anwendungen, die Sie verbunden hatten, bis eine Entscheidung eines Administrators das beendet hat."},
	"own.given":     {EN: "What you gave it", DE: "Was Sie ihr gegeben haben"},

	"own.next": {EN: "What you can do", DE: "Was Sie tun können"},

	"own.state.waiting":      {EN: "waiting", DE: "wartet"},
	"own.state.approved":     {EN: "approved", DE: "genehmigt"},
	"own.state.denied":       {EN: "turned down", DE: "abgelehnt"},
	"own.state.blocked":      {EN: "blocked", DE: "gesperrt"},
	"own.state.expired":      {EN: "expired", DE: "abgelaufen"},
	"own.state.revoked":      {EN: "revoked", DE: "widerrufen"},
	"own.state.barred":       {EN: "taken from you", DE: "Ihnen entzogen"},
	"own.state.not_admitted": {EN: "not for you", DE: "nicht für Sie"},
	"own.state.undecided":    {EN: "not approved", DE: "nicht genehmigt"},

	"own.at.waiting": {EN: "Asked:", DE: "Angefragt:"},

	"own.asked.waiting":     {EN: "An administrator has yet to decide.", DE: "Ein Administrator muss noch entscheiden."},
	"own.asked.approved":    {EN: "An administrator approved your request.", DE: "Ein Administrator hat Ihre Genehmigungsanfrage genehmigt."},
	"own.asked.denied":      {EN: "An administrator turned your request down.", DE: "Ein Administrator hat Ihre Genehmigungsanfrage abgelehnt."},
	"own.asked.blocked":     {EN: "An administrator blocked this app for the whole account.", DE: "Ein Administrator hat diese Anwendung für das ganze Konto gesperrt."},
	"own.asked.expired":     {EN: "Nobody decided on your request in time.", DE: "Über Ihre Genehmigungsanfrage hat niemand rechtzeitig entschieden."},
	"own.asked.revoked":     {EN: "An administrator approved your request, and revoked the app afterwards.", DE: "Ein Administrator hat Ihre Genehmigungsanfrage genehmigt und die Anwendung danach widerrufen."},
	"own.lost.revoked":      {EN: "An administrator revoked this app for the whole account.", DE: "Ein Administrator hat diese Anwendung für das ganze Konto widerrufen."},
	"own.lost.blocked":      {EN: "An administrator blocked this app for the whole account.", DE: "Ein Administrator hat diese Anwendung für das ganze Konto gesperrt."},
	"own.lost.lapsed":       {EN: "The approval of this app was for a time, which is over.", DE: "Die Genehmigung dieser Anwendung galt auf Zeit, und die ist abgelaufen."},
	"own.lost.barred":       {EN: "An administrator ended your use of this app. Others may use it.", DE: "Ein Administrator hat Ihnen diese Anwendung entzogen. Andere können sie verwenden."},
	"own.lost.not_admitted": {EN: "This app is approved for others, and no longer for you.", DE: "Diese Anwendung ist für andere genehmigt und nicht mehr für Sie."},
	"own.lost.undecided":    {EN: "An administrator must approve this application.", DE: "Ein Administrator muss diese Anwendung genehmigen."},
	"own.lost.again":        {EN: "What you gave this app has ended. It may be used again by now.", DE: "Was Sie dieser Anwendung gegeben haben, ist beendet. Inzwischen darf sie wieder verwendet werden."},
	"own.install":           {EN: "Install", DE: "Installieren"},
	"own.install_hint":      {EN: "The app asks for your consent first. If it does not recognize the installation, begin with the app itself.", DE: "Die Anwendung bittet zuerst um Ihre Zustimmung. Erkennt sie die Installation nicht, beginnen Sie bei der Anwendung selbst."},
	"own.start":             {EN: "You can install it now: begin with the app, with its install URL or its own sign-in.", DE: "Sie können sie jetzt installieren: Beginnen Sie bei der Anwendung, mit ihrer Installations-URL oder ihrer eigenen Anmeldung."},
	"own.look":              {EN: "Something else is missing. Open its install URL: the page names what, and who can help.", DE: "Es fehlt noch etwas anderes. Öffnen Sie ihre Installations-URL: Die Seite nennt, was fehlt und wer helfen kann."},
	"own.ask":               {EN: "Request approval …", DE: "Genehmigung anfragen …"},
	"own.talk":              {EN: "You cannot ask for it here. These administrators can still authorize it: %[1]v.", DE: "Sie können hier nicht danach fragen. Trotzdem autorisieren können sie: %[1]v."},
	"own.talk_somebody":     {EN: "You cannot ask for it here. An administrator can still authorize it.", DE: "Sie können hier nicht danach fragen. Ein Administrator kann sie trotzdem autorisieren."},
}
