package page

import "prokura/internal/text"

// consoleTexts are the texts of the console.
var consoleTexts = map[string]text.Text{
	"nav.overview":      {EN: "Overview", DE: "Übersicht"},
	"nav.apps":          {EN: "My apps", DE: "Meine Anwendungen"},
	"nav.registrations": {EN: "App registrations", DE: "Registrierte Anwendungen"},
	"nav.clinic":        {EN: "Check an install URL", DE: "Installations-URL prüfen"},
	"nav.users":         {EN: "Users", DE: "Benutzer"},
}
