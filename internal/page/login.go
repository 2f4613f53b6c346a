package page

import "net/http"

// LoginForm is the data of the page "login". Whoever renders it lets its form be posted to /login.
type LoginForm struct {
	Login   string // as typed
	Pending string // a sealed authorization request that goes on afterwards; empty: none
	Back    string // a page of the console that was asked for; empty: none
	For     string // the app that waits, for the sentence above; empty: not said
}

// TenantChoice is the data of the page "tenants", whose form is posted to /account/tenant.
type TenantChoice struct {
	Tenants       []TenantRow
	Pending, Back string
	For           string
}

// TenantRow is one account to choose.
type TenantRow struct {
	ID, Name, ContentURL string
	Current              bool
}

// deviceCookie tells that a person logged in in this browser before, so that the guesses of strangers hold nobody up there.
const deviceCookie = "__Host-prokura_device"

// Device is what was kept for a browser in which somebody logged in before.
func Device(r *http.Request) string { return cookie(r, deviceCookie) }

// SetDevice keeps it.
func SetDevice(w http.ResponseWriter, value string) {
	if value != "" {
		setCookie(w, deviceCookie, value, 400*24*60*60)
	}
}
