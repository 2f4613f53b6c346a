package govern

import (
	"errors"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
)

// The bounds of what an administrator decides.
const (
	MaxReason        = 1000 // bytes of a reason, a justification and a wish
	MaxAdmittedUsers = 500  // named one by one; more are a role
)

// decide makes a decision of terms.
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
	if err := checkExpiry(t.Expires, r.now); err != nil {
		return policy.Decision{}, err
	}
	if err := checkText("reason", &t.Reason); err != nil {
		return policy.Decision{}, err
	}
	d := policy.Decision{Origin: policy.ByAdministrator, ForItself: t.ForItself && reg.ClientCredentials,
		Recalls: r.client.Recalls}
	if !t.Expires.IsZero() {
		d.Expires = t.Expires.UTC().Truncate(time.Second)
	}
	var err error
	if d.Admission, err = r.admission(t.Admission); err != nil {
		return policy.Decision{}, err
	}
	return d, r.cap(&d, &t)
}

// cap sets how far a decision goes: to scopes that the app registers, or that stood in the decision before. All of them are those
// that are registered now: what the developer registers later, nobody decided on. The vendor's own apps are trusted with it.
func (r *ruling) cap(d *policy.Decision, t *Terms) error {
	registered, before := r.client.Registration.Scopes(), r.inForce()
	implied := r.catalogs.Implied(&r.client.Registration)
	// Who can be held to their own permissions decides on what there is: nobody holds what a later version may register.
	held := d.ForItself || r.settings.OwnPermissions
	switch {
	case t.Uncapped && r.client.BuiltIn && (!held || r.holder.all()):
		d.Uncapped = true
	case t.Uncapped:
		d.Ceiling, d.Whole = registered, true
	default:
		d.Ceiling = t.Scopes.Minus(implied)
		// Who changes something else, and names them one by one, still means all.
		d.Whole = before.Whole && registered.Minus(implied).Minus(d.Ceiling).Len() == 0
		e := &refusal.Error{}
		for _, s := range d.Ceiling.Minus(registered).Minus(before.Ceiling).All() {
			e.Findings = append(e.Findings, refusal.Finding{Code: refusal.ScopeNotRegistered, Scope: s.String(), Case: refusal.Authorizing, Field: "scopes"})
		}
		if len(e.Findings) > 0 {
			return e
		}
	}
	if !held {
		return nil
	}
	more := d.Ceiling
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

// admission checks who is admitted: roles and users that are there, by their ids (A155). Who was barred before stays so, unless
// named.
func (r *ruling) admission(asked policy.Admission) (policy.Admission, error) {
	out := policy.Admission{All: asked.All}
	var err error
	if !asked.All {
		if out.Roles, err = r.rules.CheckRoles(r.tx, r.in, asked.Roles); err != nil {
			return policy.Admission{}, err
		}
		out.Users = sortedUsers(asked.Users)
	}
	if len(asked.Users) > MaxAdmittedUsers {
		return policy.Admission{}, refusal.New(refusal.Finding{Code: refusal.ListTooLong, Got: "users", Want: strconv.Itoa(MaxAdmittedUsers), Field: "admission.users"})
	}
	barred := asked.Barred
	if r.old != nil {
		barred = slices.Concat(barred, r.old.Admission.Barred)
	}
	for _, u := range slices.Concat(asked.Users, asked.Barred) {
		if err := r.isUser(u); err != nil {
			return policy.Admission{}, err
		}
	}
	out.Barred = slices.DeleteFunc(sortedUsers(barred), func(u id.User) bool { return slices.Contains(asked.Users, u) })
	return out, somebody(&out)
}

func (r *ruling) isUser(u id.User) error {
	_, err := r.tx.User(r.in, u)
	if errors.Is(err, store.ErrNotFound) {
		return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "user", Got: u.String(), Field: "admission.users"})
	}
	return err
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

func checkExpiry(expires, now time.Time) error {
	if expires.IsZero() || expires.UTC().Truncate(time.Second).After(now) {
		return nil
	}
	return refusal.New(refusal.Finding{Code: refusal.ExpiryPast, Got: expires.UTC().Format(time.RFC3339), Field: "expires"})
}

// checkText accepts what people write to each other, in several lines, and nothing at all. It ends the lines as we do: each must be
// one to everybody who quotes them.
func checkText(field string, words *string) error {
	*words = text.Lines(*words)
	s := *words
	f := refusal.Finding{Code: refusal.FieldCharacter, Got: field, Field: field}
	switch i := slices.IndexFunc([]rune(s), func(r rune) bool { return r != '\n' && unicode.Is(unicode.C, r) || r == utf8.RuneError }); {
	case len(s) > MaxReason:
		f.Code, f.Want = refusal.FieldTooLong, strconv.Itoa(MaxReason)
	case i >= 0:
		f.Want = "U+FFFD"
		if r := []rune(s)[i]; r != utf8.RuneError {
			f.Want = "U+" + hex4(r)
		}
	default:
		return nil
	}
	return refusal.New(f)
}

func hex4(r rune) string {
	s := strconv.FormatInt(int64(r), 16)
	for len(s) < 4 {
		s = "0" + s
	}
	return s
}
