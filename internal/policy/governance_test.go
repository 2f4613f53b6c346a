package policy_test

import (
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

var (
	noon       = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ann, other = entropy.ID[id.User](), entropy.ID[id.User]()
)

// risks are those of the scopes of these tests: r reads, w writes, everything else deletes.
func risks(s scope.Scope) policy.Risk {
	switch s.String() {
	case "r":
		return policy.Reads
	case "w":
		return policy.Writes
	}
	return policy.Deletes
}

// decided is a decision of an administrator for everybody and everything.
func decided() policy.Decision {
	return policy.Decision{Origin: policy.ByAdministrator, Uncapped: true, Admission: policy.Admission{All: true}}
}

// standing is a question about ann and an app of "P" that reads and writes, in a tenant that has said nothing.
func standing() *policy.StandingQuestion {
	return &policy.StandingQuestion{Now: noon, Client: "c", Publisher: "P", Asked: scopes("r", "w"), Risk: risks,
		UserKnown: true, User: ann, Roles: []string{"sales"}}
}

func TestStand(t *testing.T) {
	type question = policy.StandingQuestion
	found := func(change func(*policy.Decision)) func(*question) {
		return func(q *question) {
			q.Found, q.Decision = true, decided()
			change(&q.Decision)
		}
	}
	rules := func(door policy.Door, list ...policy.Rule) func(*question) {
		return func(q *question) { q.Governance.Door, q.Governance.Rules = door, list }
	}
	both := func(changes ...func(*question)) func(*question) {
		return func(q *question) {
			for _, change := range changes {
				change(q)
			}
		}
	}
	recalled := func(q *question) { q.Recalls = 1 }
	openDoor, itself := rules(policy.DoorOpen), func(q *question) { q.ForItself, q.UserKnown = true, false }
	own := func(q *question) { q.Own = true }
	reading := func(q *question) { q.Asked = scopes("r") }
	for _, c := range []struct {
		name   string
		change func(*question)
		state  policy.State
		stands bool
	}{
		{"a tenant that said nothing asks an administrator", func(*question) {}, policy.Undecided, false},
		{"an open door lets users decide", openDoor, policy.Open, true},
		{"a blocked one lets nobody", rules(policy.DoorBlocked), policy.Blocked, false},
		{"a rule opens for what reads", both(reading, rules("", policy.Rule{Risks: []policy.Risk{policy.Reads}, Door: policy.DoorOpen})), policy.Open, true},
		{"which is not enough for an app that writes, too", rules("", policy.Rule{Risks: []policy.Risk{policy.Reads}, Door: policy.DoorOpen}), policy.Undecided, false},
		{"a rule blocks what deletes, whatever else is asked for", both(func(q *question) { q.Asked = scopes("d", "r") },
			rules(policy.DoorOpen, policy.Rule{Risks: []policy.Risk{policy.Deletes}, Door: policy.DoorBlocked})), policy.Blocked, false},
		{"what nobody knows the risk of is the worst", both(func(q *question) { q.Risk = nil },
			rules(policy.DoorOpen, policy.Rule{Risks: []policy.Risk{policy.Deletes}, Door: policy.DoorAdministrator})), policy.Undecided, false},
		{"a rule names scopes", rules(policy.DoorOpen, policy.Rule{Scopes: []string{"w"}, Door: policy.DoorAdministrator}), policy.Undecided, false},
		{"which others do not match", both(reading, rules(policy.DoorOpen, policy.Rule{Scopes: []string{"w"}, Door: policy.DoorAdministrator})), policy.Open, true},
		{"of two rules the first decides on a scope", rules("", policy.Rule{Clients: []string{"c"}, Door: policy.DoorOpen}, policy.Rule{Door: policy.DoorBlocked}), policy.Open, true},
		{"a rule names other clients", rules("", policy.Rule{Clients: []string{"cc"}, Door: policy.DoorOpen}), policy.Undecided, false},
		{"a rule opens for verified publishers", both(func(q *question) { q.Verified = true }, rules("", policy.Rule{Verified: true, Door: policy.DoorOpen})), policy.Open, true},
		{"and not for others", rules("", policy.Rule{Verified: true, Door: policy.DoorOpen}), policy.Undecided, false},
		{"a publisher counts where it is verified", both(func(q *question) { q.Verified = true }, rules("", policy.Rule{Publishers: []string{"P"}, Door: policy.DoorOpen})), policy.Open, true},
		{"and is only a name where it is not (A161)", rules("", policy.Rule{Publishers: []string{"P"}, Door: policy.DoorOpen}), policy.Undecided, false},
		{"everything that a rule names must hold", rules("", policy.Rule{Clients: []string{"c"}, Verified: true, Door: policy.DoorOpen}), policy.Undecided, false},
		{"an app that asks for nothing is met by rules that name no scope", both(func(q *question) { q.Asked = scope.Set{} },
			rules(policy.DoorOpen, policy.Rule{Clients: []string{"c"}, Door: policy.DoorBlocked})), policy.Blocked, false},

		{"an administrator decided", found(func(*policy.Decision) {}), policy.Authorized, true},
		{"which beats every rule", both(rules(policy.DoorBlocked), found(func(*policy.Decision) {})), policy.Authorized, true},
		{"a decision without an origin decides nothing", found(func(d *policy.Decision) { d.Origin = "" }), policy.Undecided, false},
		{"what users began stands while the door is open", both(openDoor, found(func(d *policy.Decision) { d.Origin = policy.ByUser })), policy.Open, true},
		{"and no longer", found(func(d *policy.Decision) { d.Origin = policy.ByUser }), policy.Undecided, false},
		{"a connected app is authorized by being made", found(func(d *policy.Decision) { d.Origin = policy.ByBeingMade }), policy.Authorized, true},
		{"a built-in one needs no decision", func(q *question) { q.BuiltIn = true }, policy.Authorized, true},
		{"even behind a blocked door", both(rules(policy.DoorBlocked), func(q *question) { q.BuiltIn = true }), policy.Authorized, true},
		{"but can be revoked", both(found(func(d *policy.Decision) { d.Revoked = true }), func(q *question) { q.BuiltIn = true }), policy.Revoked, false},
		{"revoked beats an open door", both(openDoor, found(func(d *policy.Decision) { d.Revoked = true })), policy.Revoked, false},
		{"blocked is more than revoked", both(openDoor, found(func(d *policy.Decision) { d.Revoked, d.Blocked = true, true })), policy.Blocked, false},
		{"recalled by the operator is revoked", both(recalled, found(func(*policy.Decision) {})), policy.Revoked, false},
		{"decided again since", both(recalled, found(func(d *policy.Decision) { d.Recalls = 1 })), policy.Authorized, true},
		{"recalled, and no decision yet: no door opens", both(recalled, openDoor), policy.Undecided, false},
		{"nor does being built in", both(recalled, func(q *question) { q.BuiltIn = true }), policy.Undecided, false},

		{"for a time that runs", found(func(d *policy.Decision) { d.Expires = noon.Add(time.Second) }), policy.Authorized, true},
		{"for a time that is over, to the second", found(func(d *policy.Decision) { d.Expires = noon }), policy.Lapsed, false},
		{"which an open door does not mend", both(openDoor, found(func(d *policy.Decision) { d.Expires = noon })), policy.Lapsed, false},

		{"for a role that ann holds", found(func(d *policy.Decision) { d.Admission = policy.Admission{Roles: []string{"sales"}} }), policy.Authorized, true},
		{"for one of nearly the same name (A155)", found(func(d *policy.Decision) { d.Admission = policy.Admission{Roles: []string{"Sales", "sales_"}} }), policy.Authorized, false},
		{"for ann", found(func(d *policy.Decision) { d.Admission = policy.Admission{Users: []id.User{other, ann}} }), policy.Authorized, true},
		{"for somebody else", found(func(d *policy.Decision) { d.Admission = policy.Admission{Users: []id.User{other}} }), policy.Authorized, false},
		{"for nobody, which is not everybody", found(func(d *policy.Decision) { d.Admission = policy.Admission{} }), policy.Authorized, false},
		{"for all but ann", found(func(d *policy.Decision) { d.Admission.Barred = []id.User{ann} }), policy.Authorized, false},
		{"nobody says who asks", both(func(q *question) { q.UserKnown = false }, found(func(d *policy.Decision) { d.Admission = policy.Admission{} })), policy.Authorized, true},

		{"for itself, where nobody said so", both(itself, openDoor), policy.Undecided, false},
		{"for itself, where it was said", both(itself, found(func(d *policy.Decision) { d.ForItself = true })), policy.Authorized, true},
		{"for itself, where it is authorized for users", both(itself, found(func(*policy.Decision) {})), policy.Undecided, false},
		{"for itself, built in", both(itself, func(q *question) { q.BuiltIn = true }), policy.Undecided, false},
		{"for itself, in the account that owns it", both(itself, own), policy.Authorized, true},
		{"and a user there installed it", both(itself, own, found(func(d *policy.Decision) { d.Origin = policy.ByUser })), policy.Authorized, true},
		{"and it was revoked there", both(itself, own, found(func(d *policy.Decision) { d.Revoked = true })), policy.Revoked, false},
		{"and it was recalled", both(itself, own, recalled), policy.Undecided, false},
		{"owning it opens no door for users", own, policy.Undecided, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off, "unheard of"} {
				q := standing()
				c.change(q)
				q.Governance.Stage = stage
				s := policy.Stand(q)
				if s.State != c.state || s.Stands() != c.stands {
					t.Errorf("%q: %q, stands: %v", stage, s.State, s.Stands())
				}
				if s.Lenient && (stage != policy.Report && stage != policy.Off || q.ForItself) {
					t.Errorf("%q: lenient", stage)
				}
			}
		})
	}
	zero := policy.Stand(&policy.StandingQuestion{})
	if zero.Stands() || zero.Lenient || zero.State != policy.Undecided {
		t.Errorf("the empty question: %+v", zero)
	}
	if z := (policy.Standing{}); z.Stands() || z.Lenient {
		t.Error("the zero standing stands")
	}
}

