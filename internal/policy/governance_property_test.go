package policy_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

var doors = []policy.Door{policy.DoorBlocked, policy.DoorAdministrator, policy.DoorOpen}

// drawStanding draws a question from a small world, in which everything meets everything.
func drawStanding(t *rapid.T) *policy.StandingQuestion {
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	some := func(label string, of ...string) []string {
		return slices.DeleteFunc(slices.Clone(of), func(string) bool { return yes(label) })
	}
	q := standing()
	q.Asked = scopes(some("not asked", "d", "r", "w")...)
	q.Verified, q.BuiltIn, q.Own = yes("verified"), yes("built in"), yes("own")
	q.Recalls = rapid.IntRange(0, 2).Draw(t, "recalls")
	q.ForItself = yes("for itself")
	q.UserKnown = !q.ForItself
	q.Roles = some("not a role", "sales", "support")
	q.Governance.Stage = rapid.SampledFrom([]policy.Stage{policy.Enforce, policy.Report, policy.Off}).Draw(t, "stage")
	q.Governance.Door = rapid.SampledFrom(doors).Draw(t, "door")
	for range rapid.IntRange(0, 3).Draw(t, "rules") {
		r := policy.Rule{Verified: yes("of the verified"), Door: rapid.SampledFrom(doors).Draw(t, "door of a rule")}
		if yes("of risks") {
			r.Risks = []policy.Risk{rapid.SampledFrom([]policy.Risk{policy.Deletes, policy.Writes, policy.Reads}).Draw(t, "risk")}
		}
		if yes("of scopes") {
			r.Scopes = some("not of the scope", "d", "r")
		}
		if yes("of clients") {
			r.Clients = some("not of the client", "c", "x")
		}
		if yes("of publishers") {
			r.Publishers = some("not of the publisher", "P", "Q")
		}
		q.Governance.Rules = append(q.Governance.Rules, r)
	}
	if q.Found = yes("found"); !q.Found {
		return q
	}
	d := &q.Decision
	d.Origin = rapid.SampledFrom([]policy.Origin{"", policy.ByAdministrator, policy.ByUser, policy.ByBeingBuiltIn, policy.ByBeingMade}).Draw(t, "origin")
	d.Blocked = yes("blocked") && yes("blocked, twice")
	d.Revoked = d.Blocked || yes("revoked") && yes("revoked, twice")
	if yes("expires") {
		d.Expires = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "in hours")) * time.Hour)
	}
	q.Registered = scopes(some("not registered", "d", "r", "w")...)
	d.Uncapped, d.Ceiling = yes("uncapped"), scopes(some("not in the ceiling", "d", "r", "w")...)
	d.ForItself, d.Recalls = yes("decided for itself"), rapid.IntRange(0, 2).Draw(t, "recalls seen")
	d.Admission = policy.Admission{All: yes("all"), Roles: some("not by role", "sales", "support")}
	for _, u := range []id.User{ann, other} {
		if yes("by name") {
			d.Admission.Users = append(d.Admission.Users, u)
		}
		if yes("barred") && yes("barred, twice") {
			d.Admission.Barred = append(d.Admission.Barred, u)
		}
	}
	return q
}

