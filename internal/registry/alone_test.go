package registry

import (
	"encoding/json"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/refusal"
)

// TestA156_an_app_that_acts_for_itself_has_no_more_than_who_keeps_it: no user stands behind what such an app does, so that
// otherwise whoever registers apps could read everything.
func TestA156_an_app_that_acts_for_itself_has_no_more_than_who_keeps_it(t *testing.T) {
	a := newApps(t)
	dora := audit.Actor{Kind: "user", ID: "d", Name: "dora"}
	views := OwnedBy(a.in).Holding(func(p string) bool { return p == "crm:contacts:view" })
	alone := draft()
	alone.Required, alone.Conditional, alone.Optional, alone.ClientCredentials = []string{"crm.objects.contacts.read"}, nil, nil, true
	more := alone
	more.Optional = []string{"crm.objects.contacts.sensitive.read"}

	for name, reach := range map[string]Reach{"who holds nothing": OwnedBy(a.in).Holding(func(string) bool { return false }), "of whom nothing is known": OwnedBy(a.in)} {
		t.Run(name, func(t *testing.T) {
			_, err := a.CreateClient(ctx, dora, NewClient{Owner: a.in, Reach: reach, Draft: alone})
			want(t, err, refusal.UserLacksPermission)
			_, err = a.CreateClient(ctx, dora, NewClient{Owner: a.in, Reach: reach, Draft: draft()}) // only with users
			a.ok(err)
		})
	}
	_, err := a.CreateClient(ctx, dora, NewClient{Owner: a.in, Reach: views, Draft: more})
	want(t, err, refusal.UserLacksPermission)
	if f := refusal.Of(err).Findings; len(f) != 1 || f[0].Want != "crm:sensitive_data:view" || f[0].Field != "client_credentials" {
		t.Errorf("%+v", f)
	}
	made, err := a.CreateClient(ctx, dora, NewClient{Owner: a.in, Reach: views, Draft: alone})
	a.ok(err)
	_, _, err = a.CreateClientSecret(ctx, dora, views, made.Client.ID)
	a.ok(err)
	_, err = a.UpdateClient(ctx, dora, views, made.Client.ID, 0, more)
	want(t, err, refusal.UserLacksPermission)

	// What somebody else registered, who may, can be changed, but not taken over.
	_, err = a.UpdateClient(ctx, audit.Operator, Everybody(), made.Client.ID, 0, more)
	a.ok(err)
	_, _, err = a.CreateClientSecret(ctx, dora, views, made.Client.ID)
	want(t, err, refusal.UserLacksPermission)
	more.Name = "Another name"
	_, err = a.UpdateClient(ctx, dora, views, made.Client.ID, 0, more)
	a.ok(err)
	keys := made.Client.Registration
	keys.Keys = json.RawMessage(`{"keys":[]}`)
	if !widens(&made.Client.Registration, &keys) || widens(&keys, &keys) {
		t.Error("other keys are another way to prove oneself, the same ones are not")
	}
	off := more
	off.ClientCredentials = false
	_, err = a.UpdateClient(ctx, dora, views, made.Client.ID, 0, off)
	a.ok(err)
	_, err = a.UpdateClient(ctx, dora, views, made.Client.ID, 0, more)
	want(t, err, refusal.UserLacksPermission)
	// Nor does the account of another one count.
	_, _, err = a.CreateClientSecret(ctx, dora, Reach{}.Holding(func(string) bool { return true }), made.Client.ID)
	want(t, err, refusal.ObjectNotFound)
}
