package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

var groupColumns = []column[v1.Group]{
	{text.Text{EN: "id", DE: "ID"}, func(g v1.Group) string { return g.ID }},
	{text.Text{EN: "name", DE: "Name"}, func(g v1.Group) string { return g.Name }},
	{text.Text{EN: "created", DE: "angelegt"}, func(g v1.Group) string { return moment(g.CreatedAt) }},
}

type groupCommand struct {
	List    groupList    `cmd:"" help:"list"`
	Create  groupCreate  `cmd:"" help:"create"`
	Rename  groupRename  `cmd:"" help:"rename"`
	Members groupMembers `cmd:"" help:"group_members"`
	Add     groupAdd     `cmd:"" help:"group_add"`
	Remove  groupRemove  `cmd:"" help:"group_remove"`
	Delete  groupDelete  `cmd:"" help:"delete"`
}

type groupList struct{ inTenant }

func (g *groupList) Run(r *run) error { return listIn(r, &g.inTenant, groupColumns, "groups") }

type groupCreate struct {
	inTenant
	Name string `arg:"" help:"arg_name"`
}

func (g *groupCreate) Run(r *run) error {
	return createIn(r, &g.inTenant, groupColumns, patch{"name": g.Name}, "groups")
}

type oneGroup struct {
	inTenant
	Group string `arg:"" help:"arg_group"`
}

// path is the address of the group, or of something below.
func (g *oneGroup) path(r *run, more ...string) (*v1client.Client, string, error) {
	return g.below(r, "groups", g.findGroup, g.Group, more...)
}

type groupRename struct {
	oneGroup
	Name string `arg:"" help:"arg_name"`
}

func (g *groupRename) Run(r *run) error {
	c, path, err := g.path(r)
	if err != nil {
		return err
	}
	return send(r, c, groupColumns, http.MethodPatch, path, patch{"name": g.Name})
}

type groupMembers struct{ oneGroup }

func (g *groupMembers) Run(r *run) error {
	c, path, err := g.path(r, "users")
	if err != nil {
		return err
	}
	return listAt(r, c, userColumns, path)
}

type groupAdd struct {
	oneGroup
	User string `arg:"" help:"arg_user"`
}

func (g *groupAdd) Run(r *run) error { return g.member(r, http.MethodPut, g.User) }

type groupRemove struct {
	oneGroup
	User string `arg:"" help:"arg_user"`
}

func (g *groupRemove) Run(r *run) error { return g.member(r, http.MethodDelete, g.User) }

func (g *oneGroup) member(r *run, method, user string) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	found, err := g.findUser(r, c, user)
	if err != nil {
		return err
	}
	_, path, err := g.path(r, "users", found)
	if err != nil {
		return err
	}
	_, err = c.Do(r.ctx, method, path, nil)
	return err
}

type groupDelete struct {
	oneGroup
	Yes bool `short:"y" help:"flag_yes"`
}

func (g *groupDelete) Run(r *run) error {
	c, path, err := g.path(r)
	if err != nil {
		return err
	}
	return remove(r, c, g.Yes, fmt.Sprintf(r.say("group %q", "Gruppe %q"), g.Group), path)
}
