package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"prokura/examples/contactcenter"
	"prokura/examples/world"
)

// fillCenter puts the users of each tenant into its contact center, and something to do for them.
func fillCenter(s *contactcenter.Server, c *world.Credentials) error {
	for _, t := range c.Tenants {
		var users []contactcenter.User
		for _, u := range c.Users {
			if u.Tenant == t.ID {
				users = append(users, contactcenter.User{ID: u.ID, Name: u.Username, Email: u.Username})
			}
		}
		if err := s.Seed(t.ID, users); err != nil {
			return err
		}
	}
	return nil
}

// centerHints prints calls of the contact center that can be pasted as they are: a token, a call that passes, one that lacks the
// permission, and one that lacks the scope.
func centerHints(w io.Writer, c *world.Credentials) error {
	t := c.Tenants[0]
	app, _ := c.App(t.ID)
	const alan = "alan@mycodotcom.example"
	jwt, err := world.JWT(app.Secrets[0], world.Claims{Issuer: app.ClientID, Audience: "tableau", Subject: alan,
		ID: rand.Text(), Scopes: []string{"routing", "conversations:readonly"}}, 9*time.Minute)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `
The contact center takes an access token, and asks for a scope of the app and a permission of its user. A token for %[2]s, an
agent (its JWT is good for nine minutes, and once):

ACCESS=$(curl -s %[1]s/oauth/token -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \
  -d assertion=%[3]s | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')

curl -s %[1]s/api/v2/routing/queues -H "Authorization: Bearer $ACCESS"
curl -s %[1]s/api/v2/routing/queues -H "Authorization: Bearer $ACCESS" -H 'Content-Type: application/json' -d '{"name":"Night"}'
curl -s %[1]s/api/v2/users -H "Authorization: Bearer $ACCESS"

   The first passes. The second has the scope, and Alan lacks the permission; in the third it is the other way round.
`, c.BaseURL, alan, jwt)
	return err
}
