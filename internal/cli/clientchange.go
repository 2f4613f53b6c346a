package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"prokura/internal/registry"
	"prokura/internal/strictyaml"
	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// registrationFlags are the members of a registration. What is not given stays as it is.
type registrationFlags struct {
	Publisher         *string        `help:"flag_publisher"`
	DescriptionEN     *string        `name:"description-en" placeholder:"TEXT" help:"flag_description_en"`
	DescriptionDE     *string        `name:"description-de" placeholder:"TEXT" help:"flag_description_de"`
	Mail              *string        `help:"flag_contact_mail"`
	Page              *string        `placeholder:"URL" help:"flag_contact_page"`
	Documentation     *string        `placeholder:"URL" help:"flag_contact_documentation"`
	Privacy           *string        `placeholder:"URL" help:"flag_contact_privacy"`
	RedirectURI       []string       `sep:"none" placeholder:"URI" help:"flag_redirect_uri"`
	Required          *string        `placeholder:"SCOPES" help:"flag_required"`
	Conditional       *string        `placeholder:"SCOPES" help:"flag_conditional"`
	Optional          *string        `placeholder:"SCOPES" help:"flag_optional"`
	Public            *bool          `negatable:"" help:"flag_public"`
	InstallURL        *bool          `name:"install-url" negatable:"" help:"flag_install_url"`
	ClientCredentials *bool          `negatable:"" help:"flag_client_credentials"`
	Listed            *bool          `negatable:"" help:"flag_listed"`
	Wire              *string        `placeholder:"NAME" help:"flag_wire"`
	Keys              string         `placeholder:"FILE" help:"flag_keys"`
	AccessLife        *time.Duration `placeholder:"TIME" help:"flag_access_life"`
	RefreshLife       *time.Duration `placeholder:"TIME" help:"flag_refresh_life"`
	DryRun            bool           `help:"flag_dry_run"`
}

// into writes what was given into a request.
func (f *registrationFlags) into(r *run, in patch) error {
	in.text("publisher", f.Publisher)
	in.text("wire", f.Wire)
	in.list("redirect_uris", f.RedirectURI)
	description, contact := patch{}, patch{}
	description.text("en", f.DescriptionEN)
	description.text("de", f.DescriptionDE)
	contact.text("mail", f.Mail)
	contact.text("page", f.Page)
	contact.text("documentation", f.Documentation)
	contact.text("privacy", f.Privacy)
	for member, below := range map[string]patch{"description": description, "contact": contact} {
		if len(below) > 0 {
			in[member] = below
		}
	}
	for member, v := range map[string]*string{"required": f.Required, "conditional": f.Conditional, "optional": f.Optional} {
		if err := in.scopes(r, member, v); err != nil {
			return err
		}
	}
	for member, v := range map[string]*bool{"public": f.Public, "install_url": f.InstallURL, "client_credentials": f.ClientCredentials, "listed": f.Listed} {
		if v != nil {
			in[member] = *v
		}
	}
	for member, v := range map[string]*time.Duration{"access_seconds": f.AccessLife, "refresh_seconds": f.RefreshLife} {
		if v != nil {
			in[member] = int(v.Seconds())
		}
	}
	if f.Keys == "" {
		return nil
	}
	keys, err := os.ReadFile(f.Keys)
	if err != nil {
		return fmt.Errorf("reading keys: %w", err)
	}
	if !json.Valid(keys) {
		return r.fault(fmt.Sprintf(r.say("%s is not JSON", "%s ist kein JSON"), f.Keys), "")
	}
	in["keys"] = json.RawMessage(keys)
	return nil
}

type clientCreate struct {
	Name  string `arg:"" help:"arg_name"`
	Owner string `placeholder:"TENANT" help:"flag_owner"`
	registrationFlags
}

func (n *clientCreate) Run(r *run) error {
	in := patch{"name": n.Name}
	if err := n.into(r, in); err != nil {
		return err
	}
	c, err := r.api()
	if err != nil {
		return err
	}
	if n.Owner != "" {
		if in["owner"], err = findTenant(r, c, n.Owner); err != nil {
			return err
		}
	}
	return r.register(c, http.MethodPost, dry(address("clients"), n.DryRun), in)
}

type clientUpdate struct {
	oneClient
	Name *string `help:"flag_name"`
	registrationFlags
}

