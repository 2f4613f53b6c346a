package thirdparty

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// install begins an installation.
func (s *Server) install(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(s.apps, func(a App) bool { return a.Slug == r.PathValue("app") })
	if i < 0 {
		s.problem(w, http.StatusNotFound, "There is no such app.")
		return
	}
	a := s.apps[i]
	b := begun{app: a, browser: browser(w, r), verifier: oauth2.GenerateVerifier(), at: time.Now()}
	state := rand.Text()
	s.keep(state, b)
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(b.verifier)}
	if len(a.Optional) > 0 {
		options = append(options, oauth2.SetAuthURLParam("optional_scope", strings.Join(a.Optional, " ")))
	}
	http.Redirect(w, r, s.config(a).AuthCodeURL(state, options...), http.StatusFound)
}

// callback takes the answer of the authorization endpoint.
func (s *Server) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	b, ok := s.take(q.Get("state"), browser(w, r))
	if !ok {
		// Without our state the answer is nobody's: somebody else's code would make this browser use somebody else's account
		// (RFC 9700 §4.7).
		s.problem(w, http.StatusBadRequest, "This answer belongs to no installation that was begun in this browser. Begin again.")
		return
	}
	if iss := q.Get("iss"); iss != s.issuer {
		s.problem(w, http.StatusBadRequest, "The answer came from another server than the one that was asked: "+iss)
		return
	}
	if e := q.Get("error"); e != "" {
		s.refused(w, b.app, refusal{Error: e, Description: q.Get("error_description"), URI: q.Get("error_uri")})
		return
	}
	token, err := s.config(b.app).Exchange(s.context(r), q.Get("code"), oauth2.VerifierOption(b.verifier))
	if err != nil {
		s.refused(w, b.app, refusalOf(err))
		return
	}
	s.put(b.browser, session{b.app, token})
	http.Redirect(w, r, "/app", http.StatusSeeOther) // the code leaves the address bar
}

// refusal is what an authorization server says instead of tokens.
type refusal struct{ Error, Description, URI string }

func refusalOf(err error) refusal {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.ErrorCode != "" {
		return refusal{e.ErrorCode, e.ErrorDescription, e.ErrorURI}
	}
	return refusal{Error: "no answer", Description: err.Error()}
}

// context makes x/oauth2 use our client.
func (s *Server) context(r *http.Request) context.Context {
	return context.WithValue(r.Context(), oauth2.HTTPClient, s.http)
}

// refresh gets a new access token.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	browser, v, ok := s.current(r)
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	token, err := s.config(v.app).TokenSource(s.context(r), &oauth2.Token{RefreshToken: v.token.RefreshToken}).Token()
	if err != nil {
		s.refused(w, v.app, refusalOf(err))
		return
	}
	s.put(browser, session{v.app, token})
	http.Redirect(w, r, "/app", http.StatusSeeOther)
}

// answered is what the API said.
type answered struct {
	Path, Body string
	Status     int
	Reference  string
	Missing    []string // scopes, of which one would be enough
}

// maxAnswer bounds what is read of the API's answer.
const maxAnswer = 64 << 10

// call reads from the API, only what the app offers.
func (s *Server) call(w http.ResponseWriter, r *http.Request) {
	_, v, ok := s.current(r)
	path := r.PostFormValue("path")
	if !ok || !slices.Contains(v.app.Calls, path) {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, s.issuer+path, nil)
	if err != nil {
		s.problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	v.token.SetAuthHeader(req)
	resp, err := s.http.Do(req)
	if err != nil {
		s.problem(w, http.StatusBadGateway, err.Error())
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		s.problem(w, http.StatusBadGateway, err.Error())
		return
	}
	a := answered{Path: path, Status: resp.StatusCode, Reference: resp.Header.Get("Prokura-Reference"), Missing: missing(body), Body: string(body)}
	var pretty bytes.Buffer
	if json.Indent(&pretty, body, "", "  ") == nil {
		a.Body = pretty.String()
	}
	s.page(w, http.StatusOK, "app", s.shown(v, &a))
}

// missing are the scopes that a refused call names.
func missing(body []byte) []string {
	var e struct {
		Category string `json:"category"`
		Errors   []struct {
			Context struct {
				Required []string `json:"requiredGranularScopes"`
			} `json:"context"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &e) != nil || e.Category != "MISSING_SCOPES" || len(e.Errors) == 0 {
		return nil
	}
	return e.Errors[0].Context.Required
}
