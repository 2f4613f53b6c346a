package oauth

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"prokura/internal/access"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
)

// user is a text that says it all, ready to send.
func (t *telling) user(intro string) *userPart {
	lines := []string{t.lead()}
	for _, f := range t.findings {
		f = t.words(f)
		lines = append(lines, "– "+f.Message().In(t.lang)+" "+f.Remedy().In(t.lang))
	}
	if c := &t.judged.Client; !c.ID.IsZero() {
		lines = append(lines, t.t("refused.message_app", c.Registration.Name, c.ID.String()))
	}
	if t.asUser && t.judged.Tenant.Name != "" && t.judged.User.Name != "" {
		lines = append(lines, t.t("refused.message_at", t.judged.Tenant.Name, t.judged.User.Name))
	}
	lines = append(lines, t.t("refused.message_ref", t.ref.String()), t.t("refused.message_link", t.p.Issuer+errorPage(t.first().Code, t.ref)))
	return &userPart{Intro: t.t(intro), Message: strings.Join(lines, "\n")}
}

// admin is what an administrator does, in the order of the remedies: the permission to install, the permissions of the scopes,
// super administrator, which never overcomes a function that is missing (seed: HubSpot).
func (t *telling) admin() *adminPart {
	a := &adminPart{}
	if !t.asAdmin {
		a.Steps, a.LogIn = []string{t.t("refused.admin_login")}, !t.loggedIn()
		return a
	}
	install, named, missing, plans, together := lacking(t.judged.Verdict.Findings)
	if install {
		a.Steps = append(a.Steps, t.t("refused.step_install", t.installer()))
		if !t.judged.User.ID.IsZero() {
			a.Give = &giveRole{User: t.judged.User.Name, Role: t.installer(), Reference: t.ref.String()}
			if t.judged.User.ID == t.v.User.ID {
				a.Give.Pending, _ = t.seal()
			}
		}
	}
	if len(named) > 0 {
		a.Steps = append(a.Steps, t.t("refused.step_named", t.p.Catalogs.PermissionNames(t.lang, named...)))
		if roles := t.rolesWith(named); roles != "" {
			a.Steps = append(a.Steps, t.t("refused.step_roles", roles))
		}
	}
	if install || len(named) > 0 {
		a.Steps = append(a.Steps, t.t("refused.step_super"))
	}
	if len(missing) > 0 {
		a.Steps = append(a.Steps, t.t("refused.step_plan", t.p.Catalogs.FunctionNames(t.lang, missing...)))
		switch names := strings.Join(t.p.Catalogs.PlanNames(t.lang, plans...), ", "); {
		case names == "":
			a.Steps = append(a.Steps, t.t("refused.plans_none"))
		case together:
			a.Steps = append(a.Steps, t.t("refused.plans_all", names))
		default:
			a.Steps = append(a.Steps, t.t("refused.plans_any", names))
		}
		a.Steps = append(a.Steps, t.t("refused.super_not"), t.t("refused.plan_vendor"))
		a.Contact = t.vendor()
	}
	if len(a.Steps) == 0 {
		for _, f := range t.findings {
			if f.Definition().Fixer != refusal.Administrator {
				continue
			}
			a.Steps = append(a.Steps, t.words(f).Remedy().In(t.lang))
			if (f.Code == refusal.AuthorizationRevoked || f.Code == refusal.AuthorizationBlocked) && t.judged.MayDecide() {
				a.Decide = "/console/authorizations/" + t.judged.Client.ID.String()
			}
		}
	}
	return a
}

// vendor is how to reach whoever changes the plan, with the reference already in a mail's subject.
func (t *telling) vendor() *contact {
	at := t.p.Contact
	if at == "" {
		return nil
	}
	if strings.Contains(at, "://") {
		return &contact{template.URL(at), t.t("refused.vendor_page")}
	}
	subject := url.PathEscape(t.t("refused.vendor_subject", t.judged.Tenant.Name, t.ref.String()))
	return &contact{template.URL((&url.URL{Scheme: "mailto", Opaque: url.PathEscape(at), RawQuery: "subject=" + subject}).String()), t.t("refused.vendor_mail", at)}
}

