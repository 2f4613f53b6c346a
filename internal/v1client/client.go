package v1client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"prokura/internal/v1"
)

const (
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 20
	// maxPage is the largest page of a list.
	maxPage = 1000
)

// ErrInTheClear is answered for a server that the token would reach unencrypted.
var ErrInTheClear = errors.New("the operator token would cross the network unencrypted")

// ErrRedirect is answered when the server sends the caller elsewhere: the token does not follow.
var ErrRedirect = errors.New("the server redirects, which the admin API never does")

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base  string
	token string
	lang  string
	http  *http.Client
}

// New makes a client of the server at a URL such as http://127.0.0.1:8080. lang is the language of messages, "de" or
// "en".
func New(server, token, lang string) (*Client, error) {
	u, err := url.Parse(server)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return nil, fmt.Errorf("%q is not the URL of a server, such as http://127.0.0.1:8080", server)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return nil, fmt.Errorf("%q has more than scheme, host and port", server)
	case u.Scheme == "http" && !thisMachine(u.Hostname()):
		return nil, fmt.Errorf("%s: %w", server, ErrInTheClear)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if thisMachine(u.Hostname()) {
		transport.Proxy = nil // a proxy would see the token
	}
	return &Client{
		base: u.Scheme + "://" + u.Host, token: token, lang: lang,
		http: &http.Client{
			Transport: transport,
			Timeout:   time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return ErrRedirect
			},
		},
	}, nil
}

func thisMachine(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Do sends one request and answers the body as it came, nil when there is none. in is sent as JSON unless it is nil.
func (c *Client) Do(ctx context.Context, method, path string, in any) (json.RawMessage, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encoding a request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	return c.exchange(ctx, method, path, "application/json", body)
}

// Upload sends a file as it is, of a media type.
func (c *Client) Upload(ctx context.Context, method, path, media string, file []byte) (json.RawMessage, error) {
	return c.exchange(ctx, method, path, media, bytes.NewReader(file))
}

func (c *Client) exchange(ctx context.Context, method, path, media string, body io.Reader) (json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", media)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Language", c.lang)
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, &Unreachable{Server: c.base, Err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &Unreachable{Server: c.base, Err: err}
	case len(b) > maxAnswer:
		return nil, fmt.Errorf("the answer of %s has more than %d bytes", c.base, maxAnswer)
	case resp.StatusCode >= 300:
		return nil, problem(resp, b)
	case len(b) == 0:
		return nil, nil
	}
	if t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); t != "application/json" {
		return nil, fmt.Errorf("%s answered %q where JSON was expected; is it a Prokura server?", c.base, t)
	}
	return b, nil
}

// Send is Do with the answer read into a T.
func Send[T any](ctx context.Context, c *Client, method, path string, in any) (T, json.RawMessage, error) {
	var out T
	raw, err := c.Do(ctx, method, path, in)
	if err != nil {
		return out, nil, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, nil, fmt.Errorf("reading the answer of %s: %w", c.base, err)
	}
	return out, raw, nil
}

// All reads a list to its end, page by page, or the first most of it where most is not zero. The path may have a query.
func All[T any](ctx context.Context, c *Client, path string, most int) ([]T, []json.RawMessage, error) {
	var raws []json.RawMessage
	q := url.Values{}
	joint := "?"
	if strings.Contains(path, "?") {
		joint = "&"
	}
	for {
		limit := maxPage
		if most > 0 {
			limit = min(limit, most-len(raws))
		}
		q.Set("limit", strconv.Itoa(limit))
		page, _, err := Send[v1.List[json.RawMessage]](ctx, c, http.MethodGet, path+joint+q.Encode(), nil)
		if err != nil {
			return nil, nil, err
		}
		raws = append(raws, page.Items...)
		// A cursor that does not move would loop for ever.
		if page.Next == "" || page.Next == q.Get("after") || most > 0 && len(raws) >= most {
			return read[T](c, raws)
		}
		q.Set("after", page.Next)
	}
}

// Whole reads a list that the server sends in one piece.
func Whole[T any](ctx context.Context, c *Client, path string) ([]T, []json.RawMessage, error) {
	page, _, err := Send[v1.List[json.RawMessage]](ctx, c, http.MethodGet, path, nil)
	if err != nil {
		return nil, nil, err
	}
	return read[T](c, page.Items)
}

// read makes Ts of the items, and answers the items too.
func read[T any](c *Client, raws []json.RawMessage) ([]T, []json.RawMessage, error) {
	items := make([]T, len(raws))
	for i, raw := range raws {
		if err := json.Unmarshal(raw, &items[i]); err != nil {
			return nil, nil, fmt.Errorf("reading the answer of %s: %w", c.base, err)
		}
	}
	return items, raws, nil
}
