package gateway_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestGateway_bodies_of_every_length_arrive: short ones are read before they are sent, longer ones stream.
func TestGateway_bodies_of_every_length_arrive(t *testing.T) {
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(rw, "%d %d %s %v", r.ContentLength, len(body), body, err)
	}))
	tr := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	secure := w.tlsAddress(t)
	for _, length := range []int{1, 220, 4 << 10, 4<<10 + 1, 100_000} {
		body := strings.Repeat("x", length)
		want := fmt.Sprintf("%d %d %s <nil>", length, length, body)
		path := "/api/3.21/sites/" + site + "/projects"
		if r := w.do("POST", path, strings.NewReader(body)); r.body != want {
			t.Errorf("HTTP/1, %d bytes: got %d %.100q", length, r.StatusCode, r.body)
		}
		req, err := http.NewRequest("POST", "https://"+secure+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Tableau-Auth", token)
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(got) != want || res.ProtoMajor != 2 {
			t.Errorf("%s, %d bytes: got %d %.100q, %v", res.Proto, length, res.StatusCode, got, err)
		}
	}
}
