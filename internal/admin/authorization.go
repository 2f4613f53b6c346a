package admin

import (
	"net/http"
	"strconv"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	v1 "prokura/internal/v1"
)

// ofDecision is a route below one tenant's decision on one app.
func (a *API) ofDecision(verb, rest string, h func(http.ResponseWriter, *http.Request, id.Tenant, id.Client) error, parameters ...string) {
	a.inTenant(verb+" /v1/tenants/{tenant}/authorizations/{client}"+rest, func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		client, err := inPath[id.Client](r, "client", "authorization")
		if err != nil {
			return err
		}
		return h(w, r, in, client)
	}, parameters...)
}

// authorizationRoutes are what administrators decide on apps: all that the console does, for programs.
func (a *API) authorizationRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/authorizations", a.listAuthorizations, append([]string{"state", "role", "name"}, paged...)...)
	a.ofDecision("GET", "", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		return one(w, renderSeen)(a.c.Govern.Authorization(r.Context(), in, client))
	})
	a.ofDecision("PUT", "", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		var t v1.AuthorizationTerms
		if err := body(w, r, &t); err != nil {
			return err
		}
		return a.authorize(w, r, in, client, t, false)
	})
	a.ofDecision("POST", "/authorize", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		var t v1.AuthorizationTerms
		if r.ContentLength != 0 {
			if err := body(w, r, &t); err != nil {
				return err
			}
		}
		return a.authorize(w, r, in, client, t, true)
	})
	a.ofDecision("POST", "/preview", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		var t v1.AuthorizationTerms
		if err := body(w, r, &t); err != nil {
			return err
		}
		seen, err := a.c.Govern.Authorization(r.Context(), in, client)
		if err != nil {
			return err
		}
		return one(w, renderCost)(a.c.Govern.ForeseeTerms(r.Context(), in, client, readTerms(t, &seen, false)))
	})
	a.ofDecision("POST", "/revoke", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		why, err := reason(w, r)
		if err != nil {
			return err
		}
		done, err := a.c.Govern.Revoke(r.Context(), decides(r), in, client, why)
		if err != nil {
			return err
		}
		seen, err := a.c.Govern.Authorization(r.Context(), in, client)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, v1.RevokedAuthorization{Authorization: renderSeen(seen), Reach: renderReach(done.Reach)})
		return nil
	})
	a.shrinkRoutes()
	a.admissionRoutes()
	a.ofDecision("GET", "/history", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		list, err := a.c.Govern.History(r.Context(), in, client)
		if err != nil {
			return err
		}
		seen, err := a.c.Govern.Authorization(r.Context(), in, client)
		if err != nil {
			return err
		}
		answerWhole(w, list, func(p store.PastAuthorization) v1.PastAuthorization {
			out := v1.PastAuthorization{Authorization: renderAuthorization(p.Authorization), Until: p.Until}
			out.App = renderAppSummary(seen.App)
			switch {
			case out.State != "":
			case p.Origin == policy.ByUser:
				out.State = renderState(policy.Open)
			default:
				out.State = renderState(policy.Authorized)
			}
			return out
		})
		return nil
	})
	a.ofDecision("GET", "/usage", a.usage, "days")
	a.ofClient("POST /v1/clients/{client}/recall", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		why, err := reason(w, r)
		if err != nil {
			return err
		}
		n, err := a.c.Govern.Recall(r.Context(), decides(r), client, why)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, v1.Recalled{Tenants: n})
		return nil
	})
}

func (a *API) listAuthorizations(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	if _, err := cursor[id.Client](p); err != nil {
		return err
	}
	q := r.URL.Query()
	f := store.AuthorizationFilter{Role: q.Get("role"), Name: q.Get("name"), Now: a.c.Clock.Now()}
	if s := q.Get("state"); s != "" {
		state := policy.State(s)
		switch state {
		case policy.Open, policy.Authorized, policy.Lapsed, policy.Revoked, policy.Blocked:
		default:
			return refusal.New(refusal.Finding{Code: refusal.FieldUnknown, Got: s, Want: "authorized, open, expired, revoked, blocked", Field: "state"})
		}
		f.States = []policy.State{state}
	}
	list, err := a.c.Govern.ListAuthorizations(r.Context(), in, f, p)
	if err != nil {
		return err
	}
	answerList(w, p, list, nil, renderSeen, func(s govern.Seen) string { return s.App.ID.String() })
	return nil
}

// authorize decides. Whoever names no version changes what holds now.
func (a *API) authorize(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client, t v1.AuthorizationTerms, all bool) error {
	seen, err := a.c.Govern.Authorization(r.Context(), in, client)
	if err != nil {
		return err
	}
	if _, err := a.c.Govern.Authorize(r.Context(), decides(r), in, client, readTerms(t, &seen, all)); err != nil {
		return err
	}
	return one(w, renderSeen)(a.c.Govern.Authorization(r.Context(), in, client))
}

// shown answers the decision as it is after a change.
func (a *API) shown(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client, err error) error {
	if err != nil {
		return err
	}
	return one(w, renderSeen)(a.c.Govern.Authorization(r.Context(), in, client))
}

