package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// termsFlags are what is decided on an app. What is not given stays as it is decided now; where nothing stands, it is the scopes
// that the app registers now, for all users, without an end.
type termsFlags struct {
	Scopes    *string  `placeholder:"SCOPES" xor:"scopes" help:"flag_terms_scopes"`
	AllScopes bool     `xor:"scopes" help:"flag_terms_all_scopes"`
	Role      []string `placeholder:"ROLE" help:"flag_terms_role"`
	User      []string `placeholder:"USER" help:"flag_terms_user"`
	AllUsers  bool     `help:"flag_terms_all_users"`
	ForItself *bool    `negatable:"" help:"flag_terms_for_itself"`
	Until     *string  `placeholder:"TIME" help:"flag_terms_until"`
}

// terms are those that the flags make of the decision that was seen.
func (f *termsFlags) terms(r *run, in *inTenant, c *v1client.Client, now *v1.Authorization) (v1.AuthorizationTerms, error) {
	t := v1.AuthorizationTerms{Scopes: []string{}, Admission: &v1.Admission{All: true, Roles: []string{}, Users: []string{}, Barred: []string{}}, Version: &now.Version}
	stands := !ended(now.State) && (now.Origin == "administrator" || now.Origin == "built_in" || now.Origin == "made")
	if stands {
		t.AllScopes, t.Scopes, t.ForItself = now.AllScopes, now.Scopes, &now.ForItself
		t.Admission = &v1.Admission{All: now.Admission.All, Roles: now.Admission.Roles, Users: now.Admission.Users, Barred: now.Admission.Barred}
		if !now.ExpiresAt.IsZero() {
			expires := now.ExpiresAt.Format(time.RFC3339)
			t.ExpiresAt = &expires
		}
	}
	if err := f.extent(r, c, now, stands, &t); err != nil {
		return t, err
	}
	if err := f.admission(r, in, c, t.Admission); err != nil {
		return t, err
	}
	if f.ForItself != nil {
		t.ForItself = f.ForItself
	}
	if f.Until != nil {
		until, err := r.timeOf(*f.Until)
		if err != nil {
			return t, err
		}
		t.ExpiresAt = &until
	}
	return t, nil
}

// silent says whether neither the scopes nor who may use them were chosen.
func (f *termsFlags) silent() bool {
	return f.Scopes == nil && !f.AllScopes && len(f.Role) == 0 && len(f.User) == 0 && !f.AllUsers
}

// gives says how far a decision goes that names nothing.
func (r *run) gives(now *v1.Authorization, t *v1.AuthorizationTerms) string {
	if now.App.Kind == "connected_app" {
		return fmt.Sprintf(r.say("%q may then do again what is assigned to it.", "%q darf dann wieder, was ihr zugeordnet ist."), now.App.Name)
	}
	until := r.say("until it is revoked", "bis sie widerrufen wird")
	if t.ExpiresAt != nil && *t.ExpiresAt != "" {
		until = r.say("until ", "bis ") + *t.ExpiresAt
	}
	return fmt.Sprintf(r.say("%q may then be used by all users of the account, %s, with all that it registers: %s.",
		"%q können dann alle Benutzer des Kontos verwenden, %s, mit allem, was sie registriert: %s."), now.App.Name, until, strings.Join(t.Scopes, ", "))
}

func (f *termsFlags) extent(r *run, c *v1client.Client, now *v1.Authorization, stands bool, t *v1.AuthorizationTerms) error {
	switch {
	case f.AllScopes:
		t.AllScopes, t.Scopes = true, []string{}
	case f.Scopes != nil:
		set, err := r.scopes(*f.Scopes)
		if err != nil {
			return err
		}
		t.AllScopes, t.Scopes = false, append([]string{}, set.Names()...)
	case !stands && now.App.Kind == "app":
		app, _, err := v1client.Send[v1.Client](r.ctx, c, http.MethodGet, address("clients", now.ClientID), nil)
		if err != nil {
			return err
		}
		t.Scopes = slices.Concat(app.Required, app.Conditional, app.Optional)
		if t.Scopes == nil {
			t.Scopes = []string{}
		}
	}
	return nil
}

func (f *termsFlags) admission(r *run, in *inTenant, c *v1client.Client, a *v1.Admission) error {
	given := len(f.Role) > 0 || len(f.User) > 0
	switch {
	case f.AllUsers && given:
		return r.misuse(r.say("--all-users excludes --role and --user", "--all-users schließt --role und --user aus"), "")
	case f.AllUsers:
		a.All, a.Roles, a.Users = true, []string{}, []string{}
		return nil
	case !given:
		return nil
	}
	a.All = false
	if len(f.Role) > 0 {
		a.Roles = f.Role
	}
	if len(f.User) == 0 {
		return nil
	}
	a.Users = []string{}
	for _, named := range f.User {
		user, err := in.findUser(r, c, named)
		if err != nil {
			return err
		}
		a.Users = append(a.Users, user)
	}
	return nil
}

