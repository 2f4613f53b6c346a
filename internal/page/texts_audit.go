package page

import "prokura/internal/text"

// auditTexts are the texts of the audit book's pages.
var auditTexts = map[string]text.Text{
	"nav.audit": {EN: "Audit book", DE: "Audit-Buch"},

	"audit.intro":       {EN: "Every change of access in this account, newest first. Days are those of UTC.", DE: "Jede Änderung von Zugriffen in diesem Konto, die neueste zuerst. Tage gelten nach UTC."},
	"audit.sealed":      {EN: "The newest signature of the sealed log is from %[1]v. Whoever runs this server can verify that nothing up to it was changed.", DE: "Die neueste Signatur des versiegelten Protokolls ist vom %[1]v. Wer diesen Server betreibt, kann prüfen, dass bis dahin nichts geändert wurde."},
	"audit.filter":      {EN: "Filter the entries", DE: "Einträge filtern"},
	"audit.actor":       {EN: "Who", DE: "Wer"},
	"audit.actor_hint":  {EN: "A user name or an ID", DE: "Ein Benutzername oder eine ID"},
	"audit.action":      {EN: "What", DE: "Was"},
	"audit.action_hint": {EN: "Such as grant.end, or grant. for all that begin so", DE: "Etwa grant.end, oder grant. für alles, was so beginnt"},
	"audit.target":      {EN: "To what", DE: "Woran"},
	"audit.target_hint": {EN: "The name of an application, or an ID", DE: "Der Name einer Anwendung oder eine ID"},
	"audit.target_many": {EN: "Several applications have this name. Please give the client ID.", DE: "Mehrere Anwendungen heißen so. Bitte geben Sie die Client-ID an."},
	"audit.since":       {EN: "From", DE: "Von"},
	"audit.until":       {EN: "Up to and including", DE: "Bis einschließlich"},
	"audit.day_wrong":   {EN: "This is not a day. Write it as 2027-01-31.", DE: "Das ist kein Tag. Schreiben Sie ihn als 2027-01-31."},
	"audit.text":        {EN: "Text", DE: "Text"},
	"audit.text_hint":   {EN: "In the reason, the target or the changes", DE: "In Begründung, Ziel oder Änderungen"},

	"audit.when":       {EN: "When", DE: "Wann"},
	"audit.from":       {EN: "From where", DE: "Von wo"},
	"audit.change":     {EN: "Reason and change", DE: "Begründung und Änderung"},
	"audit.reason":     {EN: "Reason", DE: "Begründung"},
	"audit.more.one":   {EN: "%[1]v more change", DE: "%[1]v weitere Änderung"},
	"audit.more.other": {EN: "%[1]v more changes", DE: "%[1]v weitere Änderungen"},
	"audit.becomes":    {EN: "becomes", DE: "wird zu"},
	"audit.erased":     {EN: "erased with a deleted user", DE: "mit einem gelöschten Benutzer getilgt"},
	"audit.nowhere":    {EN: "from within the server", DE: "aus dem Server selbst"},

	"audit.export":      {EN: "Export these entries", DE: "Diese Einträge exportieren"},
	"audit.export_csv":  {EN: "As CSV", DE: "Als CSV"},
	"audit.export_json": {EN: "As JSON Lines", DE: "Als JSON Lines"},
	"audit.export_hint": {EN: "An export has the same filter, and holds a million entries at most, the newest. For older ones, give the days.", DE: "Ein Export hat denselben Filter und enthält höchstens eine Million Einträge, die neuesten. Für ältere geben Sie die Tage an."},
	"audit.empty":       {EN: "Nothing has been written down yet", DE: "Noch ist nichts verzeichnet"},
	"audit.empty_text":  {EN: "Whoever changes access in this account stands here from then on.", DE: "Wer in diesem Konto Zugriffe ändert, steht von da an hier."},
	"audit.none_found":  {EN: "No entry matches", DE: "Kein Eintrag passt"},
	"audit.none_yet":    {EN: "No entry matches so far", DE: "Bis hierher passt kein Eintrag"},
	"audit.none_older":  {EN: "The search goes on with older entries on the next page.", DE: "Die Suche geht auf der nächsten Seite mit älteren Einträgen weiter."},
	"audit.show_all":    {EN: "Show all entries", DE: "Alle Einträge anzeigen"},

	"audit.entry":         {EN: "Entry of the audit book", DE: "Eintrag des Audit-Buchs"},
	"audit.id":            {EN: "ID of the entry", DE: "ID des Eintrags"},
	"audit.changed":       {EN: "What was changed", DE: "Was geändert wurde"},
	"audit.field":         {EN: "Field", DE: "Feld"},
	"audit.before":        {EN: "Before", DE: "Vorher"},
	"audit.after":         {EN: "After", DE: "Nachher"},
	"audit.detail":        {EN: "Details", DE: "Einzelheiten"},
	"audit.value":         {EN: "Value", DE: "Wert"},
	"audit.actor_others":  {EN: "All that they did", DE: "Alles von dort"},
	"audit.target_others": {EN: "All that was done to it", DE: "Alles, was daran getan wurde"},

	"audit.kind.operator": {EN: "operator", DE: "Betreiber"},
	"audit.kind.user":     {EN: "user", DE: "Benutzer"},
	"audit.kind.person":   {EN: "person", DE: "Person"},
	"audit.kind.client":   {EN: "application", DE: "Anwendung"},
	"audit.kind.system":   {EN: "the server itself", DE: "der Server selbst"},
}
