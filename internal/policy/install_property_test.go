package policy_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prokura/internal/policy"
	"prokura/internal/scope"
)

// guess is a random world in the words of a child: maps and lists of strings. The oracle below answers from it what the rules
// say, one sentence after the other, without any of the code that it judges.
type guess struct {
	classes          map[string]string // required, conditional, optional
	entitlement      map[string]string
	permissions      map[string][]string
	known            map[string]bool
	inScope, inOpt   map[string]bool
	implied          map[string]bool
	hasPlan          map[string]bool // what the tenant is entitled to
	holds            map[string]bool
	approved, agreed map[string]bool
	ceiling          map[string]bool // nil: none

	client, enabled, redirect, tenant, tenantThere, user, userThere, disabled, super, governed, revoked bool
}

var names = []string{"a", "b", "c", "d", "e", "oauth"}

func drawGuess(t *rapid.T) *guess {
	yes := func(label string, percent int) bool { return rapid.IntRange(0, 99).Draw(t, label) < percent }
	some := func(label string, percent int) map[string]bool {
		out := map[string]bool{}
		for _, n := range names {
			if yes(label+" "+n, percent) {
				out[n] = true
			}
		}
		return out
	}
	g := &guess{classes: map[string]string{}, entitlement: map[string]string{}, permissions: map[string][]string{},
		known: some("known", 90), inScope: some("in scope", 50), inOpt: some("in optional", 30), implied: map[string]bool{},
		hasPlan: map[string]bool{}, holds: map[string]bool{}, approved: some("approved", 50), agreed: some("agreed", 50)}
	for _, n := range names {
		g.classes[n] = rapid.SampledFrom([]string{"", "required", "conditional", "optional", "optional"}).Draw(t, "class of "+n)
		g.entitlement[n] = rapid.SampledFrom([]string{"", "", "E", "F"}).Draw(t, "entitlement of "+n)
		g.permissions[n] = rapid.SampledFrom([][]string{nil, nil, {"p"}, {"q", "p"}}).Draw(t, "permissions of "+n)
	}
	for _, e := range []string{"E", "F"} {
		g.hasPlan[e] = yes("entitled to "+e, 70)
	}
	for _, p := range []string{"p", "q", policy.InstallPermission} {
		g.holds[p] = yes("holds "+p, 70)
	}
	if yes("implied", 60) {
		g.implied["oauth"] = true
	}
	if yes("nothing approved", 40) {
		g.approved = map[string]bool{}
	}
	if yes("limited", 20) {
		g.ceiling = some("ceiling", 80)
	}
	g.client, g.enabled, g.redirect = yes("client", 95), yes("enabled", 95), yes("redirect", 95)
	if !g.client {
		g.implied = map[string]bool{} // nobody knows what comes with it
	}
	g.tenant, g.tenantThere, g.user, g.userThere = yes("tenant", 85), yes("tenant there", 95), yes("user", 85), yes("user there", 95)
	g.disabled, g.super, g.governed, g.revoked = yes("disabled", 5), yes("super", 30), yes("governed", 85), yes("revoked", 5)
	return g
}

// question is the world as the decision takes it.
func (g *guess) question() *policy.InstallQuestion {
	set := func(has func(string) bool) scope.Set {
		var out []string
		for _, n := range names {
			if has(n) {
				out = append(out, n)
			}
		}
		return scopes(out...)
	}
	in := func(m map[string]bool) scope.Set { return set(func(n string) bool { return m[n] }) }
	class := func(c string) scope.Set { return set(func(n string) bool { return g.classes[n] == c }) }
	there := func(asked, there bool) policy.Outcome {
		if !asked {
			return policy.Skipped
		}
		return outcome(there)
	}
	q := &policy.InstallQuestion{Client: "x", ClientFound: outcome(g.client), Enabled: g.enabled, Redirect: outcome(g.redirect), RedirectURI: "r",
		Scope: in(g.inScope), Optional: in(g.inOpt), Implied: in(g.implied),
		Facts: func(s scope.Scope) (policy.Facts, bool) {
			return policy.Facts{Entitlement: g.entitlement[s.String()], Permissions: g.permissions[s.String()]}, g.known[s.String()]
		},
		Tenant: there(g.tenant, g.tenantThere), Entitled: func(e string) bool { return g.hasPlan[e] }, Governed: outcome(g.governed), Revoked: g.revoked,
		Limited: g.ceiling != nil, Ceiling: in(g.ceiling), Approved: in(g.approved), User: there(g.user, g.userThere), Disabled: g.disabled,
		SuperAdmin: g.super, Permissions: func(p string) bool { return g.holds[p] }, Consented: in(g.agreed)}
	if g.client {
		q.Required, q.Conditional, q.Selectable = class("required"), class("conditional"), class("optional")
	}
	return q
}