// costs are what terms take away, sentence by sentence; none: nothing.
func (r *run) costs(cost *v1.AuthorizationCost) []string {
	var out []string
	if len(cost.NotInstallable) > 0 {
		out = append(out, fmt.Sprintf(r.say("The app cannot be installed then: without the required %s.", "Die Anwendung lässt sich dann nicht installieren: ohne die erforderlichen Bereiche %s."), strings.Join(cost.NotInstallable, ", ")))
	}
	if len(cost.AskedByURLs) > 0 {
		out = append(out, fmt.Sprintf(r.say("Install URLs of the last 90 days ask for %s as required: they are refused then.",
			"Install-URLs der letzten 90 Tage verlangen %s als erforderlich: Sie werden dann verweigert."), strings.Join(cost.AskedByURLs, ", ")))
	}
	if cost.LosingUsers > 0 {
		n := r.some(cost.LosingUsers, text.Text{EN: "user", DE: "Benutzer"}, text.Text{EN: "users", DE: "Benutzer"})
		if cost.More {
			n = r.say("at least ", "mindestens ") + n
		}
		out = append(out, fmt.Sprintf(r.say("Who loses access at once, with all live tokens: %s.", "Sofort den Zugriff verlieren, mit allen gültigen Token: %s."), n))
	}
	if len(cost.Lost) > 0 && cost.Reach.Grants > 0 {
		out = append(out, fmt.Sprintf(r.say("Live tokens lose %s at once, and nothing else: %s.", "Gültige Token verlieren sofort %s, und sonst nichts: %s."), strings.Join(cost.Lost, ", "), r.reach(cost.Reach)))
	}
	if n := len(cost.Methods); n > 0 {
		used := 0
		for _, m := range cost.Methods {
			if !m.LastUsed.IsZero() {
				used++
			}
		}
		methods := r.some(n, text.Text{EN: "method", DE: "Methode"}, text.Text{EN: "methods", DE: "Methoden"})
		if used == 0 {
			out = append(out, fmt.Sprintf(r.say("Refused then: %s; the app called none of them in the last 90 days.", "Dann verweigert: %s; die Anwendung hat davon in den letzten 90 Tagen keine aufgerufen."), methods))
		} else {
			out = append(out, fmt.Sprintf(r.say("Refused then: %s; the app called %d of them in the last 90 days.", "Dann verweigert: %s; die Anwendung hat davon in den letzten 90 Tagen %d aufgerufen."), methods, used))
		}
	}
	return out
}

// takes says whether a decision costs somebody something who uses the app, or leaves it useless.
func takes(cost *v1.AuthorizationCost) bool {
	return len(cost.NotInstallable)+len(cost.AskedByURLs) > 0 || cost.LosingUsers > 0 || len(cost.Lost) > 0 && cost.Reach.Grants > 0
}

type authorizationPreview struct {
	oneAuthorization
	termsFlags
}

// Run says what a decision would cost, and changes nothing.
func (a *authorizationPreview) Run(r *run) error {
	c, path, now, err := a.now(r)
	if err != nil {
		return err
	}
	t, err := a.terms(r, &a.inTenant, c, &now)
	if err != nil {
		return err
	}
	cost, raw, err := v1client.Send[v1.AuthorizationCost](r.ctx, c, http.MethodPost, path+"/preview", t)
	if err != nil {
		return err
	}
	if r.g.JSON {
		return r.json(raw)
	}
	sentences := r.costs(&cost)
	if len(sentences) == 0 {
		sentences = []string{r.say("Nothing is taken away.", "Es wird nichts entzogen.")}
	}
	for _, s := range sentences {
		fmt.Fprintln(r.Stdout, safe(s))
	}
	if len(cost.Methods) == 0 {
		return nil
	}
	fmt.Fprintln(r.Stdout)
	return printList(r, r.lostColumns(), cost.Methods, cost.Methods)
}

func (r *run) lostColumns() []column[v1.LostMethod] {
	return []column[v1.LostMethod]{
		{text.Text{EN: "catalog", DE: "Katalog"}, func(m v1.LostMethod) string { return m.Catalog }},
		{text.Text{EN: "method", DE: "Methode"}, func(m v1.LostMethod) string { return m.Method }},
		{text.Text{EN: "title", DE: "Bezeichnung"}, func(m v1.LostMethod) string { return m.Title.In(r.lang) }},
		{text.Text{EN: "last used", DE: "zuletzt benutzt"}, func(m v1.LostMethod) string {
			if m.LastUsed.IsZero() {
				return ""
			}
			return m.LastUsed.Format(time.DateOnly)
		}},
	}
}

type authorizationAuthorize struct {
	oneAuthorization
	termsFlags
	Reason string `placeholder:"TEXT" help:"flag_reason"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

// Run decides on an app, and asks first where that takes something from those who use it, or gives everything to everybody because
// nothing was said.
func (a *authorizationAuthorize) Run(r *run) error {
	c, path, now, err := a.now(r)
	if err != nil {
		return err
	}
	t, err := a.terms(r, &a.inTenant, c, &now)
	if err != nil {
		return err
	}
	t.Reason = a.Reason
	if !a.Yes {
		cost, _, err := v1client.Send[v1.AuthorizationCost](r.ctx, c, http.MethodPost, path+"/preview", t)
		if err != nil {
			return err
		}
		said := r.costs(&cost)
		if !takes(&cost) {
			said = nil
		}
		if a.silent() && (now.Origin == "" || now.Origin == "user" || ended(now.State)) {
			said = append(said, r.gives(&now, &t))
		}
		if len(said) > 0 {
			if err := r.sure(false, said...); err != nil {
				return err
			}
		}
	}
	z, raw, err := v1client.Send[v1.Authorization](r.ctx, c, http.MethodPut, path, t)
	if err != nil {
		return err
	}
	return a.print(r, c, z, raw)
}
