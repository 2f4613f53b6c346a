package policy

import (
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// Outcome is how one check came out.
type Outcome uint8

// The outcomes. A check is skipped when what it rests on is not known.
const (
	Skipped Outcome = iota
	Failed
	Passed
)

// String is the outcome's name in JSON.
func (o Outcome) String() string {
	switch o {
	case Passed:
		return "passed"
	case Failed:
		return "failed"
	}
	return "skipped"
}

// Check is one rule that was consulted.
type Check struct {
	Code    refusal.Code // what failing it is called
	Outcome Outcome
	Finding refusal.Finding // when it failed
}

// Verdict is the outcome of a decision. The zero Verdict denies.
type Verdict struct {
	allowed  bool
	Granted  scope.Set         // concrete scopes, when allowed
	Dropped  []refusal.Finding // what was asked for and not given, with the reason; it refuses nothing
	Findings []refusal.Finding // every failed check, in the order of the wire's precedence
	Checks   []Check           // every check in order; only decisions made for people fill it
	// Foreseen is what would refuse if the tenant enforced its decisions; nil: nothing would. Held is what would be left of
	// Granted; it is known only where the tenant does not enforce.
	Foreseen *refusal.Finding
	Held     scope.Set
}

// Allowed says whether the answer is yes.
func (v *Verdict) Allowed() bool { return v.allowed }

// settle is the one place that can say yes: nothing was found, and what must be proven was.
func (v *Verdict) settle(proven bool) {
	v.allowed = proven && len(v.Findings) == 0
	if !v.allowed {
		v.Granted = scope.Set{}
	}
}

// find notes a reason to refuse.
func (v *Verdict) find(f refusal.Finding) { v.Findings = append(v.Findings, f) }

// check notes one rule. A failed one is a finding.
func (v *Verdict) check(o Outcome, f refusal.Finding) {
	c := Check{Code: f.Code, Outcome: o}
	if o == Failed {
		c.Finding = f
		v.Findings = append(v.Findings, f)
	}
	v.Checks = append(v.Checks, c)
}

// outcome is passed or failed.
func outcome(ok bool) Outcome {
	if ok {
		return Passed
	}
	return Failed
}
