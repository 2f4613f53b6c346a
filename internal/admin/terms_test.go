package admin

import (
	"slices"
	"strings"
	"testing"

	"prokura/internal/v1"
)

// found are the codes and fields of what a problem names, in its order.
func found(t *testing.T, p v1.Problem) (out []string) {
	t.Helper()
	for _, f := range p.Findings {
		if f.Message.EN == "" || f.Remedy.DE == "" {
			t.Errorf("%s says nothing", f.Code)
		}
		out = append(out, f.Code+" "+f.Field)
	}
	return out
}

func TestTerms_all_that_is_wrong_is_said_at_once(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	app := as[v1.ChangedClient](w.do("POST", "/v1/clients", `{"name":"Acme Sync","publisher":"Acme","redirect_uris":["https://acme.example/cb"],
		"required":["crm.objects.contacts.read"],"optional":["crm.objects.deals.read"]}`).is(201))
	at := in + "/authorizations/" + app.ClientID
	script := as[v1.ConnectedApp](w.do("POST", in+"/connected-apps", `{"name":"Script","scopes":["crm.objects.contacts.read"]}`).is(201))
	const nobody = "11111111-1111-4111-8111-111111111111"
	long := strings.Repeat("x", 1001)
	for name, tt := range map[string]struct {
		path, body string
		want       []string
	}{
		"each field": {at, `{"scopes":["crm.objects.companies.read"],"admission":{"all":false,"roles":["nobody","neither"],"users":["` + nobody + `"],"barred":[]},
			"expires_at":"2001-01-01T00:00:00Z","reason":"` + long + `"}`,
			[]string{"scope_not_registered scopes", "role_unknown admission.roles", "role_unknown admission.roles", "object_not_found admission.users",
				"expiry_past expires_at", "field_too_long reason"}},
		"what cannot be read, with what is wrong otherwise": {at, `{"scopes":["a b","crm.objects.companies.read"],"admission":{"all":false,"roles":[],"users":["bob"],"barred":["eve"]},
			"expires_at":"tomorrow","reason":"` + long + `"}`,
			[]string{"scope_name_invalid scopes", "object_not_found admission.users", "object_not_found admission.barred", "date_unreadable expires_at",
				"scope_not_registered scopes", "field_too_long reason"}},
		"nobody, and no more": {at, `{"all_scopes":true,"admission":{"all":false,"roles":[],"users":[],"barred":[]},"expires_at":"2001-01-01T00:00:00Z"}`,
			[]string{"admission_empty admission", "expiry_past expires_at"}},
		"all users, and some": {at, `{"all_scopes":true,"admission":{"all":true,"roles":[],"users":["` + nobody + `"],"barred":[]}}`,
			[]string{"terms_not_offered admission"}},
		"a connected app": {in + "/authorizations/" + script.ClientID, `{"scopes":["no.such.scope"],"admission":{"all":false,"roles":["app_installer"],"users":[],"barred":[]},"for_itself":true,"expires_at":"2099-01-01T00:00:00Z"}`,
			[]string{"terms_not_offered admission", "terms_not_offered expires_at", "terms_not_offered for_itself", "scope_unknown scopes"}},
	} {
		p := w.do("PUT", tt.path, tt.body)
		if got := found(t, as[v1.Problem](p)); p.status != 400 || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %d\n%q\n%q", name, p.status, got, tt.want)
		}
	}
	// A look at the cost reads as strictly.
	w.do("POST", at+"/preview", `{"scopes":["a b"],"expires_at":"tomorrow"}`).refused(400, "scope_name_invalid")
	if z := as[v1.Authorization](w.do("GET", at, "").is(200)); z.Version != 0 {
		t.Errorf("something was decided: %+v", z)
	}
}

func TestGovernance_all_that_is_wrong_with_settings_is_said_at_once(t *testing.T) {
	w := newWorld(t, crm())
	p := w.do("PUT", w.tenant("acme")+"/governance", `{"version":0,"reviewers":["nobody","app_installer","neither"],"request_days":1000,"rules":[{"scopes":["no.such.scope"],"policy":"open"}]}`)
	want := []string{"scope_unknown rules[0].scopes", "life_out_of_range request_days", "role_unknown reviewers", "role_unknown reviewers"}
	if got := found(t, as[v1.Problem](p)); p.status != 400 || !slices.Equal(got, want) {
		t.Errorf("%d %q", p.status, got)
	}
}