// TestStand_no_stage_brings_back_what_the_operator_revoked: an app without a decision is let through where the tenant only reports,
// but not one that was revoked everywhere.
func TestStand_no_stage_brings_back_what_the_operator_revoked(t *testing.T) {
	for _, stage := range []policy.Stage{policy.Report, policy.Off} {
		q := standing()
		if q.Governance.Stage = stage; !policy.Stand(q).Lenient {
			t.Errorf("%s is not lenient", stage)
		}
		if q.Recalls = 1; policy.Stand(q).Lenient {
			t.Errorf("%s is lenient with what was recalled", stage)
		}
	}
}

// TestGovern_is_the_same_at_the_installation_and_at_each_token: what a standing lets through to be installed is issued, and what it
// refuses is not.
func TestGovern_is_the_same_at_the_installation_and_at_each_token(t *testing.T) {
	states := []policy.State{policy.Undecided, policy.Open, policy.Authorized, policy.Lapsed, policy.Revoked, policy.Blocked, "unheard of"}
	for _, state := range states {
		for _, admitted := range []policy.Outcome{policy.Skipped, policy.Failed, policy.Passed} {
			for _, lenient := range []bool{false, true} {
				for _, barred := range []bool{false, true} {
					s := policy.Standing{State: state, Admitted: admitted, Barred: barred && admitted == policy.Failed, Lenient: lenient, Limited: true, Ceiling: scopes("a", "b", "c")}
					i, q := passing(), issuing()
					i.Govern(s)
					q.Govern(s)
					install, issue := policy.Install(i), policy.Issue(q)
					installed, issued := len(install.Findings) == 0, issue.Allowed()
					want := !s.Dead() && !s.Barred && (lenient || s.Stands())
					if installed != want || issued != want {
						t.Errorf("%+v: installed %v, issued %v, want %v", s, installed, issued, want)
					}
					if dead := len(issue.Findings) > 0 && issue.Findings[0].Code == refusal.AuthorizationRevoked; dead != s.Dead() {
						t.Errorf("%+v: ended: %v", s, dead)
					}
					if lenient && issued && (issue.Held.Len() > 0) != s.Stands() {
						t.Errorf("%+v: held is %s", s, issue.Held)
					}
					if (issue.Foreseen != nil) != (issued && !s.Stands()) {
						t.Errorf("%+v: foreseen %+v", s, issue.Foreseen)
					}
				}
			}
		}
	}
}

func TestIssue_under_a_tenant_that_reports(t *testing.T) {
	q := issuing()
	q.Govern(policy.Standing{State: policy.Authorized, Admitted: policy.Passed, Lenient: true, Limited: true, Ceiling: scopes("a", "z")})
	v := policy.Issue(q)
	if v.Granted.String() != "a b c oauth" || v.Held.String() != "a oauth" || v.Foreseen != nil || len(v.Dropped) > 0 {
		t.Errorf("%s, held %s, %+v", v.Granted, v.Held, v.Foreseen)
	}
	q = issuing()
	q.Govern(policy.Standing{State: policy.Lapsed, Lenient: true})
	if v := policy.Issue(q); v.Held.Len() > 0 || v.Foreseen == nil || v.Foreseen.Case != refusal.Lapsed {
		t.Errorf("held %s, %+v", v.Held, v.Foreseen)
	}
	// What is not issued is not held either.
	q = issuing()
	q.Govern(policy.Standing{State: policy.Open, Lenient: true})
	q.UserDisabled = true
	if v := policy.Issue(q); v.Allowed() || v.Held.Len() > 0 {
		t.Errorf("held %s", v.Held)
	}
}
