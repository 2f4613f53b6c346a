package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"prokura/examples/world"
)

// hints prints three calls that can be pasted as they are: one that signs in, one that is allowed, one that is refused.
func hints(w io.Writer, c *world.Credentials, file, operatorToken string) error {
	t := c.Tenants[0]
	app, _ := c.App(t.ID)
	user, _ := c.UserWith(t.ID, "user")
	jwt, err := world.JWT(app.Secrets[0], world.Claims{Issuer: app.ClientID, Audience: "tableau", Subject: user.Username,
		ID: rand.Text(), Scopes: []string{"tableau:content:read"}}, 9*time.Minute)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `Prokura answers at %[1]s. Ctrl-C stops it.

1. Sign in as %[2]s with a JWT of the connected app "%[3]s" (good for nine minutes, and once):

TOKEN=$(curl -s %[1]s/api/3.21/auth/signin -H 'Accept: application/json' -H 'Content-Type: application/json' \
  -d '{"credentials":{"jwt":"%[4]s","site":{"contentUrl":"%[5]s"}}}' | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')

2. Allowed: its one scope, tableau:content:read, covers reading workbooks:

curl -s %[1]s/api/3.21/sites/%[6]s/workbooks -H "X-Tableau-Auth: $TOKEN"

3. Refused: the same scope does not cover users. The header Prokura-Reference names the refusal:

curl -si %[1]s/api/3.21/sites/%[6]s/users -H "X-Tableau-Auth: $TOKEN"

   Ask what was missing and who can fix it, with that reference (LANG=de asks in German):

PROKURA_TOKEN=$(cat %[8]s) go run ./cmd/prokura --server %[1]s explain ref REFERENCE

A new JWT for step 1, with whatever scopes you like:   go run ./examples/jwt -credentials %[7]s -scopes tableau:content:read,tableau:users:read
Everything else that opens this world stands in %[7]s (mode 0600).
`, c.BaseURL, user.Username, app.Name, jwt, t.ContentURL, t.ID, file, operatorToken)
	return err
}

// appHints prints what to open in a browser, and as whom.
func appHints(w io.Writer, c *world.Credentials, thirdParty string) error {
	_, err := fmt.Fprintf(w, `
Third-party apps ask for access at %s. Open a link, log in where you are asked to, and see what comes of it:

`, thirdParty)
	for _, a := range apps {
		u, ok := c.User(a.as)
		if !ok {
			return fmt.Errorf("there is no user %s", a.as)
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "  %s\n     %s: %s\n     log in as %s, password %s\n", thirdParty+"/install/"+a.slug, a.name, a.about, u.Username, u.Password)
		}
	}
	if err != nil {
		return err
	}
	const ada, dora = "ada@mycodotcom.example", "dora@mycodotcom.example"
	admin, ok := c.User(ada)
	developer, has := c.User(dora)
	if !ok || !has {
		return fmt.Errorf("there is no user %s or %s", ada, dora)
	}
	_, err = fmt.Fprintf(w, `
A refusal shows more to who can mend it. The console, where apps are registered and users kept, is %s/console:

  an administrator: log in as %s, password %s
  a developer: log in as %s, password %s
`, c.BaseURL, admin.Username, admin.Password, developer.Username, developer.Password)
	return err
}
