package page

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"prokura/internal/text"
)

// funcs are what the templates of one language can call.
func (p *Renderer) funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t":        func(key string, args ...any) string { return T(lang, key, args...) },
		"in":       func(t text.Text) string { return t.In(lang) },
		"count":    func(key string, n int, args ...any) string { return Count(lang, key, n, args...) },
		"num":      func(n int) string { return Number(lang, n) },
		"ago":      func(t time.Time) string { return Ago(lang, p.clock.Now(), t) },
		"ago_hour": func(t time.Time) string { return AgoHour(lang, p.clock.Now(), t) },
		"ago_day":  func(t time.Time) string { return AgoDay(lang, p.clock.Now(), t) },
		"exact":    func(t time.Time) string { return Exact(lang, t) },
		"date":     func(t time.Time) string { return Date(lang, t) },
		"last_day": func(t time.Time) string { return LastDay(lang, t) },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"lasts":    func(d time.Duration) string { return Lasting(lang, d) },
		"input":    newInput,
		"copy":     func(label, value string) copyField { return copyField{Label: label, Value: value} },
		"dict":     dict,
		"join":     strings.Join,
		"has":      slices.Contains[[]string],
		"web":      web,
		"add":      func(a, b int) int { return a + b },
	}
}

// copyField is a value that is there to be copied.
type copyField struct{ Label, Value string }

// dict makes what a template passes on to a part of it: names and values by turns.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a value is missing")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// web is a link that somebody else gave, if it leads to the web; else nothing (A178).
func web(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return link
}

// input is one field of a form, for the part "input".
type input struct {
	Name, Label, Value, Type, Hint, Autocomplete, Placeholder string
	Error                                                     string
	Rows                                                      int
	Optional, Mono, Focus                                     bool
	Digits                                                    bool // a number is typed
}

// ID is the id of the field's control, which the summary of errors links to.
func (i input) ID() string { return "f-" + i.Name }

// Describe are the ids of what describes the control.
func (i input) Describe() string {
	var ids []string
	if i.Hint != "" {
		ids = append(ids, i.ID()+"-hint")
	}
	if i.Error != "" {
		ids = append(ids, i.ID()+"-error")
	}
	return strings.Join(ids, " ")
}

// newInput makes a field: the page, the field's name, its label, its value, and then options by turns with their values.
func newInput(f *frame, name, label, value string, options ...any) (input, error) {
	in := input{Name: name, Label: label, Value: value, Type: "text", Error: f.ErrorOf(name)}
	more, err := dict(options...)
	if err != nil {
		return in, err
	}
	for k, v := range more {
		s, _ := v.(string)
		b, _ := v.(bool)
		switch k {
		case "type":
			in.Type = s
		case "hint":
			in.Hint = s
		case "autocomplete":
			in.Autocomplete = s
		case "placeholder":
			in.Placeholder = s
		case "rows":
			in.Rows, _ = v.(int)
		case "optional":
			in.Optional = b
		case "digits":
			in.Digits = b
		case "mono":
			in.Mono = b
		case "focus":
			in.Focus = b && len(f.Errors) == 0
		default:
			return in, fmt.Errorf("input %s: unknown option %s", name, k)
		}
	}
	return in, nil
}

// ErrorOf is what is wrong with a field.
func (v *View) ErrorOf(field string) string {
	for _, e := range v.Errors {
		if e.Field == field {
			return e.Message
		}
	}
	return ""
}
