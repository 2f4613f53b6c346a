package govern

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/token"
)

// subject is what a mark names of an app in a tenant. Tenant and client are more than the authorization: an app that acts for
// itself may hold tokens from before there was a record.
func (r *ruling) subject() mark.Subject { return mark.Subject{Tenant: r.in, Client: r.client.ID} }

// narrow writes the marks of what a decision takes away from what is out. A tenant that does not enforce takes nothing from users,
// except from those who are barred; tokens of that stage do not ask for scopes.
func (r *ruling) narrow(was, is *policy.Decision) {
	if was.Origin == "" {
		return // nothing was issued on it that lives
	}
	until := r.now.Add(token.MaxLife)
	lost := r.ceiling(was).Minus(r.ceiling(is))
	enforces := !r.settings.Stage.Lenient()
	switch {
	case is.Revoked,
		was.ForItself && !is.ForItself && !r.own(),
		enforces && (losesUsers(&was.Admission, &is.Admission) || sooner(was.Expires, is.Expires)):
		r.tx.Mark(r.subject(), nil, until)
	case lost.Len() > 0:
		r.tx.Mark(r.subject(), lost.Names(), until)
	}
	for _, u := range is.Admission.Barred {
		if !slices.Contains(was.Admission.Barred, u) {
			r.tx.Mark(mark.Subject{Tenant: r.in, Client: r.client.ID, User: u}, nil, until)
		}
	}
}

// ceiling is all that can have been issued under a decision. Without a ceiling that is any scope: what the app registered when its
// tokens were issued need not be registered now.
func (r *ruling) ceiling(d *policy.Decision) scope.Set {
	if d.Uncapped {
		return r.catalogs.All()
	}
	return d.Ceiling.Union(r.catalogs.Implied(&r.client.Registration))
}

// losesUsers says whether somebody may be admitted no more, other than by being barred.
func losesUsers(was, is *policy.Admission) bool {
	if is.All {
		return false
	}
	return was.All ||
		slices.ContainsFunc(was.Roles, func(role string) bool { return !slices.Contains(is.Roles, role) }) ||
		slices.ContainsFunc(was.Users, func(u id.User) bool { return !slices.Contains(is.Users, u) })
}

// sooner says whether a date was brought closer. The zero time never comes.
func sooner(was, is time.Time) bool { return !is.IsZero() && (was.IsZero() || is.Before(was)) }

// told writes a decision for the audit book.
func told(d *policy.Decision) map[string]string {
	if d.Origin == "" {
		return nil
	}
	out := map[string]string{"origin": string(d.Origin), "scopes": "all registered", "admission": toldAdmission(&d.Admission),
		"for_itself": strconv.FormatBool(d.ForItself), "state": "authorized"}
	if !d.Uncapped {
		out["scopes"] = d.Ceiling.String()
	}
	if d.Whole {
		out["all_scopes"] = "as registered then"
	}
	if len(d.Admission.Barred) > 0 {
		out["barred"] = join(d.Admission.Barred)
	}
	if !d.Expires.IsZero() {
		out["expires"] = d.Expires.UTC().Format(time.RFC3339)
	}
	switch {
	case d.Blocked:
		out["state"] = "blocked"
	case d.Revoked:
		out["state"] = "revoked"
	}
	return out
}

func toldAdmission(a *policy.Admission) string {
	if a.All {
		return "all users"
	}
	parts := []string{}
	if len(a.Roles) > 0 {
		parts = append(parts, "roles "+strings.Join(a.Roles, " "))
	}
	if len(a.Users) > 0 {
		parts = append(parts, "users "+join(a.Users))
	}
	return strings.Join(parts, ", ")
}

func join(users []id.User) string {
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.String()
	}
	return strings.Join(names, " ")
}
