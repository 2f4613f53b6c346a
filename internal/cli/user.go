package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

var userColumns = []column[v1.User]{
	{text.Text{EN: "id", DE: "ID"}, func(u v1.User) string { return u.ID }},
	{text.Text{EN: "name", DE: "Name"}, func(u v1.User) string { return u.Name }},
	{text.Text{EN: "full name", DE: "voller Name"}, func(u v1.User) string { return u.FullName }},
	{text.Text{EN: "email", DE: "E-Mail"}, func(u v1.User) string { return u.Email }},
	{text.Text{EN: "roles", DE: "Rollen"}, func(u v1.User) string { return strings.Join(u.Roles, ", ") }},
	{text.Text{EN: "platform", DE: "Plattform"}, func(u v1.User) string { return strings.Join(u.PlatformRoles, ", ") }},
	{text.Text{EN: "disabled", DE: "deaktiviert"}, func(u v1.User) string { return mark(u.Disabled) }},
}

// mark is how a table shows what most rows are not.
func mark(b bool) string {
	if b {
		return "x"
	}
	return ""
}

type userCommand struct {
	List    userList    `cmd:"" help:"list"`
	Show    userShow    `cmd:"" help:"show"`
	Create  userCreate  `cmd:"" help:"create"`
	Update  userUpdate  `cmd:"" help:"update"`
	Enable  userEnable  `cmd:"" help:"enable"`
	Disable userDisable `cmd:"" help:"user_disable"`
	Groups  userGroups  `cmd:"" help:"user_groups"`
	Roles   userRoles   `cmd:"" help:"user_roles"`
	Grants  userGrants  `cmd:"" help:"user_grants"`
	Invite  userInvite  `cmd:"" help:"user_invite"`
	Delete  userDelete  `cmd:"" help:"delete"`

	PasswordLink userPasswordLink `cmd:"" help:"user_password_link"`
}

type userList struct{ inTenant }

func (u *userList) Run(r *run) error { return listIn(r, &u.inTenant, userColumns, "users") }

type oneUser struct {
	inTenant
	User string `arg:"" help:"arg_user"`
}

// path is the address of the user, or of something below.
func (u *oneUser) path(r *run, more ...string) (*v1client.Client, string, error) {
	return u.below(r, "users", u.findUser, u.User, more...)
}

func (u *oneUser) send(r *run, method string, in any) error {
	c, path, err := u.path(r)
	if err != nil {
		return err
	}
	return send(r, c, userColumns, method, path, in)
}

type userShow struct{ oneUser }

func (u *userShow) Run(r *run) error { return u.send(r, http.MethodGet, nil) }

type userCreate struct {
	inTenant
	Name         string   `arg:"" help:"arg_user_name"`
	FullName     *string  `help:"flag_full_name"`
	Email        *string  `help:"flag_email"`
	Role         []string `help:"flag_role"`
	PlatformRole []string `help:"flag_platform_role"`
	PasswordFile string   `placeholder:"FILE" help:"flag_password_file"`
}

func (u *userCreate) Run(r *run) error {
	in := patch{"name": u.Name}
	in.text("full_name", u.FullName)
	in.text("email", u.Email)
	in.list("roles", u.Role)
	in.list("platform_roles", u.PlatformRole)
	if u.PasswordFile != "" {
		password, err := r.secretFrom(u.PasswordFile)
		if err != nil {
			return err
		}
		in["password"] = password
	}
	return createIn(r, &u.inTenant, userColumns, in, "users")
}

type userUpdate struct {
	oneUser
	Name         *string  `help:"flag_name"`
	FullName     *string  `help:"flag_full_name"`
	Email        *string  `help:"flag_email"`
	Role         []string `help:"flag_role"`
	PlatformRole []string `help:"flag_platform_role"`
}

func (u *userUpdate) Run(r *run) error {
	in := patch{}
	in.text("name", u.Name)
	in.text("full_name", u.FullName)
	in.text("email", u.Email)
	in.list("roles", u.Role)
	in.list("platform_roles", u.PlatformRole)
	if err := in.check(r); err != nil {
		return err
	}
	return u.send(r, http.MethodPatch, in)
}

type userEnable struct{ oneUser }

func (u *userEnable) Run(r *run) error {
	return u.send(r, http.MethodPatch, patch{"disabled": false})
}

type userDisable struct{ oneUser }

func (u *userDisable) Run(r *run) error {
	return u.send(r, http.MethodPatch, patch{"disabled": true})
}

type userGroups struct{ oneUser }

func (u *userGroups) Run(r *run) error {
	c, path, err := u.path(r, "groups")
	if err != nil {
		return err
	}
	return listAt(r, c, groupColumns, path)
}

type userDelete struct {
	oneUser
	Yes bool `short:"y" help:"flag_yes"`
}

func (u *userDelete) Run(r *run) error {
	c, path, err := u.path(r)
	if err != nil {
		return err
	}
	return remove(r, c, u.Yes, fmt.Sprintf(r.say("user %q", "Benutzer %q"), u.User), path)
}

// secretFrom reads a secret from a file, "-" being standard input. Secrets are no arguments: every process of the
// machine can read those (A243).
func (r *run) secretFrom(path string) (string, error) {
	var b []byte
	var err error
	if path == "-" {
		b, err = io.ReadAll(io.LimitReader(r.Stdin, 1<<20))
	} else {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
