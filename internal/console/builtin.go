package console

import (
	"net/http"
	"time"

	"prokura/internal/page"
	"prokura/internal/store"
)

// clientRow is one client with its ID.
type clientRow struct {
	decision
	Manage string // where its registration is changed; empty: not here
}

// clientList is the data of the page "oauth_clients".
type clientList struct {
	BuiltIn []clientRow
	Own     []clientRow
	More    bool // the account has more of its own than are shown
	Decides bool
}

// listOAuthClients shows the IDs of the clients that belong to the product, and of those that the account registered.
func (c *Console) listOAuthClients(w http.ResponseWriter, r *http.Request, v *visit) {
	data := clientList{Decides: v.decides()}
	var notable, own []store.Client
	err := c.Store.View(r.Context(), func(rd store.Reader) (err error) {
		if notable, err = rd.NotableClients(); err != nil {
			return err
		}
		own, err = rd.ListClients(v.Tenant.ID, store.Page{Limit: pageSize + 1})
		return err
	})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if data.More = len(own) > pageSize; data.More {
		own = own[:pageSize]
	}
	row := func(client *store.Client) (clientRow, error) {
		s, err := c.Govern.Authorization(r.Context(), v.Tenant.ID, client.ID)
		return clientRow{decision: c.described(&naming{visit: v}, s, time.Time{})}, err
	}
	for i := range notable {
		if client := &notable[i]; client.BuiltIn && !client.Disabled {
			one, err := row(client)
			if err != nil {
				c.fail(w, r, err)
				return
			}
			data.BuiltIn = append(data.BuiltIn, one)
		}
	}
	for i := range own {
		one, err := row(&own[i])
		if err != nil {
			c.fail(w, r, err)
			return
		}
		if v.manages() {
			one.Manage = pathOf(own[i].ID)
		}
		data.Own = append(data.Own, one)
	}
	c.show(w, r, v, http.StatusOK, "oauth_clients", page.View{Title: v.t("nav.oauth_clients"), Data: data, Crumbs: v.authorizationCrumbs()[:2],
		Action: &page.Link{Text: v.t("auth.authorize"), Href: authorizationsPath + "/new"}})
}
