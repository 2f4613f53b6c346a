package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
)

type clientSecret struct {
	List   clientSecretList   `cmd:"" help:"list"`
	Create clientSecretCreate `cmd:"" help:"client_secret_create"`
	Delete clientSecretDelete `cmd:"" help:"client_secret_delete"`
}

type clientSecretList struct{ oneClient }

func (s *clientSecretList) Run(r *run) error {
	c, path, err := s.path(r, "secrets")
	if err != nil {
		return err
	}
	return wholeAt(r, c, secretColumns, path)
}

type clientSecretCreate struct{ oneClient }

// Run prints the one answer that holds the value (A244).
func (s *clientSecretCreate) Run(r *run) error {
	c, path, err := s.path(r, "secrets")
	if err != nil {
		return err
	}
	columns := []column[v1.Secret]{secretColumns[0],
		{text.Text{EN: "value", DE: "Wert"}, func(s v1.Secret) string { return s.Value }}}
	if err := send(r, c, columns, http.MethodPost, path, patch{}); err != nil {
		return err
	}
	r.note("the value is shown this once; store it where the app finds it", "der Wert wird nur dieses eine Mal gezeigt; legen Sie ihn dort ab, wo die Anwendung ihn findet")
	return nil
}

type clientSecretDelete struct {
	oneClient
	Secret string `arg:"" help:"arg_client_secret"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

func (s *clientSecretDelete) Run(r *run) error {
	c, path, err := s.path(r, "secrets", s.Secret)
	if err != nil {
		return err
	}
	return remove(r, c, s.Yes, fmt.Sprintf(r.say("secret %q; the app cannot authenticate with it any more", "Client-Geheimnis %q; die Anwendung kann sich damit nicht mehr ausweisen"), s.Secret), path)
}
