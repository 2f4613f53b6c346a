package page

import (
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/text/language"
)

// Languages are those that every text is written in; the first is for whoever reads none of them.
var Languages = []string{"en", "de"}

// langCookie remembers the language that was chosen on a page.
const langCookie = "__Host-prokura_lang"

// langField is the name of the query parameter, and of the button, that chooses a language.
const langField = "lang"

var matcher = language.NewMatcher([]language.Tag{language.English, language.German})

// Lang is the language to answer in: the one just chosen, which a cookie then remembers, else the one chosen before, else
// the best that the browser asks for.
func (p *Renderer) Lang(w http.ResponseWriter, r *http.Request) string {
	if chosen := chosenLang(r); chosen != "" {
		if cookie(r, langCookie) != chosen {
			setCookie(w, langCookie, chosen, 365*24*60*60)
		}
		return chosen
	}
	return LangOf(r)
}

// LangOf is the language of the request, without remembering anything.
func LangOf(r *http.Request) string {
	if chosen := chosenLang(r); chosen != "" {
		return chosen
	}
	if kept := cookie(r, langCookie); slices.Contains(Languages, kept) {
		return kept
	}
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	_, i, _ := matcher.Match(tags...)
	return Languages[i]
}

func chosenLang(r *http.Request) string {
	chosen := r.URL.Query().Get(langField)
	if r.Method == http.MethodPost && r.PostForm.Has(langField) {
		chosen = r.PostForm.Get(langField)
	}
	if !slices.Contains(Languages, chosen) {
		return ""
	}
	return chosen
}

// Switched says that a form was posted by the language switch: nothing is to be done but to show it again, with what was
// typed. The form has been parsed before.
func Switched(r *http.Request) bool {
	return r.Method == http.MethodPost && r.PostForm.Has(langField)
}

// switcher is one language to switch to.
type switcher struct {
	Lang, Name, Href string
	Current          bool
}

// switches are links to the page itself. They begin with "?", so that nothing of the request can make them point elsewhere
// (A177).
func switches(r *http.Request, lang string) []switcher {
	names := map[string]string{"en": "English", "de": "Deutsch"}
	out := make([]switcher, 0, len(Languages))
	for _, l := range Languages {
		q := url.Values{}
		for k, v := range r.URL.Query() {
			if k != langField {
				q[k] = v
			}
		}
		q.Set(langField, l)
		out = append(out, switcher{Lang: l, Name: names[l], Href: "?" + q.Encode(), Current: l == lang})
	}
	return out
}
