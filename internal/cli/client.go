package cli

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// clientCommand is what the vendor and developers register: an app, in pages and here; a client in the code.
type clientCommand struct {
	List    clientList    `cmd:"" help:"list"`
	Show    clientShow    `cmd:"" help:"show"`
	Create  clientCreate  `cmd:"" help:"create"`
	Update  clientUpdate  `cmd:"" help:"update"`
	Apply   clientApply   `cmd:"" help:"client_apply"`
	Diff    clientDiff    `cmd:"" help:"client_diff"`
	URL     clientURL     `cmd:"" name:"url" help:"client_url"`
	URLs    clientURLs    `cmd:"" name:"urls" help:"client_urls"`
	Logo    clientLogo    `cmd:"" help:"client_logo"`
	Enable  clientEnable  `cmd:"" help:"enable"`
	Disable clientDisable `cmd:"" help:"client_disable"`
	Secret  clientSecret  `cmd:"" help:"client_secret"`
	Delete  clientDelete  `cmd:"" help:"client_delete"`

	Verify   clientVerify   `cmd:"" help:"client_verify"`
	Unverify clientUnverify `cmd:"" help:"client_unverify"`
	Recall   clientRecall   `cmd:"" help:"client_recall"`
}

// clientRow are the columns of a list.
func clientRow(r *run) []column[v1.Client] {
	return []column[v1.Client]{
		{text.Text{EN: "client id", DE: "Client-ID"}, func(c v1.Client) string { return c.ClientID }},
		{text.Text{EN: "name", DE: "Name"}, func(c v1.Client) string { return c.Name }},
		{text.Text{EN: "publisher", DE: "Herausgeber"}, func(c v1.Client) string { return c.Publisher }},
		{text.Text{EN: "state", DE: "Zustand"}, func(c v1.Client) string {
			switch {
			case c.Enabled:
				return r.say("enabled", "aktiviert")
			case c.Stopped:
				return r.say("disabled by its developer", "vom Entwickler deaktiviert")
			}
			return r.say("disabled", "deaktiviert")
		}},
		{text.Text{EN: "version", DE: "Version"}, func(c v1.Client) string { return strconv.Itoa(c.Version) }},
		{text.Text{EN: "created", DE: "angelegt"}, func(c v1.Client) string { return moment(c.CreatedAt) }},
	}
}

