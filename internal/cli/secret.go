package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

var secretColumns = []column[v1.Secret]{
	{text.Text{EN: "secret id", DE: "Geheimnis-ID"}, func(s v1.Secret) string { return s.ID }},
	{text.Text{EN: "created", DE: "angelegt"}, func(s v1.Secret) string { return moment(s.CreatedAt) }},
}

// keeper is what has secrets: a connected app, or an app.
type keeper interface {
	path(r *run, below ...string) (*v1client.Client, string, error)
}

func listSecrets(r *run, of keeper) error {
	c, path, err := of.path(r, "secrets")
	if err != nil {
		return err
	}
	return wholeAt(r, c, secretColumns, path)
}

// createSecret prints the one answer that holds the value (A244).
func createSecret(r *run, of keeper, en, de string) error {
	c, path, err := of.path(r, "secrets")
	if err != nil {
		return err
	}
	columns := []column[v1.Secret]{secretColumns[0],
		{text.Text{EN: "value", DE: "Wert"}, func(s v1.Secret) string { return s.Value }}}
	if err := send(r, c, columns, http.MethodPost, path, patch{}); err != nil {
		return err
	}
	r.note(en, de)
	return nil
}

// deleteSecret deletes one after saying what ends with it.
func deleteSecret(r *run, of keeper, secret string, yes bool, en, de string) error {
	c, path, err := of.path(r, "secrets", secret)
	if err != nil {
		return err
	}
	return remove(r, c, yes, fmt.Sprintf(r.say(en, de), secret), path)
}

type appSecret struct {
	List   secretList   `cmd:"" help:"list"`
	Create secretCreate `cmd:"" help:"secret_create"`
	Delete secretDelete `cmd:"" help:"secret_delete"`
}

type secretList struct{ oneApp }

func (s *secretList) Run(r *run) error { return listSecrets(r, s) }

type secretCreate struct{ oneApp }

func (s *secretCreate) Run(r *run) error {
	return createSecret(r, s, "the value is shown this once; store it where the script finds it",
		"der Wert wird nur dieses eine Mal gezeigt; legen Sie ihn dort ab, wo das Skript ihn findet")
}

type secretDelete struct {
	oneApp
	Secret string `arg:"" help:"arg_secret"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

func (s *secretDelete) Run(r *run) error {
	return deleteSecret(r, s, s.Secret, s.Yes, "secret %q, and every session that was signed in with it", "Geheimnis %q und alle Sitzungen, die damit angemeldet wurden")
}
