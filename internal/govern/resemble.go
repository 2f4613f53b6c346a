package govern

import (
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/text"
)

// maxCompared is how many of a tenant's own apps a name is compared with, the first by client ID.
const maxCompared = 500

// resembling are the apps that people of the tenant know under nearly the same name: those that it decided on, and those that are
// built in or whose publisher is verified. One that is of the same publisher, verified like it, imitates nobody (A161).
func resembling(r store.Reader, in id.Tenant, app *App) ([]App, error) {
	mine := text.Skeleton(app.Name)
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
		if !seen[c.ID] && !same && text.Skeleton(c.Registration.Name) == mine {
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
		c, ok, err := store.Found(r.Client(row.Client))
		if err != nil {
			return nil, err
		}
		if ok {
			compare(&c)
		}
	}
	return out, nil
}
