package sqlstore

import (
	"strconv"
	"strings"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	deleteGrams = `DELETE FROM client_grams WHERE (gram, client) IN (SELECT gram, client FROM client_grams WHERE client = $1)`
	countGram   = `SELECT count(*) FROM (SELECT 1 FROM client_grams WHERE gram = $1 LIMIT $2) AS found`
)

const (
	gramsTried = 12   // of a search
	gramIsRare = 1000 // clients have it at most; what more have is found early on whatever page
	gramsAdded = 50   // by one statement
)

// searchText is what an app is found by: text that every engine can store.
func searchText(r *store.Registration) string {
	return strings.ReplaceAll(strings.ToValidUTF8(strings.ToLower(r.Name+"\n"+r.Publisher), ""), "\x00", "")
}

// pattern is what LIKE finds a name with, whatever its case.
func pattern(name string) string { return "%" + likeText.Replace(strings.ToLower(name)) + "%" }

// likeText makes of text a pattern that means itself.
var likeText = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// grams are every three letters in a row.
func grams(text string) []string {
	var list []string
	seen := map[string]bool{}
	letters := []rune(text)
	for i := 0; i+3 <= len(letters); i++ {
		if g := string(letters[i : i+3]); !seen[g] {
			seen[g] = true
			list = append(list, g)
		}
	}
	return list
}

// writeSearch writes what an app is found by.
func (t *Tx) writeSearch(client id.Client, text string) error {
	if _, err := t.exec("writing what a client is found by", deleteGrams, client); err != nil {
		return err
	}
	for list := grams(text); len(list) > 0; {
		n := min(len(list), gramsAdded)
		query, args := strings.Builder{}, []any{client}
		query.WriteString(`INSERT INTO client_grams (client, gram) VALUES `)
		for i, g := range list[:n] {
			if i > 0 {
				query.WriteString(`, `)
			}
			query.WriteString(`($1, $` + strconv.Itoa(i+2) + `)`)
			args = append(args, g)
		}
		if _, err := t.exec("writing what a client is found by", query.String(), args...); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// rarestGram is of the letters that are searched those that the fewest clients have; empty: there are none that are rare.
func (t *Tx) rarestGram(name string) (string, error) {
	rarest, least := "", gramIsRare+1
	list := grams(strings.ToLower(name))
	for _, g := range list[:min(len(list), gramsTried)] {
		n, err := t.count("what clients are found by", countGram, g, least)
		if err != nil {
			return "", err
		}
		if n < least {
			rarest, least = g, n
		}
	}
	return rarest, nil
}
