package genesys

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"prokura/internal/catalog"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// scopeBody is the vendor's schema of a scope. A scope is described in the language of the request.
type scopeBody struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	SelfURI     string `json:"selfUri"`
}

// scopeListing is the vendor's schema of all scopes, which stand on one page.
type scopeListing struct {
	Total    int         `json:"total"`
	Entities []scopeBody `json:"entities"`
	SelfURI  string      `json:"selfUri"`
}

const scopesPath = "/api/v2/oauth/scopes"

var languages = language.NewMatcher([]language.Tag{language.English, language.German})

// lang is the language that the request prefers, of the two that there are, and says so in the answer.
func lang(w http.ResponseWriter, r *http.Request) string {
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	_, i, _ := languages.Match(tags...)
	chosen := [...]string{"en", "de"}[i]
	w.Header().Set("Content-Language", chosen)
	w.Header().Add("Vary", "Accept-Language")
	return chosen
}

func renderScope(s catalog.Scope, lang string) scopeBody {
	said := s.Description.In(lang)
	if said == "" {
		said = s.Title.In(lang)
	}
	return scopeBody{ID: s.Name.String(), Description: said, SelfURI: scopesPath + "/" + s.Name.String()}
}

// listScopes lists the concrete scopes of all catalogs: each of them an app may be registered with.
func (x *exchange) listScopes() error {
	in := lang(x.w, x.r)
	out := scopeListing{Entities: []scopeBody{}, SelfURI: scopesPath}
	for _, sc := range x.Catalogs.All().All() {
		if s, ok := x.Catalogs.Scope(sc.String()); ok {
			out.Entities = append(out.Entities, renderScope(s, in))
		}
	}
	slices.SortFunc(out.Entities, func(a, b scopeBody) int { return strings.Compare(a.ID, b.ID) })
	out.Total = len(out.Entities)
	return x.ok(out)
}

func (x *exchange) getScope() error {
	text := x.match.Param("scope")
	sc, err := scope.Parse(text)
	if err != nil || !x.Catalogs.All().Has(sc) {
		return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "scope", Got: text})
	}
	s, _ := x.Catalogs.Scope(text)
	return x.ok(renderScope(s, lang(x.w, x.r)))
}
