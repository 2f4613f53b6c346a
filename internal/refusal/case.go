package refusal

// Case tells apart what a code can be about where one sentence would not be true of all. It changes only the words, and at
// most who can fix it: programs go by the code.
type Case string

// The cases.
const (
	// Installing is a code of the sign-in that is said of installing an app.
	Installing Case = "installing"
	// Misspelt is an unknown scope whose name a slip would make of the known one in Want.
	Misspelt Case = "misspelt"
	// NoToken is what stands where a scope should and is none; Why says what no scope holds.
	NoToken Case = "no_token"
	// LeftOut is something that was not sent at all.
	LeftOut Case = "left_out"

	// OnlyOptional is a required scope that stands in optional_scope alone.
	OnlyOptional Case = "only_optional"
	// BothPlaces is a scope that stands in scope and in optional_scope.
	BothPlaces Case = "both_places"
	// ConditionalInOptional is a conditionally required scope that stands in optional_scope.
	ConditionalInOptional Case = "conditional_in_optional"
	// OptionalInScope is an optional scope that stands in scope.
	OptionalInScope Case = "optional_in_scope"

	// ToInstall is the permission that installing takes, whatever the scopes.
	ToInstall Case = "to_install"
	// PlansTogether is a lack that no single plan makes up for.
	PlansTogether Case = "plans_together"
	// NoPlan is a lack that no plan makes up for.
	NoPlan Case = "no_plan"
	// ForApp is a scope that a method needs and an app's token lacks.
	ForApp Case = "for_app"
	// TakenBack is a scope that the token had and a later decision took away.
	TakenBack Case = "taken_back"
	// Lapsed is an entitlement that was there when the scope was granted.
	Lapsed Case = "lapsed"
	// Undecided is an app that an administrator has yet to decide on, said of what was installed before.
	Undecided Case = "undecided"
	// Authorizing is said of what an administrator decides.
	Authorizing Case = "authorizing"
	// Contradicting is a term that says the opposite of another one.
	Contradicting Case = "contradicting"
	// Reregistered is an app whose registration changed while an administrator decided.
	Reregistered Case = "reregistered"
	// Unseen are requests that came while an administrator answered others.
	Unseen Case = "unseen"
	// NotNamed is a role that the account may well have, and that an authorization does not name.
	NotNamed Case = "not_named"
)

// Variant is what is said of a code in a case.
type Variant struct {
	Code    Code
	Case    Case
	Fixer   Fixer
	Message Text
	Remedy  Text
}

// Variants are what is said in cases, in the order of docs/errors.md.
func Variants() []Variant { return variants }

type variantKey struct {
	code Code
	in   Case
}

var byCase = func() map[variantKey]Variant {
	m := make(map[variantKey]Variant, len(variants))
	for _, v := range variants {
		m[variantKey{v.Code, v.Case}] = v
	}
	return m
}()

// inCase is the definition in the words of a case; one that has no words of its own says what the code says.
func (d Definition) inCase(c Case) Definition {
	if c == "" {
		return d
	}
	if v, ok := byCase[variantKey{d.Code, c}]; ok {
		d.Fixer, d.Message, d.Remedy = v.Fixer, v.Message, v.Remedy
	}
	return d
}
