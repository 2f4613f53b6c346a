package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
)

var keyColumns = []column[v1.Key]{
	{text.Text{EN: "key id", DE: "Schlüssel-ID"}, func(k v1.Key) string { return k.ID }},
	{text.Text{EN: "state", DE: "Zustand"}, func(k v1.Key) string { return k.State }},
	{text.Text{EN: "published", DE: "veröffentlicht"}, func(k v1.Key) string { return moment(k.CreatedAt) }},
	{text.Text{EN: "signs from", DE: "signiert ab"}, func(k v1.Key) string { return moment(k.ActiveAt) }},
	{text.Text{EN: "trusted until", DE: "gilt bis"}, func(k v1.Key) string { return moment(k.ExpiresAt) }},
}

type keysCommand struct {
	List   keysList   `cmd:"" help:"list"`
	Rotate keysRotate `cmd:"" help:"keys_rotate"`
	Revoke keysRevoke `cmd:"" help:"keys_revoke"`
}

type keysList struct{}

func (keysList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	return wholeAt(r, c, keyColumns, address("keys"))
}

type keysRotate struct{}

func (keysRotate) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	return send(r, c, keyColumns, http.MethodPost, address("keys"), nil)
}

type keysRevoke struct {
	Key    string `arg:"" help:"arg_key"`
	Reason string `required:"" help:"flag_reason"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

func (k *keysRevoke) Run(r *run) error {
	if err := r.confirm(k.Yes, fmt.Sprintf(r.say("key %q, and every session that it signed", "Schlüssel %q und alle Sitzungen, die er signiert hat"), k.Key)); err != nil {
		return err
	}
	c, err := r.api()
	if err != nil {
		return err
	}
	return send(r, c, keyColumns, http.MethodPost, address("keys", k.Key, "revoke"), patch{"reason": k.Reason})
}
