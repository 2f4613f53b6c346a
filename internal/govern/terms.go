package govern

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// The bounds of what an administrator decides.
const (
	MaxReason        = 1000 // bytes of a reason, a justification and a wish
	MaxAdmittedUsers = 500  // named one by one; more are a role
)

// decide makes a decision of terms. What somebody else changed since they were seen is refused at once, and all that is wrong with
// the terms together.
func (r *ruling) decide(t Terms) (policy.Decision, error) {
	reg := &r.client.Registration
	switch {
	case r.client.Disabled:
		return policy.Decision{}, refusal.New(refusal.Finding{Code: refusal.ClientDisabled, Case: refusal.Installing})
	case t.Version != r.version():
		return policy.Decision{}, refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged})
	case t.Registration != 0 && t.Registration != r.client.Version:
		return policy.Decision{}, refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged, Case: refusal.Reregistered, Field: "registration"})
	}
	d := policy.Decision{Origin: policy.ByAdministrator, ForItself: t.ForItself && reg.ClientCredentials,
		Recalls: r.client.Recalls}
	if !t.Expires.IsZero() {
		d.Expires = t.Expires.UTC().Truncate(time.Second)
	}
	wrong := &flaws{}
	wrong.note(t.Unread...)
	r.cap(&d, &t, wrong)
	var err error
	if d.Admission, err = r.admission(t.Admission, wrong); err != nil {
		return policy.Decision{}, err
	}
	checkExpiry(wrong, t.Expires, r.now)
	wrong.text("reason", &t.Reason)
	if err := wrong.take(r.allowed(&d)); err != nil {
		return policy.Decision{}, err
	}
	return d, wrong.err()
}

// cap sets how far a decision goes: to scopes that the app registers, or that stood in the decision before. All of them are those
// that are registered now: what the developer registers later, nobody decided on. The vendor's own apps are trusted with it.
func (r *ruling) cap(d *policy.Decision, t *Terms, wrong *flaws) {
	registered, before := r.client.Registration.Scopes(), r.inForce()
	implied := r.catalogs.Implied(&r.client.Registration)
	switch {
	case t.Uncapped && r.client.BuiltIn && (!r.held(d) || r.holder.all()):
		d.Uncapped = true
	case t.Uncapped:
		d.Ceiling, d.Whole = registered, true
	default:
		d.Ceiling = t.Scopes.Minus(implied)
		// Who changes something else, and names them one by one, still means all.
		d.Whole = before.Whole && registered.Minus(implied).Minus(d.Ceiling).Len() == 0
		unregistered(wrong, d.Ceiling.Minus(registered).Minus(before.Ceiling))
	}
}

// unregistered names scopes that an app does not register, and was not given before.
func unregistered(wrong *flaws, scopes scope.Set) {
	for _, s := range scopes.All() {
		wrong.blame("scopes", refusal.Finding{Code: refusal.ScopeNotRegistered, Scope: s.String(), Case: refusal.Authorizing})
	}
}

// held says whether whoever decides is held to their own permissions (A156). They decide on what there is: nobody holds what a later
// version may register.
func (r *ruling) held(d *policy.Decision) bool { return d.ForItself || r.settings.OwnPermissions }

// allowed refuses scopes that whoever decides may not give: those that nobody with the permission decided on before.
func (r *ruling) allowed(d *policy.Decision) error {
	if !r.held(d) {
		return nil
	}
	registered, before := r.client.Registration.Scopes(), r.inForce()
	more := d.Ceiling.Intersect(registered.Union(before.Ceiling))
	if d.Uncapped {
		more = registered
	}
	if r.settled(&before, d) {
		more = more.Minus(r.granted(&before)) // others decided on those
	}
	return r.holds(more)
}

// settled says whether an administrator's decision in force goes as far as a new one in all but its scopes: to whom, until when, and
// without a user. Who makes it go further authorizes its scopes anew.
func (r *ruling) settled(was, is *policy.Decision) bool {
	lapsed := !was.Expires.IsZero() && !r.now.Before(was.Expires)
	return was.Origin == policy.ByAdministrator && !lapsed && !sooner(is.Expires, was.Expires) && (was.ForItself || !is.ForItself) &&
		!(r.settings.OwnPermissions && losesUsers(&is.Admission, &was.Admission))
}

