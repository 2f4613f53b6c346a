package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// authorizationCommand is what a tenant decides on apps: connected apps too.
type authorizationCommand struct {
	List      authorizationList      `cmd:"" help:"authorization_list"`
	Show      authorizationShow      `cmd:"" help:"authorization_show"`
	History   authorizationHistory   `cmd:"" help:"authorization_history"`
	Users     authorizationUsers     `cmd:"" help:"authorization_users"`
	Usage     authorizationUsage     `cmd:"" help:"authorization_usage"`
	Preview   authorizationPreview   `cmd:"" help:"authorization_preview"`
	Authorize authorizationAuthorize `cmd:"" help:"authorization_authorize"`
	Shrink    authorizationShrink    `cmd:"" help:"authorization_shrink"`
	Unshrink  authorizationUnshrink  `cmd:"" help:"authorization_unshrink"`
	Revoke    authorizationRevoke    `cmd:"" help:"authorization_revoke"`
	Readmit   authorizationReadmit   `cmd:"" help:"authorization_readmit"`
	Deny      authorizationDeny      `cmd:"" help:"authorization_deny"`
	Block     authorizationBlock     `cmd:"" help:"authorization_block"`
}

// stateTexts are the states of a decision. In English they are the API's own words, which --state takes.
var stateTexts = map[string]text.Text{
	"authorized": {EN: "authorized", DE: "genehmigt"},
	"open":       {EN: "open", DE: "offen"},
	"undecided":  {EN: "undecided", DE: "nicht entschieden"},
	"expired":    {EN: "expired", DE: "abgelaufen"},
	"revoked":    {EN: "revoked", DE: "widerrufen"},
	"blocked":    {EN: "blocked", DE: "gesperrt"},
}

// word is a value of the API in the language of the invocation.
func (r *run) word(words map[string]text.Text, value string) string {
	if t, ok := words[value]; ok {
		return t.In(r.lang)
	}
	return value
}

// extent is how far an authorization goes.
func (r *run) extent(a *v1.Authorization, list func([]string) string) string {
	switch {
	case a.Origin == "" || a.State == "undecided" || ended(a.State):
		return ""
	case a.AllScopes && a.Origin == "user":
		return list(a.Approved)
	case a.AllScopes && a.App.Kind == "connected_app":
		return r.say("whole catalog", "ganzer Katalog")
	case a.AllScopes:
		return r.say("all that it registers", "alle, die sie registriert")
	case len(a.Scopes) == 0:
		return r.say("none", "keine")
	case a.Whole:
		return fmt.Sprintf(r.say("all, as of version %d: ", "alle, Stand Version %d: "), a.Registration) + list(a.Scopes)
	}
	return list(a.Scopes)
}

// ended says whether nothing of a decision holds any more.
func ended(state string) bool { return state == "revoked" || state == "blocked" }

// whoMay says who may use an app that was decided on.
func (r *run) whoMay(a *v1.Authorization, names map[string]string) string {
	if a.Origin == "" || a.State == "undecided" || ended(a.State) {
		return ""
	}
	return r.admitted(&a.Admission, names)
}

// admitted says who may use an app. names are those of users, by id, and who is not there is shown as its id; without names users
// are counted.
func (r *run) admitted(a *v1.Admission, names map[string]string) string {
	if a.All {
		return r.say("all users", "alle Benutzer")
	}
	var parts []string
	if len(a.Roles) > 0 {
		parts = append(parts, r.say("roles ", "Rollen ")+strings.Join(a.Roles, ", "))
	}
	switch {
	case len(a.Users) > 0 && names == nil:
		parts = append(parts, r.some(len(a.Users), text.Text{EN: "single user", DE: "einzelner Benutzer"}, text.Text{EN: "single users", DE: "einzelne Benutzer"}))
	case len(a.Users) > 0:
		parts = append(parts, r.say("users ", "Benutzer ")+strings.Join(called(a.Users, names), ", "))
	}
	return strings.Join(parts, "; ")
}

// called are the names of users, or their ids.
func called(ids []string, names map[string]string) []string {
	out := make([]string, len(ids))
	for i, u := range ids {
		if out[i] = u; names[u] != "" {
			out[i] = names[u]
		}
	}
	return out
}

