package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"prokura/examples/world"
	"prokura/internal/v1client"
)

// careful is the tenant that closes its doors and, for now, only reports what that would refuse.
const careful = "careful"

// trials are who uses which app there, and how often each calls each of its paths.
var trials = []struct {
	user  string
	slugs []string
	times int
}{
	{"tom@careful.example", []string{"contact-sync", "phone", "permission"}, 4},
	{"lea@careful.example", []string{"contact-sync", "phone"}, 2},
}

// tryOut lets, once, the people of the tenant that only reports use apps which nobody authorized, so that its administrator finds
// foreseen what would be refused. They come as people do: with a browser, to the third-party app.
func tryOut(ctx context.Context, c *world.Credentials, thirdParty, adminToken, remembered string) error {
	t, ok := c.Tenant(careful)
	if !ok {
		return nil // a world of before there was this tenant
	}
	if _, done := c.App(t.ID); done {
		return nil
	}
	for _, trial := range trials {
		u, ok := c.User(trial.user)
		if !ok {
			return fmt.Errorf("there is no user %s", trial.user)
		}
		v := newVisitor()
		for _, slug := range trial.slugs {
			if err := v.use(thirdParty, slug, u, trial.times); err != nil {
				return fmt.Errorf("%s uses %s: %w", trial.user, slug, err)
			}
		}
	}
	api, err := v1client.New(c.BaseURL, adminToken, "en")
	if err != nil {
		return err
	}
	app, err := furnishApp(ctx, api, "/v1/tenants/"+t.ID, t.ID, "Weekly figures")
	if err != nil {
		return fmt.Errorf("making a connected app of tenant %s: %w", careful, err)
	}
	if err := figures(ctx, c, t, app); err != nil {
		return fmt.Errorf("using the connected app of tenant %s: %w", careful, err)
	}
	c.ConnectedApps = append(c.ConnectedApps, app)
	return c.Write(remembered)
}

// use installs an app and has it make its calls.
func (v *visitor) use(thirdParty, slug string, u world.User, times int) error {
	if err := v.install(thirdParty, slug, u); err != nil {
		return err
	}
	if err := v.submit("decision", map[string]string{"decision": "allow"}); err != nil {
		return err
	}
	i := slices.IndexFunc(apps, func(a app) bool { return a.slug == slug })
	for _, path := range slices.Repeat(apps[i].calls, times) {
		if err := v.open("/call", url.Values{"path": {path}}); err != nil {
			return err
		}
		if !strings.Contains(v.page, "answered 200") {
			return fmt.Errorf("%s is refused:\n%s", path, v.page)
		}
	}
	return nil
}

// figures is what the connected app does: its JWTs ask for less than its calls need.
func figures(ctx context.Context, c *world.Credentials, t world.Tenant, app world.ConnectedApp) error {
	u, ok := c.UserWith(t.ID, "site_admin")
	if !ok {
		return errors.New("there is no site administrator")
	}
	jwt, err := world.JWT(app.Secrets[0], world.Claims{Issuer: app.ClientID, Audience: "tableau", Subject: u.Username, ID: rand.Text(),
		Scopes: []string{"tableau:content:read"}}, time.Minute)
	if err != nil {
		return err
	}
	in, err := json.Marshal(map[string]any{"credentials": map[string]any{"jwt": jwt, "site": map[string]string{"contentUrl": t.ContentURL}}})
	if err != nil {
		return err
	}
	body, err := send(ctx, "POST", c.BaseURL+"/api/3.21/auth/signin", in, nil)
	if err != nil {
		return err
	}
	var out struct {
		Credentials struct {
			Token string `json:"token"`
		} `json:"credentials"`
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return err
	}
	for _, list := range []string{"workbooks", "users", "users", "groups"} {
		if _, err := send(ctx, "GET", c.BaseURL+"/api/3.21/sites/"+t.ID+"/"+list, nil, http.Header{"X-Tableau-Auth": {out.Credentials.Token}}); err != nil {
			return err
		}
	}
	return nil
}

// send sends a request that is to pass, and answers what came back.
func send(ctx context.Context, verb, address string, in []byte, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, verb, address, bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s answered %d: %s", verb, address, res.StatusCode, body)
	}
	return body, err
}

// carefulHints prints where an administrator sees what enforcing would refuse.
func carefulHints(w io.Writer, c *world.Credentials) error {
	admin, ok := c.User("cora@careful.example")
	if !ok {
		return nil // a world of before there was this tenant
	}
	_, err := fmt.Fprintf(w, `
Careful Ltd. only reports: nobody authorized the apps there, their calls pass, and what would be refused is written down:

  %s/console/governance/impact
     see it, and approve several apps at once: log in as %s, password %s
`, c.BaseURL, admin.Username, admin.Password)
	return err
}