func (u *clientUpdate) Run(r *run) error {
	in := patch{}
	in.text("name", u.Name)
	if err := u.into(r, in); err != nil {
		return err
	}
	if err := in.check(r); err != nil {
		return err
	}
	c, path, err := u.path(r)
	if err != nil {
		return err
	}
	return r.register(c, http.MethodPatch, dry(path, u.DryRun), in)
}

// register sends a registration and shows what came of it.
func (r *run) register(c *v1client.Client, method, path string, in any) error {
	raw, err := c.Do(r.ctx, method, path, in)
	if err != nil {
		return r.everyProblem(err)
	}
	return r.changed(raw)
}

// changed shows an app after a change: what it changed, then what it breaks, then the app.
func (r *run) changed(raw json.RawMessage) error {
	if r.g.JSON {
		return r.json(raw)
	}
	var out v1.ChangedClient
	if err := json.Unmarshal(raw, &out); err != nil {
		return fmt.Errorf("reading an app: %w", err)
	}
	if out.DryRun {
		r.note("dry run: nothing was changed", "Probelauf: Es wurde nichts geändert")
	}
	for _, n := range out.Notes {
		r.note("%s: %s", "%s: %s", safe(n.Field), safe(n.Message.In(r.lang)))
	}
	if !out.DryRun {
		if err := printOne(r, clientColumns(r), out.Client, raw); err != nil {
			return err
		}
		fmt.Fprintln(r.Stdout)
	}
	r.changes(out.Changes)
	if out.Impact != nil {
		r.impact(out.Impact)
	}
	return nil
}

// changes prints what differs, as text editors show it; what concerns security has a mark.
func (r *run) changes(list []v1.Change) {
	if len(list) == 0 {
		fmt.Fprintln(r.Stdout, r.say("nothing changes", "es ändert sich nichts"))
		return
	}
	fmt.Fprintln(r.Stdout, r.say("changes:", "Änderungen:"))
	for _, c := range list {
		mark := ""
		if c.Security {
			mark = r.say("  (concerns security)", "  (sicherheitsrelevant)")
		}
		fmt.Fprintf(r.Stdout, "  %s%s\n", safe(c.Field), mark)
		for _, line := range []struct{ sign, value string }{{"-", c.Old}, {"+", c.New}} {
			if line.value != "" {
				fmt.Fprintf(r.Stdout, "    %s %s\n", line.sign, safe(line.value))
			}
		}
	}
}

// impact prints which published install URLs a change would break, and why.
func (r *run) impact(i *v1.Impact) {
	fmt.Fprintf(r.Stdout, "\n%s\n", fmt.Sprintf(r.say(
		"install URLs seen in the last 90 days: %d; this breaks %d and mends %d. Accounts that use the app: %d; what they installed keeps working.",
		"Installations-URLs der letzten 90 Tage: %d; davon gehen %d nicht mehr und %d wieder. Konten, die die Anwendung verwenden: %d; was sie installiert haben, läuft weiter."),
		i.Seen, len(i.Breaks), len(i.Mends), i.Tenants))
	for _, u := range i.Breaks {
		fmt.Fprintf(r.Stdout, "\n✗ %s\n  %s\n", safe(u.URL), fmt.Sprintf(r.say("opened %d times, last at %s", "%d-mal geöffnet, zuletzt am %s"), u.Count, moment(u.LastAt)))
		for _, f := range u.Findings {
			fmt.Fprintf(r.Stdout, "  %s: %s\n", safe(f.Code), safe(f.Message.In(r.lang)))
		}
		if u.CorrectedURL != "" {
			fmt.Fprintf(r.Stdout, "  %s: %s\n", r.say("then right", "danach richtig"), safe(u.CorrectedURL))
		}
	}
}

type clientDiff struct {
	oneClient
	Version int `placeholder:"N" help:"flag_version"`
}

// Run shows each version with what it changed, or one of them.
func (d *clientDiff) Run(r *run) error {
	c, path, err := d.path(r, "versions")
	if err != nil {
		return err
	}
	items, raws, err := v1client.All[v1.ClientVersion](r.ctx, c, path, 0)
	if err != nil {
		return err
	}
	shown := []json.RawMessage{}
	for i, v := range items {
		if d.Version != 0 && v.Version != d.Version {
			continue
		}
		shown = append(shown, raws[i])
		if r.g.JSON {
			continue
		}
		fmt.Fprintf(r.Stdout, "%s %d, %s, %s\n", r.say("version", "Version"), v.Version, moment(v.At), safe(v.By))
		r.changes(v.Changes)
		fmt.Fprintln(r.Stdout)
	}
	if len(shown) == 0 {
		return r.fault(fmt.Sprintf(r.say("there is no version %d", "es gibt keine Version %d"), d.Version), "")
	}
	if r.g.JSON {
		return r.json(shown)
	}
	return nil
}

