package v1client

import (
	"encoding/json"
	"fmt"
	"net/http"

	"prokura/internal/reserved"
	"prokura/internal/v1"
)

// Problem is what the API refused, in the language that was asked for.
type Problem struct {
	v1.Problem
	lang string
}

// Error is what happened, in the language that was asked for.
func (p *Problem) Error() string {
	switch {
	case p.Message.EN != "":
		return p.Message.In(p.lang)
	case p.Title != "":
		return p.Title
	}
	return fmt.Sprintf("the server answered %d %s", p.Status, http.StatusText(p.Status))
}

// Hint is what to do about it, in the same language.
func (p *Problem) Hint() string { return p.Remedy.In(p.lang) }

func problem(resp *http.Response, body []byte) error {
	p := &Problem{lang: resp.Request.Header.Get("Accept-Language")}
	// An answer that is no problem document comes from something in between; its status is all there is to say.
	if json.Unmarshal(body, p) != nil {
		*p = Problem{lang: p.lang}
	}
	p.Status = resp.StatusCode
	if p.Reference == "" {
		p.Reference = resp.Header.Get(reserved.ReferenceHeader)
	}
	return p
}

// Unreachable says that no answer came.
type Unreachable struct {
	Server string
	Err    error
}

// Error names the server and the reason.
func (u *Unreachable) Error() string { return fmt.Sprintf("calling %s: %v", u.Server, u.Err) }

// Unwrap is the reason.
func (u *Unreachable) Unwrap() error { return u.Err }
