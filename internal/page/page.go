// Package page renders what people see: consent and refusals for oauth, everything else for the console.
//
// A page is a template of templates/, in one of two shells: "card" is one column with nothing but the matter at hand,
// "console" has the navigation beside it. Pages are rendered on the server and work without JavaScript; the one script
// adds what only a script can. Every sentence stands in a table of texts, in English and German. Nothing inline is
// allowed by the content security policy, and nothing from other hosts.
//
// Handlers ask [Renderer.Guard] or [Renderer.Check] before they act on a form: state never changes without a form token.
package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"

	"prokura/internal/clock"
	"prokura/internal/entropy"
)

//go:embed templates assets
var files embed.FS

// Config is what a renderer needs.
type Config struct {
	Clock clock.Clock
	Log   *slog.Logger
	// Key makes form tokens, at least 32 bytes. Processes that share a host name share it; without one it is drawn at random,
	// and a restart makes the forms that are open out of date.
	Key []byte
}

// Renderer renders pages. It is safe for concurrent use.
type Renderer struct {
	clock  clock.Clock
	log    *slog.Logger
	key    []byte
	cross  *http.CrossOriginProtection
	assets *assets
	pages  map[string]map[string]parsed // by language, by name
}

// parsed is a page, parsed when it is first shown: each is a set of its own with the shells in it, and all of them together would take
// most of the memory of a server on which nobody looks at a page. A test parses them all.
type parsed func() (*template.Template, error)

// New makes a renderer.
func New(c Config) (*Renderer, error) {
	p := &Renderer{clock: c.Clock, log: c.Log, key: c.Key, cross: http.NewCrossOriginProtection(), pages: map[string]map[string]parsed{}}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	switch {
	case p.key == nil:
		p.key = entropy.Bytes(32)
	case len(p.key) < 32:
		return nil, fmt.Errorf("key of form tokens: %d bytes, want 32", len(p.key))
	}
	var err error
	if p.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	for _, lang := range Languages {
		if p.pages[lang], err = p.parse(lang); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// parse parses the shells in one language. Each page is parsed on a copy of them.
func (p *Renderer) parse(lang string) (map[string]parsed, error) {
	shell, err := template.New("shell").Funcs(p.funcs(lang)).Option("missingkey=error").ParseFS(files, "templates/shell/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]parsed, len(names))
	for _, name := range names {
		base := path.Base(name)
		pages[strings.TrimSuffix(base, ".html")] = sync.OnceValues(func() (*template.Template, error) {
			t, err := shell.Clone()
			if err != nil {
				return nil, err
			}
			if t, err = t.ParseFS(files, name); err != nil {
				return nil, fmt.Errorf("templates: %w", err)
			}
			return t.Lookup(base), nil
		})
	}
	return pages, nil
}

// View is what a page shows: what every page has, and its own Data.
type View struct {
	Title string // in the reader's language; it is the page's h1, too
	Data  any

	Who    *Who         // who is logged in; nil: nobody
	Nav    []Link       // of the console shell
	Crumbs []Link       // of the console shell, without the page itself
	Action *Link        // the one main action, at the right of the title
	Notice string       // what was just done
	Undo   *Undo        // that takes it back
	Errors []FieldError // what is wrong with the form, in the order of its fields

	// Form is the id of the page's form, where its handler shows the page again when [Switched] says so: then the language
	// is switched by posting that form, and nothing that was typed or ticked is lost. Keep are the fields that a page without
	// such a form was posted with, to post them again. A page that was posted and has neither shows something once, and has no
	// language switch.
	Form string
	Keep []Hidden

	// Leads are redirect URIs that a form of this page may end at, by a redirect after it was posted. See [formAction].
	Leads []string
	// LeadsAnywhere is for a page whose only form goes to us and then to an app that the page does not know.
	LeadsAnywhere bool
}

// Who is the person who is logged in, and the tenant acted in.
type Who struct {
	Person string
	Tenant string // empty: none chosen yet
	Many   bool   // there are others to choose
}

// Link is a link of the navigation, of a list of filters, or of an action.
type Link struct {
	Text    string
	Href    string // empty: a heading of the navigation, or a breadcrumb without a page of its own
	Current bool
	Count   int // shown beside it; 0: none
}

// FieldError is what is wrong with one field of a form.
type FieldError struct {
	Field   string // name of the field; empty: the form as a whole
	Label   string // of the field, for the summary, where the message does not name it; empty: it does
	Message string
}

// Hidden is a hidden field.
type Hidden struct{ Name, Value string }

// Undo is a form with one button that takes back what the notice tells of.
type Undo struct {
	Text, Action string
	Fields       []Hidden
}

// frame is what the templates see.
type frame struct {
	View
	Lang     string
	Token    string // see [Renderer.Token]
	Style    string
	Script   string
	Icon     string
	Name     string
	Here     string // path of the request
	Switches []switcher
	Posted   bool
	Inform   bool // the errors ask for attention
}

// Render writes a page in the language of the request.
func (p *Renderer) Render(w http.ResponseWriter, r *http.Request, status int, name string, v View) {
	f := p.frame(w, r, name, v)
	var out bytes.Buffer
	if err := p.execute(&out, f); err != nil {
		p.log.Error("rendering a page", "page", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	head(w, f, status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes())
	}
}

// frame is what the templates see of a request.
func (p *Renderer) frame(w http.ResponseWriter, r *http.Request, name string, v View) *frame {
	lang := p.Lang(w, r)
	return &frame{View: v, Lang: lang, Token: p.Token(w, r), Name: name, Here: r.URL.Path, Posted: r.Method == http.MethodPost,
		Style: p.assets.path("style.css"), Script: p.assets.path("script.js"), Icon: p.assets.path("icon.svg"), Inform: len(v.Errors) > 0,
		Switches: switches(r, lang)}
}

func (p *Renderer) execute(to io.Writer, f *frame) error {
	parse := p.pages[f.Lang][f.Name]
	if parse == nil {
		return errors.New("there is no such page")
	}
	t, err := parse()
	if err != nil {
		return err
	}
	return t.Execute(to, f)
}

func head(w http.ResponseWriter, f *frame, status int) {
	secure(w.Header(), formAction(&f.View))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", f.Lang)
	w.WriteHeader(status)
}