// oracle answers the verdict, what is granted, the findings as a sorted list of lines, and what is dropped.
func (g *guess) oracle() (verdict string, granted, findings, dropped []string) {
	no := func(parts ...string) { findings = append(findings, strings.Join(parts, " ")) }
	if !g.client {
		no("client_unknown")
	}
	if g.client && !g.enabled {
		no("client_disabled")
	}
	if g.client && !g.redirect {
		no("redirect_uri_mismatch")
	}
	var must, may []string // the scopes that passed the URL's rules
	asked := false
	for _, n := range names {
		asked = asked || g.inScope[n] || g.inOpt[n] || g.implied[n]
		place := map[[2]bool]string{{true, true}: "both", {true, false}: "scope", {false, true}: "optional"}[[2]bool{g.inScope[n], g.inOpt[n]}]
		class := g.classes[n]
		if !g.client {
			class = ""
			asked = true
		}
		if g.client && g.implied[n] {
			continue
		}
		switch {
		case place == "" && class != "required":
		case !g.known[n]:
			no("scope_unknown", n)
		case !g.client:
		case class == "required" && place != "scope":
			no("required_scope_missing", n)
		case class == "required", class == "conditional" && place == "scope":
			must = append(must, n)
		case class == "optional" && place == "optional":
			may = append(may, n)
		default:
			no("scope_mismatch", n)
		}
	}
	if g.client && !asked && len(findings) == 0 || g.client && !asked && !slices.ContainsFunc(findings, func(f string) bool { return strings.Contains(f, " ") }) {
		no("nothing_requested")
	}
	can := func(p string) bool { return g.super || g.holds[p] }
	lost := map[string]string{}
	lose := func(n, why string) {
		if lost[n] == "" {
			lost[n] = why
		}
	}
	var nobody bool // the rules about users do not apply
	if g.tenant {
		nobody = !g.tenantThere || !g.user || !g.userThere
		switch {
		case !g.tenantThere:
			no("tenant_unknown")
		case g.revoked:
			no("authorization_revoked")
		case !g.governed:
			no("authorization_needed")
		}
		if g.tenantThere {
			for _, n := range must {
				if g.ceiling != nil && !g.ceiling[n] {
					no("scope_not_authorized", n)
				}
			}
			for _, n := range may {
				if g.ceiling != nil && !g.ceiling[n] {
					lose(n, "scope_not_authorized")
				}
			}
			if g.user && !g.userThere {
				no("user_not_in_tenant")
			}
			if !nobody && g.disabled {
				no("user_disabled")
				nobody = true
			}
			mayHas := func(n string) bool {
				for _, p := range g.permissions[n] {
					if !can(p) {
						return false
					}
				}
				return lost[n] == "" && (g.entitlement[n] == "" || g.hasPlan[g.entitlement[n]])
			}
			decided := !slices.ContainsFunc(findings, func(f string) bool {
				return f == "authorization_needed" || strings.HasPrefix(f, "scope_not_authorized")
			})
			if !nobody && !can(policy.InstallPermission) && decided {
				need := false
				for _, n := range must {
					need = need || !g.approved[n]
				}
				if len(g.approved) == 0 {
					need = need || g.client && len(g.implied) > 0
					for _, n := range may {
						need = need || mayHas(n)
					}
				}
				if need {
					no("user_lacks_permission", policy.InstallPermission)
				} else {
					for _, n := range may {
						if !g.approved[n] {
							lose(n, "user_lacks_permission")
						}
					}
				}
			}
			for _, n := range append(slices.Clone(must), may...) {
				for _, p := range g.permissions[n] {
					if !nobody && !can(p) && slices.Contains(must, n) {
						no("user_lacks_permission", n, p)
					} else if !nobody && !can(p) {
						lose(n, "user_lacks_permission")
					}
				}
			}
			for _, n := range append(slices.Clone(must), may...) {
				e := g.entitlement[n]
				if e == "" || g.hasPlan[e] {
					continue
				}
				if slices.Contains(must, n) {
					no("tenant_lacks_entitlement", n, e)
				} else {
					lose(n, "tenant_lacks_entitlement")
				}
			}
		}
	}
	for _, n := range may {
		if lost[n] != "" {
			dropped = append(dropped, n+" "+lost[n])
		}
	}
	given := map[string]bool{}
	for _, n := range must {
		given[n] = true
	}
	for _, n := range may {
		if lost[n] == "" {
			given[n] = true
		}
	}
	if g.client {
		for n := range g.implied {
			given[n] = true
		}
	}
	if len(findings) == 0 && len(given) == 0 {
		no("nothing_to_grant")
	}
	more := false // than was agreed to
	for n := range given {
		granted = append(granted, n)
		more = more || !g.agreed[n] && !(g.implied[n] && len(g.agreed) > 0)
	}
	sort.Strings(granted)
	switch {
	case len(findings) == 0 && g.tenant && g.user && more:
		verdict = "consent_needed"
	case len(findings) == 0:
		verdict = "granted"
	case !slices.ContainsFunc(findings, func(f string) bool {
		return f != "authorization_needed" && !strings.HasPrefix(f, "scope_not_authorized")
	}):
		verdict = "authorization_needed"
	default:
		return "refused", nil, findings, dropped
	}
	return verdict, granted, findings, dropped
}