// installer is what the role is called that installs apps.
func (t *telling) installer() string {
	if role, ok := t.p.Catalogs.Role(directory.AppInstaller); ok && role.Title.In(t.lang) != "" {
		return role.Title.In(t.lang)
	}
	return t.t("refused.installer")
}

// words puts names for people in place of the ids of functions, permissions and plans.
func (t *telling) words(f refusal.Finding) refusal.Finding { return t.p.Catalogs.InWords(t.lang, f) }

// lacking is what the findings say is missing.
func lacking(findings []policy.InstallFinding) (install bool, named, functions, plans []string, together bool) {
	add := func(list []string, s string) []string {
		if s == "" || slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	for i := range findings {
		f := &findings[i]
		if f.Permission == policy.InstallPermission {
			install = true
		} else {
			named = add(named, f.Permission)
		}
		if f.Entitlement != "" {
			functions = add(functions, f.Entitlement)
			plans, together = f.Plans, f.PlansTogether
		}
	}
	return install, named, functions, plans, together
}

// rolesWith are the roles, apart from super administrator, that hold all these permissions.
func (t *telling) rolesWith(permissions []string) string {
	var out []string
	for _, role := range t.p.Catalogs.Roles() {
		lacks := func(p string) bool { return !slices.Contains(role.Permissions, p) }
		if role.ID != directory.SuperAdmin && !slices.ContainsFunc(permissions, lacks) {
			out = append(out, role.Title.In(t.lang))
		}
	}
	return strings.Join(out, ", ")
}

// developerPart is every finding, the place in the URL, and the corrected URL; or the way to them.
func (t *telling) developerPart() *developerPart {
	if t.judged.Client.ID.IsZero() {
		return nil
	}
	d := &developerPart{}
	if !t.asDeveloper {
		d.Prove = errorPage(t.first().Code, t.ref)
		return d
	}
	d.Findings = []findingView{}
	for _, f := range t.findings {
		d.Findings = append(d.Findings, findingView{Code: string(f.Code), Message: t.words(f).Message().In(t.lang), Remedies: []string{t.words(f).Remedy().In(t.lang)}})
	}
	d.Settings = t.settings()
	if t.url == "" {
		return d
	}
	// About the URL alone, as the clinic judges it: what the account that it may name lacks is no matter of the developer's.
	x, err := t.p.Access.ExplainURL(t.r.Context(), t.url, id.Tenant{}, id.User{})
	if err != nil || !slices.ContainsFunc(x.Marks, wrong) && x.Corrected == "" {
		return d
	}
	d.URL = marked(t.p.Issuer, x.URL, x.Marks)
	if x.Corrected != "" {
		d.Corrected = t.p.Issuer + x.Corrected
	}
	return d
}

// settings is where a developer who is logged in changes the registration, where that is a way out.
func (t *telling) settings() string {
	if !t.developer() || !slices.ContainsFunc(t.findings, func(f refusal.Finding) bool {
		return f.Code == refusal.ScopeMismatch || f.Code == refusal.RedirectURIMismatch
	}) {
		return ""
	}
	return "/console/registrations/" + t.judged.Client.ID.String() + "/edit"
}

func wrong(m access.InstallMark) bool { return m.Code != "" }

// marked cuts a URL into pieces, those that a finding is about marked.
func marked(issuer, raw string, marks []access.InstallMark) []piece {
	out := []piece{{Text: issuer}}
	at := 0
	for _, m := range marks {
		if !wrong(m) || m.Start < at {
			continue
		}
		out = append(out, piece{Text: raw[at:m.Start]}, piece{Text: raw[m.Start:m.End], Mark: true})
		at = m.End
	}
	return append(out, piece{Text: raw[at:]})
}
