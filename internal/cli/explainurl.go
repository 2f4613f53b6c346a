package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

type explainURL struct {
	URL    string `arg:"" name:"url" help:"arg_url"`
	Tenant string `short:"t" placeholder:"TENANT" help:"flag_url_tenant"`
	User   string `short:"u" placeholder:"USER" help:"flag_url_user"`
}

// Run says what an install URL would be answered. It ends with status 1 unless the user alone can go on.
func (e *explainURL) Run(r *run) error {
	if e.User != "" && e.Tenant == "" {
		return r.misuse(r.say("a user is one of a tenant", "ein Benutzer gehört zu einem Konto"),
			r.say("name the tenant with --tenant", "nennen Sie das Konto mit --tenant"))
	}
	c, err := r.api()
	if err != nil {
		return err
	}
	out, raw, err := v1client.Send[v1.InstallExplanation](r.ctx, c, http.MethodPost, address("explain", "install"),
		map[string]string{"url": e.URL, "tenant": e.Tenant, "user": e.User})
	if err != nil {
		return err
	}
	if r.g.JSON {
		err = r.json(raw)
	} else {
		r.installation(&out)
	}
	if err == nil && out.Verdict != "granted" && out.Verdict != "consent_needed" {
		err = errStop
	}
	return err
}

// verdicts are the outcomes of an installation.
var verdicts = map[string]text.Text{
	"granted":              {EN: "granted", DE: "erteilt"},
	"consent_needed":       {EN: "consent needed", DE: "Zustimmung nötig"},
	"authorization_needed": {EN: "authorization needed", DE: "Autorisierung nötig"},
	"refused":              {EN: "refused", DE: "verweigert"},
}

func (r *run) installation(x *v1.InstallExplanation) {
	if said, ok := verdicts[x.Verdict]; ok {
		fmt.Fprintln(r.Stdout, said.In(r.lang))
	} else {
		fmt.Fprintln(r.Stdout, cell(x.Verdict))
	}
	r.facts([][2]string{{r.say("granted", "erteilt"), strings.Join(x.Granted, " ")}})
	if x.URLAlone {
		fmt.Fprintf(r.Stdout, "  %s\n", r.say("only the URL was judged: what an account includes and its user may give, --tenant and --user say",
			"nur die URL wurde geprüft: was ein Konto umfasst und sein Benutzer erteilen kann, sagen --tenant und --user"))
	}
	fmt.Fprintln(r.Stdout)
	r.marked(x)
	if len(x.Findings) == 0 {
		fmt.Fprintf(r.Stdout, "\n%s\n", safe(x.Message.In(r.lang)))
	}
	r.installFindings(x.Findings)
	if len(x.Dropped) > 0 {
		fmt.Fprintf(r.Stdout, "\n%s:\n", r.say("Asked for and not given, which refuses nothing", "Angefordert und nicht erteilt; das verweigert nichts"))
	}
	r.installFindings(x.Dropped)
	if x.CorrectedURL != "" {
		fmt.Fprintf(r.Stdout, "\n%s:\n  %s\n", r.say("corrected URL", "berichtigte URL"), safe(x.CorrectedURL))
		fmt.Fprintf(r.Stdout, "  %s\n", r.say("publish it without state and code_challenge: the app makes those anew for each request",
			"veröffentlichen Sie sie ohne state und code_challenge: die Anwendung erzeugt beide für jede Anfrage neu"))
	}
}

func (r *run) installFindings(list []v1.InstallFinding) {
	for _, f := range list {
		fixer := f.Fixer
		if said, ok := fixers[fixer]; ok && r.lang == "de" {
			fixer = said
		}
		fmt.Fprintf(r.Stdout, "\n%s: %s\n", cell(f.Code), safe(f.Message.In(r.lang)))
		r.facts([][2]string{{r.say("found in", "steht in"), r.place(f.FoundIn)}, {r.say("belongs in", "gehört in"), r.place(f.BelongsIn)}})
		fmt.Fprintf(r.Stdout, "  %s (%s): %s\n", r.say("remedy", "So beheben Sie das"), cell(fixer), safe(f.Remedy.In(r.lang)))
	}
}

func (r *run) place(found string) string {
	switch found {
	case "both":
		return r.say("scope and optional_scope", "scope und optional_scope")
	case "absent":
		return r.say("neither", "keinem von beiden")
	}
	return found
}

// marked prints the URL, a line for each parameter and each further scope in it, and below it what is wrong there.
func (r *run) marked(x *v1.InstallExplanation) {
	const margin = 2
	value := margin // where the value of the parameter begins
	lines := cut(x)
	for n, begin := range lines {
		end := len(x.URL)
		if n+1 < len(lines) {
			end = lines[n+1]
		}
		line, indent := x.URL[begin:end], margin
		if begin == 0 || strings.ContainsRune("?&#", rune(line[0])) {
			value = margin + width(line[:strings.IndexByte(line, '=')+1])
		} else {
			indent = value
		}
		fmt.Fprintf(r.Stdout, "%s%s\n", strings.Repeat(" ", indent), safe(line))
		for _, m := range x.Marks {
			if begin <= m.Start && m.Start < end && m.Start < m.End && m.End <= len(x.URL) && m.Code != "" {
				fmt.Fprintf(r.Stdout, "%s%s %s\n", strings.Repeat(" ", indent+width(x.URL[begin:m.Start])),
					strings.Repeat("^", width(x.URL[m.Start:m.End])), cell(m.Code))
			}
		}
	}
}

// cut says where the lines of a URL begin: at each parameter, and at each scope but the first of a parameter.
func cut(x *v1.InstallExplanation) []int {
	var out []int
	for i := range len(x.URL) {
		if i == 0 || strings.IndexByte("?&#", x.URL[i]) >= 0 || x.URL[i-1] != '=' && slices.ContainsFunc(x.Marks, func(m v1.InstallMark) bool { return m.Start == i }) {
			out = append(out, i)
		}
	}
	return out
}

// width is how many columns a text takes as it is shown.
func width(s string) int { return utf8.RuneCountInString(safe(s)) }
