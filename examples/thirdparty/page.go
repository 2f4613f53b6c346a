package thirdparty

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pages are all pages. They are parsed once and never changed.
var pages = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.}}</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.4 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}li{margin:.4rem 0}
pre{border:1px solid;padding:1rem}form{display:inline}button{font:inherit;margin:.2rem .4rem .2rem 0;padding:.3rem .8rem}
</style></head><body><header><p>A third-party app, not part of Prokura</p></header><main><h1>{{.}}</h1>{{end}}
{{define "foot"}}<p><a href="/">All apps</a></p></main></body></html>{{end}}

{{define "home"}}{{template "head" "Apps to try"}}
{{range .}}<section><h2>{{.Name}}</h2><p>{{.About}}</p><p><a href="/install/{{.Slug}}">Install {{.Name}}</a></p>
<details><summary>Its install URL</summary><p><code>{{.URL}}</code></p></details></section>{{end}}
</main></body></html>{{end}}

{{define "refused"}}{{template "head" "It was not installed"}}
<p>{{.App.Name}} asked, and got no token.</p><dl><dt>Error</dt><dd><code>{{.Refusal.Error}}</code></dd>
{{with .Refusal.Description}}<dt>What it means</dt><dd>{{.}}</dd>{{end}}
{{with .Link}}<dt>More</dt><dd><a href="{{.}}">{{.}}</a></dd>{{end}}</dl>
<p><a href="/install/{{.App.Slug}}">Try again</a></p>{{template "foot"}}{{end}}

{{define "problem"}}{{template "head" "This did not work"}}<p>{{.}}</p>{{template "foot"}}{{end}}

{{define "app"}}{{template "head" .App.Name}}
<p>Installed. The access token ends {{.Ends}}.</p>
<h2>Scopes</h2><ul>{{range .Scopes}}<li><code>{{.Name}}</code>: {{.Said}}</li>{{end}}</ul>
<h2>The API</h2>{{range .App.Calls}}<form method="post" action="/call"><input type="hidden" name="path" value="{{.}}">
<button>Read <code>{{.}}</code></button></form>{{end}}
<form method="post" action="/refresh"><button>Get a new access token</button></form>
{{with .Answer}}<section aria-live="polite"><h2>{{.Path}} answered {{.Status}}</h2>
{{if .Missing}}<p>The app was not granted what this call needs. One of these scopes would be enough:
{{range .Missing}}<code>{{.}}</code> {{end}}</p>{{end}}
{{with .Reference}}<p>Reference: <code>{{.}}</code></p>{{end}}<pre tabindex="0">{{.Body}}</pre></section>{{end}}
{{template "foot"}}{{end}}
`))

func (s *Server) page(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that went away is nobody's problem
}

func (s *Server) problem(w http.ResponseWriter, status int, what string) {
	s.page(w, status, "problem", what)
}

// listed is an app with the URL that it publishes.
type listed struct {
	App
	URL string
}

func (s *Server) home(w http.ResponseWriter, _ *http.Request) {
	var list []listed
	for _, a := range s.apps {
		list = append(list, listed{a, InstallURL(s.issuer, a)})
	}
	s.page(w, http.StatusOK, "home", list)
}

// refused shows an error answer with everything that came with it. Only a page of the server that was asked is linked.
func (s *Server) refused(w http.ResponseWriter, a App, e refusal) {
	data := struct {
		App     App
		Refusal refusal
		Link    string
	}{App: a, Refusal: e}
	if strings.HasPrefix(e.URI, s.issuer+"/") {
		data.Link = e.URI
	}
	s.page(w, http.StatusOK, "refused", data)
}

func (s *Server) app(w http.ResponseWriter, r *http.Request) {
	_, v, ok := s.current(r)
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.page(w, http.StatusOK, "app", s.shown(v, nil))
}

// shownScope is a scope, and what became of it.
type shownScope struct{ Name, Said string }

// shownApp is an installed app as its page shows it.
type shownApp struct {
	App    App
	Ends   string
	Scopes []shownScope
	Answer *answered
}

// shown compares what was granted with what was asked for: an app must not take one for the other.
func (s *Server) shown(v session, a *answered) shownApp {
	out := shownApp{App: v.app, Ends: "at an unknown time", Answer: a}
	if !v.token.Expiry.IsZero() {
		out.Ends = fmt.Sprintf("in %.0f minutes", time.Until(v.token.Expiry).Minutes())
	}
	granted := grantedScopes(v.token.Extra("scope"), v.token.Extra("scopes"))
	for _, name := range granted {
		out.Scopes = append(out.Scopes, shownScope{name, "granted"})
	}
	for _, name := range slices.Concat(v.app.Scopes, v.app.Optional) {
		if !slices.Contains(granted, name) {
			out.Scopes = append(out.Scopes, shownScope{name, "asked for, not granted"})
		}
	}
	return out
}

// grantedScopes reads the scopes of a token answer: one text, or a list on the wire that has lists.
func grantedScopes(text, list any) []string {
	if s, ok := text.(string); ok {
		return strings.Fields(s)
	}
	var out []string
	if items, ok := list.([]any); ok {
		for _, item := range items {
			out = append(out, fmt.Sprint(item))
		}
	}
	return out
}