// clientColumns are the lines of one app.
func clientColumns(r *run) []column[v1.Client] {
	life := func(seconds int) string {
		if seconds == 0 {
			return r.say("default", "Vorgabe")
		}
		return (time.Duration(seconds) * time.Second).String()
	}
	return append(clientRow(r),
		column[v1.Client]{text.Text{EN: "owner", DE: "Konto des Entwicklers"}, func(c v1.Client) string { return c.Owner }},
		column[v1.Client]{text.Text{EN: "publisher verified", DE: "Herausgeber geprüft"}, func(c v1.Client) string { return r.yes(c.Verified) }},
		column[v1.Client]{text.Text{EN: "built in", DE: "integriert"}, func(c v1.Client) string { return r.yes(c.BuiltIn) }},
		column[v1.Client]{text.Text{EN: "redirect URIs", DE: "Weiterleitungs-URLs"}, func(c v1.Client) string { return strings.Join(c.RedirectURIs, " ") }},
		column[v1.Client]{text.Text{EN: "required", DE: "erforderlich"}, func(c v1.Client) string { return strings.Join(c.Required, " ") }},
		column[v1.Client]{text.Text{EN: "conditional", DE: "bedingt erforderlich"}, func(c v1.Client) string { return strings.Join(c.Conditional, " ") }},
		column[v1.Client]{text.Text{EN: "optional", DE: "optional"}, func(c v1.Client) string { return strings.Join(c.Optional, " ") }},
		column[v1.Client]{text.Text{EN: "public", DE: "öffentlich"}, func(c v1.Client) string { return r.yes(c.Public) }},
		column[v1.Client]{text.Text{EN: "install URL", DE: "Installations-URL"}, func(c v1.Client) string { return r.yes(c.InstallURL) }},
		column[v1.Client]{text.Text{EN: "client credentials", DE: "für sich selbst"}, func(c v1.Client) string { return r.yes(c.ClientCredentials) }},
		column[v1.Client]{text.Text{EN: "listed", DE: "gelistet"}, func(c v1.Client) string { return r.yes(c.Listed) }},
		column[v1.Client]{text.Text{EN: "dialect", DE: "Dialekt"}, func(c v1.Client) string { return c.Wire }},
		column[v1.Client]{text.Text{EN: "keys", DE: "Schlüssel"}, func(c v1.Client) string { return r.yes(len(c.Keys) > 0) }},
		column[v1.Client]{text.Text{EN: "secrets", DE: "Client-Geheimnisse"}, func(c v1.Client) string { return strconv.Itoa(len(c.Secrets)) }},
		column[v1.Client]{text.Text{EN: "access token", DE: "Zugangstoken"}, func(c v1.Client) string { return life(c.AccessSeconds) }},
		column[v1.Client]{text.Text{EN: "refresh token", DE: "Aktualisierungstoken"}, func(c v1.Client) string { return life(c.RefreshSeconds) }},
		column[v1.Client]{text.Text{EN: "contact", DE: "Kontakt"}, func(c v1.Client) string {
			return strings.Join(strings.Fields(c.Contact.Mail+" "+c.Contact.Page+" "+c.Contact.Documentation+" "+c.Contact.Privacy), " ")
		}},
		column[v1.Client]{text.Text{EN: "description", DE: "Beschreibung"}, func(c v1.Client) string { return c.Description.In(r.lang) }},
	)
}

type clientList struct {
	Owner string `placeholder:"TENANT" help:"flag_owner"`
}

func (l *clientList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path := address("clients")
	if l.Owner == "" {
		return listAt(r, c, clientRow(r), path)
	}
	owner, err := findTenant(r, c, l.Owner)
	if err != nil {
		return err
	}
	return listAt(r, c, clientRow(r), path+"?"+url.Values{"owner": {owner}}.Encode())
}

// findClient accepts a client id or a name.
func findClient(r *run, c *v1client.Client, named string) (string, error) {
	return find(r, c, address("clients"), named, r.say("app", "Anwendung"),
		func(c v1.Client) (string, []string) { return c.ClientID, []string{c.Name} })
}

type oneClient struct {
	App string `arg:"" help:"arg_app"`
}

// path is the address of the app, or of something below.
func (o *oneClient) path(r *run, more ...string) (*v1client.Client, string, error) {
	c, err := r.api()
	if err != nil {
		return nil, "", err
	}
	found, err := findClient(r, c, o.App)
	if err != nil {
		return nil, "", err
	}
	return c, address(append([]string{"clients", found}, more...)...), nil
}

func (o *oneClient) send(r *run, method string, in any, more ...string) error {
	c, path, err := o.path(r, more...)
	if err != nil {
		return err
	}
	return send(r, c, clientColumns(r), method, path, in)
}

type clientShow struct{ oneClient }

func (s *clientShow) Run(r *run) error { return s.send(r, http.MethodGet, nil) }

type clientDelete struct {
	oneClient
	Yes bool `short:"y" help:"flag_yes"`
}

func (d *clientDelete) Run(r *run) error {
	c, path, err := d.path(r)
	if err != nil {
		return err
	}
	return remove(r, c, d.Yes, fmt.Sprintf(r.say("app %q, in every account where it is installed", "Anwendung %q, in jedem Konto, in dem sie installiert ist"), d.App), path)
}

type clientURL struct {
	oneClient
	RedirectURI string  `placeholder:"URI" help:"flag_url_redirect"`
	Conditional *string `placeholder:"SCOPES" help:"flag_url_conditional"`
	Optional    *string `placeholder:"SCOPES" help:"flag_url_optional"`
	State       string  `help:"flag_state"`
}

