package genesys

import (
	"prokura/internal/id"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// mine are all apps of the tenant, by client ID. They are few: people register them.
func (x *exchange) mine() (list []store.Client, err error) {
	const batch = 500
	for p := (store.Page{Limit: batch}); ; {
		some, err := x.Registry.ListClients(x.r.Context(), registry.OwnedBy(x.token.Tenant), p)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
		if len(some) < batch {
			return list, nil
		}
		p.After = some[len(some)-1].ID.String()
	}
}

func (x *exchange) listClients() error {
	p, err := x.page()
	if err != nil {
		return err
	}
	if p.size == 0 {
		p.size = defaultPage
	}
	all, err := x.mine()
	if err != nil {
		return err
	}
	from, to := p.of(len(all))
	entities := []clientBody{}
	for i := range all[from:to] {
		body, err := x.whole(&all[from+i])
		if err != nil {
			return err
		}
		entities = append(entities, body)
	}
	return x.ok(list(p, clientsPath, len(all), entities))
}

// whole writes an app with who registered and who changed it.
func (x *exchange) whole(c *store.Client) (clientBody, error) {
	reach := registry.OwnedBy(x.token.Tenant)
	last, err := x.Registry.ClientVersions(x.r.Context(), reach, c.ID, 0, 1)
	if err != nil {
		return clientBody{}, err
	}
	first, err := x.Registry.ClientVersions(x.r.Context(), reach, c.ID, 2, 1)
	if err != nil {
		return clientBody{}, err
	}
	return renderClient(c, head(first), head(last)), nil
}

func head(list []store.ClientVersion) *store.ClientVersion {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// client is the app of the path, one of the tenant's own: those of others are unknown.
func (x *exchange) client() (store.Client, error) {
	client, err := named[id.Client](x, "client", "app")
	if err != nil {
		return store.Client{}, err
	}
	return x.Registry.FindClient(x.r.Context(), registry.OwnedBy(x.token.Tenant), client)
}

func (x *exchange) getClient() error {
	c, err := x.client()
	if err != nil {
		return err
	}
	return x.answerClient(&c, "")
}

func (x *exchange) answerClient(c *store.Client, secret string) error {
	body, err := x.whole(c)
	if err != nil {
		return err
	}
	body.Secret = secret
	return x.ok(body)
}

// createClient registers an app for the tenant and answers it with its secret, which is shown this once.
func (x *exchange) createClient() error {
	var q clientRequest
	if err := x.read(&q, "name", "authorizedGrantType"); err != nil {
		return err
	}
	t, _, err := x.Access.Parties(x.r.Context(), x.token.Tenant, x.token.User)
	if err != nil {
		return err
	}
	draft, err := q.draft(store.Client{}, t.Name)
	if err != nil {
		return err
	}
	reach, err := x.reach()
	if err != nil {
		return err
	}
	made, err := x.Registry.CreateClient(x.r.Context(), x.by().Actor, registry.NewClient{Owner: x.token.Tenant, Reach: reach, Draft: draft})
	if err != nil {
		return err
	}
	_, value, err := x.Registry.CreateClientSecret(x.r.Context(), x.by().Actor, reach, made.Client.ID)
	if err != nil {
		return err
	}
	return x.answerClient(&made.Client, value.Reveal())
}

func (x *exchange) updateClient() error {
	was, err := x.client()
	if err != nil {
		return err
	}
	var q clientRequest
	if err := x.read(&q, "name", "authorizedGrantType"); err != nil {
		return err
	}
	draft, err := q.draft(was, "")
	if err != nil {
		return err
	}
	reach, err := x.reach()
	if err != nil {
		return err
	}
	made, err := x.Registry.UpdateClient(x.r.Context(), x.by().Actor, reach, was.ID, was.Version, draft)
	if err != nil {
		return err
	}
	return x.answerClient(&made.Client, "")
}

func (x *exchange) deleteClient() error {
	c, err := x.client()
	if err != nil {
		return err
	}
	if err := x.Registry.DeleteClient(x.r.Context(), x.by().Actor, registry.OwnedBy(x.token.Tenant), c.ID); err != nil {
		return err
	}
	return x.done()
}

// newSecret gives the app a secret in place of all that it had.
func (x *exchange) newSecret() error {
	c, err := x.client()
	if err != nil {
		return err
	}
	reach, err := x.reach()
	if err != nil {
		return err
	}
	value, err := x.Registry.ReplaceClientSecrets(x.r.Context(), x.by().Actor, reach, c.ID)
	if err != nil {
		return err
	}
	return x.answerClient(&c, value.Reveal())
}
