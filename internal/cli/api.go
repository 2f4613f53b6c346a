package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"prokura/internal/config"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// api makes the client of the server that the invocation means: named by --server or PROKURA_SERVER, else the one that
// the configuration describes. The operator's token comes from PROKURA_TOKEN, else from the file that this server wrote.
func (r *run) api() (*v1client.Client, error) {
	server, token := r.g.ServerURL, r.Env["PROKURA_TOKEN"]
	if server == "" {
		server = r.Env["PROKURA_SERVER"]
	}
	if server == "" || token == "" {
		cfg, err := r.config()
		if err != nil {
			return nil, err
		}
		if server == "" {
			server = localURL(&cfg)
		}
		if token == "" {
			if token, err = r.readToken(cfg.OperatorTokenFile()); err != nil {
				return nil, err
			}
		}
	}
	c, err := v1client.New(server, token, r.lang)
	if err != nil && !errors.Is(err, v1client.ErrInTheClear) {
		return nil, r.misuse(err.Error(), "")
	}
	return c, err
}

func (r *run) readToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		reason := err
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			reason = pe.Err
		}
		return "", r.fault(fmt.Sprintf(r.say("reading the operator token from %s: %v", "Lesen des Betreiber-Tokens aus %s: %v"), path, reason),
			r.say("prokura serve writes it at its first start; run this command where it runs, or set PROKURA_TOKEN",
				"prokura serve schreibt ihn beim ersten Start; führen Sie den Befehl dort aus, wo der Server läuft, oder setzen Sie PROKURA_TOKEN"))
	}
	return strings.TrimSpace(string(b)), nil
}

