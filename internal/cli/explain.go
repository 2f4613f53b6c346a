package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"prokura/internal/access"
	"prokura/internal/assertion"
	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

type explainCommand struct {
	JWT  explainJWT  `cmd:"" name:"jwt" help:"explain_jwt"`
	Call explainCall `cmd:"" help:"explain_call"`
	URL  explainURL  `cmd:"" name:"url" help:"explain_url"`
	Ref  explainRef  `cmd:"" help:"explain_ref"`
}

type explainJWT struct {
	Tenant string `short:"t" placeholder:"TENANT" help:"flag_jwt_tenant"`
	Token  string `arg:"" help:"arg_jwt"`
}

// Run never prints the token, and asks for it on standard input where the argument is "-": what stands in an argument
// can be read by every process of the machine (A243).
func (e *explainJWT) Run(r *run) error {
	token := e.Token
	if token == "-" {
		var err error
		if token, err = r.secretFrom("-"); err != nil {
			return err
		}
	}
	token = strings.TrimSpace(token)
	c, err := r.api()
	if err != nil {
		return err
	}
	tenant := e.Tenant
	if tenant == "" {
		if tenant, err = r.tenantOf(c, token); err != nil {
			return err
		}
	}
	out, raw, err := v1client.Send[v1.Explanation](r.ctx, c, http.MethodPost, address("explain", "assertion"),
		map[string]string{"jwt": token, "tenant": tenant})
	if err != nil {
		return err
	}
	return r.explain(out, raw)
}

// tenantOf is the only tenant there is, or that of the connected app which a JWT names.
func (r *run) tenantOf(c *v1client.Client, token string) (string, error) {
	tenants, _, err := v1client.All[v1.Tenant](r.ctx, c, address("tenants"), 0)
	if err != nil {
		return "", err
	}
	if len(tenants) == 1 {
		return tenants[0].ID, nil
	}
	parsed := assertion.Parse(token)
	if app, err := id.Parse[id.Client](parsed.Issuer.Value); err == nil {
		for _, t := range tenants {
			_, err := c.Do(r.ctx, http.MethodGet, address("tenants", t.ID, "connected-apps", app.String()), nil)
			if err == nil {
				return t.ID, nil
			}
			if p, ok := errors.AsType[*v1client.Problem](err); !ok || p.Status != http.StatusNotFound {
				return "", err
			}
		}
	}
	return "", r.misuse(r.say("the JWT names no connected app of any tenant, so that it does not say which tenant it is for",
		"das JWT nennt keine verbundene App irgendeines Kontos und sagt so nicht, für welches Konto es ist"),
		r.say("name the tenant with --tenant", "nennen Sie das Konto mit --tenant"))
}

type explainCall struct {
	Method  string  `arg:"" help:"arg_verb"`
	Path    string  `arg:"" help:"arg_path"`
	Scopes  string  `required:"" placeholder:"SCOPES" help:"flag_call_scopes"`
	Catalog *string `placeholder:"NAME|FILE" help:"flag_call_catalog"`
}

// Run asks the server where one is named; else the same functions decide here, on the catalog alone.
func (e *explainCall) Run(r *run) error {
	sent, err := r.scopes(e.Scopes)
	if err != nil {
		return err
	}
	if e.Catalog == nil && (r.g.ServerURL != "" || r.Env["PROKURA_SERVER"] != "") {
		c, err := r.api()
		if err != nil {
			return err
		}
		out, raw, err := v1client.Send[v1.Explanation](r.ctx, c, http.MethodPost, address("explain", "call"),
			map[string]any{"method": e.Method, "path": e.Path, "scopes": sent.Names()})
		if err != nil {
			return err
		}
		return r.explain(out, raw)
	}
	named, err := e.catalogHere(r)
	if err != nil {
		return err
	}
	c, err := r.catalog(named)
	if err != nil {
		return err
	}
	x := access.ExplainCall([]*catalog.Catalog{c}, e.Method, e.Path, sent)
	out := v1.CallExplanationOf(x.Verdict, x.Catalog, x.Method, x.Covering)
	return r.explain(out, out)
}

// catalogHere is the catalog named, or that of the route that the path falls under.
func (e *explainCall) catalogHere(r *run) (string, error) {
	if e.Catalog != nil {
		return *e.Catalog, nil
	}
	cfg, err := r.config()
	if err != nil {
		return "", err
	}
	named, longest := "analytics", -1
	for _, route := range cfg.Routes {
		if (e.Path == route.Prefix || strings.HasPrefix(e.Path, route.Prefix+"/")) && len(route.Prefix) > longest {
			named, longest = route.Catalog, len(route.Prefix)
		}
	}
	return named, nil
}

type explainRef struct {
	Reference string `arg:"" help:"arg_reference"`
}

