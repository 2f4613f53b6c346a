package v1client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// Stream copies an answer to w as it comes, however long it is and takes, and answers the trailer named. An answer that
// breaks off is an error: what was copied is not the whole.
func (c *Client) Stream(ctx context.Context, path, trailer string, w io.Writer) (string, error) {
	resp, err := c.patiently(ctx, http.MethodGet, path, nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return "", &Unreachable{Server: c.base, Err: err}
	}
	return resp.Trailer.Get(trailer), nil
}

// patiently sends a request whose answer may take long. What is refused is an error.
func (c *Client) patiently(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept-Language", c.lang)
	req.Header.Set("Authorization", "Bearer "+c.token)
	patient := *c.http
	patient.Timeout = 0
	resp, err := patient.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, &Unreachable{Server: c.base, Err: err}
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		defer resp.Body.Close()
		b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return nil, &Unreachable{Server: c.base, Err: err}
		}
		return nil, problem(resp, b)
	}
	return resp, nil
}

// Patiently is Send for a request that may take minutes.
func Patiently[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return out, err
		}
		body = bytes.NewReader(b)
	}
	resp, err := c.patiently(ctx, method, path, body)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&out); err != nil {
		return out, &Unreachable{Server: c.base, Err: err}
	}
	return out, nil
}