func (a *API) shrinkRoutes() {
	a.ofDecision("POST", "/shrink", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		var l v1.ScopeList
		if err := body(w, r, &l); err != nil {
			return err
		}
		keep, err := readScopes(l.Scopes)
		if err != nil {
			return err
		}
		_, err = a.c.Govern.Shrink(r.Context(), decides(r), in, client, keep, l.Version)
		return a.shown(w, r, in, client, err)
	})
	a.ofDecision("POST", "/unshrink", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		var v v1.SeenVersion
		if err := body(w, r, &v); err != nil {
			return err
		}
		_, err := a.c.Govern.Unshrink(r.Context(), decides(r), in, client, v.Version)
		return a.shown(w, r, in, client, err)
	})
}

func (a *API) admissionRoutes() {
	a.ofDecision("GET", "/users", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		if _, err := cursor[id.User](p); err != nil {
			return err
		}
		list, err := a.c.Govern.UsersOf(r.Context(), in, client, p)
		if err != nil {
			return err
		}
		answerList(w, p, list, nil, renderUserOf, func(u govern.UserOf) string { return u.User.ID.String() })
		return nil
	}, paged...)
	for action, change := range map[string]func(*http.Request, id.Tenant, id.Client, id.User, string) error{
		"revoke": func(r *http.Request, in id.Tenant, client id.Client, user id.User, why string) error {
			_, err := a.c.Govern.RevokeForUser(r.Context(), decides(r), in, client, user, why)
			return err
		},
		"readmit": func(r *http.Request, in id.Tenant, client id.Client, user id.User, why string) error {
			_, err := a.c.Govern.ReadmitUser(r.Context(), decides(r), in, client, user, why)
			return err
		},
	} {
		a.ofDecision("POST", "/users/{user}/"+action, func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
			user, err := inPath[id.User](r, "user", "user")
			if err != nil {
				return err
			}
			why, err := reason(w, r)
			if err != nil {
				return err
			}
			return a.shown(w, r, in, client, change(r, in, client, user, why))
		})
	}
	a.ofDecision("POST", "/roles/{role}/revoke", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		why, err := reason(w, r)
		if err != nil {
			return err
		}
		_, err = a.c.Govern.RevokeForRole(r.Context(), decides(r), in, client, r.PathValue("role"), why)
		return a.shown(w, r, in, client, err)
	})
}

// usage is what an app did, by the scopes that it may have.
func (a *API) usage(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
	days := govern.UsageDays
	if s := r.URL.Query().Get("days"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > govern.UsageDays {
			return refusal.New(refusal.Finding{Code: refusal.LimitOutOfRange, Got: s, Want: strconv.Itoa(govern.UsageDays)})
		}
		days = n
	}
	seen, err := a.c.Govern.Authorization(r.Context(), in, client)
	if err != nil {
		return err
	}
	return one(w, renderUsage)(a.c.Govern.Usage(r.Context(), in, client, held(&seen), days))
}

// held are the scopes that an app may have.
func held(s *govern.Seen) scope.Set {
	if s.Standing.Limited {
		return s.Standing.Ceiling
	}
	return s.App.Registration.Scopes()
}

// reason reads why something is done; the body may be left out.
func reason(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.ContentLength == 0 {
		return "", nil
	}
	var why v1.Reason
	err := body(w, r, &why)
	return why.Reason, err
}

// requestRoutes are the requests of users that an administrator decide on an app. Approving is authorizing.
func (a *API) requestRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/requests", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		list, err := a.c.Govern.Queue(r.Context(), in)
		if err != nil {
			return err
		}
		answerWhole(w, list, renderQueued)
		return nil
	})
	a.inTenant("POST /v1/tenants/{tenant}/requests", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var n v1.NewAuthorizationRequest
		if err := body(w, r, &n); err != nil {
			return err
		}
		client, err := id.Parse[id.Client](n.ClientID)
		if err != nil {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "app", Got: n.ClientID})
		}
		user, err := id.Parse[id.User](n.UserID)
		if err != nil {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "user", Got: n.UserID})
		}
		wish := govern.Wish{Reason: n.Reason}
		if wish.Scope, err = readScopes(n.Scope); err != nil {
			return err
		}
		if wish.Optional, err = readScopes(n.Optional); err != nil {
			return err
		}
		q, err := a.c.Govern.Ask(r.Context(), govern.By{Actor: by(r), User: user}, in, client, wish)
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, renderRequest(q))
		return nil
	})
	a.inTenant("GET /v1/tenants/{tenant}/requests/{request}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		request, err := inPath[id.Request](r, "request", "request")
		if err != nil {
			return err
		}
		q, err := reading(r.Context(), a.c.Store, func(s store.Reader) (store.AuthorizationRequest, error) {
			return s.AuthorizationRequest(in, request)
		})
		return one(w, renderRequest)(q, store.Refuse(err, "request", request.String()))
	})
	a.ofDecision("POST", "/deny", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		var d v1.Denial
		if err := body(w, r, &d); err != nil {
			return err
		}
		seen := make([]id.Request, len(d.Requests))
		for i, s := range d.Requests {
			var err error
			if seen[i], err = id.Parse[id.Request](s); err != nil {
				return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "request", Got: s, Field: "requests[" + strconv.Itoa(i) + "]"})
			}
		}
		list, err := a.c.Govern.Deny(r.Context(), decides(r), in, client, d.Justification, d.Block, seen...)
		if err != nil {
			return err
		}
		answerWhole(w, list, renderRequest)
		return nil
	})
}
