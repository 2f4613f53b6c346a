package analytics

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeV1 stands for Prokura's administration API in these tests. It is a FAKE: a small server with the contract of /v1
// (lists with cursors, problem+json, strict bodies, an operator's token), and no rules beyond it. The end-to-end test
// runs against the real one.
type fakeV1 struct {
	t     *testing.T
	token string

	mu      sync.Mutex
	down    bool // answers 503 to everything
	tenants map[string]*fakeTenant
	order   []string
}

type fakeTenant struct {
	tenant
	users   []member
	groups  []group
	members map[string][]string // by group
}

func newFakeV1(t *testing.T) *fakeV1 {
	return &fakeV1{t: t, token: "operator-token-of-the-test", tenants: make(map[string]*fakeTenant)}
}

// epoch is when everything in these tests was made.
func epoch() time.Time { return time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC) }

func (f *fakeV1) addTenant(id, name, contentURL string) {
	f.tenants[id] = &fakeTenant{tenant: tenant{ID: id, Name: name, ContentURL: contentURL, Plan: "enterprise", Created: epoch()},
		members: make(map[string][]string)}
	f.order = append(f.order, id)
}

func (f *fakeV1) addUser(in string, m member) {
	m.Created = epoch()
	f.tenants[in].users = append(f.tenants[in].users, m)
}

func (f *fakeV1) problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status,
		"detail": detail, "code": code, "fixer": "developer", "reference": newID()})
}

func (f *fakeV1) write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// body reads a strict JSON body.
func (f *fakeV1) body(w http.ResponseWriter, r *http.Request, into any) bool {
	if r.Header.Get("Content-Type") != "application/json" {
		f.problem(w, http.StatusUnsupportedMediaType, "media_type_unsupported", "The body is not application/json.")
		return false
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		f.problem(w, http.StatusBadRequest, "body_unreadable", err.Error())
		return false
	}
	return true
}

// fakeList answers a page. The cursor is the position, which is enough for a list that does not change meanwhile.
func fakeList[T any](f *fakeV1, w http.ResponseWriter, r *http.Request, all []T) {
	limit, from := 100, 0
	if v := r.URL.Query().Get("limit"); v != "" {
		limit, _ = strconv.Atoi(v)
	}
	if v := r.URL.Query().Get("after"); v != "" {
		from, _ = strconv.Atoi(v)
	}
	if limit < 1 || limit > 1000 || from > len(all) {
		f.problem(w, http.StatusBadRequest, "field_invalid", "limit or after")
		return
	}
	to := min(from+limit, len(all))
	out := map[string]any{"items": append([]T{}, all[from:to]...), "total": len(all)}
	if to-from == limit {
		out["next"] = strconv.Itoa(to)
	}
	f.write(w, http.StatusOK, out)
}

func (f *fakeV1) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.down:
		f.problem(w, http.StatusServiceUnavailable, "unavailable", "The store is away.")
		return
	case r.Header.Get("Authorization") != "Bearer "+f.token:
		f.problem(w, http.StatusUnauthorized, "token_unknown", "No such token.")
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/tenants"), "/")[1:]
	switch {
	case !strings.HasPrefix(r.URL.Path, "/v1/tenants"):
		f.problem(w, http.StatusNotFound, "object_not_found", "No such path.")
	case len(parts) == 0:
		f.serveTenants(w, r)
	case f.tenants[parts[0]] == nil:
		f.problem(w, http.StatusNotFound, "object_not_found", "There is no such tenant.")
	case len(parts) == 1:
		f.serveTenant(w, r, f.tenants[parts[0]])
	case parts[1] == "users":
		f.serveUsers(w, r, f.tenants[parts[0]], parts[2:])
	case parts[1] == "groups":
		f.serveGroups(w, r, f.tenants[parts[0]], parts[2:])
	default:
		f.problem(w, http.StatusNotFound, "object_not_found", "No such path.")
	}
}

func (f *fakeV1) serveTenants(w http.ResponseWriter, r *http.Request) {
	if r.Method == "GET" {
		var all []tenant
		for _, id := range f.order {
			all = append(all, f.tenants[id].tenant)
		}
		fakeList(f, w, r, all)
		return
	}
	var in struct {
		Name       string `json:"name"`
		ContentURL string `json:"content_url"`
		Plan       string `json:"plan"`
	}
	if !f.body(w, r, &in) {
		return
	}
	for _, t := range f.tenants {
		if t.ContentURL == in.ContentURL {
			f.problem(w, http.StatusConflict, "name_taken", "That content URL is taken.")
			return
		}
	}
	id := newID()
	f.addTenant(id, in.Name, in.ContentURL)
	f.tenants[id].Plan = in.Plan
	f.write(w, http.StatusCreated, f.tenants[id].tenant)
}

