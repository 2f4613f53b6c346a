package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
)

var grantColumns = []column[v1.Grant]{
	{text.Text{EN: "id", DE: "ID"}, func(g v1.Grant) string { return g.ID }},
	{text.Text{EN: "app", DE: "Anwendung"}, func(g v1.Grant) string { return g.ClientID }},
	{text.Text{EN: "user", DE: "Benutzer"}, func(g v1.Grant) string { return g.UserID }},
	{text.Text{EN: "scopes", DE: "Bereiche"}, func(g v1.Grant) string { return fewOf(g.Scopes) }},
	{text.Text{EN: "created", DE: "angelegt"}, func(g v1.Grant) string { return moment(g.CreatedAt) }},
	{text.Text{EN: "last used", DE: "zuletzt benutzt"}, func(g v1.Grant) string { return moment(g.LastUsedAt) }},
	{text.Text{EN: "until", DE: "bis"}, func(g v1.Grant) string { return moment(g.ExpiresAt) }},
}

type grantCommand struct {
	List     grantList     `cmd:"" help:"list"`
	Show     grantShow     `cmd:"" help:"show"`
	Withdraw grantWithdraw `cmd:"" help:"grant_withdraw"`
}

type grantList struct {
	inTenant
	User   string `placeholder:"USER" help:"flag_of_user"`
	Client string `name:"app" placeholder:"APP" help:"flag_of_app"`
}

func (g *grantList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	parts := []string{"grants"}
	if g.User != "" {
		user, err := g.findUser(r, c, g.User)
		if err != nil {
			return err
		}
		parts = []string{"users", user, "grants"}
	}
	path, err := g.path(r, c, parts...)
	if err != nil {
		return err
	}
	if g.Client != "" {
		app, err := findClient(r, c, g.Client)
		if err != nil {
			return err
		}
		path += "?" + url.Values{"client": {app}}.Encode()
	}
	return listAt(r, c, grantColumns, path)
}

type oneGrant struct {
	inTenant
	Grant string `arg:"" help:"arg_grant"`
}

type grantShow struct{ oneGrant }

func (g *grantShow) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := g.path(r, c, "grants", g.Grant)
	if err != nil {
		return err
	}
	return send(r, c, grantColumns, http.MethodGet, path, nil)
}

type grantWithdraw struct {
	oneGrant
	Yes bool `short:"y" help:"flag_yes"`
}

func (g *grantWithdraw) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := g.path(r, c, "grants", g.Grant)
	if err != nil {
		return err
	}
	return remove(r, c, g.Yes, fmt.Sprintf(r.say("grant %q with all its tokens", "der Zugriff %q mit allen seinen Token"), g.Grant), path)
}

// linkTo asks for a link to a user and shows it, or says where it went.
func (u *oneUser) linkTo(r *run, action, lang string) error {
	c, path, err := u.path(r, action)
	if err != nil {
		return err
	}
	if lang == "" {
		lang = r.lang
	}
	return send(r, c, linkColumns, http.MethodPost, path, patch{"lang": strings.ToLower(lang)})
}

var linkColumns = []column[v1.Link]{
	{text.Text{EN: "link", DE: "Link"}, func(l v1.Link) string { return l.Link }},
	{text.Text{EN: "sent to", DE: "gesendet an"}, func(l v1.Link) string { return l.Mailed }},
	{text.Text{EN: "until", DE: "bis"}, func(l v1.Link) string { return moment(l.ExpiresAt) }},
}

type userInvite struct {
	oneUser
	Lang string `placeholder:"de|en" help:"flag_mail_lang"`
}

func (u *userInvite) Run(r *run) error { return u.linkTo(r, "invite", u.Lang) }

type userPasswordLink struct {
	oneUser
	Lang string `placeholder:"de|en" help:"flag_mail_lang"`
}

func (u *userPasswordLink) Run(r *run) error { return u.linkTo(r, "password-link", u.Lang) }

type userRoles struct{ oneUser }

func (u *userRoles) Run(r *run) error {
	c, path, err := u.path(r, "roles")
	if err != nil {
		return err
	}
	return wholeAt(r, c, r.roleColumns(), path)
}

type userGrants struct{ oneUser }

func (u *userGrants) Run(r *run) error {
	c, path, err := u.path(r, "grants")
	if err != nil {
		return err
	}
	return listAt(r, c, grantColumns, path)
}