// authorizationRow are the columns of a list.
func (r *run) authorizationRow() []column[v1.Authorization] {
	return []column[v1.Authorization]{
		{text.Text{EN: "client id", DE: "Client-ID"}, func(a v1.Authorization) string { return a.ClientID }},
		{text.Text{EN: "name", DE: "Name"}, func(a v1.Authorization) string { return a.App.Name }},
		{text.Text{EN: "state", DE: "Zustand"}, func(a v1.Authorization) string { return r.word(stateTexts, a.State) }},
		{text.Text{EN: "scopes", DE: "Umfang"}, func(a v1.Authorization) string { return r.extent(&a, fewOf) }},
		{text.Text{EN: "who may use it", DE: "wer sie verwenden kann"}, func(a v1.Authorization) string {
			return r.whoMay(&a, nil)
		}},
		{text.Text{EN: "until", DE: "bis"}, func(a v1.Authorization) string { return moment(a.ExpiresAt) }},
	}
}

var originTexts = map[string]text.Text{
	"administrator": {EN: "decided by an administrator", DE: "von einem Administrator entschieden"},
	"user":          {EN: "installed by a user when nobody needed to decide", DE: "von einem Benutzer installiert, als niemand entscheiden musste"},
	"built_in":      {EN: "part of the product, authorized from the start", DE: "Teil des Produkts, von Anfang an genehmigt"},
	"made":          {EN: "connected app, authorized by being made here", DE: "verbundene App, genehmigt, weil sie hier angelegt wurde"},
}

// authorizationColumns are the lines of one decision.
func (r *run) authorizationColumns(names map[string]string) []column[v1.Authorization] {
	all := func(list []string) string { return strings.Join(list, " ") }
	return []column[v1.Authorization]{
		{text.Text{EN: "client id", DE: "Client-ID"}, func(a v1.Authorization) string { return a.ClientID }},
		{text.Text{EN: "name", DE: "Name"}, func(a v1.Authorization) string { return a.App.Name }},
		{text.Text{EN: "publisher", DE: "Herausgeber"}, func(a v1.Authorization) string { return r.publisher(&a.App) }},
		{text.Text{EN: "state", DE: "Zustand"}, func(a v1.Authorization) string {
			s := r.word(stateTexts, a.State)
			if a.Recalled {
				s += r.say(" everywhere, by the operator", ", überall, vom Betreiber")
			}
			if a.App.Disabled {
				s += r.say(", the app is disabled", ", die Anwendung ist deaktiviert")
			}
			return s
		}},
		{text.Text{EN: "origin", DE: "Herkunft"}, func(a v1.Authorization) string { return r.word(originTexts, a.Origin) }},
		{text.Text{EN: "scopes", DE: "Umfang"}, func(a v1.Authorization) string { return r.extent(&a, all) }},
		{text.Text{EN: "asks for more", DE: "verlangt mehr"}, func(a v1.Authorization) string { return all(a.Wants) }},
		{text.Text{EN: "who may use it", DE: "wer sie verwenden kann"}, func(a v1.Authorization) string { return r.whoMay(&a, names) }},
		{text.Text{EN: "revoked for", DE: "widerrufen für"}, func(a v1.Authorization) string { return strings.Join(called(a.Admission.Barred, names), ", ") }},
		{text.Text{EN: "may act for itself", DE: "darf für sich selbst handeln"}, func(a v1.Authorization) string { return r.yes(a.ForItself) }},
		{text.Text{EN: "until", DE: "bis"}, func(a v1.Authorization) string { return moment(a.ExpiresAt) }},
		{text.Text{EN: "decided by", DE: "entschieden durch"}, func(a v1.Authorization) string { return a.DecidedBy }},
		{text.Text{EN: "reason", DE: "Begründung"}, func(a v1.Authorization) string { return a.Reason }},
		{text.Text{EN: "version", DE: "Version"}, func(a v1.Authorization) string { return strconv.Itoa(a.Version) }},
		{text.Text{EN: "changed", DE: "geändert"}, func(a v1.Authorization) string { return moment(a.UpdatedAt) }},
		{text.Text{EN: "first installed", DE: "zuerst installiert"}, func(a v1.Authorization) string { return moment(a.InstalledAt) }},
	}
}

// publisher is who answers for an app, and whether the operator knows them.
func (r *run) publisher(a *v1.AppSummary) string {
	switch {
	case a.Publisher == "":
		return ""
	case a.BuiltIn:
		return a.Publisher + r.say(" (part of the product)", " (Teil des Produkts)")
	case a.Verified:
		return a.Publisher + r.say(" (verified)", " (geprüft)")
	}
	return a.Publisher + r.say(" (not verified)", " (nicht geprüft)")
}

