package page

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// TermsFields say at which field of the part "terms" stands what a service found wrong.
func TermsFields() map[string]string {
	return map[string]string{"scopes": "scope", "admission": "role", "admission_roles": "role", "admission_users": "role", "admission_barred": "role",
		"expires_at": "expires"}
}

// everyone is what the field "who" says where all users may use an app.
const everyone = "all"

// ReadTerms reads the part "terms" of a form. What was seen, as it stands now, says what the form cannot: who is barred, and
// the very moment of an expiry whose day was not changed.
func ReadTerms(lang string, p url.Values, seen *govern.Seen) (govern.Terms, []FieldError) {
	t := govern.Terms{ForItself: p.Get("for_itself") == "yes", Reason: p.Get("reason")}
	t.Version, _ = strconv.Atoi(p.Get("version"))
	t.Registration, _ = strconv.Atoi(p.Get("registration"))
	var errs []FieldError
	var err error
	if t.Scopes, err = scope.ParseSet(p["scope"]); err != nil {
		errs = append(errs, FieldError{Field: "scope", Message: err.Error()})
	}
	if all := seen.App.Registration.Scopes(); p.Get("uncapped") == "yes" && all.Minus(t.Scopes).Len() == 0 {
		t.Uncapped, t.Scopes = true, scope.Set{}
	}
	t.Admission.Roles = slices.Clone(p["role"])
	for _, s := range p["user"] {
		if user, err := id.Parse[id.User](s); err == nil {
			t.Admission.Users = append(t.Admission.Users, user)
		}
	}
	t.Admission.All = p.Get("who") == everyone
	switch nobody := len(t.Admission.Roles)+len(t.Admission.Users) == 0; {
	case t.Admission.All && !nobody:
		errs = append(errs, FieldError{Field: "role", Label: T(lang, "terms.who"), Message: T(lang, "terms.who_both")})
	case !t.Admission.All && nobody:
		errs = append(errs, FieldError{Field: "role", Label: T(lang, "terms.who"), Message: T(lang, "terms.who_nobody")})
	}
	t.Admission.Barred = seen.Admission.Barred
	if s := p.Get("expires"); s != "" {
		day, err := time.Parse(time.DateOnly, s)
		switch {
		case err != nil:
			errs = append(errs, FieldError{Field: "expires", Label: T(lang, "terms.expires"), Message: T(lang, "terms.date_wrong")})
		case s == lastDay(seen.Expires):
			t.Expires = seen.Expires
		default:
			t.Expires = day.AddDate(0, 0, 1)
		}
	}
	return t, errs
}

// TypedDay is a refusal of terms that names the day of the expiry as it was typed: what expires does so at the end of it.
func TypedDay(lang string, err error, p url.Values) error {
	found := refusal.Of(err)
	out := &refusal.Error{Findings: slices.Clone(found.Findings)}
	changed := false
	for i := range out.Findings {
		if day, bad := time.Parse(time.DateOnly, p.Get("expires")); out.Findings[i].Code == refusal.ExpiryPast && bad == nil {
			out.Findings[i].Got, changed = Date(lang, day), true
		}
	}
	if !changed {
		return err
	}
	return out
}

// lastDay is the day on which what expires at a time still holds, as a form writes it.
func lastDay(expires time.Time) string {
	if expires.IsZero() {
		return ""
	}
	return expires.UTC().Add(-1).Format(time.DateOnly)
}

// NewTerms lays the part "terms" out: as it was typed, or, where nothing was, as it stands; an app that was not decided on yet is
// offered what it asks for, but no far-reaching scope that it can do without. Roles are all that the account has, users those
// that are to be offered; which of them are ticked is said here.
func NewTerms(cats Catalogs, lang string, seen *govern.Seen, typed url.Values, used Used, roles []TermRole, users []TermUser) Terms {
	reg := &seen.App.Registration
	t := Terms{Roles: roles, Users: users, Version: seen.Version, Registration: seen.App.Version, Alone: reg.ClientCredentials,
		Later: seen.App.BuiltIn}
	a := Asking{Required: reg.Required, Conditional: reg.Conditional, Optional: reg.Optional, New: seen.Added, Used: used}
	chosenRoles, chosenUsers := seen.Admission.Roles, names(seen.Admission.Users)
	t.Everyone = seen.Admission.All
	switch decided := seen.Version > 0 || seen.Virtual; {
	case typed != nil:
		a.Ticked, _ = scope.ParseSet(typed["scope"])
		chosenRoles, chosenUsers = typed["role"], typed["user"]
		t.Everyone = typed.Get("who") == everyone && !(slices.Contains([]string{"pick", "user"}, typed.Get("act")) && len(chosenRoles)+len(chosenUsers) > 0)
		t.AddUser, t.Expires, t.Reason = typed.Get("add_user"), typed.Get("expires"), typed.Get("reason")
		t.ForItself, t.Uncapped, t.Picking = typed.Get("for_itself") == "yes", typed.Get("uncapped") == "yes", false
	case decided && seen.Uncapped:
		a.Ticked, t.Uncapped = a.All(), true
		t.Expires, t.ForItself = lastDay(seen.Expires), seen.ForItself
	case decided:
		a.Ticked = a.All().Intersect(seen.Ceiling)
		t.Expires, t.ForItself = lastDay(seen.Expires), seen.ForItself
	default:
		a.Ticked = a.Required.Union(a.Conditional).Union(harmless(cats, a.Optional))
		a.New = scope.Set{} // all of it is
		t.Everyone = true
	}
	for i := range t.Roles {
		t.Roles[i].Ticked = slices.Contains(chosenRoles, t.Roles[i].ID)
	}
	for i := range t.Users {
		t.Users[i].Ticked = slices.Contains(chosenUsers, t.Users[i].ID)
	}
	t.Classes = Classes(cats, lang, a)
	return t
}

func names(users []id.User) []string {
	out := make([]string, 0, len(users))
	for _, u := range users {
		out = append(out, u.String())
	}
	return out
}

// harmless are the scopes that no catalog sets apart. What no catalog knows is not among them.
func harmless(cats Catalogs, set scope.Set) scope.Set {
	return scope.NewSet(slices.DeleteFunc(slices.Clone(set.All()), func(sc scope.Scope) bool {
		known, ok := cats.Scope(sc.String())
		return !ok || known.Dangerous
	})...)
}

// CostOf is what terms take away, as it is shown: methods that were used come first.
func CostOf(cats Catalogs, lang string, c *govern.Cost) Cost {
	out := Cost{NotInstallable: RowsOf(cats, lang, c.NotInstallable, ""), AskedByURLs: RowsOf(cats, lang, c.AskedByURLs, ""), Losing: c.LosingUsers, More: c.More || c.Reach.More}
	if c.Lost.Len() > 0 {
		out.Narrowed = max(c.Reach.Users-c.LosingUsers, 0)
	}
	for _, m := range c.Methods {
		out.Methods = append(out.Methods, CostMethod{Title: m.Title.In(lang), Used: m.LastUsed})
	}
	slices.SortStableFunc(out.Methods, func(a, b CostMethod) int { return b.Used.Compare(a.Used) })
	return out
}
