package cli

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

var entryColumns = []column[v1.Entry]{
	{text.Text{EN: "at", DE: "Zeit"}, func(e v1.Entry) string { return moment(e.At) }},
	{text.Text{EN: "actor", DE: "durch"}, func(e v1.Entry) string { return actor(e.Actor) }},
	{text.Text{EN: "from", DE: "von"}, func(e v1.Entry) string { return e.From }},
	{text.Text{EN: "action", DE: "Vorgang"}, func(e v1.Entry) string { return e.Action }},
	{text.Text{EN: "target", DE: "Gegenstand"}, func(e v1.Entry) string { return e.Target }},
	{text.Text{EN: "detail", DE: "Einzelheiten"}, details},
	{text.Text{EN: "reason", DE: "Begründung"}, func(e v1.Entry) string { return e.Reason }},
}

func actor(a v1.Actor) string {
	if a.Name == "" {
		a.Name = a.ID
	}
	return strings.TrimSpace(a.Kind + " " + a.Name)
}

// details are what an entry says besides: details, and what was changed, as name: before → after.
func details(e v1.Entry) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(e.Detail)) {
		parts = append(parts, k+"="+e.Detail[k])
	}
	changed := maps.Clone(e.Before)
	if changed == nil {
		changed = map[string]string{}
	}
	maps.Copy(changed, e.After)
	for _, k := range slices.Sorted(maps.Keys(changed)) {
		parts = append(parts, k+": "+e.Before[k]+" → "+e.After[k])
	}
	return strings.Join(parts, " ")
}

type auditCommand struct {
	List       auditList       `cmd:"" default:"withargs" help:"audit_list"`
	Export     auditExport     `cmd:"" help:"audit_export"`
	Verify     auditVerify     `cmd:"" help:"audit_verify"`
	Checkpoint auditCheckpoint `cmd:"" help:"audit_checkpoint"`
}

// bookFilter says which entries of which book.
type bookFilter struct {
	Tenant string `short:"t" placeholder:"TENANT" help:"flag_audit_tenant"`
	Actor  string `placeholder:"ACTOR" help:"flag_actor"`
	Action string `placeholder:"ACTION" help:"flag_action"`
	Target string `placeholder:"TARGET" help:"flag_target"`
	Client string `name:"app" placeholder:"APP" help:"flag_of_app"`
	Since  string `placeholder:"TIME" help:"flag_since"`
	Until  string `placeholder:"TIME" help:"flag_before"`
	Text   string `placeholder:"TEXT" help:"flag_text"`
}

// path is the address of the book, or of something below it, with the filter.
func (f *bookFilter) path(r *run, c *v1client.Client, below ...string) (string, error) {
	parts := append([]string{"audit"}, below...)
	if f.Tenant != "" {
		t, err := findTenant(r, c, f.Tenant)
		if err != nil {
			return "", err
		}
		parts = append([]string{"tenants", t}, parts...)
	}
	q := url.Values{}
	target := f.Target
	if f.Client != "" {
		if target != "" {
			return "", r.misuse(r.say("--app and --target exclude each other", "--app und --target schließen sich aus"), "")
		}
		var err error
		if target, err = findClient(r, c, f.Client); err != nil {
			return "", err
		}
	}
	since, err := r.timeOf(f.Since)
	if err != nil {
		return "", err
	}
	until, err := r.timeOf(f.Until)
	if err != nil {
		return "", err
	}
	for name, value := range map[string]string{"actor": f.Actor, "action": f.Action, "target": target, "since": since, "until": until, "text": f.Text} {
		if value != "" {
			q.Set(name, value)
		}
	}
	path := address(parts...)
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path, nil
}

// timeOf accepts a time, or a day, which begins at midnight in UTC.
func (r *run) timeOf(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.RFC3339), nil
		}
	}
	return "", r.misuse(fmt.Sprintf(r.say("%q is no time", "%q ist keine Zeit"), s),
		r.say("write it as 2027-01-31 or 2027-01-31T18:00:00Z", "schreiben Sie sie wie 2027-01-31 oder 2027-01-31T18:00:00Z"))
}

type auditList struct {
	bookFilter
	Limit int `default:"100" help:"flag_limit"`
}

// Run lists the tenant's book, or the vendor's own, newest first.
func (a *auditList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := a.path(r, c)
	if err != nil {
		return err
	}
	items, raws, err := v1client.All[v1.Entry](r.ctx, c, path, a.Limit)
	if err != nil {
		return err
	}
	return printList(r, entryColumns, items, raws)
}

