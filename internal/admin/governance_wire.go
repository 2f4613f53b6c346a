package admin

import (
	"strconv"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	v1 "prokura/internal/v1"
)

// word pairs what is kept with what this API calls it.
type word[T comparable] struct {
	kept T
	said string
}

var (
	doorWords  = []word[policy.Door]{{policy.DoorOpen, "open"}, {policy.DoorAdministrator, "authorization_required"}, {policy.DoorBlocked, "blocked"}}
	stageWords = []word[policy.Stage]{{policy.Enforce, "enforce"}, {policy.Report, "report"}, {policy.Off, "off"}}
	riskWords  = []word[policy.Risk]{{policy.Reads, "read"}, {policy.Writes, "write"}, {policy.Deletes, "delete"}}
)

func said[T comparable](words []word[T], v T) string {
	for _, w := range words {
		if w.kept == v {
			return w.said
		}
	}
	return ""
}

// kept reads a word; field is where it stands.
func kept[T comparable](words []word[T], s, field string) (T, error) {
	names := make([]string, len(words))
	for i, w := range words {
		if w.said == s {
			return w.kept, nil
		}
		names[i] = w.said
	}
	var zero T
	return zero, refusal.New(refusal.Finding{Code: refusal.FieldUnknown, Got: s, Want: known(names), Field: field})
}

