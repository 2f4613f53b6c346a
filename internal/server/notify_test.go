package server

import (
	"testing"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/mail"
	"prokura/internal/store"
)

func TestLetters_go_to_addresses_alone(t *testing.T) {
	user := store.User{ID: id.User{}.From([16]byte{1}), Name: "mia", FullName: "Mia Berger", Email: "mia@acme.example"}
	n := govern.Notice{Tenant: store.Tenant{Name: "Acme"}, App: govern.App{Name: "Sync"}, Asker: user,
		Request: store.AuthorizationRequest{User: user.ID, State: store.RequestWaiting, Reason: "why", Justification: "because"},
		To:      []store.User{user, {Name: "nobody"}, {Name: "x", Email: "Ada <ada@acme.example>"}}}
	for state, want := range map[store.RequestState]mail.Letter{
		store.RequestWaiting: {Kind: mail.Request, Asker: "Mia Berger", Words: "why", Link: "https://p.example/console/requests"},
		store.RequestDenied:  {Kind: mail.Decision, Outcome: "denied", Words: "because", Link: "https://p.example/console/apps"},
	} {
		n.Request.State = state
		got := letters("https://p.example", n)
		if len(got) != 1 || got[0].To != user.Email || got[0].Kind != want.Kind || got[0].Asker != want.Asker || got[0].Words != want.Words || got[0].Link != want.Link || got[0].Outcome != want.Outcome {
			t.Errorf("%s: %+v", state, got)
		}
	}
	n.Request.State = store.RequestWithdrawn
	if got := letters("https://p.example", n); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
