package policy

import (
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// Method is what a decision needs to know of a method of the API.
type Method interface {
	// Covered says whether the scopes satisfy what the method needs.
	Covered(have *scope.Bits) bool
	// Permission is what the user must hold beside the scope; empty: the API itself decides.
	UserPermission() string
	// NeedNames are the scopes of which one alternative is enough, for people.
	NeedNames() string
	// Name is the method's identifier in the catalog.
	Name() string
}

// CallQuestion is everything that decides whether a call passes, once its token verified.
type CallQuestion struct {
	Fresh   bool // we know every revocation inside the promised bound
	Live    bool // no mark voids the token
	Expired bool

	Method Method // nil: the catalog names none here
	Asked  string // verb and path, for people

	Tenant      id.Tenant // whom the token belongs to
	TenantNamed bool      // the path names a tenant
	PathTenant  id.Tenant // which; zero: the name is no tenant's

	Scopes *scope.Bits // what the token says, less what marks took away
	Issued *scope.Bits // what the token says; nil: not known
	ForApp bool        // the token was issued to an app, not to a session

	// Permitted answers whether the user's roles hold a permission; nil: they hold none. It is not asked where no user is
	// behind the token (Userless), nor of a method that names none.
	Permitted func(permission string) bool
	Userless  bool

	// Stage is that of the tenant when the token was issued. In a lenient one a missing scope does not refuse; what an
	// administrator's decision would leave of Scopes is Held, and what it would refuse is answered as Foreseen.
	Stage Stage
	Held  *scope.Bits
	// Ours: we answer the method ourselves, and it decides on apps, secrets and tokens. There no stage is lenient, and Held is
	// all that counts.
	Ours bool
}

// Call answers whether the call passes now. It consults every rule even after a refusal, so that the diagnosis is
// complete; the first finding is the one that a wire with room for one answers. A passing call allocates nothing.
func Call(q *CallQuestion) Verdict {
	var v Verdict
	if !q.Fresh {
		v.find(refusal.Finding{Code: refusal.RevocationsStale})
	}
	if q.Expired {
		v.find(refusal.Finding{Code: refusal.CredentialExpired})
	}
	if !q.Live {
		v.find(refusal.Finding{Code: refusal.CredentialRevoked})
	}
	if q.Method == nil {
		v.find(refusal.Finding{Code: refusal.MethodUnknown, Got: q.Asked})
	}
	if q.TenantNamed && q.PathTenant != q.Tenant || q.Tenant.IsZero() {
		v.find(refusal.Finding{Code: refusal.TenantMismatch})
	}
	if q.Method != nil {
		q.rights(&v)
	}
	v.settle(q.Method != nil)
	return v
}

// rights judges scope and permission: both are needed, and what is missing is said of each.
func (q *CallQuestion) rights(v *Verdict) {
	lenient, scopes := q.Stage.Lenient(), q.Scopes
	if lenient && q.Ours {
		lenient, scopes = false, q.Held
	}
	switch covered := scopes != nil && q.Method.Covered(scopes); {
	case !covered && !lenient:
		v.find(q.lacking())
	case q.Stage == Report && !(covered && q.Held != nil && q.Method.Covered(q.Held)):
		f := q.lacking()
		v.Foreseen = &f
	}
	p := q.Method.UserPermission()
	if p != "" && !q.Userless && (q.Permitted == nil || !q.Permitted(p)) {
		v.find(refusal.Finding{Code: refusal.UserLacksCallPermission, Got: q.Method.Name(), Want: p})
	}
}

// lacking names the scope in question where there is but one, and tells what was never given from what was taken back.
func (q *CallQuestion) lacking() refusal.Finding {
	m := q.Method
	f := refusal.Finding{Code: refusal.ScopeNotGranted, Got: m.Name(), Want: m.NeedNames()}
	switch {
	case q.Issued != nil && m.Covered(q.Issued):
		f.Case = refusal.TakenBack
	case q.ForApp:
		f.Case = refusal.ForApp
	}
	if s, err := scope.Parse(f.Want); err == nil {
		f.Scope = s.String()
	}
	return f
}
