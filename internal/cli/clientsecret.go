package cli

type clientSecret struct {
	List   clientSecretList   `cmd:"" help:"list"`
	Create clientSecretCreate `cmd:"" help:"client_secret_create"`
	Delete clientSecretDelete `cmd:"" help:"client_secret_delete"`
}

type clientSecretList struct{ oneClient }

func (s *clientSecretList) Run(r *run) error { return listSecrets(r, s) }

type clientSecretCreate struct{ oneClient }

func (s *clientSecretCreate) Run(r *run) error {
	return createSecret(r, s, "the value is shown this once; store it where the app finds it",
		"der Wert wird nur dieses eine Mal gezeigt; legen Sie ihn dort ab, wo die Anwendung ihn findet")
}

type clientSecretDelete struct {
	oneClient
	Secret string `arg:"" help:"arg_client_secret"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

func (s *clientSecretDelete) Run(r *run) error {
	return deleteSecret(r, s, s.Secret, s.Yes, "secret %q; the app cannot authenticate with it any more", "Client-Geheimnis %q; die Anwendung kann sich damit nicht mehr ausweisen")
}