func (f *fakeV1) serveTenant(w http.ResponseWriter, r *http.Request, t *fakeTenant) {
	switch r.Method {
	case "PATCH":
		var in struct {
			Name       *string `json:"name"`
			ContentURL *string `json:"content_url"`
			Plan       *string `json:"plan"`
		}
		if !f.body(w, r, &in) {
			return
		}
		set(&t.Name, in.Name)
		set(&t.ContentURL, in.ContentURL)
		set(&t.Plan, in.Plan)
	case "DELETE":
		delete(f.tenants, t.ID)
		f.order = slices.DeleteFunc(f.order, func(id string) bool { return id == t.ID })
		w.WriteHeader(http.StatusNoContent)
		return
	}
	f.write(w, http.StatusOK, t.tenant)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (f *fakeV1) serveUsers(w http.ResponseWriter, r *http.Request, t *fakeTenant, rest []string) {
	if len(rest) == 0 {
		if r.Method == "GET" {
			fakeList(f, w, r, t.users)
			return
		}
		var in struct {
			Name          string   `json:"name"`
			FullName      string   `json:"full_name"`
			Email         string   `json:"email"`
			Password      string   `json:"password"`
			Roles         []string `json:"roles"`
			PlatformRoles []string `json:"platform_roles"`
		}
		if !f.body(w, r, &in) {
			return
		}
		if slices.ContainsFunc(t.users, func(m member) bool { return m.Name == in.Name }) {
			f.problem(w, http.StatusConflict, "name_taken", "That name is taken.")
			return
		}
		f.addUser(t.ID, member{ID: newID(), Name: in.Name, FullName: in.FullName, Email: in.Email, Roles: in.Roles, PlatformRoles: in.PlatformRoles})
		f.write(w, http.StatusCreated, t.users[len(t.users)-1])
		return
	}
	i := slices.IndexFunc(t.users, func(m member) bool { return m.ID == rest[0] })
	if i < 0 {
		f.problem(w, http.StatusNotFound, "object_not_found", "There is no such user.")
		return
	}
	m := &t.users[i]
	if len(rest) == 2 { // …/groups
		var all []group
		for _, g := range t.groups {
			if slices.Contains(t.members[g.ID], m.ID) {
				all = append(all, g)
			}
		}
		fakeList(f, w, r, all)
		return
	}
	switch r.Method {
	case "PATCH":
		var in struct {
			Name          *string   `json:"name"`
			FullName      *string   `json:"full_name"`
			Email         *string   `json:"email"`
			Roles         *[]string `json:"roles"`
			PlatformRoles *[]string `json:"platform_roles"`
			Disabled      *bool     `json:"disabled"`
		}
		if !f.body(w, r, &in) {
			return
		}
		set(&m.Name, in.Name)
		set(&m.FullName, in.FullName)
		set(&m.Email, in.Email)
		set(&m.Roles, in.Roles)
		set(&m.PlatformRoles, in.PlatformRoles)
		set(&m.Disabled, in.Disabled)
	case "DELETE":
		for g := range maps.Keys(t.members) {
			t.members[g] = slices.DeleteFunc(t.members[g], func(id string) bool { return id == m.ID })
		}
		t.users = slices.Delete(t.users, i, i+1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	f.write(w, http.StatusOK, *m)
}

func (f *fakeV1) serveGroups(w http.ResponseWriter, r *http.Request, t *fakeTenant, rest []string) {
	var in struct {
		Name string `json:"name"`
	}
	taken := func() bool {
		return slices.ContainsFunc(t.groups, func(g group) bool { return g.Name == in.Name })
	}
	if len(rest) == 0 {
		if r.Method == "GET" {
			fakeList(f, w, r, t.groups)
			return
		}
		if !f.body(w, r, &in) {
			return
		}
		if taken() {
			f.problem(w, http.StatusConflict, "name_taken", "That name is taken.")
			return
		}
		t.groups = append(t.groups, group{ID: newID(), Name: in.Name, Created: epoch()})
		f.write(w, http.StatusCreated, t.groups[len(t.groups)-1])
		return
	}
	i := slices.IndexFunc(t.groups, func(g group) bool { return g.ID == rest[0] })
	if i < 0 {
		f.problem(w, http.StatusNotFound, "object_not_found", "There is no such group.")
		return
	}
	g := &t.groups[i]
	if len(rest) == 2 { // …/users
		var all []member
		for _, m := range t.users {
			if slices.Contains(t.members[g.ID], m.ID) {
				all = append(all, m)
			}
		}
		fakeList(f, w, r, all)
		return
	}
	if len(rest) == 3 { // …/users/{user}
		if !slices.ContainsFunc(t.users, func(m member) bool { return m.ID == rest[2] }) {
			f.problem(w, http.StatusNotFound, "object_not_found", "There is no such user.")
			return
		}
		t.members[g.ID] = slices.DeleteFunc(t.members[g.ID], func(id string) bool { return id == rest[2] })
		if r.Method == "PUT" {
			t.members[g.ID] = append(t.members[g.ID], rest[2])
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	switch r.Method {
	case "PATCH":
		if !f.body(w, r, &in) {
			return
		}
		if taken() {
			f.problem(w, http.StatusConflict, "name_taken", "That name is taken.")
			return
		}
		g.Name = in.Name
	case "DELETE":
		delete(t.members, g.ID)
		t.groups = slices.Delete(t.groups, i, i+1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	f.write(w, http.StatusOK, *g)
}
