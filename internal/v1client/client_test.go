package v1client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// at makes a client of a server that answers with the handler.
func at(t *testing.T, h http.HandlerFunc) *v1client.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := v1client.New(s.URL, "pko_test", "en")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAll_reads_every_page(t *testing.T) {
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Query().Get("after") {
		case "":
			io.WriteString(w, `{"items":[{"id":"1"},{"id":"2"}],"next":"2"}`)
		case "2":
			io.WriteString(w, `{"items":[{"id":"3"}],"next":"3"}`)
		default:
			io.WriteString(w, `{"items":[]}`)
		}
	})
	items, raws, err := v1client.All[v1.Tenant](t.Context(), c, "/v1/tenants", 0)
	if err != nil || len(items) != 3 || len(raws) != 3 || items[2].ID != "3" {
		t.Errorf("All = %v, %v", items, err)
	}
	items, _, err = v1client.All[v1.Tenant](t.Context(), c, "/v1/tenants", 2)
	if err != nil || len(items) != 2 {
		t.Errorf("All of 2 = %v, %v", items, err)
	}
}

func TestAll_ends_when_the_cursor_stands_still(t *testing.T) {
	asked := 0
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"items":[{"id":"1"}],"next":"1"}`)
	})
	if _, _, err := v1client.All[v1.Tenant](t.Context(), c, "/v1/tenants", 0); err != nil || asked != 2 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

func TestDo_errors(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"a problem": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"status":200,"code":"name_taken","message":{"en":"Taken.","de":"Vergeben."},"remedy":{"en":"Choose another.","de":"…"}}`)
		}, "Taken."},
		"an error page of something between": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, "<html>")
		}, "the server answered 502 Bad Gateway"},
		"a page where JSON belongs": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<html>")
		}, `answered "text/html" where JSON was expected; is it a Prokura server?`},
		"JSON of another kind": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `[]`)
		}, "reading the answer of"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := v1client.Send[v1.Tenant](t.Context(), at(t, c.answer), "GET", "/v1/tenants/x", nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// A243: a server that sends the caller elsewhere does not get the token sent there.
func TestA243_the_token_does_not_follow_a_redirect(t *testing.T) {
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer elsewhere.Close()
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	_, err := c.Do(t.Context(), "GET", "/v1/tenants", nil)
	if !errors.Is(err, v1client.ErrRedirect) || reached {
		t.Errorf("got %v, reached %v", err, reached)
	}
}

func TestA243_the_token_needs_https_or_this_machine(t *testing.T) {
	for server, ok := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://[::1]:8080": true, "http://localhost": true, "https://prokura.acme.test": true, "https://acme.test/": true,
		"http://prokura.acme.test": false, "http://127.0.0.1.acme.test": false, "http://10.0.0.1": false, "ftp://127.0.0.1": false,
		"127.0.0.1:8080": false, "https://a:b@acme.test": false, "https://acme.test/x": false, "https://acme.test?x": false, "": false,
	} {
		if _, err := v1client.New(server, "pko_test", "en"); (err == nil) != ok {
			t.Errorf("New(%q) = %v, want ok %v", server, err, ok)
		}
	}
}
