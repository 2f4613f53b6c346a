package access

import (
	"strings"
	"unicode"

	"prokura/internal/id"
	"prokura/internal/store"
)

// maxCompared is how many of a tenant's own apps a name is compared with, the first by client ID.
const maxCompared = 500

// resembling are the apps that people of the tenant know under nearly the same name: those that it decided on, and those that are
// built in or whose publisher is verified. One that is of the same publisher, verified like it, imitates nobody (A161).
func resembling(r store.Reader, in id.Tenant, app *App) ([]App, error) {
	mine := skeleton(app.Name)
	if mine == "" || app.Kind != RegisteredApp {
		return nil, nil
	}
	known, err := r.NotableClients()
	if err != nil {
		return nil, err
	}
	seen := map[id.Client]bool{app.ID: true}
	var out []App
	compare := func(c *store.Client) {
		same := app.Verified && c.Verified && app.Publisher == c.Registration.Publisher || app.BuiltIn && c.BuiltIn
		if !seen[c.ID] && !same && skeleton(c.Registration.Name) == mine {
			out = append(out, appOf(c))
		}
		seen[c.ID] = true
	}
	for i := range known {
		compare(&known[i])
	}
	rows, err := r.ListAuthorizations(in, store.AuthorizationFilter{}, store.Page{Limit: maxCompared})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if seen[row.Client] {
			continue
		}
		c, ok, err := found(r.Client(row.Client))
		if err != nil {
			return nil, err
		}
		if ok {
			compare(&c)
		}
	}
	return out, nil
}

// skeleton is what is left of a name of what tells it apart for a hasty eye: letters of other scripts that look like Latin ones
// are those, digits that look like letters too, and case, spaces, punctuation and marks are gone.
func skeleton(name string) string {
	var b strings.Builder
	for _, r := range name {
		if to, ok := lookalikes[unicode.ToLower(r)]; ok {
			b.WriteString(to)
			continue
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	// Two of these beside each other look like one of those.
	return strings.NewReplacer("rn", "m", "vv", "w", "cl", "d").Replace(b.String())
}

// lookalikes are letters and digits that are taken for others, in lower case. It holds those that imitation is made of, not all
// that Unicode knows.
var lookalikes = map[rune]string{
	'0': "o", '1': "l", '3': "e", '4': "a", '5': "s", '7': "t", '8': "b", 'i': "l", '|': "l", '$': "s", '@': "a",
	'ä': "a", 'á': "a", 'à': "a", 'â': "a", 'ã': "a", 'å': "a", 'ā': "a", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e", 'ē': "e", 'ę': "e",
	'í': "l", 'ì': "l", 'î': "l", 'ï': "l", 'ı': "l", 'ł': "l", 'ó': "o", 'ò': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ø': "o", 'ō': "o",
	'ú': "u", 'ù': "u", 'û': "u", 'ü': "u", 'ç': "c", 'č': "c", 'ć': "c", 'ñ': "n", 'ń': "n", 'š': "s", 'ś': "s", 'ž': "z", 'ý': "y", 'ß': "ss",
	'а': "a", 'в': "b", 'с': "c", 'е': "e", 'ё': "e", 'н': "h", 'і': "l", 'ј': "j", 'к': "k", 'м': "m", 'о': "o", 'р': "p", 'ѕ': "s", 'т': "t", 'у': "y", 'х': "x",
	'α': "a", 'β': "b", 'ε': "e", 'η': "n", 'ι': "l", 'κ': "k", 'ν': "v", 'ο': "o", 'ρ': "p", 'τ': "t", 'υ': "u", 'χ': "x",
}