// TestInstall_agrees_with_a_naive_oracle holds random worlds against the oracle.
func TestInstall_agrees_with_a_naive_oracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGuess(t)
		q := g.question()
		v := policy.Install(q)
		verdict, granted, findings, dropped := g.oracle()
		var got, lost []string
		url := map[string]int{}
		for _, f := range v.Findings {
			what := f.Permission
			if f.Entitlement != "" {
				what = f.Entitlement
			}
			got = append(got, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", f.Code, f.Scope, what)), " "))
			if strings.HasPrefix(string(f.Code), "scope_mis") || strings.HasPrefix(string(f.Code), "required") || f.Code == "scope_unknown" {
				if url[f.Scope]++; url[f.Scope] > 1 {
					t.Fatalf("two findings about %s in the URL: %v", f.Scope, got)
				}
			}
			if f.Scope == "oauth" && g.implied["oauth"] {
				t.Fatalf("a finding about an implied scope: %v", got)
			}
		}
		rank := []string{"client_unknown", "client_disabled", "redirect_uri_mismatch", "scope_unknown", "required_scope_missing", "nothing_requested", "scope_mismatch",
			"tenant_unknown", "authorization_revoked", "authorization_needed", "scope_not_authorized", "user_not_in_tenant", "user_disabled",
			"user_lacks_permission", "tenant_lacks_entitlement", "nothing_to_grant"}
		if !slices.IsSortedFunc(v.Findings, func(a, b policy.InstallFinding) int {
			return slices.Index(rank, string(a.Code)) - slices.Index(rank, string(b.Code))
		}) {
			t.Fatalf("out of order: %v", got)
		}
		for _, f := range v.Dropped {
			lost = append(lost, f.Scope+" "+string(f.Code))
		}
		for _, list := range [][]string{got, findings, lost, dropped} {
			sort.Strings(list)
		}
		if string(v.Outcome) != verdict || !slices.Equal(got, findings) || !slices.Equal(lost, dropped) || v.Granted.String() != strings.Join(granted, " ") {
			t.Fatalf("%s %s, findings %v, dropped %v\nwant %s %v, findings %v, dropped %v", v.Outcome, v.Granted, got, lost, verdict, granted, findings, dropped)
		}
		if v.Refused() && v.Granted.Len() > 0 || v.Complete && v.Refused() {
			t.Fatalf("refused and given: %+v", v)
		}
		if v.Correctable { // the nearest URL passes, and asks for nothing that was not asked for and is not required
			q.Scope, q.Optional, q.Tenant, q.Enabled, q.Redirect = v.NearestScope, v.NearestOptional, policy.Skipped, true, policy.Passed
			if v := policy.Install(q); v.Refused() {
				t.Fatalf("the corrected URL is refused: %v", v.Findings)
			}
			for _, n := range append(q.Scope.Names(), q.Optional.Names()...) {
				if !g.inScope[n] && !g.inOpt[n] && g.classes[n] != "required" {
					t.Fatalf("the corrected URL asks for %s", n)
				}
			}
		}
	})
}

// TestInstall_is_the_same_twice: a verdict depends on nothing but the question.
func TestInstall_is_the_same_twice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawGuess(t).question()
		a, b := policy.Install(q), policy.Install(q)
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Fatalf("%v\n%v", a, b)
		}
	})
}
