package cli

import (
	"bytes"
	"strings"

	"github.com/alecthomas/kong"

	"prokura/internal/text"
)

// helpTexts are what --help says; the grammar names them by key.
var helpTexts = map[string]text.Text{
	"prokura": {EN: "Prokura decides for every program who may act for whom, with which scopes, until when.",
		DE: "Prokura entscheidet für jedes Programm, wer für wen handeln darf, mit welchen Bereichen und bis wann."},

	"version":       {EN: "Print the version.", DE: "Die Version ausgeben."},
	"serve":         {EN: "Run the server until it is told to stop.", DE: "Den Server ausführen, bis er beendet wird."},
	"migrate":       {EN: "Bring the database's schema up to date. serve does this too.", DE: "Das Schema der Datenbank auf den neuesten Stand bringen. Das tut auch serve."},
	"config":        {EN: "Check or explain prokura.yaml.", DE: "Die prokura.yaml prüfen oder erklären."},
	"catalog":       {EN: "Look at a catalog: methods, scopes and who can call what.", DE: "Einen Katalog ansehen: Methoden, Bereiche und wer was aufrufen kann."},
	"keys":          {EN: "Manage the keys that we sign with.", DE: "Die Schlüssel verwalten, mit denen wir signieren."},
	"tenant":        {EN: "Manage tenants.", DE: "Konten verwalten."},
	"user":          {EN: "Manage a tenant's users.", DE: "Die Benutzer eines Kontos verwalten."},
	"group":         {EN: "Manage a tenant's groups.", DE: "Die Gruppen eines Kontos verwalten."},
	"connected_app": {EN: "Manage a tenant's connected apps and their secrets.", DE: "Die verbundenen Apps eines Kontos und ihre Geheimnisse verwalten."},
	"client":        {EN: "Manage apps of developers: their registrations, secrets and install URLs.", DE: "Anwendungen von Entwicklern verwalten: Registrierungen, Client-Geheimnisse und Installations-URLs."},
	"audit":         {EN: "See who changed what, and prove that nobody changed the book.", DE: "Ansehen, wer was geändert hat, und nachweisen, dass niemand das Buch geändert hat."},
	"refusals":      {EN: "List what was refused in a tenant.", DE: "Auflisten, was in einem Konto verweigert wurde."},
	"explain":       {EN: "Say why something is allowed or refused, and what to do about it.", DE: "Sagen, warum etwas erlaubt ist oder verweigert wird, und wie sich das beheben lässt."},

	"entitlement":   {EN: "Manage the functions that a tenant has beside its plan, or has not in spite of it.", DE: "Die Funktionen verwalten, die ein Konto neben seinem Abonnement hat oder trotz seines Abonnements nicht hat."},
	"role":          {EN: "Manage a tenant's own roles, and who holds which.", DE: "Die eigenen Rollen eines Kontos verwalten, und wer welche hat."},
	"grant":         {EN: "See and withdraw what users gave to apps.", DE: "Ansehen und zurückziehen, was Benutzer Anwendungen gegeben haben."},
	"authorization": {EN: "Decide on apps for a tenant: authorize, limit, revoke.", DE: "Für ein Konto über Anwendungen entscheiden: autorisieren, einschränken, widerrufen."},

	"list":   {EN: "List them.", DE: "Auflisten."},
	"show":   {EN: "Show one.", DE: "Anzeigen."},
	"create": {EN: "Create one.", DE: "Anlegen."},
	"update": {EN: "Change what is given; the rest stays.", DE: "Ändern, was angegeben ist; der Rest bleibt."},
	"rename": {EN: "Give it another name.", DE: "Umbenennen."},
	"delete": {EN: "Delete it, after asking.", DE: "Nach Rückfrage löschen."},
	"enable": {EN: "Enable it again.", DE: "Wieder aktivieren."},

	"user_disable":       {EN: "Disable the user. All their sessions end at once.", DE: "Den Benutzer deaktivieren. Alle seine Sitzungen enden sofort."},
	"user_groups":        {EN: "List the user's groups.", DE: "Die Gruppen des Benutzers auflisten."},
	"user_roles":         {EN: "List the user's roles.", DE: "Die Rollen des Benutzers auflisten."},
	"user_grants":        {EN: "List what the user gave to apps.", DE: "Auflisten, was der Benutzer Anwendungen gegeben hat."},
	"user_invite":        {EN: "Make a link by which somebody becomes the user; by mail, if that is configured.", DE: "Einen Link erzeugen, mit dem jemand zu dem Benutzer wird; per E-Mail, wenn das eingerichtet ist."},
	"user_password_link": {EN: "Make a link to set a new password; by mail, if that is configured.", DE: "Einen Link für ein neues Passwort erzeugen; per E-Mail, wenn das eingerichtet ist."},

	"audit_list":       {EN: "List who changed what, newest first.", DE: "Auflisten, wer was geändert hat, Neuestes zuerst."},
	"audit_export":     {EN: "Write a book to standard output, newest first, all of it.", DE: "Ein Buch auf die Standardausgabe schreiben, Neuestes zuerst, das ganze."},
	"audit_verify":     {EN: "Recompute the sealed log and compare it with its checkpoints. The exit status is 3 where it is not what was signed.", DE: "Das versiegelte Protokoll nachrechnen und mit seinen Prüfpunkten vergleichen. Der Rückgabewert ist 3, wenn es nicht das signierte ist."},
	"audit_checkpoint": {EN: "Print the newest signed checkpoint, to be kept elsewhere.", DE: "Den neuesten signierten Prüfpunkt ausgeben, um ihn anderswo aufzubewahren."},

	"entitlement_add":      {EN: "Add a function to the tenant.", DE: "Dem Konto eine Funktion hinzufügen."},
	"entitlement_withdraw": {EN: "Withdraw a function, whatever the plan says. It is gone from tokens at once.", DE: "Eine Funktion entziehen, was immer das Abonnement sagt. Sie fehlt sofort auch in Token."},
	"entitlement_delete":   {EN: "Take back what was said of a function: the plan decides again.", DE: "Die Angabe zu einer Funktion zurücknehmen: Das Abonnement entscheidet wieder."},
	"role_update":          {EN: "Change what is given. A permission left out is taken from all who hold the role, at once.", DE: "Ändern, was angegeben ist. Eine weggelassene Berechtigung verlieren sofort alle, die die Rolle haben."},
	"role_delete":          {EN: "Delete the role, after asking, and take it from all who hold it.", DE: "Die Rolle nach Rückfrage löschen und allen entziehen, die sie haben."},
	"role_give":            {EN: "Give a user the role.", DE: "Einem Benutzer die Rolle geben."},
	"role_take":            {EN: "Take the role from a user. All their sessions end at once.", DE: "Einem Benutzer die Rolle entziehen. Alle seine Sitzungen enden sofort."},
	"grant_withdraw":       {EN: "Withdraw it, after asking. Its tokens are dead at once.", DE: "Nach Rückfrage zurückziehen. Seine Token gelten sofort nicht mehr."},

	"request":     {EN: "See what waits for a decision on an app.", DE: "Ansehen, was auf eine Entscheidung über eine Anwendung wartet."},
	"governance":  {EN: "Say how a tenant decides on apps.", DE: "Sagen, wie ein Konto über Anwendungen entscheidet."},
	"impact":      {EN: "See what enforcing decisions would stop, and keep it working.", DE: "Ansehen, was nicht mehr ginge, wenn Entscheidungen durchgesetzt würden, und es am Laufen halten."},
	"enforcement": {EN: "Say how far decisions are enforced in tenants that chose no stage.", DE: "Sagen, wie weit Entscheidungen in Konten durchgesetzt werden, die keine Stufe gewählt haben."},

	"authorization_list":      {EN: "List what was decided on which app.", DE: "Auflisten, was über welche Anwendung entschieden ist."},
	"authorization_show":      {EN: "Show the decision on an app, what lives of the app, and what was decided before.", DE: "Die Entscheidung über eine Anwendung anzeigen, was von der Anwendung lebt und was zuvor entschieden war."},
	"authorization_history":   {EN: "List the decisions that hold no more, newest first.", DE: "Die Entscheidungen auflisten, die nicht mehr gelten, Neuestes zuerst."},
	"authorization_users":     {EN: "List the users who installed an app, and what they gave it.", DE: "Die Benutzer auflisten, die eine Anwendung installiert haben, und was sie ihr gegeben haben."},
	"authorization_usage":     {EN: "Draw which scopes an app really used, and when.", DE: "Zeichnen, welche Bereiche eine Anwendung wirklich benutzt hat und wann."},
	"authorization_preview":   {EN: "Say what a decision would cost, and change nothing.", DE: "Sagen, was eine Entscheidung kosten würde, und nichts ändern."},
	"authorization_authorize": {EN: "Authorize an app, change its authorization, or authorize it again after it was revoked. Answers all who asked for it.", DE: "Eine Anwendung autorisieren, ihre Autorisierung ändern oder sie nach einem Widerruf erneut autorisieren. Beantwortet alle Genehmigungsanfragen."},
	"authorization_shrink":    {EN: "Leave an app only some of its scopes. Live tokens lose the others at once.", DE: "Einer Anwendung nur einige ihrer Bereiche lassen. Gültige Token verlieren die anderen sofort."},
	"authorization_unshrink":  {EN: "Give back what the last shrinking took.", DE: "Zurückgeben, was zuletzt entzogen wurde."},
	"authorization_revoke":    {EN: "Revoke an app for all users, for one user or for one role, after asking. Its tokens are dead at once, for good.", DE: "Eine Anwendung nach Rückfrage für alle Benutzer, für einen Benutzer oder für eine Rolle widerrufen. Ihre Token gelten sofort und endgültig nicht mehr."},
	"authorization_readmit":   {EN: "Admit a user again for whom an app was revoked.", DE: "Einen Benutzer wieder zulassen, für den eine Anwendung widerrufen wurde."},
	"authorization_deny":      {EN: "Turn down all who asked for an app. They may ask again.", DE: "Alle ablehnen, die nach einer Anwendung gefragt haben. Sie können erneut anfragen."},
	"authorization_block":     {EN: "Refuse an app for all users, after asking, and let nobody ask for it.", DE: "Eine Anwendung nach Rückfrage allen Benutzern verweigern; niemand kann sie anfragen."},
	"request_list":            {EN: "List the apps that wait: who asks, why, what would be new, how far it reaches.", DE: "Die Anwendungen auflisten, die warten: wer fragt, warum, was neu wäre, wie weit es reicht."},
	"request_create":          {EN: "Ask for a decision on an app, in the name of a user.", DE: "Im Namen eines Benutzers um eine Entscheidung über eine Anwendung bitten."},
	"governance_set":          {EN: "Change what is given; the rest stays. Asks first where an app stops or tokens end.", DE: "Ändern, was angegeben ist; der Rest bleibt. Fragt nach, wenn eine Anwendung nicht mehr ginge oder Token enden."},
	"governance_preview":      {EN: "Say which apps other settings would stop, and change nothing.", DE: "Sagen, welche Anwendungen mit anderen Einstellungen nicht mehr gingen, und nichts ändern."},
	"enforcement_set":         {EN: "Set the stage of tenants that chose none: enforce, report or off.", DE: "Die Stufe der Konten setzen, die keine gewählt haben: enforce, report oder off."},
	"impact_list":             {EN: "List what would have been refused, and what would keep it working.", DE: "Auflisten, was verweigert worden wäre und was es am Laufen hielte."},
	"impact_authorize":        {EN: "Authorize apps of the report with what keeps them working.", DE: "Anwendungen des Berichts mit dem autorisieren, was sie am Laufen hält."},

	"group_members":    {EN: "List the group's users.", DE: "Die Benutzer der Gruppe auflisten."},
	"group_add":        {EN: "Add a user to the group.", DE: "Einen Benutzer in die Gruppe aufnehmen."},
	"group_remove":     {EN: "Take a user out of the group.", DE: "Einen Benutzer aus der Gruppe entfernen."},
	"app_revoke":       {EN: "Revoke the authorization of the connected app. All its sessions end at once, for good.", DE: "Die Autorisierung der verbundenen App widerrufen. Alle ihre Sitzungen enden sofort und endgültig."},
	"app_authorize":    {EN: "Authorize the connected app again, after its authorization was revoked.", DE: "Die verbundene App erneut autorisieren, nachdem ihre Autorisierung widerrufen wurde."},
	"app_disable":      {EN: "Disable the connected app. All its sessions end at once.", DE: "Die verbundene App deaktivieren. Alle ihre Sitzungen enden sofort."},
	"app_scopes":       {EN: "Assign scopes. What is taken away is gone from running sessions too.", DE: "Bereiche zuordnen. Was wegfällt, fehlt sofort auch laufenden Sitzungen."},
	"app_secret":       {EN: "Manage the secrets that the connected app signs with.", DE: "Die Geheimnisse verwalten, mit denen die verbundene App signiert."},
	"secret_create":    {EN: "Create a secret and show its value, this once. There can be two.", DE: "Ein Geheimnis anlegen und seinen Wert zeigen, nur dieses eine Mal. Es kann zwei geben."},
	"secret_delete":    {EN: "Delete a secret. Sessions signed in with it end at once.", DE: "Ein Geheimnis löschen. Damit angemeldete Sitzungen enden sofort."},
	"keys_rotate":      {EN: "Publish a new key, which signs once everybody knows it.", DE: "Einen neuen Schlüssel veröffentlichen; er signiert, sobald ihn alle kennen."},
	"keys_revoke":      {EN: "Withdraw a key that leaked. What it signed is dead at once.", DE: "Einen bekannt gewordenen Schlüssel zurückziehen. Was er signiert hat, gilt sofort nicht mehr."},
	"config_check":     {EN: "Report every problem, with its place.", DE: "Jedes Problem mit seiner Stelle melden."},
	"config_reference": {EN: "Print every key with its meaning and default.", DE: "Jeden Schlüssel mit Bedeutung und Vorgabe ausgeben."},
	"catalog_lint":     {EN: "Report errors and notes. Without a name: of the catalogs that ship.", DE: "Fehler und Hinweise melden. Ohne Namen: der mitgelieferten Kataloge."},
	"catalog_show":     {EN: "Print the methods and the scopes they need.", DE: "Die Methoden und die Bereiche ausgeben, die sie brauchen."},
	"explain_jwt":      {EN: "Check a JWT as the sign-in does, without using it up.", DE: "Ein JWT prüfen wie bei der Anmeldung, ohne es zu verbrauchen."},
	"explain_call":     {EN: "Say which method a call is, which scope it needs and which one covers it.", DE: "Sagen, welche Methode ein Aufruf ist, welchen Bereich sie braucht und welcher sie deckt."},
	"explain_url":      {EN: "Say what an install URL is answered, and give the corrected one.", DE: "Sagen, was eine Installations-URL ergibt, und die berichtigte nennen."},
	"explain_ref":      {EN: "Show a refusal by the reference that its answer carried.", DE: "Eine Verweigerung anhand der Fehlerreferenz ihrer Antwort zeigen."},

	"client_apply":         {EN: "Register the app of a file, or change its registration to what the file says.", DE: "Die Anwendung aus einer Datei registrieren oder ihre Registrierung so ändern, wie es darin steht."},
	"client_diff":          {EN: "List the versions of the registration, and what each changed.", DE: "Die Versionen der Registrierung auflisten, und was jede geändert hat."},
	"client_url":           {EN: "Print an install URL that fits the registration.", DE: "Eine Installations-URL ausgeben, die zur Registrierung passt."},
	"client_urls":          {EN: "List the install URLs that were seen.", DE: "Die Installations-URLs auflisten, die aufgerufen wurden."},
	"client_logo":          {EN: "Upload a logo: PNG or JPEG.", DE: "Ein Logo hochladen: PNG oder JPEG."},
	"client_disable":       {EN: "Disable the app. All its tokens end at once, in every account.", DE: "Die Anwendung deaktivieren. Alle ihre Token enden sofort, in jedem Konto."},
	"client_verify":        {EN: "Say that the publisher of the app is known.", DE: "Sagen, dass der Herausgeber der Anwendung bekannt ist."},
	"client_unverify":      {EN: "Say that the publisher is known no longer, after asking. All tokens of the app end at once.", DE: "Nach Rückfrage sagen, dass der Herausgeber nicht mehr bekannt ist. Alle Token der Anwendung enden sofort."},
	"client_recall":        {EN: "Revoke the app in every account at once, after asking. Each account decides anew.", DE: "Die Anwendung nach Rückfrage sofort in jedem Konto widerrufen. Jedes Konto entscheidet neu."},
	"client_delete":        {EN: "Delete the app with everything that was installed of it, after asking.", DE: "Die Anwendung mit allem, was von ihr installiert ist, nach Rückfrage löschen."},
	"client_secret":        {EN: "Manage the secrets that the app authenticates with.", DE: "Die Client-Geheimnisse verwalten, mit denen sich die Anwendung ausweist."},
	"client_secret_create": {EN: "Create a secret and show its value, this once. There can be two.", DE: "Ein Client-Geheimnis anlegen und seinen Wert zeigen, nur dieses eine Mal. Es kann zwei geben."},
	"client_secret_delete": {EN: "Delete a secret. Tokens that were issued live on.", DE: "Ein Client-Geheimnis löschen. Ausgestellte Token gelten weiter."},

	"flag_config":        {EN: "The configuration; else PROKURA_CONFIG, else ./prokura.yaml if there is one.", DE: "Die Konfiguration; sonst PROKURA_CONFIG, sonst ./prokura.yaml, falls vorhanden."},
	"flag_server":        {EN: "The server to talk to; else PROKURA_SERVER, else the configured one.", DE: "Der Server, der gemeint ist; sonst PROKURA_SERVER, sonst der aus der Konfiguration."},
	"flag_json":          {EN: "Print JSON.", DE: "JSON ausgeben."},
	"flag_yes":           {EN: "Do not ask.", DE: "Nicht nachfragen."},
	"flag_status":        {EN: "Only list the steps, and change nothing.", DE: "Nur die Schritte auflisten und nichts ändern."},
	"flag_tenant":        {EN: "The tenant: id or content URL.", DE: "Das Konto: ID oder Inhalts-URL."},
	"flag_jwt_tenant":    {EN: "The tenant: id or content URL. Without it, that of the connected app which the JWT names.", DE: "Das Konto: ID oder Inhalts-URL. Ohne Angabe das der verbundenen App, die das JWT nennt."},
	"flag_audit_tenant":  {EN: "The tenant whose book it is: id or content URL. Without it, the vendor's own.", DE: "Das Konto, um dessen Buch es geht: ID oder Inhalts-URL. Ohne Angabe das des Anbieters."},
	"flag_reason":        {EN: "Why, for the audit book.", DE: "Der Grund, für das Audit-Buch."},
	"flag_actor":         {EN: "Only what this actor did: operator, system, an id or a name.", DE: "Nur, was dieser Akteur getan hat: operator, system, eine ID oder ein Name."},
	"flag_action":        {EN: "Only this action, or all that begin so: grant. for instance.", DE: "Nur dieser Vorgang, oder alle, die so beginnen: etwa grant. mit Punkt."},
	"flag_target":        {EN: "Only what was done to this: kind and id, or an id that the entry names.", DE: "Nur, was damit geschah: Art und ID, oder eine ID, die der Eintrag nennt."},
	"flag_since":         {EN: "Only from then on, such as 2027-01-31 or 2027-01-31T18:00:00Z.", DE: "Nur ab dann, etwa 2027-01-31 oder 2027-01-31T18:00:00Z."},
	"flag_before":        {EN: "Only before then.", DE: "Nur vor diesem Zeitpunkt."},
	"flag_text":          {EN: "Only entries that say this in target, reason or details.", DE: "Nur Einträge, die das in Gegenstand, Begründung oder Einzelheiten enthalten."},
	"flag_export_format": {EN: "csv for spreadsheets, or jsonl: an object to a line.", DE: "csv für Tabellen, oder jsonl: ein Objekt je Zeile."},
	"flag_public_key":    {EN: "Print the log's public key instead.", DE: "Stattdessen den öffentlichen Schlüssel des Protokolls ausgeben."},
	"flag_checkpoint":    {EN: "A checkpoint that was kept; give it once for each.", DE: "Ein aufbewahrter Prüfpunkt; für jeden einmal angeben."},
	"flag_audit_key":     {EN: "The public key that the log must be signed with, as kept with the checkpoints.", DE: "Der öffentliche Schlüssel, mit dem das Protokoll signiert sein muss, wie mit den Prüfpunkten aufbewahrt."},
	"flag_limit":         {EN: "How many at most.", DE: "Höchstens so viele."},
	"flag_name":          {EN: "The new name.", DE: "Der neue Name."},
	"flag_content_url":   {EN: "The name in addresses and sign-ins.", DE: "Der Name in Adressen und bei der Anmeldung."},
	"flag_plan":          {EN: "The plan, such as starter or enterprise.", DE: "Das Abonnement, etwa starter oder enterprise."},
	"flag_full_name":     {EN: "The name for people.", DE: "Der Name für Menschen."},
	"flag_email":         {EN: "The mail address.", DE: "Die E-Mail-Adresse."},
	"flag_role":          {EN: "A role, such as user or site_admin; several, separated by commas.", DE: "Eine Rolle, etwa user oder site_admin; mehrere durch Kommas getrennt."},
	"flag_platform_role": {EN: "A role beyond tenants, such as operator.", DE: "Eine Rolle über Konten hinaus, etwa operator."},
	"flag_role_name":     {EN: "The role's name, for people.", DE: "Der Name der Rolle, für Menschen."},
	"flag_permission":    {EN: "A permission, such as apps:app:install; several, separated by commas.", DE: "Eine Berechtigung, etwa apps:app:install; mehrere durch Kommas getrennt."},
	"flag_from":          {EN: "When it begins, such as 2027-01-31T18:00:00Z. Without it: now.", DE: "Wann es beginnt, etwa 2027-01-31T18:00:00Z. Ohne Angabe: jetzt."},
	"flag_until":         {EN: "When it ends. Without it: never.", DE: "Wann es endet. Ohne Angabe: nie."},
	"flag_of_user":       {EN: "Only those of this user: name or id.", DE: "Nur die dieses Benutzers: Name oder ID."},
	"flag_of_app":        {EN: "Only those of this app: name or client id.", DE: "Nur die dieser Anwendung: Name oder Client-ID."},
	"flag_mail_lang":     {EN: "The language of the mail. Without it, that of this command.", DE: "Die Sprache der E-Mail. Ohne Angabe die dieses Befehls."},
	"flag_password_file": {EN: "A file with the password; - is standard input.", DE: "Eine Datei mit dem Passwort; - ist die Standardeingabe."},
	"flag_scopes":        {EN: "The scopes to assign. Without it: the whole catalog.", DE: "Die zuzuordnenden Bereiche. Ohne Angabe: der ganze Katalog."},
	"flag_all_scopes":    {EN: "The whole catalog.", DE: "Der ganze Katalog."},
	"flag_catalog":       {EN: "A catalog that ships, one of the configuration, or a file.", DE: "Ein mitgelieferter Katalog, einer aus der Konfiguration oder eine Datei."},
	"flag_for":           {EN: "What these scopes can call, and what they cannot.", DE: "Was diese Bereiche aufrufen können und was nicht."},
	"flag_matrix":        {EN: "A picture of how far each scope reaches.", DE: "Ein Bild davon, wie weit jeder Bereich reicht."},
	"flag_url_tenant":    {EN: "The tenant it is installed in: id or content URL. Without it, the URL alone is judged.", DE: "Das Konto, in dem installiert wird: ID oder Inhalts-URL. Ohne Angabe geht es nur um die URL."},
	"flag_url_user":      {EN: "The user who installs it: id, name or login.", DE: "Der Benutzer, der installiert: ID, Name oder Anmeldename."},
	"flag_call_scopes":   {EN: "The scopes of the call, separated by spaces or commas.", DE: "Die Bereiche des Aufrufs, durch Leerzeichen oder Kommas getrennt."},
	"flag_call_catalog":  {EN: "Decide here on this catalog, without a server.", DE: "Hier anhand dieses Katalogs entscheiden, ohne Server."},

	"flag_owner":                 {EN: "The developer's account: id or content URL. Without it, the vendor's own.", DE: "Das Konto des Entwicklers: ID oder Inhalts-URL. Ohne Angabe das des Anbieters."},
	"flag_publisher":             {EN: "Who answers for the app.", DE: "Wer für die Anwendung verantwortlich ist."},
	"flag_description_en":        {EN: "What it does, in English.", DE: "Was sie tut, auf Englisch."},
	"flag_description_de":        {EN: "What it does, in German.", DE: "Was sie tut, auf Deutsch."},
	"flag_contact_mail":          {EN: "The developer's mail address.", DE: "Die E-Mail-Adresse des Entwicklers."},
	"flag_contact_page":          {EN: "A page to reach the developer: https or mailto.", DE: "Eine Seite, um den Entwickler zu erreichen: https oder mailto."},
	"flag_contact_documentation": {EN: "The documentation.", DE: "Die Dokumentation."},
	"flag_contact_privacy":       {EN: "The privacy statement.", DE: "Die Datenschutzerklärung."},
	"flag_redirect_uri":          {EN: "A redirect URI; give it once for each.", DE: "Eine Weiterleitungs-URL; für jede einmal angeben."},
	"flag_required":              {EN: "The required scopes, separated by spaces or commas.", DE: "Die erforderlichen Bereiche, durch Leerzeichen oder Kommas getrennt."},
	"flag_conditional":           {EN: "The conditionally required scopes.", DE: "Die bedingt erforderlichen Bereiche."},
	"flag_optional":              {EN: "The optional scopes.", DE: "Die optionalen Bereiche."},
	"flag_public":                {EN: "It can keep no secret: it runs in a browser or on a user's device.", DE: "Sie kann nichts geheim halten: Sie läuft im Browser oder auf einem Gerät des Benutzers."},
	"flag_install_url":           {EN: "It is installed by an install URL, in which response_type may be missing.", DE: "Sie wird über eine Installations-URL installiert, in der response_type fehlen darf."},
	"flag_client_credentials":    {EN: "It may act for itself.", DE: "Sie darf für sich selbst handeln."},
	"flag_listed":                {EN: "It is listed for everybody; else it is private.", DE: "Sie ist für alle gelistet; sonst ist sie privat."},
	"flag_wire":                  {EN: "The dialect it speaks: hubspot, or nothing.", DE: "Der Dialekt, den sie spricht: hubspot oder keiner."},
	"flag_keys":                  {EN: "A file with a JWKS of public keys, for private_key_jwt.", DE: "Eine Datei mit einem JWKS aus öffentlichen Schlüsseln, für private_key_jwt."},
	"flag_access_life":           {EN: "How long access tokens live, such as 30m; at most 48h.", DE: "Wie lange Zugangstoken gelten, etwa 30m; höchstens 48h."},
	"flag_refresh_life":          {EN: "How long refresh tokens live, such as 2160h; 0s is until they are withdrawn.", DE: "Wie lange Aktualisierungstoken gelten, etwa 2160h; 0s heißt bis auf Widerruf."},
	"flag_dry_run":               {EN: "Only say what would change and what that would break.", DE: "Nur sagen, was sich ändern würde und was dann nicht mehr ginge."},
	"flag_version":               {EN: "Only this version.", DE: "Nur diese Version."},
	"flag_url_redirect":          {EN: "Where it leads back to. Without it: the first that is registered.", DE: "Wohin sie zurückführt. Ohne Angabe: die erste registrierte."},
	"flag_url_conditional":       {EN: "The conditionally required scopes to ask for. Without it: all.", DE: "Die bedingt erforderlichen Bereiche darin. Ohne Angabe: alle."},
	"flag_url_optional":          {EN: "The optional scopes to ask for. Without it: all.", DE: "Die optionalen Bereiche darin. Ohne Angabe: alle."},
	"flag_state":                 {EN: "The value of state.", DE: "Der Wert von state."},
	"flag_remove_logo":           {EN: "Remove the logo.", DE: "Das Logo entfernen."},

	"flag_auth_state":       {EN: "Only those in this state: authorized, open, expired, revoked or blocked.", DE: "Nur die in diesem Zustand: authorized, open, expired, revoked oder blocked."},
	"flag_auth_role":        {EN: "Only those authorized for this role.", DE: "Nur die für diese Rolle autorisierten."},
	"flag_auth_name":        {EN: "Only those whose app or publisher is called so.", DE: "Nur die, deren Anwendung oder Herausgeber so heißt."},
	"flag_days":             {EN: "How many days back, at most 90.", DE: "Wie viele Tage zurück, höchstens 90."},
	"flag_terms_scopes":     {EN: "These scopes at most.", DE: "Höchstens diese Bereiche."},
	"flag_terms_all_scopes": {EN: "Every scope that the app registers now; of a built-in app also those that it registers later.", DE: "Alle Bereiche, die die Anwendung jetzt registriert; bei einer integrierten auch die, die sie später registriert."},
	"flag_terms_role":       {EN: "For the holders of this role, not for all users; several, separated by commas.", DE: "Für die Inhaber dieser Rolle, nicht für alle Benutzer; mehrere durch Kommas getrennt."},
	"flag_terms_user":       {EN: "For this user, not for all; several, separated by commas.", DE: "Für diesen Benutzer, nicht für alle; mehrere durch Kommas getrennt."},
	"flag_terms_all_users":  {EN: "For all users of the account.", DE: "Für alle Benutzer des Kontos."},
	"flag_terms_for_itself": {EN: "The app may act without a user, in the whole account.", DE: "Die Anwendung darf ohne Benutzer handeln, im ganzen Konto."},
	"flag_terms_until":      {EN: "When it ends: 2027-01-31T18:00:00Z, or 2027-01-31 for the beginning of that day in UTC. Empty: never.", DE: "Wann sie endet: 2027-01-31T18:00:00Z, oder 2027-01-31 für den Beginn dieses Tages in UTC. Leer: nie."},
	"flag_revoke_user":      {EN: "Only for this user, who cannot install it again before readmit.", DE: "Nur für diesen Benutzer, der sie vor readmit nicht wieder installieren kann."},
	"flag_revoke_role":      {EN: "Only for the holders of this role.", DE: "Nur für die Inhaber dieser Rolle."},
	"flag_seen_request":     {EN: "A request that you have seen, as --json of prokura request list names it; may be given several times. If another one waits, or none of these, nobody is answered.", DE: "Eine Genehmigungsanfrage, die Sie gesehen haben, wie --json von prokura request list sie nennt; mehrfach möglich. Wartet eine weitere, oder keine von diesen, wird niemandem geantwortet."},
	"flag_justification":    {EN: "The answer; all who asked read it.", DE: "Die Antwort; alle, die angefragt haben, lesen sie."},
	"flag_unused":           {EN: "Take away what was not used in the last 90 days, and is neither required nor asked for as required by an install URL in use.", DE: "Entziehen, was in den letzten 90 Tagen nicht benutzt wurde und weder erforderlich ist noch von einer benutzten Installations-URL als erforderlich verlangt wird."},
	"flag_asker":            {EN: "Who asks: name or id.", DE: "Wer fragt: Name oder ID."},
	"flag_wish":             {EN: "Why the app is wanted; administrators read it.", DE: "Wozu die Anwendung gebraucht wird; Administratoren lesen es."},
	"flag_wish_scopes":      {EN: "The scopes asked for. Without it: what the app registers.", DE: "Die erbetenen Bereiche. Ohne Angabe: was die Anwendung registriert."},
	"flag_wish_optional":    {EN: "Those that would be good to have.", DE: "Solche, die nützlich wären."},
	"flag_policy":           {EN: "What no rule decides on: open, authorization_required or blocked.", DE: "Worüber keine Regel entscheidet: open, authorization_required oder blocked."},
	"flag_rules":            {EN: "A file with the rules, YAML or JSON; they replace those there are. Empty: no rules.", DE: "Eine Datei mit den Regeln, YAML oder JSON; sie ersetzen die bisherigen. Leer: keine Regeln."},
	"flag_enforcement":      {EN: "How far decisions are enforced: enforce, report or off.", DE: "Wie weit Entscheidungen durchgesetzt werden: enforce, report oder off."},
	"flag_own_permissions":  {EN: "Administrators may authorize only scopes whose permissions they hold.", DE: "Administratoren dürfen nur Bereiche genehmigen, deren Berechtigungen sie selbst haben."},
	"flag_reviewer":         {EN: "A role whose holders see requests; several, separated by commas. Empty: none.", DE: "Eine Rolle, deren Inhaber Anfragen sehen; mehrere durch Kommas getrennt. Leer: keine."},
	"flag_request_days":     {EN: "How many days a request waits.", DE: "Wie viele Tage eine Anfrage wartet."},
	"flag_mail":             {EN: "Tell administrators and reviewers of requests by mail.", DE: "Administratoren und Prüfende per E-Mail von Anfragen benachrichtigen."},
	"flag_show_mail":        {EN: "Show users the mail addresses of who can decide.", DE: "Benutzern die E-Mail-Adressen derer zeigen, die entscheiden können."},
	"flag_all_apps":         {EN: "All apps of the report.", DE: "Alle Anwendungen des Berichts."},
	"flag_as_owner":         {EN: "Do it as the developer's account: id or content URL. What the operator disabled stays so.", DE: "Als Konto des Entwicklers: ID oder Inhalts-URL. Was der Betreiber deaktiviert hat, bleibt es."},

	"arg_any_app": {EN: "Name or client id, of a connected app too.", DE: "Name oder Client-ID, auch einer verbundenen App."},
	"arg_apps":    {EN: "Names or client ids.", DE: "Namen oder Client-IDs."},
	"arg_keep":    {EN: "The scopes that stay, separated by spaces or commas.", DE: "Die Bereiche, die bleiben, durch Leerzeichen oder Kommas getrennt."},
	"arg_request": {EN: "The request's id.", DE: "Die ID der Genehmigungsanfrage."},
	"arg_stage":   {EN: "enforce, report or off.", DE: "enforce, report oder off."},

	"arg_tenant":        {EN: "Id or content URL.", DE: "ID oder Inhalts-URL."},
	"arg_user":          {EN: "User name or id.", DE: "Benutzername oder ID."},
	"arg_user_name":     {EN: "The user name, as it stands in the claim sub.", DE: "Der Benutzername, wie er im Claim sub steht."},
	"arg_role":          {EN: "The role's id, such as app_installer.", DE: "Die ID der Rolle, etwa app_installer."},
	"arg_entitlement":   {EN: "The function's id.", DE: "Die ID der Funktion."},
	"arg_grant":         {EN: "The grant's id.", DE: "Die ID des Zugriffs."},
	"arg_group":         {EN: "Group name or id.", DE: "Name oder ID der Gruppe."},
	"arg_app":           {EN: "Name or client id.", DE: "Name oder Client-ID."},
	"arg_secret":        {EN: "The secret's id (kid).", DE: "Die Geheimnis-ID (kid)."},
	"arg_client_secret": {EN: "The secret's id.", DE: "Die ID des Client-Geheimnisses."},
	"arg_manifest":      {EN: "A manifest: our own YAML, or HubSpot's app-hsmeta.json.", DE: "Ein Manifest: unser eigenes YAML oder HubSpots app-hsmeta.json."},
	"arg_logo":          {EN: "The image.", DE: "Das Bild."},
	"arg_scopes":        {EN: "Scopes, separated by spaces or commas.", DE: "Bereiche, durch Leerzeichen oder Kommas getrennt."},
	"arg_name":          {EN: "The name.", DE: "Der Name."},
	"arg_key":           {EN: "The key's id (kid).", DE: "Die Schlüssel-ID (kid)."},
	"arg_catalogs":      {EN: "Names or files.", DE: "Namen oder Dateien."},
	"arg_jwt":           {EN: "The JWT; - reads it from standard input, where no other process sees it.", DE: "Das JWT; - liest es von der Standardeingabe, wo es kein anderer Prozess sieht."},
	"arg_url":           {EN: "The install URL, absolute or relative; quote it.", DE: "Die Installations-URL, absolut oder relativ; in Anführungszeichen."},
	"arg_verb":          {EN: "The HTTP verb, such as GET.", DE: "Das HTTP-Verb, etwa GET."},
	"arg_path":          {EN: "The path, such as /api/3.4/sites/x/views.", DE: "Der Pfad, etwa /api/3.4/sites/x/views."},
	"arg_reference":     {EN: "The value of the header Prokura-Reference.", DE: "Der Wert des Headers Prokura-Reference."},
}