type clientApply struct {
	File   string `arg:"" help:"arg_manifest"`
	Owner  string `placeholder:"TENANT" help:"flag_owner"`
	DryRun bool   `help:"flag_dry_run"`
}

// Run registers the app of a file, or changes what is registered to what the file says. Applied again it changes nothing.
func (a *clientApply) Run(r *run) error {
	src, err := os.ReadFile(a.File)
	if err != nil {
		return fmt.Errorf("reading a manifest: %w", err)
	}
	m, problems := registry.ParseManifest(a.File, src)
	if len(problems) > 0 {
		strictyaml.Render(r.Stderr, src, problems)
		return r.fault(r.say("the manifest has ", "das Manifest hat ")+
			r.some(len(problems), text.Text{EN: "problem", DE: "Problem"}, text.Text{EN: "problems", DE: "Probleme"}), "")
	}
	for _, name := range m.Ignored {
		r.note("%s means nothing here", "%s hat hier keine Bedeutung", safe(name))
	}
	c, err := r.api()
	if err != nil {
		return err
	}
	owner := ""
	if a.Owner != "" {
		if owner, err = findTenant(r, c, a.Owner); err != nil {
			return err
		}
	}
	now, err := a.registered(r, c, &m, owner)
	if err != nil {
		return err
	}
	if now == nil {
		in := v1.NewClient{Owner: owner, Registration: registrationOf(m.Over(nil))}
		return r.register(c, http.MethodPost, dry(address("clients"), a.DryRun), in)
	}
	old := draftOf(now.Registration)
	in := v1.ClientChange{Version: now.Version, Registration: registrationOf(m.Over(&old))}
	if len(in.Keys) == 0 {
		in.Keys = json.RawMessage("null") // what the file leaves out is taken away
	}
	return r.register(c, http.MethodPatch, dry(address("clients", now.ClientID), a.DryRun), in)
}

// registered finds the app that a manifest means: by its id, else by its name among those of the owner; nil: there is none.
func (a *clientApply) registered(r *run, c *v1client.Client, m *registry.Manifest, owner string) (*v1.Client, error) {
	if !m.Client.IsZero() {
		found, _, err := v1client.Send[v1.Client](r.ctx, c, http.MethodGet, address("clients", m.Client.String()), nil)
		return &found, err
	}
	all, _, err := v1client.All[v1.Client](r.ctx, c, address("clients"), 0)
	if err != nil {
		return nil, err
	}
	var found []v1.Client
	for _, one := range all {
		if one.Name == m.Draft.Name && one.Owner == owner {
			found = append(found, one)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return &found[0], nil
	}
	return nil, r.fault(fmt.Sprintf(r.say("%s apps are called %q", "%s Anwendungen heißen %q"), strconv.Itoa(len(found)), m.Draft.Name),
		r.say("put its client_id into the manifest", "schreiben Sie die client_id ins Manifest"))
}

// registrationOf is a draft as it travels.
func registrationOf(d registry.Draft) v1.Registration {
	list := func(l []string) []string { return append([]string{}, l...) } // never null
	return v1.Registration{Name: d.Name, Publisher: d.Publisher, Description: d.Description, Contact: v1.Contact(d.Contact),
		RedirectURIs: list(d.RedirectURIs), Public: d.Public, Keys: d.Keys, InstallURL: d.InstallURL, Wire: d.Wire,
		ClientCredentials: d.ClientCredentials, Listed: d.Listed,
		Required: list(d.Required), Conditional: list(d.Conditional), Optional: list(d.Optional),
		AccessSeconds: int(d.AccessLife.Seconds()), RefreshSeconds: int(d.RefreshLife.Seconds())}
}

func draftOf(v v1.Registration) registry.Draft {
	d := registry.Draft{Publisher: v.Publisher, Public: v.Public, Keys: v.Keys, InstallURL: v.InstallURL, Wire: v.Wire, ClientCredentials: v.ClientCredentials,
		AccessLife: time.Duration(v.AccessSeconds) * time.Second, RefreshLife: time.Duration(v.RefreshSeconds) * time.Second}
	d.Contact.Privacy = v.Contact.Privacy
	return d
}