// naive says in sentences, each by itself, what [policy.Stand] works out: dead is refused for good; of the others some stand.
func naive(q *policy.StandingQuestion) (dead, stands bool) {
	d := &q.Decision
	// The operator took it back, and nobody decided since.
	recalled := q.Recalls > 0 && !(q.Found && d.Recalls >= q.Recalls)
	opened := true // every scope by the first rule that matches it
	blocked := false
	asked := q.Asked.Names()
	if len(asked) == 0 {
		asked = []string{""}
	}
	for _, name := range asked {
		door := q.Governance.Door
		for i := len(q.Governance.Rules) - 1; i >= 0; i-- { // the first stands when all were seen from the last
			r := q.Governance.Rules[i]
			risk := policy.Deletes
			if name != "" {
				risk = risks(scope.MustParse(name))
			}
			named := func(list []string, what string) bool { return len(list) == 0 || slices.Contains(list, what) }
			if (q.Verified || !r.Verified) && (len(r.Risks) == 0 || r.Risks[0] == risk) && named(r.Scopes, name) && named(r.Clients, q.Client) &&
				(len(r.Publishers) == 0 || q.Verified && named(r.Publishers, q.Publisher)) {
				door = r.Door
			}
		}
		opened = opened && door == policy.DoorOpen
		blocked = blocked || door == policy.DoorBlocked
	}
	own := q.Own && q.ForItself
	lapsed := q.Found && d.Origin != "" && !d.Expires.IsZero() && !d.Expires.After(q.Now)
	byUser := q.Found && d.Origin == policy.ByUser && !own
	byRules := byUser || !lapsed && !recalled && !q.BuiltIn && !own && (!q.Found || d.Origin == "")
	dead = q.Found && (d.Revoked || recalled) || byRules && blocked
	if dead || lapsed || recalled {
		return dead, false
	}
	stands = !byRules || opened
	if q.ForItself {
		return false, stands && (own || q.Found && d.Origin != "" && d.ForItself)
	}
	decided := q.Found && d.Origin != ""
	return false, stands && (!decided || d.Admission.Admits(q.User, q.Roles))
}

func TestStand_is_what_the_sentences_say(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawStanding(t)
		s := policy.Stand(q)
		if dead, stands := naive(q); s.Dead() != dead || s.Stands() != stands {
			t.Fatalf("%+v: want dead %v, stands %v", s, dead, stands)
		}
		if left := s.Leaves(scopes("d", "r", "w")); !left.Equal(leaves(q)) {
			t.Fatalf("%+v leaves %s, want %s", s, left, leaves(q))
		}
	})
}

// leaves says in sentences what of all scopes a tenant lets through.
func leaves(q *policy.StandingQuestion) scope.Set {
	d := &q.Decision
	all := scopes("d", "r", "w")
	switch _, stands := naive(q); {
	case !stands:
		return scopes()
	case !q.Found || d.Origin == "":
		return all // nobody limited anything
	case !d.Uncapped:
		return d.Ceiling
	case d.Origin == policy.ByAdministrator && !q.BuiltIn: // who decided on all there was did not decide on what comes
		return q.Registered
	}
	return all
}

// approved says in sentences what an administrator approved for the user.
func approved(q *policy.StandingQuestion) []string {
	d := &q.Decision
	if _, stands := naive(q); !stands || !q.Found || d.Origin != policy.ByAdministrator || !q.UserKnown || q.Moved {
		return nil
	}
	if d.Uncapped { // a developer decides nothing: it goes as far as what was registered when it was decided
		return q.Registered.Names()
	}
	return d.Ceiling.Names()
}

func TestStand_approves_what_an_administrator_decided(t *testing.T) {
	seen := 0
	rapid.Check(t, func(t *rapid.T) {
		q := drawStanding(t)
		q.Moved = rapid.Bool().Draw(t, "moved") && rapid.Bool().Draw(t, "moved, twice")
		if q.Found && rapid.Bool().Draw(t, "by an administrator") {
			q.Decision.Origin, q.Recalls = policy.ByAdministrator, 0
			q.ForItself, q.UserKnown = false, true
			if rapid.Bool().Draw(t, "in force") {
				q.Decision.Revoked, q.Decision.Blocked, q.Decision.Expires = false, false, time.Time{}
				q.Decision.Admission, q.Moved = policy.Admission{All: true}, false
			}
		}
		s := policy.Stand(q)
		want := approved(q)
		if !slices.Equal(s.Approved.Names(), want) || !s.Approves && len(want) > 0 || s.Approves && !s.Stands() {
			t.Fatalf("%+v: want %v approved", s, want)
		}
		if len(want) > 0 {
			seen++
		}
		i := passing()
		i.Approved = scopes("x")
		i.Govern(s)
		if more := i.Approved.Minus(scopes("oauth", "x")); !slices.Equal(more.Names(), want) || i.Approved.Has(scope.MustParse("oauth")) != s.Approves {
			t.Fatalf("%+v approves %v of %v", s, i.Approved, want)
		}
	})
	if seen == 0 {
		t.Error("nothing was ever approved")
	}
}