type auditExport struct {
	bookFilter
	Format string `enum:"csv,jsonl" default:"jsonl" help:"flag_export_format"`
}

// Run writes the book to standard output, newest first, all of it.
func (a *auditExport) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := a.path(r, c, "export."+a.Format)
	if err != nil {
		return err
	}
	joint := "?"
	if strings.Contains(path, "?") {
		joint = "&"
	}
	for at := path; ; {
		next, err := c.Stream(r.ctx, at, "Prokura-Next", r.Stdout)
		if err != nil || next == "" {
			return err
		}
		at = path + joint + url.Values{"after": {next}}.Encode()
	}
}

type auditCheckpoint struct {
	PublicKey bool `help:"flag_public_key"`
}

// Run prints what somebody else should keep: the note and nothing else, so that it can be sent to a file.
func (a *auditCheckpoint) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	point, raw, err := v1client.Send[v1.Checkpoint](r.ctx, c, http.MethodGet, address("audit", "checkpoint"), nil)
	if err != nil {
		return err
	}
	switch {
	case a.PublicKey:
		fmt.Fprintln(r.Stdout, cell(point.Key))
		return nil
	case r.g.JSON:
		return r.json(raw)
	}
	for line := range strings.Lines(point.Note) {
		fmt.Fprintln(r.Stdout, safe(strings.TrimSuffix(line, "\n")))
	}
	r.note("keep it where nobody can change it who can change the database; prokura audit verify --checkpoint FILE compares",
		"bewahren Sie ihn dort auf, wo niemand ihn ändern kann, der die Datenbank ändern kann; prokura audit verify --checkpoint DATEI vergleicht")
	return nil
}

type auditVerify struct {
	Checkpoint []string `placeholder:"FILE" help:"flag_checkpoint"`
	Key        string   `placeholder:"KEY" help:"flag_audit_key"`
}

// Run recomputes the sealed log, and ends with ExitTampered where it is not what was signed.
func (a *auditVerify) Run(r *run) error {
	in := v1.Verification{Checkpoints: []string{}}
	if _, err := audit.ParseVerifier(a.Key); err != nil && a.Key != "" {
		return r.misuse(err.Error(), "")
	}
	for _, file := range a.Checkpoint {
		b, err := os.ReadFile(file)
		if err != nil {
			return r.fault(fmt.Sprintf(r.say("reading a checkpoint: %v", "Lesen eines Prüfpunkts: %v"), err), "")
		}
		if err := checkKept(a.Key, file, b); err != nil {
			return err
		}
		in.Checkpoints = append(in.Checkpoints, string(b))
	}
	c, err := r.api()
	if err != nil {
		return err
	}
	report, err := v1client.Patiently[v1.AuditReport](r.ctx, c, http.MethodPost, address("audit", "verify"), in)
	if err != nil {
		return err
	}
	if a.Key != "" && a.Key != report.Key {
		return &fault{fmt.Sprintf(r.say("the log is signed with another key: %s", "das Protokoll ist mit einem anderen Schlüssel signiert: %s"), report.Key), "", ExitTampered}
	}
	if r.g.JSON {
		if err := r.json(report); err != nil {
			return err
		}
	} else {
		a.show(r, &report)
	}
	if report.Sound {
		return nil
	}
	return &fault{fmt.Sprintf(r.say("the audit books are not what was sealed: %s", "die Audit-Bücher sind nicht, was versiegelt wurde: %s"), first(r, report.Problems)),
		r.say("docs/audit.md says what to do", "docs/audit.md sagt, was zu tun ist"), ExitTampered}
}

// checkKept checks a checkpoint with the key that was kept beside it, without asking the server.
func checkKept(key, file string, note []byte) error {
	if key == "" {
		return nil
	}
	v, err := audit.ParseVerifier(key)
	if err != nil {
		return err
	}
	if _, err := v.Open(audit.Checkpoint, note); err != nil {
		return &fault{fmt.Sprintf("%s: %v", file, err), "", ExitTampered}
	}
	return nil
}