// granted is how far a decision goes now.
func (r *ruling) granted(d *policy.Decision) scope.Set {
	if d.Uncapped {
		return r.client.Registration.Scopes()
	}
	return d.Ceiling
}

// holds refuses scopes whose permissions whoever decides does not hold (A156): those of giving them, and those that the methods
// they open ask of a user.
func (r *ruling) holds(scopes scope.Set) error { return r.mustHold(r.holder, scopes) }

func (d *Decisions) mustHold(holder authority, scopes scope.Set) error {
	e := &refusal.Error{}
	for _, s := range scopes.All() {
		for _, p := range d.catalogs.Alone(s) {
			if !holder.holds(p) {
				e.Findings = append(e.Findings, refusal.Finding{Code: refusal.PermissionNotHeld, Scope: s.String(), Want: p, Field: "scopes"})
			}
		}
	}
	if len(e.Findings) > 0 {
		return e
	}
	return nil
}

// admission checks who is admitted: all users, or roles and users that are there, by their ids (A155). Who was barred before stays
// so, unless named. Who was named before and is gone is named no more: nobody who changes something else has to know.
func (r *ruling) admission(asked policy.Admission, wrong *flaws) (out policy.Admission, err error) {
	switch {
	case asked.All && len(asked.Roles)+len(asked.Users) > 0:
		wrong.blame("admission", refusal.Finding{Code: refusal.TermsNotOffered, Case: refusal.Contradicting, Got: namedBeside(&asked)})
		return out, nil
	case len(asked.Users) > MaxAdmittedUsers:
		wrong.blame("admission.users", refusal.Finding{Code: refusal.ListTooLong, Got: "users", Want: strconv.Itoa(MaxAdmittedUsers)})
		return out, nil
	}
	barred := asked.Barred
	if r.old != nil {
		barred = slices.Concat(barred, r.old.Admission.Barred)
	}
	out = policy.Admission{All: asked.All, Users: sortedUsers(asked.Users),
		Barred: slices.DeleteFunc(sortedUsers(barred), func(u id.User) bool { return slices.Contains(asked.Users, u) })}
	if out.Roles, err = r.checkRoles(r.tx, r.in, wrong, "admission.roles", asked.Roles); err != nil {
		return out, err
	}
	if out.Users, err = r.there(out.Users, wrong, "admission.users"); err != nil {
		return out, err
	}
	if out.Barred, err = r.there(out.Barred, wrong, "admission.barred"); err != nil {
		return out, err
	}
	if !wrong.in("admission") {
		err = wrong.take(somebody(&out))
	}
	return out, err
}

// namedBeside are the members of an admission that contradict that all are admitted.
func namedBeside(a *policy.Admission) string {
	var out []string
	if len(a.Roles) > 0 {
		out = append(out, "roles")
	}
	if len(a.Users) > 0 {
		out = append(out, "users")
	}
	return strings.Join(out, ", ")
}

// there are those of some users who are there. Others are refused, unless they were named before.
func (r *ruling) there(users []id.User, wrong *flaws, field string) ([]id.User, error) {
	var out []id.User
	for _, u := range users {
		_, ok, err := store.Found(r.tx.User(r.in, u))
		switch {
		case err != nil:
			return nil, err
		case ok:
			out = append(out, u)
		case r.old == nil || !slices.Contains(slices.Concat(r.old.Admission.Users, r.old.Admission.Barred), u):
			wrong.blame(field, refusal.Finding{Code: refusal.ObjectNotFound, Want: "user", Got: u.String()})
		}
	}
	return out, nil
}

// somebody refuses to admit nobody.
func somebody(a *policy.Admission) error {
	if a.All || len(a.Roles) > 0 || len(a.Users) > 0 {
		return nil
	}
	return refusal.New(refusal.Finding{Code: refusal.AdmissionEmpty, Field: "admission"})
}

func sortedUsers(users []id.User) []id.User {
	out := slices.Clone(users)
	slices.SortFunc(out, func(a, b id.User) int { x, y := a.Bytes(), b.Bytes(); return slices.Compare(x[:], y[:]) })
	return slices.Compact(out)
}

func checkExpiry(wrong *flaws, expires, now time.Time) {
	if !expires.IsZero() && !expires.UTC().Truncate(time.Second).After(now) {
		wrong.blame("expires_at", refusal.Finding{Code: refusal.ExpiryPast, Got: expires.UTC().Format(time.RFC3339)})
	}
}
