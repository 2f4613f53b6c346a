package page

import "prokura/internal/text"

// loginTexts are the texts of signing in and out, and of links that were sent.
var loginTexts = map[string]text.Text{
	"login.title":            {EN: "Sign in", DE: "Anmelden"},
	"login.for":              {EN: "to go on with %[1]v", DE: "um mit %[1]v fortzufahren"},
	"login.login":            {EN: "Login", DE: "Anmeldename"},
	"login.password":         {EN: "Password", DE: "Passwort"},
	"login.button":           {EN: "Sign in", DE: "Anmelden"},
	"login.forgot":           {EN: "Forgot your password?", DE: "Passwort vergessen?"},
	"login.login_missing":    {EN: "Enter your login.", DE: "Geben Sie Ihren Anmeldenamen ein."},
	"login.password_missing": {EN: "Enter your password.", DE: "Geben Sie Ihr Passwort ein."},
	"login.done_out":         {EN: "You are signed out.", DE: "Sie sind abgemeldet."},
	"login.done_password":    {EN: "Your new password is set. Sign in with it.", DE: "Ihr neues Passwort gilt. Melden Sie sich damit an."},

	"logout.title": {EN: "Sign out?", DE: "Abmelden?"},
	"logout.text":  {EN: "Apps that you connected go on working.", DE: "Anwendungen, die Sie verbunden haben, arbeiten weiter."},

	"go.title":  {EN: "You are signed in", DE: "Sie sind angemeldet"},
	"go.text":   {EN: "The app that you want to connect is waiting.", DE: "Die Anwendung, die Sie verbinden möchten, wartet."},
	"go.button": {EN: "Continue", DE: "Weiter"},

	"tenants.title":   {EN: "Choose an account", DE: "Konto auswählen"},
	"tenants.text":    {EN: "You belong to several accounts. Which one do you want to act in?", DE: "Sie gehören zu mehreren Konten. In welchem möchten Sie handeln?"},
	"tenants.for":     {EN: "In which account is %[1]v to be connected?", DE: "In welchem Konto soll %[1]v verbunden werden?"},
	"tenants.none":    {EN: "Your login belongs to no account any more. An administrator of the account can invite you again.", DE: "Ihr Anmeldename gehört zu keinem Konto mehr. Ein Administrator des Kontos kann Sie wieder einladen."},
	"tenants.current": {EN: "current", DE: "aktuell"},

	"failure.reference": {EN: "Error reference", DE: "Fehlerreferenz"},

	"form.missing":          {EN: "Please fill this in.", DE: "Bitte füllen Sie dieses Feld aus."},
	"form.too_long":         {EN: "This is longer than %[1]v bytes.", DE: "Das ist länger als %[1]v Byte."},
	"form.passwords_differ": {EN: "The two new passwords differ.", DE: "Die beiden neuen Passwörter sind verschieden."},
	"password.hint":         {EN: "Several words are easier to remember than signs.", DE: "Mehrere Wörter merken sich leichter als Sonderzeichen."},

	"account.title":           {EN: "Your sign-in", DE: "Ihre Anmeldung"},
	"account.password":        {EN: "Change your password", DE: "Passwort ändern"},
	"account.password_text":   {EN: "You stay signed in here; all other browsers are signed out.", DE: "Hier bleiben Sie angemeldet; in allen anderen Browsern werden Sie abgemeldet."},
	"account.old":             {EN: "Present password", DE: "Bisheriges Passwort"},
	"account.old_wrong":       {EN: "This is not your present password.", DE: "Das ist nicht Ihr bisheriges Passwort."},
	"account.new":             {EN: "New password", DE: "Neues Passwort"},
	"account.again":           {EN: "New password once more", DE: "Neues Passwort noch einmal"},
	"account.save":            {EN: "Change password", DE: "Passwort ändern"},
	"account.logins":          {EN: "Where you are signed in", DE: "Wo Sie angemeldet sind"},
	"account.since":           {EN: "Since", DE: "Seit"},
	"account.seen":            {EN: "last used", DE: "zuletzt benutzt"},
	"account.this":            {EN: "this browser", DE: "dieser Browser"},
	"account.everywhere":      {EN: "Sign out everywhere", DE: "Überall abmelden"},
	"account.everywhere_text": {EN: "Ends all of these at once, also here. Connected apps go on working.", DE: "Beendet sie alle sofort, auch diese hier. Verbundene Anwendungen arbeiten weiter."},
	"done.password":           {EN: "Your password is changed. All other browsers are signed out.", DE: "Ihr Passwort ist geändert. In allen anderen Browsern sind Sie abgemeldet."},
}