type authorizationList struct {
	inTenant
	State string `placeholder:"STATE" help:"flag_auth_state"`
	Role  string `placeholder:"ROLE" help:"flag_auth_role"`
	Name  string `placeholder:"TEXT" help:"flag_auth_name"`
}

func (a *authorizationList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := a.path(r, c, "authorizations")
	if err != nil {
		return err
	}
	q := url.Values{}
	for name, value := range map[string]string{"state": a.State, "role": a.Role, "name": a.Name} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return listAt(r, c, r.authorizationRow(), path)
}

// oneAuthorization is a tenant's decision on an app.
type oneAuthorization struct {
	inTenant
	App string `arg:"" help:"arg_any_app"`
}

// at is the address of the decision, or of something below.
func (a *oneAuthorization) at(r *run, more ...string) (*v1client.Client, string, error) {
	return a.below(r, "authorizations", a.findAnyApp, a.App, more...)
}

// findAnyApp accepts a client id, or the name of an app or of a connected app of the tenant.
func (in *inTenant) findAnyApp(r *run, c *v1client.Client, named string) (string, error) {
	if s := strings.ToLower(strings.TrimSpace(named)); isID(s) {
		return s, nil
	}
	all, err := candidates(r, c, address("clients"), func(c v1.Client) (string, []string) { return c.ClientID, []string{c.Name} })
	if err != nil {
		return "", err
	}
	list, err := in.path(r, c, "connected-apps")
	if err != nil {
		return "", err
	}
	made, err := candidates(r, c, list, func(a v1.ConnectedApp) (string, []string) { return a.ClientID, []string{a.Name} })
	if err != nil {
		return "", err
	}
	return pick(r, named, r.say("app", "Anwendung"), append(all, made...))
}

// now reads the decision as it is.
func (a *oneAuthorization) now(r *run) (*v1client.Client, string, v1.Authorization, error) {
	c, path, err := a.at(r)
	if err != nil {
		return nil, "", v1.Authorization{}, err
	}
	z, _, err := v1client.Send[v1.Authorization](r.ctx, c, http.MethodGet, path, nil)
	return c, path, z, err
}

// print shows a decision with the names of its users.
func (a *oneAuthorization) print(r *run, c *v1client.Client, z v1.Authorization, raw any) error {
	if r.g.JSON {
		return r.json(raw)
	}
	names, err := a.names(r, c, slices.Concat(z.Admission.Users, z.Admission.Barred))
	if err != nil {
		return err
	}
	return printOne(r, r.authorizationColumns(names), z, raw)
}

// maxNames is how many users are looked up by name; further ones are shown as ids.
const maxNames = 20

// names are those of users, by id. Who is gone has none.
func (in *inTenant) names(r *run, c *v1client.Client, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, u := range ids {
		if _, known := out[u]; known || u == "" || len(out) == maxNames {
			continue
		}
		path, err := in.path(r, c, "users", u)
		if err != nil {
			return nil, err
		}
		found, _, err := v1client.Send[v1.User](r.ctx, c, http.MethodGet, path, nil)
		if err != nil && !missing(err) {
			return nil, err
		}
		out[u] = found.Name
	}
	return out, nil
}

type authorizationShow struct{ oneAuthorization }

// lastDecisions is how many earlier decisions show lists.
const lastDecisions = 5

// Run shows the decision, what lives of the app, and the last decisions before it. With --json it is the decision alone.
func (a *authorizationShow) Run(r *run) error {
	c, path, err := a.at(r)
	if err != nil {
		return err
	}
	z, raw, err := v1client.Send[v1.Authorization](r.ctx, c, http.MethodGet, path, nil)
	if err != nil || r.g.JSON {
		if err == nil {
			err = r.json(raw)
		}
		return err
	}
	names, err := a.names(r, c, slices.Concat(z.Admission.Users, z.Admission.Barred))
	if err != nil {
		return err
	}
	columns := r.authorizationColumns(names)
	if z.App.Kind == "app" {
		cost, _, err := v1client.Send[v1.AuthorizationCost](r.ctx, c, http.MethodPost, path+"/preview", takesNothing(&z))
		if err != nil {
			return err
		}
		columns = append(columns, column[v1.Authorization]{text.Text{EN: "in use", DE: "in Benutzung"}, func(v1.Authorization) string { return r.reach(cost.Reach) }})
	}
	if err := printOne(r, columns, z, raw); err != nil {
		return err
	}
	past, raws, err := v1client.Whole[v1.PastAuthorization](r.ctx, c, path+"/history")
	if err != nil || len(past) == 0 {
		return err
	}
	fmt.Fprintf(r.Stdout, "\n%s\n", r.say("decided before:", "zuvor entschieden:"))
	n := min(len(past), lastDecisions)
	if err := printList(r, r.pastColumns(), past[:n], raws[:n]); err != nil {
		return err
	}
	if len(past) > n {
		r.note("prokura authorization history shows all %d", "prokura authorization history zeigt alle %d", len(past))
	}
	return nil
}

