package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/policy"
	"prokura/internal/redirect"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/strictyaml"
)

// InstallExplanation is a dry run of an installation: what its URL would be answered, and where in it the reasons stand.
type InstallExplanation struct {
	Judged
	URL       string // that was judged: as it was given, less space around it
	Marks     []InstallMark
	Corrected string // the corrected URL; empty: the URL needs no correction, or there is none
	Alone     bool   // no account was given, and the URL names none: what one may give was not asked
}

// InstallMark is a part of the URL: a scope, or a value with a flaw.
type InstallMark struct {
	Text       string
	Place      policy.Place // of a scope
	Start, End int          // bytes of the URL
	Code       refusal.Code // of the finding about it; empty: nothing is wrong with it
}

// ExplainInstall judges any install URL, absolute or relative, as the authorization endpoint does, and stores nothing. The
// tenant is named by id or content URL, the user by id, user name or login; where both are empty, and the URL itself names no
// tenant, the verdict is about the URL alone. What cannot be read at all is refused.
func (a *Access) ExplainInstall(ctx context.Context, rawURL, tenant, user string) (InstallExplanation, error) {
	return a.explainFor(ctx, rawURL, func(r store.Reader, pinned string) (id.Tenant, id.User, error) {
		return namedHere(r, cmp.Or(tenant, pinned), user)
	})
}

// ExplainURL is [Access.ExplainInstall] for somebody who may not know about every account: whatever account the URL itself
// names, it is judged for the one given, and by itself where none is.
func (a *Access) ExplainURL(ctx context.Context, rawURL string, in id.Tenant, user id.User) (InstallExplanation, error) {
	return a.explainFor(ctx, rawURL, func(store.Reader, string) (id.Tenant, id.User, error) { return in, user, nil })
}

// explainFor explains a URL for the account and user that parties finds; pinned is the account that the URL names.
func (a *Access) explainFor(ctx context.Context, rawURL string, parties func(r store.Reader, pinned string) (id.Tenant, id.User, error)) (InstallExplanation, error) {
	x := InstallExplanation{URL: strings.TrimSpace(rawURL)}
	u, flaws := installurl.Parse(x.URL)
	if len(flaws) > 0 && flaws[0].Fatal {
		return InstallExplanation{}, &refusal.Error{Findings: []refusal.Finding{flaws[0].Finding}}
	}
	req := RequestOf(&u.Params)
	err := a.store.View(ctx, func(r store.Reader) (err error) {
		if req.Tenant, req.User, err = parties(r, u.Tenant); err != nil {
			return err
		}
		x.Alone = req.Tenant.IsZero()
		x.Judged, err = a.judgeInstall(ctx, r, &req)
		return err
	})
	if err != nil {
		return InstallExplanation{}, refused(fmt.Errorf("explaining an installation: %w", err))
	}
	x.refuseForm(&u, flaws)
	x.mark(&u, flaws)
	x.correct(&u)
	return x, nil
}

