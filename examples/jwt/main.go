// Command jwt signs a JWT of the demo world, as a script of a tenant would. Each flag can also be set wrong, to see what
// the refusal says.
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"prokura/examples/world"
)

func main() {
	file := flag.String("credentials", "credentials.json", "file that the demo wrote")
	site := flag.String("site", "mycodotcom", "content URL of the tenant")
	user := flag.String("user", "", "user name to sign in as; the tenant's first user with the role user without it")
	scopes := flag.String("scopes", "tableau:content:read", "scopes, separated by commas")
	aud := flag.String("aud", "tableau", "audience")
	kid := flag.String("kid", "", "secret ID; the app's own without it")
	life := flag.Duration("life", 9*time.Minute, "how long the JWT is good for")
	flag.Parse()
	if err := run(*file, *site, *user, *scopes, *aud, *kid, *life); err != nil {
		fmt.Fprintln(os.Stderr, "jwt: error:", err)
		os.Exit(1)
	}
}

func run(file, site, user, scopes, aud, kid string, life time.Duration) error {
	c, err := world.Read(file)
	if err != nil {
		return err
	}
	t, ok := c.Tenant(site)
	if !ok {
		return fmt.Errorf("the demo world has no tenant %q", site)
	}
	app, ok := c.App(t.ID)
	if !ok {
		return fmt.Errorf("tenant %q has no connected app", site)
	}
	if user == "" {
		u, _ := c.UserWith(t.ID, "user")
		user = u.Username
	}
	secret := app.Secrets[0]
	if kid != "" {
		secret.ID = kid
	}
	claims := world.Claims{Issuer: app.ClientID, Audience: aud, Subject: user, ID: rand.Text(), Scopes: []string{}}
	if scopes != "" {
		claims.Scopes = strings.Split(scopes, ",")
	}
	token, err := world.JWT(secret, claims, life)
	if err != nil {
		return err
	}
	fmt.Println(token)
	return nil
}