// translate replaces the keys that the grammar's help tags hold by the texts of one language. The library could
// interpolate them itself, at ten times the cost of everything else in a start.
func translate(node *kong.Node, lang string) {
	node.Help = helpIn(node.Help, lang)
	for _, v := range node.Positional {
		v.Help = helpIn(v.Help, lang)
	}
	for _, f := range node.Flags {
		f.Help = helpIn(f.Help, lang)
	}
	for _, child := range node.Children {
		translate(child, lang)
	}
}

func helpIn(key, lang string) string {
	if t, ok := helpTexts[key]; ok {
		return t.In(lang)
	}
	return key // the library's own
}

// germanFrame are the library's own words in a help page.
var germanFrame = strings.NewReplacer(
	"Usage: ", "Aufruf: ", "\nArguments:\n", "\nArgumente:\n", "\nFlags:\n", "\nOptionen:\n", "\nCommands:\n", "\nBefehle:\n",
	"[flags]", "[Optionen]", "<command>", "<Befehl>", "Show context-sensitive help.", "Diese Hilfe anzeigen.",
	"Run \"", "\"", "\" for more information on a command.", "\" erklärt einen Befehl.",
)

// helpPrinter prints help as the library does, framed in the language of the invocation.
func helpPrinter(lang string) kong.HelpPrinter {
	return func(options kong.HelpOptions, ctx *kong.Context) error {
		if lang != "de" {
			return kong.DefaultHelpPrinter(options, ctx)
		}
		var page bytes.Buffer
		out := ctx.Stdout
		ctx.Stdout = &page
		err := kong.DefaultHelpPrinter(options, ctx)
		ctx.Stdout = out
		if err != nil {
			return err
		}
		_, err = germanFrame.WriteString(out, page.String())
		return err
	}
}