// takesNothing are terms whose preview says only what lives of an app.
func takesNothing(now *v1.Authorization) v1.AuthorizationTerms {
	return v1.AuthorizationTerms{AllScopes: true, Scopes: []string{}, Version: &now.Version,
		Admission: &v1.Admission{All: true, Roles: []string{}, Users: []string{}, Barred: []string{}}}
}

// reach is what lives of an app, in words.
func (r *run) reach(v v1.Reach) string {
	if v.Users == 0 && v.Grants == 0 {
		return r.say("nobody has it installed", "niemand hat sie installiert")
	}
	s := r.some(v.Users, text.Text{EN: "user", DE: "Benutzer"}, text.Text{EN: "users", DE: "Benutzer"}) + ", " +
		r.some(v.Grants, text.Text{EN: "installation", DE: "Installation"}, text.Text{EN: "installations", DE: "Installationen"})
	if v.More {
		s = r.say("at least ", "mindestens ") + s
	}
	return s
}

func (r *run) pastColumns() []column[v1.PastAuthorization] {
	return []column[v1.PastAuthorization]{
		{text.Text{EN: "until", DE: "bis"}, func(p v1.PastAuthorization) string { return moment(p.Until) }},
		{text.Text{EN: "version", DE: "Version"}, func(p v1.PastAuthorization) string { return strconv.Itoa(p.Version) }},
		{text.Text{EN: "state", DE: "Zustand"}, func(p v1.PastAuthorization) string {
			switch {
			case p.State != "":
				return r.word(stateTexts, p.State)
			case p.Origin == "user":
				return r.word(stateTexts, "open")
			}
			return r.word(stateTexts, "authorized")
		}},
		{text.Text{EN: "scopes", DE: "Umfang"}, func(p v1.PastAuthorization) string { return r.extent(&p.Authorization, fewOf) }},
		{text.Text{EN: "who might use it", DE: "wer sie verwenden konnte"}, func(p v1.PastAuthorization) string { return r.admitted(&p.Admission, nil) }},
		{text.Text{EN: "to expire", DE: "Ablauf"}, func(p v1.PastAuthorization) string { return moment(p.ExpiresAt) }},
		{text.Text{EN: "decided by", DE: "entschieden durch"}, func(p v1.PastAuthorization) string { return p.DecidedBy }},
		{text.Text{EN: "reason", DE: "Begründung"}, func(p v1.PastAuthorization) string { return p.Reason }},
	}
}

type authorizationHistory struct{ oneAuthorization }

func (a *authorizationHistory) Run(r *run) error {
	c, path, err := a.at(r, "history")
	if err != nil {
		return err
	}
	return wholeAt(r, c, r.pastColumns(), path)
}

type authorizationUsers struct{ oneAuthorization }

func (a *authorizationUsers) Run(r *run) error {
	c, path, err := a.at(r, "users")
	if err != nil {
		return err
	}
	return listAt(r, c, []column[v1.AppUser]{
		{text.Text{EN: "user id", DE: "Benutzer-ID"}, func(u v1.AppUser) string { return u.UserID }},
		{text.Text{EN: "name", DE: "Name"}, func(u v1.AppUser) string { return u.Name }},
		{text.Text{EN: "gave", DE: "gegeben"}, func(u v1.AppUser) string { return fewOf(u.Scopes) }},
		{text.Text{EN: "installations", DE: "Installationen"}, func(u v1.AppUser) string { return strconv.Itoa(u.Grants) }},
		{text.Text{EN: "last used", DE: "zuletzt benutzt"}, func(u v1.AppUser) string { return moment(u.LastUsed) }},
	}, path)
}