// localURL is where the configured server answers, seen from its own machine.
func localURL(cfg *config.Config) string {
	if cfg.TLS.Certificate != "" {
		return cfg.Issuer // the name that the certificate is for
	}
	host, port, _ := net.SplitHostPort(cfg.Listen[0])
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// inTenant is what commands have in common that act inside one tenant.
type inTenant struct {
	Tenant string `required:"" short:"t" placeholder:"TENANT" help:"flag_tenant"`
}

// path is the address of something below the tenant.
func (in *inTenant) path(r *run, c *v1client.Client, parts ...string) (string, error) {
	t, err := findTenant(r, c, in.Tenant)
	if err != nil {
		return "", err
	}
	return address(append([]string{"tenants", t}, parts...)...), nil
}

// below is the address of one thing of a list below the tenant, or of something below that.
func (in *inTenant) below(r *run, list string, find func(*run, *v1client.Client, string) (string, error), named string, more ...string) (*v1client.Client, string, error) {
	c, err := r.api()
	if err != nil {
		return nil, "", err
	}
	found, err := find(r, c, named)
	if err != nil {
		return nil, "", err
	}
	path, err := in.path(r, c, append([]string{list, found}, more...)...)
	return c, path, err
}

// address joins the parts of a path, each escaped.
func address(parts ...string) string {
	var b strings.Builder
	b.WriteString("/v1")
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// findTenant accepts an id or a content URL.
func findTenant(r *run, c *v1client.Client, named string) (string, error) {
	return find(r, c, address("tenants"), named, r.say("tenant", "Konto"),
		func(t v1.Tenant) (string, []string) { return t.ID, []string{t.ContentURL} })
}

// findUser accepts an id or a user name.
func (in *inTenant) findUser(r *run, c *v1client.Client, named string) (string, error) {
	list, err := in.path(r, c, "users")
	if err != nil {
		return "", err
	}
	return find(r, c, list, named, r.say("user", "Benutzer"),
		func(u v1.User) (string, []string) { return u.ID, []string{u.Name} })
}

// findGroup accepts an id or a group's name.
func (in *inTenant) findGroup(r *run, c *v1client.Client, named string) (string, error) {
	list, err := in.path(r, c, "groups")
	if err != nil {
		return "", err
	}
	return find(r, c, list, named, r.say("group", "Gruppe"),
		func(g v1.Group) (string, []string) { return g.ID, []string{g.Name} })
}

// findApp accepts a client id or a name.
func (in *inTenant) findApp(r *run, c *v1client.Client, named string) (string, error) {
	list, err := in.path(r, c, "connected-apps")
	if err != nil {
		return "", err
	}
	return find(r, c, list, named, r.say("connected app", "verbundene App"),
		func(a v1.ConnectedApp) (string, []string) { return a.ClientID, []string{a.Name} })
}

// find turns what a person typed into an id. An id is taken as it is; a name must belong to exactly one thing.
func find[T any](r *run, c *v1client.Client, list, named, kind string, names func(T) (string, []string)) (string, error) {
	if isID(named) {
		return named, nil
	}
	all, err := candidates(r, c, list, names)
	if err != nil {
		return "", err
	}
	return pick(r, named, kind, all)
}

// candidate is a thing that may be meant, with what it is called.
type candidate struct {
	key   string
	names []string
}

func candidates[T any](r *run, c *v1client.Client, list string, names func(T) (string, []string)) ([]candidate, error) {
	items, _, err := v1client.All[T](r.ctx, c, list, 0)
	out := make([]candidate, len(items))
	for i, item := range items {
		out[i].key, out[i].names = names(item)
	}
	return out, err
}

// pick is the only one that is called so.
func pick(r *run, named, kind string, from []candidate) (string, error) {
	var found, all []string
	for _, one := range from {
		all = append(all, one.names...)
		if slices.Contains(one.names, named) {
			found = append(found, one.key)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := ""
		if len(all) > 0 {
			hint = r.say("there are: ", "es gibt: ") + strings.Join(all[:min(len(all), 10)], ", ")
		}
		return "", r.fault(fmt.Sprintf(r.say("there is no %s %q", "Nicht vorhanden: %s %q"), kind, named), hint)
	}
	return "", r.fault(fmt.Sprintf(r.say("%d of the kind %s are called %q", "%d der Art %s heißen %q"), len(found), kind, named),
		r.say("use the id", "verwenden Sie die ID"))
}

// listAt shows a list.
func listAt[T any](r *run, c *v1client.Client, columns []column[T], path string) error {
	items, raws, err := v1client.All[T](r.ctx, c, path, 0)
	if err != nil {
		return err
	}
	return printList(r, columns, items, raws)
}

// wholeAt shows a list that has no pages, because it cannot grow long.
func wholeAt[T any](r *run, c *v1client.Client, columns []column[T], path string) error {
	items, raws, err := v1client.Whole[T](r.ctx, c, path)
	if err != nil {
		return err
	}
	return printList(r, columns, items, raws)
}

// listIn shows a list that stands below the tenant.
func listIn[T any](r *run, in *inTenant, columns []column[T], parts ...string) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := in.path(r, c, parts...)
	if err != nil {
		return err
	}
	return listAt(r, c, columns, path)
}

// createIn makes something below the tenant and shows it.
func createIn[T any](r *run, in *inTenant, columns []column[T], body any, parts ...string) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := in.path(r, c, parts...)
	if err != nil {
		return err
	}
	return send(r, c, columns, http.MethodPost, path, body)
}

// send sends a request whose answer is shown as one thing.
func send[T any](r *run, c *v1client.Client, columns []column[T], method, path string, in any) error {
	item, raw, err := v1client.Send[T](r.ctx, c, method, path, in)
	if err != nil {
		return err
	}
	return printOne(r, columns, item, raw)
}

// remove deletes after asking.
func remove(r *run, c *v1client.Client, yes bool, what, path string) error {
	if err := r.confirm(yes, what); err != nil {
		return err
	}
	_, err := c.Do(r.ctx, http.MethodDelete, path, nil)
	return err
}

// isID says whether somebody typed an id.
func isID(s string) bool {
	_, err := id.Parse[id.Tenant](s)
	return err == nil
}

// missing says whether the server knows no such thing.
func missing(err error) bool {
	p, ok := errors.AsType[*v1client.Problem](err)
	return ok && p.Code == string(refusal.ObjectNotFound)
}
