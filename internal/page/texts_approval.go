package page

import "prokura/internal/text"

// approvalTexts are the texts of the pages about an app that no administrator has decided on.
var approvalTexts = map[string]text.Text{
	"unapproved.title":         {EN: "Permission error", DE: "Berechtigungsfehler"},
	"unapproved.sentence":      {EN: "An administrator of %[1]v must approve this application.", DE: "Ein Administrator von %[1]v muss diese Anwendung genehmigen."},
	"unapproved.who":           {EN: "Who can approve it", DE: "Wer sie genehmigen kann"},
	"unapproved.reason":        {EN: "What you need it for", DE: "Wofür Sie sie brauchen"},
	"unapproved.reason_hint":   {EN: "The administrators read this.", DE: "Die Administratoren lesen das."},
	"unapproved.ask":           {EN: "Request approval", DE: "Genehmigung anfragen"},
	"unapproved.waiting":       {EN: "Your request is waiting. Sent:", DE: "Ihre Genehmigungsanfrage wartet. Gesendet:"},
	"unapproved.your_reason":   {EN: "Your reason: “%[1]v”", DE: "Ihr Grund: „%[1]v“"},
	"unapproved.until":         {EN: "It waits up to and including %[1]v.", DE: "Sie wartet bis einschließlich %[1]v."},
	"unapproved.take_back":     {EN: "Take the request back", DE: "Anfrage zurückziehen"},
	"unapproved.denied":        {EN: "Your last request was turned down. You may ask again.", DE: "Ihre letzte Anfrage wurde abgelehnt. Sie können erneut anfragen."},
	"unapproved.blocked":       {EN: "An administrator has blocked this app. It cannot be requested.", DE: "Ein Administrator hat diese Anwendung gesperrt. Eine Genehmigung kann nicht angefragt werden."},
	"unapproved.justification": {EN: "The answer: “%[1]v”", DE: "Die Antwort: „%[1]v“"},
	"unapproved.approved":      {EN: "An administrator approved this application. Decided:", DE: "Ein Administrator hat diese Anwendung genehmigt. Entschieden:"},
	"unapproved.missing":       {EN: "The approval does not include what this installation asks for:", DE: "Die Genehmigung umfasst nicht, was diese Installation verlangt:"},
	"unapproved.as_admin":      {EN: "Sign in as administrator", DE: "Als Administrator anmelden"},

	"refused.ask":         {EN: "Request approval", DE: "Genehmigung anfragen"},
	"refused.ask_text":    {EN: "There is another way: once an administrator approves this application, you can install it without that permission.", DE: "Es gibt einen anderen Weg: Sobald ein Administrator diese Anwendung genehmigt, können Sie sie ohne diese Berechtigung installieren."},
	"refused.ask_decider": {EN: "You decide on applications here: whoever you approve this one for can install it without that permission.", DE: "Sie entscheiden hier über Anwendungen: Für wen Sie diese genehmigen, der kann sie ohne diese Berechtigung installieren."},
	"refused.ask_decide":  {EN: "Decide on this application", DE: "Über diese Anwendung entscheiden"},

	"approval.title":   {EN: "Approve %[1]v for %[2]v", DE: "%[1]v für %[2]v genehmigen"},
	"approval.whole":   {EN: "You decide for the whole account %[1]v", DE: "Sie entscheiden für das ganze Konto %[1]v"},
	"approval.own":     {EN: "Allow is your own consent as well: the app then gets, of what it asks for now, what you leave ticked.", DE: "Erlauben ist zugleich Ihre eigene Zustimmung: Die Anwendung erhält dann von dem, was sie jetzt verlangt, was angekreuzt bleibt."},
	"approval.another": {EN: "Somebody else began this installation. Allow only decides: that user signs in again and goes on; nothing is given in your name.", DE: "Jemand anderes hat diese Installation begonnen. Erlauben entscheidet nur: Dieser Benutzer meldet sich wieder an und fährt fort; in Ihrem Namen wird nichts erteilt."},

	"approved.title":    {EN: "%[1]v is approved", DE: "%[1]v ist genehmigt"},
	"approved.text":     {EN: "The decision holds for %[1]v from now on.", DE: "Für %[1]v gilt die Entscheidung ab jetzt."},
	"approved.next":     {EN: "%[1]v signs in again and goes on with the installation.", DE: "%[1]v meldet sich wieder an und fährt mit der Installation fort."},
	"approved.sign_in":  {EN: "Sign in as %[1]v", DE: "Als %[1]v anmelden"},
	"approved.show":     {EN: "Show the authorization", DE: "Autorisierung anzeigen"},
	"approved.somebody": {EN: "whoever began", DE: "wer begonnen hat"},
}
