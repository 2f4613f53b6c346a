package analytics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// directory reads and writes users, groups and sites in Prokura, through its administration API. Nothing that it
// gives is kept: the next request asks again, so that what the sign-in knows and what this server shows never differ.
type directory struct {
	base  string // ends in /v1
	token string
	http  *http.Client
}

// member is a user of a tenant.
type member struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	FullName      string    `json:"full_name"`
	Email         string    `json:"email"`
	Roles         []string  `json:"roles"`
	PlatformRoles []string  `json:"platform_roles"`
	Disabled      bool      `json:"disabled"`
	Created       time.Time `json:"created_at"`
}

// group is a group of a tenant.
type group struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created_at"`
}

// tenant is a site, as Prokura knows it.
type tenant struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	ContentURL string    `json:"content_url"`
	Plan       string    `json:"plan"`
	Created    time.Time `json:"created_at"`
}

// change is what is sent to make or update something; only what was set goes over the wire.
type change map[string]any

// problem is a refusal of the administration API (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string {
	return fmt.Sprintf("/v1 answered %d %s: %s", p.Status, p.Code, p.Detail)
}

// text is what the client may read of it.
func (p *problem) text() string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return http.StatusText(p.Status)
}

// directoryAnswer bounds what is read of one answer: a page of a thousand users has well under 1 MiB.
const directoryAnswer = 16 << 20

// do makes one call. Refusals that the caller of this server brought about (400, 403, 404, 409, 422) come back as a
// *problem; everything else means that the directory is not available.
func (d *directory) do(ctx context.Context, method string, path []string, query url.Values, in, out any) error {
	target, err := url.JoinPath(d.base, escaped(path)...)
	if err != nil {
		return err
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return errDirectory(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, directoryAnswer))
	if err != nil {
		return errDirectory(err)
	}
	switch {
	case resp.StatusCode/100 == 2:
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(raw, out); err != nil {
			return errDirectory(fmt.Errorf("reading the answer to %s %s: %w", method, target, err))
		}
		return nil
	case slices.Contains([]int{400, 403, 404, 409, 422}, resp.StatusCode):
		p := &problem{}
		json.Unmarshal(raw, p) // a problem that cannot be read still has its status
		p.Status = resp.StatusCode
		return p
	}
	return errDirectory(fmt.Errorf("%s %s answered %s", method, target, resp.Status))
}

func escaped(path []string) []string {
	out := make([]string, len(path))
	for i, p := range path {
		out[i] = url.PathEscape(p)
	}
	return out
}

func errDirectory(cause error) error {
	return errUnavailable("The directory of users is not available.", cause)
}

// translate turns a problem into a fault: missing for 404, taken for 409. What Prokura forbids stays forbidden, and
// anything else is a bad request.
func translate(err error, missing, taken *fault) error {
	p, is := errors.AsType[*problem](err)
	if !is {
		return err
	}
	f := refuse(codeBadRequest, "%s", p.text())
	switch {
	case p.Status == http.StatusNotFound && missing != nil:
		f = missing
	case p.Status == http.StatusConflict && taken != nil:
		f = taken
	case p.Status == http.StatusForbidden:
		f = refuse(codeForbidden, "%s", p.text())
	}
	f.cause = err
	return f
}

// every reads all pages of a list. The bound on pages is far beyond any tenant; it ends a cursor that goes in circles.
func every[T any](ctx context.Context, d *directory, path ...string) ([]T, error) {
	var all []T
	query := url.Values{"limit": {"1000"}}
	for range 1000 {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if err := d.do(ctx, http.MethodGet, path, query, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		query.Set("after", page.Next)
	}
	return nil, errDirectory(errors.New("the list does not end"))
}

// count gives the length of a list.
func (d *directory) count(ctx context.Context, path ...string) (int64, error) {
	var page struct {
		Total int64 `json:"total"`
	}
	err := d.do(ctx, http.MethodGet, path, url.Values{"limit": {"1"}}, nil, &page)
	return page.Total, err
}

// user gives a user of a tenant, or 404002.
func (d *directory) user(ctx context.Context, tenant, id string) (member, error) {
	var m member
	if !isID(id) {
		return m, errNoUser(id)
	}
	err := d.do(ctx, http.MethodGet, []string{"tenants", tenant, "users", id}, nil, nil, &m)
	return m, translate(err, errNoUser(id), nil)
}

func errNoUser(id string) *fault { return errMissing(codeNoUser, "User", id) }
