package admin

import (
	"context"
	"net/http"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/v1"
)

func renderGrant(g store.Grant) v1.Grant {
	out := v1.Grant{ID: g.ID.String(), ClientID: g.Client.String(), Version: g.Version, AuthorizationID: g.Authorization.String(),
		Scopes: orEmpty(g.Scopes.Names()), Dropped: []v1.Dropped{}, CreatedAt: g.Created, InstalledAt: g.Installed, LastUsedAt: g.LastUsed,
		ExpiresAt: g.Expires}
	if !g.User.IsZero() {
		out.UserID = g.User.String()
	}
	for _, d := range g.Dropped {
		out.Dropped = append(out.Dropped, v1.Dropped(d))
	}
	return out
}

// withdrawn is why a grant ended that was withdrawn here.
const withdrawn = "withdrawn"

func (a *API) grantRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/grants", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		user, err := inQuery[id.User](r, "user", "user")
		if err != nil {
			return err
		}
		return a.listGrants(w, r, in, user)
	}, append([]string{"user", "client"}, paged...)...)
	a.ofUser("GET /v1/tenants/{tenant}/users/{user}/grants", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		if _, err := a.c.Directory.User(r.Context(), in, user); err != nil {
			return err
		}
		return a.listGrants(w, r, in, user)
	}, append([]string{"client"}, paged...)...)
	a.inTenant("GET /v1/tenants/{tenant}/grants/{grant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		grant, err := inPath[id.Grant](r, "grant", "grant")
		if err != nil {
			return err
		}
		g, err := reading(r.Context(), a.c.Store, func(s store.Reader) (store.Grant, error) { return s.Grant(in, grant) })
		if err == nil && !g.Ended.IsZero() {
			err = store.ErrNotFound
		}
		return one(w, renderGrant)(g, store.Refuse(err, "grant", grant.String()))
	})
	a.inTenant("DELETE /v1/tenants/{tenant}/grants/{grant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		grant, err := inPath[id.Grant](r, "grant", "grant")
		if err != nil {
			return err
		}
		return gone(w, a.c.Access.EndGrant(r.Context(), by(r), in, grant, withdrawn))
	})
}

func (a *API) listGrants(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	if _, err := cursor[id.Grant](p); err != nil {
		return err
	}
	client, err := inQuery[id.Client](r, "client", "app")
	if err != nil {
		return err
	}
	list, err := reading(r.Context(), a.c.Store, func(s store.Reader) ([]store.Grant, error) {
		if _, err := s.Tenant(in); err != nil {
			return nil, store.Refuse(err, "tenant", in.String())
		}
		return s.ListGrants(in, store.GrantFilter{User: user, Client: client}, p)
	})
	if err != nil {
		return err
	}
	answerList(w, p, list, nil, renderGrant, func(g store.Grant) string { return g.ID.String() })
	return nil
}

// inQuery reads an identifier that narrows a list; without one it does not.
func inQuery[T interface{ From([16]byte) T }](r *http.Request, name, kind string) (T, error) {
	var zero T
	s := r.URL.Query().Get(name)
	if s == "" {
		return zero, nil
	}
	v, err := id.Parse[T](s)
	if err != nil {
		return zero, refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: kind, Got: s})
	}
	return v, nil
}

// reading reads on one state.
func reading[T any](ctx context.Context, s store.Store, fn func(store.Reader) (T, error)) (out T, err error) {
	err = s.View(ctx, func(r store.Reader) (err error) {
		out, err = fn(r)
		return err
	})
	return out, err
}

func (a *API) linkRoutes() {
	for action, ask := range map[string]func(context.Context, audit.Actor, id.Tenant, id.User, string) (directory.Delivery, error){
		"invite": a.c.Directory.Invite, "password-link": a.c.Directory.PasswordLink,
	} {
		a.ofUser("POST /v1/tenants/{tenant}/users/{user}/"+action, func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
			lang, err := language(w, r)
			if err != nil {
				return err
			}
			d, err := ask(r.Context(), by(r), in, user, lang)
			if err != nil {
				return err
			}
			answer(w, http.StatusCreated, v1.Link{Link: d.Link, Mailed: d.Mailed, ExpiresAt: d.Expires})
			return nil
		})
	}
}

// language reads the wish for a link, whose body may be left out.
func language(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.ContentLength == 0 {
		return "en", nil
	}
	var wish v1.LinkWish
	if err := body(w, r, &wish); err != nil {
		return "", err
	}
	return wish.Lang, nil
}