func (a *auditVerify) show(r *run, v *v1.AuditReport) {
	unsealed := strconv.Itoa(v.Unsealed)
	if !v.UnsealedSince.IsZero() {
		unsealed += r.say(", since ", ", seit ") + moment(v.UnsealedSince)
	}
	verdict := r.say("sound", "unversehrt")
	if !v.Sound {
		verdict = r.say("NOT SOUND", "NICHT UNVERSEHRT")
	}
	for _, line := range [][2]string{
		{r.say("verdict", "Ergebnis"), verdict},
		{r.say("sealed entries", "versiegelte Einträge"), strconv.FormatInt(v.Size, 10)},
		{r.say("recomputed", "nachgerechnet"), strconv.Itoa(v.Checked)},
		{r.say("deleted by statement", "mit Erklärung gelöscht"), strconv.Itoa(v.Pruned)},
		{r.say("with erased values", "mit getilgten Angaben"), strconv.Itoa(v.Erased)},
		{r.say("not sealed yet", "noch nicht versiegelt"), unsealed},
		{r.say("checkpoints compared", "verglichene Prüfpunkte"), strconv.Itoa(v.Checkpoints)},
		{r.say("newest checkpoint", "neuester Prüfpunkt"), moment(v.At)},
		{r.say("public key", "öffentlicher Schlüssel"), v.Key},
	} {
		fmt.Fprintf(r.Stdout, "%-24s%s\n", line[0], cell(line[1]))
	}
	for _, p := range v.Problems {
		fmt.Fprintf(r.Stdout, "- %s\n", problemLine(r, p))
	}
}

// first is the first problem at an entry, or else the first one.
func first(r *run, list []v1.AuditProblem) string {
	for _, p := range list {
		if p.Entry != "" {
			return problemLine(r, p)
		}
	}
	return problemLine(r, list[0])
}

// problemTexts say what is amiss; the kinds are those of package ledger.
var problemTexts = map[string]text.Text{
	"edited":      {EN: "an entry was edited", DE: "ein Eintrag wurde verändert"},
	"deleted":     {EN: "an entry was deleted", DE: "ein Eintrag wurde gelöscht"},
	"reordered":   {EN: "an entry stands in another's place", DE: "ein Eintrag steht am Platz eines anderen"},
	"replaced":    {EN: "from this entry on, up to 256 entries were replaced together with their hashes", DE: "ab diesem Eintrag wurden bis zu 256 Einträge samt ihren Hashwerten ersetzt"},
	"truncated":   {EN: "the log was cut short", DE: "das Protokoll wurde gekürzt"},
	"forked":      {EN: "the log is another than the one that was signed", DE: "das Protokoll ist ein anderes als das signierte"},
	"inserted":    {EN: "an entry was put in that never was sealed", DE: "ein Eintrag wurde eingefügt, der nie versiegelt wurde"},
	"forged":      {EN: "a checkpoint does not have our signature", DE: "ein Prüfpunkt trägt nicht unsere Signatur"},
	"unsigned":    {EN: "the newest checkpoint is gone", DE: "der neueste Prüfpunkt fehlt"},
	"erased_none": {EN: "values were erased although nobody was deleted", DE: "Angaben wurden getilgt, obwohl niemand gelöscht wurde"},
}

func problemLine(r *run, p v1.AuditProblem) string {
	what := problemTexts[p.Kind].In(r.lang)
	if what == "" {
		what = p.Kind
	}
	var parts []string
	if p.Entry != "" {
		parts = append(parts, r.say("entry ", "Eintrag ")+p.Entry, r.say("made ", "angelegt ")+moment(p.At))
	}
	if p.Place != nil {
		parts = append(parts, r.say("place ", "Platz ")+strconv.FormatInt(*p.Place, 10))
	}
	if p.Tenant != "" {
		parts = append(parts, r.say("tenant ", "Konto ")+p.Tenant)
	}
	if p.Size > 0 {
		parts = append(parts, fmt.Sprintf(r.say("checkpoint of %d entries", "Prüfpunkt über %d Einträge"), p.Size))
	}
	switch p.Checkpoint {
	case "":
	case "database":
		parts = append(parts, r.say("in the database", "in der Datenbank"))
	case "file":
		parts = append(parts, r.say("in the file audit.checkpoint", "in der Datei audit.checkpoint"))
	default:
		parts = append(parts, "--checkpoint "+p.Checkpoint)
	}
	if p.Now != nil {
		parts = append(parts, r.say("now: ", "jetzt: ")+actor(p.Now.Actor)+" "+p.Now.Action+" "+p.Now.Target)
	}
	return safe(what + " (" + strings.Join(parts, ", ") + ")")
}