func renderGovernance(g store.Governance) v1.Governance {
	s := &g.Settings
	out := v1.Governance{Version: g.Version, UpdatedAt: g.Updated, GovernanceSettings: v1.GovernanceSettings{
		Policy: said(doorWords, s.Door), Rules: []v1.GovernanceRule{}, Enforcement: said(stageWords, s.Stage), OwnPermissions: s.OwnPermissions,
		Reviewers: orEmpty(s.Reviewers), RequestDays: int(s.RequestLife() / (24 * time.Hour)), ShowMail: s.ShowMail, NoMail: s.NoMail}}
	for _, r := range s.Rules {
		rule := v1.GovernanceRule{Verified: r.Verified, Scopes: r.Scopes, Clients: r.Clients, Publishers: r.Publishers, Policy: said(doorWords, r.Door)}
		for _, risk := range r.Risks {
			rule.Risks = append(rule.Risks, said(riskWords, risk))
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

// readGovernance reads settings. What they leave out is the strictest.
func readGovernance(s v1.GovernanceSettings) (g policy.Governance, err error) {
	g = policy.Governance{OwnPermissions: s.OwnPermissions, Reviewers: s.Reviewers, RequestDays: s.RequestDays, ShowMail: s.ShowMail, NoMail: s.NoMail}
	if g.Door, err = kept(doorWords, orElse(s.Policy, "authorization_required"), "policy"); err != nil {
		return g, err
	}
	if g.Stage, err = kept(stageWords, orElse(s.Enforcement, "enforce"), "enforcement"); err != nil {
		return g, err
	}
	for _, r := range s.Rules {
		rule := policy.Rule{Verified: r.Verified, Scopes: r.Scopes, Clients: r.Clients, Publishers: r.Publishers}
		if rule.Door, err = kept(doorWords, r.Policy, "policy"); err != nil {
			return g, err
		}
		for _, risk := range r.Risks {
			v, err := kept(riskWords, risk, "risks")
			if err != nil {
				return g, err
			}
			rule.Risks = append(rule.Risks, v)
		}
		g.Rules = append(g.Rules, rule)
	}
	return g, nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func renderAppSummary(a govern.App) v1.AppSummary {
	return v1.AppSummary{ClientID: a.ID.String(), Kind: string(a.Kind), Name: a.Name, Publisher: a.Publisher, Verified: a.Verified,
		BuiltIn: a.BuiltIn, Disabled: a.Disabled, Version: a.Version}
}

func renderReach(r store.Reach) v1.Reach { return v1.Reach(r) }

func renderAdmission(a policy.Admission) v1.Admission {
	return v1.Admission{All: a.All, Roles: orEmpty(a.Roles), Users: userNames(a.Users), Barred: userNames(a.Barred)}
}

func userNames(list []id.User) []string {
	out := make([]string, len(list))
	for i, u := range list {
		out[i] = u.String()
	}
	return out
}

// renderState is what this API calls a standing.
func renderState(s policy.State) string {
	if s == policy.Undecided {
		return "undecided"
	}
	return string(s)
}

func renderSeen(s govern.Seen) v1.Authorization {
	out := renderAuthorization(s.Authorization)
	out.App, out.State, out.Wants = renderAppSummary(s.App), renderState(s.Standing.State), orEmpty(s.Wants.Names())
	out.Recalled = s.Standing.State == policy.Revoked && !s.Revoked
	return out
}

func renderAuthorization(z store.Authorization) v1.Authorization {
	out := v1.Authorization{ClientID: z.Client.String(), Origin: string(z.Origin), Version: z.Version, AllScopes: z.Uncapped,
		Scopes: orEmpty(z.Ceiling.Names()), Whole: z.Whole, Wants: []string{}, Admission: renderAdmission(z.Admission), ForItself: z.ForItself, ExpiresAt: z.Expires,
		Registration: z.Registration, Reason: z.Reason, DecidedBy: z.By, Approved: orEmpty(z.Approved.Names()),
		CanUnshrink: z.Previous != nil, CreatedAt: z.Created, UpdatedAt: z.Updated, InstalledAt: z.Installed}
	if !z.ID.IsZero() {
		out.ID = z.ID.String()
	}
	switch {
	case z.Blocked:
		out.State = renderState(policy.Blocked)
	case z.Revoked:
		out.State = renderState(policy.Revoked)
	}
	return out
}

// readTerms reads what is to be decided. What it leaves out stays as was seen, and what cannot be read is refused with all else that
// is wrong. all: where nothing stands, scopes that are left out are every one that the app registers.
func readTerms(t v1.AuthorizationTerms, seen *govern.Seen, all bool) govern.Terms {
	out, stands := seen.Kept()
	if !stands {
		out = govern.Terms{Uncapped: all && t.Scopes == nil, Admission: policy.Admission{All: true}}
	}
	out.Reason, out.Version = t.Reason, seen.Version
	if t.Version != nil {
		out.Version = *t.Version
	}
	if t.Registration != nil {
		out.Registration = *t.Registration
	}
	if t.ForItself != nil {
		out.ForItself = *t.ForItself
	}
	unread := func(field string, f refusal.Finding) {
		f.Field = field
		out.Unread = append(out.Unread, f)
	}
	switch {
	case t.AllScopes:
		out.Uncapped, out.Scopes = true, scope.Set{}
	case t.Scopes != nil:
		out.Uncapped, out.Scopes = false, scopesOf(t.Scopes, unread)
	}
	if t.Admission != nil {
		out.Admission = policy.Admission{All: t.Admission.All, Roles: t.Admission.Roles, Users: usersOf("admission.users", t.Admission.Users, unread),
			Barred: usersOf("admission.barred", t.Admission.Barred, unread)}
	}
	if t.ExpiresAt != nil {
		var err error
		if out.Expires, err = moment(*t.ExpiresAt); err != nil {
			unread("expires_at", refusal.Of(err).First())
		}
	}
	return out
}

// scopesOf are the scopes of a list. Each that is no name is told of.
func scopesOf(list []string, unread func(string, refusal.Finding)) scope.Set {
	if len(list) > scope.MaxCount {
		unread("scopes", refusal.Finding{Code: refusal.ListTooLong, Got: "scopes", Want: strconv.Itoa(scope.MaxCount)})
		return scope.Set{}
	}
	var names []scope.Scope
	for _, name := range list {
		s, err := scope.Parse(name)
		if err != nil {
			unread("scopes", refusal.Finding{Code: refusal.ScopeNameInvalid, Got: name})
			continue
		}
		names = append(names, s)
	}
	return scope.NewSet(names...)
}

func usersOf(field string, list []string, unread func(string, refusal.Finding)) []id.User {
	var out []id.User
	for _, s := range list {
		u, err := id.Parse[id.User](s)
		if err != nil {
			unread(field, refusal.Finding{Code: refusal.ObjectNotFound, Want: "user", Got: s})
			continue
		}
		out = append(out, u)
	}
	return out
}

func readScopes(list []string) (scope.Set, error) {
	set, err := scope.ParseSet(list)
	if err != nil {
		return scope.Set{}, refusal.New(refusal.Finding{Code: refusal.ScopeNameInvalid, Got: known(list)})
	}
	return set, nil
}

func renderMethods(list []govern.CostMethod) []v1.LostMethod {
	out := []v1.LostMethod{}
	for _, m := range list {
		out = append(out, v1.LostMethod{Catalog: m.Catalog, Method: m.ID, Title: m.Title, LastUsed: m.LastUsed})
	}
	return out
}

func renderCost(c govern.Cost) v1.AuthorizationCost {
	return v1.AuthorizationCost{Lost: orEmpty(c.Lost.Names()), Methods: renderMethods(c.Methods), NotInstallable: orEmpty(c.NotInstallable.Names()),
		AskedByURLs: orEmpty(c.AskedByURLs.Names()), Reach: renderReach(c.Reach), LosingUsers: c.LosingUsers, More: c.More}
}

func renderRequest(q store.AuthorizationRequest) v1.AuthorizationRequest {
	out := v1.AuthorizationRequest{ID: q.ID.String(), ClientID: q.Client.String(), Reason: q.Reason, Version: q.Version,
		Scope: orEmpty(q.Scope.Names()), Optional: orEmpty(q.Optional.Names()), State: string(q.State), CreatedAt: q.Created,
		ExpiresAt: q.Expires, DecidedAt: q.Decided, DecidedBy: q.By, Justification: q.Justification}
	if !q.User.IsZero() {
		out.UserID = q.User.String()
	}
	return out
}

func renderQueued(q govern.Queued) v1.QueuedApp {
	out := v1.QueuedApp{App: renderAppSummary(q.App), State: renderState(q.Standing.State), Count: q.Count, Risk: said(riskWords, q.Risk),
		New: orEmpty(q.New.Names()), Requests: []v1.AuthorizationRequest{}}
	for _, r := range q.Waiting {
		out.Requests = append(out.Requests, renderRequest(r))
	}
	return out
}

func renderAffected(list []govern.Affected) []v1.AffectedApp {
	out := []v1.AffectedApp{}
	for _, x := range list {
		m := x.Why.Message()
		out = append(out, v1.AffectedApp{App: renderAppSummary(x.App), Reach: renderReach(x.Reach), Code: string(x.Why.Code), Message: m})
	}
	return out
}

func renderImpact(i govern.Impact) v1.ImpactOfApp {
	return v1.ImpactOfApp{App: renderAppSummary(i.App), Users: i.Users, Calls: i.Calls, FirstAt: i.First, LastAt: i.Last, Methods: renderMethods(i.Methods),
		Proposal: v1.Proposal{AllScopes: i.Proposal.Uncapped, Scopes: orEmpty(i.Proposal.Scopes.Names()), Admission: renderAdmission(i.Proposal.Admission), ForItself: i.Proposal.ForItself,
			ExpiresAt: i.Proposal.Expires, Version: i.Proposal.Version, Registration: i.Proposal.Registration},
		Mends: i.Mends, Revoked: i.Revoked, Moved: i.Moved, Lapsed: i.Lapsed, Beyond: orEmpty(i.Beyond.Names()), Reach: renderReach(i.Reach)}
}

const dayForm = "2006-01-02"

func renderDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(dayForm)
}

func renderUsage(u govern.Usage) v1.Usage {
	out := v1.Usage{From: renderDay(u.From), Calls: u.Calls, Scopes: []v1.ScopeUsage{}, Methods: []v1.MethodUsage{}, Unused: orEmpty(u.Unused.Names())}
	for _, s := range u.Scopes {
		out.Scopes = append(out.Scopes, v1.ScopeUsage{Scope: s.Scope.String(), Calls: s.Calls, LastUsed: renderDay(s.Last)})
	}
	for _, m := range u.Methods {
		out.Methods = append(out.Methods, v1.MethodUsage{Catalog: m.Catalog, Method: m.ID, Calls: m.Calls, LastUsed: renderDay(m.Last)})
	}
	return out
}

func renderUserOf(u govern.UserOf) v1.AppUser {
	return v1.AppUser{UserID: u.User.ID.String(), Name: u.User.Name, Scopes: orEmpty(u.Consent.Scopes.Names()), Grants: len(u.Grants), LastUsed: u.LastUsed}
}
