package gateway_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestA146_a_stream_after_other_calls_is_cut: of the calls of one connection, the one that lasts is looked at, whichever was
// under way when its timer was set.
func TestA146_a_stream_after_other_calls_is_cut(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(version, func(t *testing.T) {
			w := begin(t, recheckEvery(20*time.Millisecond), answerWith(func(rw http.ResponseWriter, r *http.Request) {
				for r.Method == "GET" && r.Context().Err() == nil {
					io.WriteString(rw, "data ")
					rw.(http.Flusher).Flush()
					<-time.After(time.Millisecond)
				}
			}))
			base, tr := "http://"+w.address, &http.Transport{MaxConnsPerHost: 1}
			if version == "HTTP/2.0" {
				base = "https://" + w.tlsAddress(t)
				tr.ForceAttemptHTTP2, tr.TLSClientConfig = true, &tls.Config{InsecureSkipVerify: true}
			}
			defer tr.CloseIdleConnections()
			ask := func(verb, path string) *http.Response {
				req, err := http.NewRequest(verb, base+path, strings.NewReader(""))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("X-Tableau-Auth", token)
				res, err := tr.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				if res.Proto != version || res.StatusCode != 200 {
					t.Fatalf("%s %d", res.Proto, res.StatusCode)
				}
				return res
			}
			for range 10 {
				res := ask("POST", "/api/3.21/sites/"+site+"/projects")
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				<-time.After(5 * time.Millisecond)
			}
			res := ask("GET", views)
			defer res.Body.Close()
			if _, err := io.CopyN(io.Discard, res.Body, 500); err != nil {
				t.Fatal(err)
			}
			w.access.revoke()
			if _, err := io.Copy(io.Discard, res.Body); err == nil {
				t.Error("the stream looked complete")
			}
			eventually(t, "the docket has the case", func() bool { return slices.Equal(w.docket.codes(), []string{"credential_revoked"}) })
		})
	}
}