// passes says whether an installation and a token go through.
func passes(s policy.Standing) bool {
	q := issuing()
	q.Govern(s)
	v := policy.Issue(q)
	return v.Allowed() || len(v.Findings) == 1 && v.Findings[0].Code == refusal.NoScopeLeft // the grant goes on without any
}

// TestStand_is_monotone: nothing that an administrator adds takes anything away, whatever is revoked passes nowhere, and no
// stage refuses what an enforcing tenant lets through.
func TestStand_is_monotone(t *testing.T) {
	all := scopes("d", "r", "w")
	rapid.Check(t, func(t *rapid.T) {
		q := drawStanding(t)
		before := policy.Stand(q)
		ask := func(change func(*policy.StandingQuestion)) policy.Standing {
			later := *q
			later.Decision.Admission.Roles = slices.Clone(q.Decision.Admission.Roles)
			later.Decision.Admission.Users = slices.Clone(q.Decision.Admission.Users)
			later.Decision.Admission.Barred = slices.Clone(q.Decision.Admission.Barred)
			change(&later)
			return policy.Stand(&later)
		}
		for name, wider := range map[string]policy.Standing{
			"a ceiling with one scope more": ask(func(q *policy.StandingQuestion) { q.Decision.Ceiling = q.Decision.Ceiling.Union(scopes("w")) }),
			"no ceiling":                    ask(func(q *policy.StandingQuestion) { q.Decision.Uncapped, q.Registered = true, all }),
			"one more role": ask(func(q *policy.StandingQuestion) {
				q.Decision.Admission.Roles = append(q.Decision.Admission.Roles, "new")
			}),
			"one more user": ask(func(q *policy.StandingQuestion) {
				q.Decision.Admission.Users = append(q.Decision.Admission.Users, other)
			}),
			"everybody":                 ask(func(q *policy.StandingQuestion) { q.Decision.Admission.All = true }),
			"more time":                 ask(func(q *policy.StandingQuestion) { q.Decision.Expires = time.Time{} }),
			"for itself, too":           ask(func(q *policy.StandingQuestion) { q.Decision.ForItself = true }),
			"a role for the user":       ask(func(q *policy.StandingQuestion) { q.Roles = append(slices.Clone(q.Roles), "new") }),
			"an open door":              ask(func(q *policy.StandingQuestion) { q.Governance.Door = policy.DoorOpen }),
			"a stage that only reports": ask(func(q *policy.StandingQuestion) { q.Governance.Stage = policy.Report }),
		} {
			if before.Stands() && !wider.Stands() && name != "a stage that only reports" || passes(before) && !passes(wider) ||
				before.Leaves(all).Minus(wider.Leaves(all)).Len() > 0 ||
				before.Approved.Minus(wider.Approved).Len() > 0 {
				t.Fatalf("%s takes away: %+v, then %+v", name, before, wider)
			}
		}
		for name, none := range map[string]policy.Standing{
			"revoked":  ask(func(q *policy.StandingQuestion) { q.Found, q.Decision.Revoked = true, true }),
			"blocked":  ask(func(q *policy.StandingQuestion) { q.Found, q.Decision.Revoked, q.Decision.Blocked = true, true, true }),
			"recalled": ask(func(q *policy.StandingQuestion) { q.Recalls = q.Decision.Recalls + 1 }),
		} {
			if none.Stands() || passes(none) || none.Leaves(all).Len() > 0 || none.Approves {
				t.Fatalf("%s passes: %+v", name, none)
			}
		}
		barred := ask(func(q *policy.StandingQuestion) {
			q.Decision.Admission.Barred = append(q.Decision.Admission.Barred, ann)
		})
		if q.Found && q.Decision.Origin != "" && q.UserKnown && (barred.Stands() || passes(barred) || barred.Approves) {
			t.Fatalf("ann is barred, and passes: %+v", barred)
		}
	})
}
