package page

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"prokura/internal/refusal"
)

// Status is the status of a page that says no. There is no 401: a page has no scheme to ask for credentials with.
func Status(k refusal.Kind) int {
	switch k {
	case refusal.Invalid:
		return http.StatusBadRequest
	case refusal.Unauthenticated, refusal.Denied:
		return http.StatusForbidden
	case refusal.NotFound:
		return http.StatusNotFound
	case refusal.Conflict:
		return http.StatusConflict
	case refusal.Exhausted:
		return http.StatusTooManyRequests
	case refusal.Stale, refusal.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// secure sets the headers of a page: nothing inline and nothing foreign runs in it (A178), nobody frames it (A172), nobody
// keeps it (A189), and it tells no other host where one came from. no-referrer makes browsers send "Origin: null" with
// forms, too; they say Sec-Fetch-Site beside it, which is what counts then.
func secure(h http.Header, formAction string) {
	policy := "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
	if formAction != "" {
		policy += "; form-action " + formAction
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Add("Vary", "Cookie, Accept-Language")
}

// formAction says where the forms of a page may lead. Chromium holds every redirect that follows a posted form to it, not
// only the first: so a consent page that is answered with a redirect to the app must name it, and since the app may redirect
// on to hosts that nobody here can know, by its scheme. A native app's own scheme is named as it is. The program on
// loopback that waits for a code often sends its reader on to a page of the web.
func formAction(v *View) string {
	if v.LeadsAnywhere {
		return ""
	}
	sources := []string{"'self'"}
	for _, uri := range v.Leads {
		u, err := url.Parse(uri)
		if err != nil || u.Scheme == "" {
			continue
		}
		sources = append(sources, strings.ToLower(u.Scheme)+":")
		if u.Scheme == "http" {
			sources = append(sources, "https:")
		}
	}
	slices.Sort(sources)
	return strings.Join(slices.Compact(sources), " ")
}