// namedHere finds a tenant and a user by what people call them. Who is not found gets an id that nobody has, so that the
// decision says so.
func namedHere(r store.Reader, tenant, user string) (in id.Tenant, who id.User, err error) {
	if tenant == "" {
		return in, who, nil
	}
	if in, err = id.Parse[id.Tenant](tenant); err != nil {
		t, err := r.TenantByContentURL(tenant)
		if errors.Is(err, store.ErrNotFound) {
			return entropy.ID[id.Tenant](), who, nil
		}
		if err != nil {
			return in, who, err
		}
		in = t.ID
	}
	if user == "" {
		return in, who, nil
	}
	if who, err = id.Parse[id.User](user); err == nil {
		return in, who, nil
	}
	u, err := r.UserByName(in, user)
	if errors.Is(err, store.ErrNotFound) {
		var p store.Person
		if p, err = r.PersonByLogin(user); err == nil {
			u, err = r.UserOfPerson(in, p.ID)
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return in, entropy.ID[id.User](), nil
	}
	return in, u.ID, err
}

// refuseForm adds what is wrong with the URL beside its scopes: parameters sent twice, and what the protocol does not take.
func (x *InstallExplanation) refuseForm(u *installurl.URL, flaws []installurl.Flaw) {
	var form, protocol []policy.InstallFinding
	for _, f := range flaws {
		form = append(form, policy.InstallFinding{Finding: f.Finding})
	}
	for _, f := range x.protocol(u) {
		protocol = append(protocol, policy.InstallFinding{Finding: f})
	}
	v := &x.Verdict
	behind := 0 // the client and its redirect URI come first
	for behind < len(v.Findings) && slices.Contains([]refusal.Code{refusal.ClientUnknown, refusal.ClientDisabled, refusal.RedirectURIMismatch}, v.Findings[behind].Code) {
		behind++
	}
	v.Findings = slices.Concat(form, v.Findings[:behind], protocol, v.Findings[behind:])
	if len(form)+len(protocol) > 0 {
		v.Outcome, v.Complete = policy.InstallRefused, false
		v.Granted, v.New, v.Added = scope.Set{}, scope.Set{}, scope.Set{}
	}
}

// protocol is what the protocol does not take of the URL. That a public client's has no challenge is none of it: what is
// published cannot have one, since the app makes one for each request.
func (x *InstallExplanation) protocol(u *installurl.URL) []refusal.Finding {
	if x.Client.ID.IsZero() {
		return nil
	}
	return slices.DeleteFunc(u.Protocol(x.Client.Registration.InstallURL, x.Client.Registration.Public),
		func(f refusal.Finding) bool { return f.Code == refusal.ChallengeMissing })
}

// mark says where in the URL each scope stands, and what is wrong with it.
func (x *InstallExplanation) mark(u *installurl.URL, flaws []installurl.Flaw) {
	code := func(text string) refusal.Code {
		for _, f := range x.Verdict.Findings {
			if f.Scope == text && text != "" {
				return f.Code
			}
		}
		for _, f := range x.Verdict.Dropped {
			if f.Scope == text {
				return f.Code
			}
		}
		return ""
	}
	for _, i := range u.Items {
		x.Marks = append(x.Marks, InstallMark{i.Text, i.Place, i.Start, i.End, code(i.Text)})
	}
	for _, f := range x.Verdict.Findings {
		var name string
		switch f.Code {
		case refusal.ClientUnknown, refusal.ClientDisabled:
			name = "client_id"
		case refusal.RedirectURIMismatch:
			name = "redirect_uri"
		case refusal.ResponseTypeNotOffered:
			name = "response_type"
		case refusal.ResponseModeNotOffered:
			name = "response_mode"
		case refusal.ChallengeMalformed:
			name = "code_challenge"
		case refusal.PromptMalformed:
			name = "prompt"
		case refusal.RequestObjectNotOffered, refusal.ParameterTooLong:
			name = f.Got
		}
		if start, end := u.Span(name); start < end {
			x.Marks = append(x.Marks, InstallMark{Text: u.First(name), Start: start, End: end, Code: f.Code})
		}
	}
	for _, f := range flaws {
		if f.Start < f.End && f.Parameter != string(policy.InScope) && f.Parameter != string(policy.InOptional) {
			x.Marks = append(x.Marks, InstallMark{Text: x.URL[f.Start:f.End], Start: f.Start, End: f.End, Code: f.Code})
		}
	}
	slices.SortStableFunc(x.Marks, func(a, b InstallMark) int { return a.Start - b.Start })
}

// correct writes the URL that would pass, where one exists: every scope where it belongs, a registered redirect URI, the one
// response_type. What only the account or the user lacks is no matter of the URL.
func (x *InstallExplanation) correct(u *installurl.URL) {
	v := &x.Verdict
	if !v.Correctable || !slices.ContainsFunc(v.Findings, func(f policy.InstallFinding) bool { return aboutURL(f.Code) }) {
		return
	}
	var others []installurl.Parameter
	reg := &x.Client.Registration
	if x.RedirectURI == "" {
		if len(reg.RedirectURIs) == 0 {
			return
		}
		others = append(others, installurl.Parameter{Name: "redirect_uri", Value: nearestRedirect(reg.RedirectURIs, u.First("redirect_uri"))})
	}
	for _, f := range x.protocol(u) {
		switch f.Code {
		case refusal.ResponseTypeMissing, refusal.ResponseTypeNotOffered:
			others = append(others, installurl.Parameter{Name: "response_type", Value: "code"})
		case refusal.RequestObjectNotOffered, refusal.ParameterTooLong:
			others = append(others, installurl.Parameter{Name: f.Got})
		case refusal.ResponseModeNotOffered:
			others = append(others, installurl.Parameter{Name: "response_mode"})
		case refusal.PromptMalformed:
			others = append(others, installurl.Parameter{Name: "prompt"})
		case refusal.ChallengeMalformed:
			others = append(others, installurl.Parameter{Name: "code_challenge"}, installurl.Parameter{Name: "code_challenge_method"})
		}
	}
	x.Corrected = u.With(v.NearestScope, v.NearestOptional, others...)
}

// aboutURL says whether a code is about the URL, so that another URL would not have it.
func aboutURL(c refusal.Code) bool {
	switch c {
	case refusal.RedirectURIMismatch, refusal.ScopeUnknown, refusal.RequiredScopeMissing, refusal.NothingRequested, refusal.ScopeMismatch,
		refusal.ParameterTwice, refusal.ParameterTooLong, refusal.RequestObjectNotOffered, refusal.ResponseTypeMissing, refusal.ResponseTypeNotOffered,
		refusal.ResponseModeNotOffered, refusal.ChallengeMalformed, refusal.PromptMalformed:
		return true
	}
	return false
}

// nearestRedirect is the registered URI that a slip would make the one that was sent, else the first.
func nearestRedirect(registered []string, sent string) string {
	if uri, ok := redirect.Match(registered, sent); ok {
		return uri
	}
	if near := strictyaml.Nearest(sent, registered); near != "" {
		return near
	}
	return registered[0]
}
