package v1

import (
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/text"
)

// InstallQuestion asks what an install URL would be answered. The tenant is named by id or content URL, the user by id, user
// name or login; without a tenant the answer is about the URL alone. Nothing is stored.
type InstallQuestion struct {
	URL    string `json:"url"` // absolute or relative
	Tenant string `json:"tenant"`
	User   string `json:"user"`
}

// InstallExplanation is the verdict on an installation. Code and Message are those of the first finding.
type InstallExplanation struct {
	Verdict      string           `json:"verdict"` // granted, consent_needed, authorization_needed or refused
	Code         string           `json:"code"`    // empty: there is no finding
	Message      text.Text        `json:"message"`
	Granted      []string         `json:"granted"`  // the scopes that would be given
	Dropped      []InstallFinding `json:"dropped"`  // optional scopes that would not be, each with the reason
	Findings     []InstallFinding `json:"findings"` // what refuses it, in the order of the checks
	CorrectedURL string           `json:"corrected_url,omitempty"`
	URL          string           `json:"url"`       // that was judged
	Marks        []InstallMark    `json:"marks"`     // where in it each scope stands
	URLAlone     bool             `json:"url_alone"` // the verdict is about the URL alone, not about an account
}

// InstallFinding is one reason. FoundIn is scope, optional_scope, both or absent, and empty where no scope is meant; BelongsIn is
// scope, optional_scope, or empty: nowhere. Each of the plans holds everything that is missing, or with PlansTogether all of
// them together do.
type InstallFinding struct {
	Code          string    `json:"code"`
	Scope         string    `json:"scope"`
	FoundIn       string    `json:"found_in"`
	BelongsIn     string    `json:"belongs_in"`
	Permission    string    `json:"permission"`  // that the user lacks
	Entitlement   string    `json:"entitlement"` // that the tenant lacks
	Plans         []string  `json:"plans"`
	PlansTogether bool      `json:"plans_together,omitempty"`
	Nearest       string    `json:"nearest,omitempty"` // of an unknown scope: the known one that may be meant
	Fixer         string    `json:"fixer"`
	Message       text.Text `json:"message"`
	Remedy        text.Text `json:"remedy"`
}

// InstallMark is a part of the URL, by its bytes, and the code of what is wrong with it; empty: nothing is.
type InstallMark struct {
	Text    string `json:"text"`
	FoundIn string `json:"found_in"` // scope, optional_scope, or empty
	Start   int    `json:"start"`
	End     int    `json:"end"`
	Code    string `json:"code"`
}

// outcomes are what is said where nothing was found.
var outcomes = map[policy.InstallOutcome]text.Text{
	policy.InstallGranted: {EN: "Nothing stands in the way of this installation.", DE: "Dieser Installation steht nichts im Weg."},
	policy.ConsentNeeded:  {EN: "The user is asked for consent, and then the app is installed.", DE: "Der Benutzer wird um Zustimmung gebeten, dann wird die Anwendung installiert."},
}

// NothingWrong is said of a URL that was judged alone. What an account and its user may give was not asked.
var NothingWrong = text.Text{EN: "Nothing is wrong with this install URL.", DE: "An dieser Installations-URL ist nichts falsch."}

// Teller puts a finding into sentences, with the names that people know in place of ids. The fields beside them keep the ids.
type Teller func(refusal.Finding) (message, remedy text.Text)

// InstallExplanationOf is the verdict on an installation as it travels, without what concerns the text of the URL.
func InstallExplanationOf(v *policy.Installation, tell Teller) InstallExplanation {
	out := InstallExplanation{Verdict: string(v.Outcome), Message: outcomes[v.Outcome], Granted: v.Granted.Names(),
		Dropped: installFindings(v.Dropped, tell), Findings: installFindings(v.Findings, tell), Marks: []InstallMark{}}
	if v.Refused() {
		out.Verdict = string(policy.InstallRefused)
	}
	if len(out.Findings) > 0 {
		out.Code, out.Message = out.Findings[0].Code, out.Findings[0].Message
	}
	return out
}

func installFindings(list []policy.InstallFinding, tell Teller) []InstallFinding {
	out := make([]InstallFinding, 0, len(list))
	for i := range list {
		f := &list[i]
		to := InstallFinding{Code: string(f.Code), Scope: refusal.Safe(f.Scope), FoundIn: PlaceOf(f.FoundIn), BelongsIn: PlaceOf(f.BelongsIn),
			Permission: f.Permission, Entitlement: f.Entitlement, Plans: f.Plans, PlansTogether: f.PlansTogether,
			Fixer: string(f.Definition().Fixer)}
		to.Message, to.Remedy = tell(f.Finding)
		if to.Plans == nil {
			to.Plans = []string{}
		}
		if f.FoundIn == policy.Absent && f.Code == refusal.RequiredScopeMissing {
			to.FoundIn = "absent"
		}
		if f.Case == refusal.Misspelt {
			to.Nearest = f.Want
		}
		out = append(out, to)
	}
	return out
}

// PlaceOf is a place in a URL as it travels.
func PlaceOf(p policy.Place) string {
	if p == policy.InBoth {
		return "both"
	}
	return string(p)
}