func (e *explainRef) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	raw, err := c.Do(r.ctx, http.MethodGet, address("refusals", e.Reference), nil)
	if p, ok := errors.AsType[*v1client.Problem](err); ok && p.Code == string(refusal.ObjectNotFound) {
		return r.fault(fmt.Sprintf(r.say("no refusal stands under the reference %q", "unter der Fehlerreferenz %q steht keine Verweigerung"), e.Reference),
			r.say("answers that were no refusal carry a reference too, and a refusal is kept for seven days; prokura refusals -t TENANT lists them",
				"auch Antworten, die nichts verweigern, haben eine Fehlerreferenz, und eine Verweigerung wird sieben Tage aufbewahrt; prokura refusals -t KONTO listet sie auf"))
	}
	if err != nil {
		return err
	}
	if r.g.JSON {
		return r.json(raw)
	}
	var out v1.Refusal
	if err := json.Unmarshal(raw, &out); err != nil {
		return fmt.Errorf("reading a refusal: %w", err)
	}
	r.facts([][2]string{
		{r.say("reference", "Fehlerreferenz"), out.Reference},
		{r.say("request", "Anforderung"), strings.TrimSpace(out.Method + " " + out.Path)},
		{r.say("first", "zuerst"), moment(out.FirstAt)},
		{r.say("last", "zuletzt"), moment(out.LastAt)},
		{r.say("count", "Anzahl"), r.counted(out.Count)},
		{r.say("tenant", "Konto"), out.Tenant},
		{r.say("client id", "Client-ID"), out.ClientID},
		{r.say("user", "Benutzer"), out.User},
	})
	r.checks(out.Checks)
	r.findings(out.Findings)
	r.findings(out.Dropped)
	return nil
}

// counted says how often a refusal came. What is shown was kept when it came first; others of its kind may have had
// another path, or another name in the same place.
func (r *run) counted(n int) string {
	if n < 2 {
		return count(n)
	}
	return count(n) + r.say("; what is shown is the first of them", "; gezeigt wird die erste")
}

// explain prints a verdict. A refused one ends with status 1, so that scripts can ask.
func (r *run) explain(e v1.Explanation, raw any) error {
	if r.g.JSON {
		if err := r.json(raw); err != nil {
			return err
		}
	} else {
		r.verdict(e)
	}
	if e.Verdict != "allowed" {
		return errStop
	}
	return nil
}

func (r *run) verdict(e v1.Explanation) {
	if e.Verdict == "allowed" {
		fmt.Fprintln(r.Stdout, r.say("allowed", "erlaubt"))
	} else {
		fmt.Fprintln(r.Stdout, r.say("refused", "verweigert"))
	}
	var facts [][2]string
	if m := e.Method; m != nil {
		facts = append(facts, [2]string{r.say("method", "Methode"), m.ID},
			[2]string{r.say("address", "Adresse"), m.Verb + " " + m.Path},
			[2]string{r.say("needs", "braucht"), m.Needs})
	}
	facts = append(facts, [2]string{r.say("covered by", "gedeckt durch"), strings.Join(e.Covering, " ")},
		[2]string{r.say("granted", "erteilt"), strings.Join(e.Granted, " ")})
	r.facts(facts)
	for _, part := range [][2]string{{r.say("header", "Header"), e.Header}, {r.say("claims", "Claims"), e.Claims}} {
		if part[1] != "" {
			fmt.Fprintf(r.Stdout, "\n%s:\n", part[0])
			for line := range strings.SplitSeq(part[1], "\n") {
				fmt.Fprintf(r.Stdout, "  %s\n", safe(line))
			}
		}
	}
	r.checks(e.Checks)
	r.findings(e.Findings)
}

func (r *run) checks(list []v1.Check) {
	if len(list) > 0 {
		fmt.Fprintf(r.Stdout, "\n%s:\n", r.say("checks", "Prüfungen"))
	}
	for _, c := range list {
		fmt.Fprintf(r.Stdout, "  %s %s\n", sign(c.Outcome), r.checked(c))
	}
}

// checked is what a check asked, with its code where it failed.
func (r *run) checked(c v1.Check) string {
	asked, known := checkTexts[refusal.Code(c.Code)]
	switch {
	case !known:
		return cell(c.Code)
	case c.Outcome == "failed":
		return asked.In(r.lang) + " (" + cell(c.Code) + ")"
	}
	return asked.In(r.lang)
}

func count(n int) string { return strconv.Itoa(n) }

// sign is how a check came out.
func sign(outcome string) string {
	switch outcome {
	case "passed":
		return "✓"
	case "failed":
		return "✗"
	}
	return "·"
}

// fixers are who can fix something, in German.
var fixers = map[string]string{"developer": "Entwickler", "administrator": "Administrator", "user": "Benutzer", "operator": "Betreiber"}

func (r *run) findings(list []v1.Finding) {
	for i, f := range list {
		fmt.Fprintf(r.Stdout, "\n%s: %s\n", cell(f.Code), safe(f.Message.In(r.lang)))
		if i+1 < len(list) && list[i+1].Code == f.Code && list[i+1].Remedy == f.Remedy {
			continue // what helps against several of a kind is said once, below the last
		}
		fixer := f.Fixer
		if r.lang == "de" && fixers[fixer] != "" {
			fixer = fixers[fixer]
		}
		fmt.Fprintf(r.Stdout, "  %s (%s): %s\n", r.say("remedy", "So beheben Sie das"), cell(fixer), safe(f.Remedy.In(r.lang)))
	}
}

// facts prints pairs that have a value.
func (r *run) facts(list [][2]string) {
	width := 0
	for _, f := range list {
		width = max(width, len([]rune(f[0])))
	}
	for _, f := range list {
		if f[1] != "" {
			fmt.Fprintf(r.Stdout, "  %s%s  %s\n", f[0], strings.Repeat(" ", width-len([]rune(f[0]))), safe(f[1]))
		}
	}
}
