package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
)

var secretColumns = []column[v1.Secret]{
	{text.Text{EN: "secret id", DE: "Geheimnis-ID"}, func(s v1.Secret) string { return s.ID }},
	{text.Text{EN: "created", DE: "angelegt"}, func(s v1.Secret) string { return moment(s.CreatedAt) }},
}

type appSecret struct {
	List   secretList   `cmd:"" help:"list"`
	Create secretCreate `cmd:"" help:"secret_create"`
	Delete secretDelete `cmd:"" help:"secret_delete"`
}

type secretList struct{ oneApp }

func (s *secretList) Run(r *run) error {
	c, path, err := s.path(r, "secrets")
	if err != nil {
		return err
	}
	return wholeAt(r, c, secretColumns, path)
}

type secretCreate struct{ oneApp }

// Run prints the one answer that holds the value (A244).
func (s *secretCreate) Run(r *run) error {
	c, path, err := s.path(r, "secrets")
	if err != nil {
		return err
	}
	columns := []column[v1.Secret]{secretColumns[0],
		{text.Text{EN: "value", DE: "Wert"}, func(s v1.Secret) string { return s.Value }}}
	if err := send(r, c, columns, http.MethodPost, path, patch{}); err != nil {
		return err
	}
	r.note("the value is shown this once; store it where the script finds it", "der Wert wird nur dieses eine Mal gezeigt; legen Sie ihn dort ab, wo das Skript ihn findet")
	return nil
}

type secretDelete struct {
	oneApp
	Secret string `arg:"" help:"arg_secret"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

func (s *secretDelete) Run(r *run) error {
	c, path, err := s.path(r, "secrets", s.Secret)
	if err != nil {
		return err
	}
	return remove(r, c, s.Yes, fmt.Sprintf(r.say("secret %q, and every session that was signed in with it", "Geheimnis %q und alle Sitzungen, die damit angemeldet wurden"), s.Secret), path)
}