// Run prints the URL alone, so that it can be piped.
func (u *clientURL) Run(r *run) error {
	in := patch{}
	for member, v := range map[string]string{"redirect_uri": u.RedirectURI, "state": u.State} {
		if v != "" {
			in[member] = v
		}
	}
	for member, v := range map[string]*string{"conditional": u.Conditional, "optional": u.Optional} {
		if err := in.scopes(r, member, v); err != nil {
			return err
		}
	}
	c, path, err := u.path(r, "build-url")
	if err != nil {
		return err
	}
	out, raw, err := v1client.Send[v1.BuiltURL](r.ctx, c, http.MethodPost, path, in)
	if err != nil {
		return r.everyProblem(err)
	}
	if r.g.JSON {
		return r.json(raw)
	}
	fmt.Fprintln(r.Stdout, safe(out.URL))
	return nil
}

// scopes sets a member to a list of scopes, which may be empty.
func (p patch) scopes(r *run, member string, list *string) error {
	if list == nil {
		return nil
	}
	set, err := r.scopes(*list)
	if err != nil {
		return err
	}
	p[member] = set.Names()
	return nil
}

type clientURLs struct{ oneClient }

func (u *clientURLs) Run(r *run) error {
	c, path, err := u.path(r, "install-urls")
	if err != nil {
		return err
	}
	return wholeAt(r, c, []column[v1.InstallURLSum]{
		{text.Text{EN: "last seen", DE: "zuletzt gesehen"}, func(u v1.InstallURLSum) string { return moment(u.LastAt) }},
		{text.Text{EN: "count", DE: "Anzahl"}, func(u v1.InstallURLSum) string { return strconv.Itoa(u.Count) }},
		{text.Text{EN: "url", DE: "URL"}, func(u v1.InstallURLSum) string { return u.URL }},
	}, path)
}

type clientLogo struct {
	oneClient
	File   string `arg:"" optional:"" help:"arg_logo"`
	Remove bool   `help:"flag_remove_logo"`
}

// Run needs one of the two, so that nothing is removed by a forgotten name.
func (l *clientLogo) Run(r *run) error {
	if l.Remove == (l.File != "") {
		return r.misuse(r.say("expected either a file or --remove", "erwartet wird entweder eine Datei oder --remove"), "")
	}
	c, path, err := l.path(r, "logo")
	if err != nil {
		return err
	}
	if l.Remove {
		_, err := c.Do(r.ctx, http.MethodDelete, path, nil)
		return err
	}
	file, err := os.ReadFile(l.File)
	if err != nil {
		return fmt.Errorf("reading a logo: %w", err)
	}
	media := mime.TypeByExtension(filepath.Ext(l.File))
	if media == "" {
		media = http.DetectContentType(file)
	}
	raw, err := c.Upload(r.ctx, http.MethodPut, path, media, file)
	if err != nil {
		return err
	}
	return r.changed(raw)
}

// everyProblem shows all that is wrong with a registration, each with its field; the API answers them together.
func (r *run) everyProblem(err error) error {
	p, ok := errors.AsType[*v1client.Problem](err)
	if !ok || len(p.Findings) < 2 {
		return err
	}
	for _, f := range p.Findings {
		at := ""
		if f.Field != "" {
			at = f.Field + ": "
		}
		fmt.Fprintf(r.Stderr, "%s%s (%s)\n  %s\n", safe(at), safe(f.Message.In(r.lang)), safe(f.Code), safe(f.Remedy.In(r.lang)))
	}
	return r.fault(fmt.Sprintf(r.say("the registration has %d problems; nothing was changed", "die Registrierung hat %d Probleme; es wurde nichts geändert"), len(p.Findings)), "")
}

// dry adds to an address that nothing is to be changed.
func dry(path string, only bool) string {
	if only {
		return path + "?" + url.Values{"dry_run": {"true"}}.Encode()
	}
	return path
}
