package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// elsewhere serves a page of somebody else's: under another host name, so that the browser takes it for another site.
func elsewhere(t *testing.T, html string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, html)
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

// toConsent goes to the consent page of an app as a user who was not here before.
func toConsent(t *testing.T, slug string) *tab {
	t.Helper()
	_, link := app(t, slug)
	b := newTab(t, 1280)
	b.open(link)
	b.logIn("iris")
	b.do(chromedp.WaitReady(chromedp.CSS(allow))) // the login leads there by way of the authorization endpoint
	return b
}

func TestA018_two_tabs_each_decide_their_own_request(t *testing.T) {
	first := toConsent(t, "contact-sync")
	ctx, cancel := chromedp.NewContext(first.ctx) // another tab of the same browser, with the same cookies
	t.Cleanup(cancel)
	second := &tab{t, ctx}
	_, link := app(t, "phone")
	second.open(link)
	second.shows("Phone Book")
	first.press(allow)
	first.shows("Contact Sync")
	second.press(allow)
	second.shows("Phone Book")
}

func TestA189_the_back_button_decides_nothing_twice(t *testing.T) {
	b := toConsent(t, "contact-sync")
	b.press(allow)
	if !strings.HasSuffix(b.url(), "/app") {
		t.Fatalf("ended at %s", b.url())
	}
	// What was posted is not kept, so that the browser asks whether to send it again; then somebody does.
	if err := chromedp.Do(b.ctx, chromedp.NavigateBack()); err != nil && !strings.Contains(err.Error(), "ERR_CACHE_MISS") {
		t.Fatal(err)
	}
	b.do(chromedp.Reload())
	if !b.has(allow) {
		t.Fatalf("the page did not come back:\n%s", b.body())
	}
	b.press(allow)
	if strings.HasSuffix(b.url(), "/app") {
		t.Errorf("the same request was decided twice:\n%s", b.body())
	}
}

func TestA173_no_page_of_ours_is_shown_in_a_frame(t *testing.T) {
	c, _ := app(t, "contact-sync")
	for _, path := range []string{c.InstallURL, demo.BaseURL + "/login", demo.BaseURL + "/console"} {
		b := newTab(t, 1280)
		b.open(elsewhere(t, `<!doctype html><title>bait</title><iframe src="`+path+`"></iframe>`))
		tree, err := chromedp.Call(b.ctx, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range tree.FrameTree.ChildFrames {
			if strings.HasPrefix(f.Frame.URL, demo.BaseURL) {
				t.Errorf("%s is shown in a frame", path)
			}
		}
	}
}

func TestA174_a_form_of_another_site_does_nothing(t *testing.T) {
	b := toConsent(t, "contact-sync") // logged in, with a request under way
	fields, _ := b.eval(`[...new FormData(document.querySelector("#consent"))].map(([n, v]) => n + "=" + encodeURIComponent(v)).join("&")`).(string)
	values, err := url.ParseQuery(fields)
	if err != nil || values.Get("pending") == "" {
		t.Fatalf("the form's fields: %q (%v)", fields, err)
	}
	values.Set("decision", "allow")
	for _, post := range []struct {
		path   string
		fields url.Values
	}{
		{"/oauth/authorize/decide", values}, // as if all of it had leaked
		{"/logout", url.Values{}},
		{"/account/everywhere", url.Values{}},
		{"/login", url.Values{"login": {user(t, "nora").Username}, "password": {user(t, "nora").Password}}},
	} {
		var inputs strings.Builder
		for name, list := range post.fields {
			for _, v := range list {
				fmt.Fprintf(&inputs, `<input name="%s" value="%s">`, name, v)
			}
		}
		b.open(elsewhere(t, `<!doctype html><title>bait</title><form method="post" action="`+demo.BaseURL+post.path+`">`+inputs.String()+`<button>win</button></form>`))
		b.press("button")
		if got := b.eval(`performance.getEntriesByType("navigation")[0].responseStatus`); got != 403.0 {
			t.Errorf("%s from another site answered %v:\n%s", post.path, got, b.body())
		}
	}
	b.open(demo.BaseURL + "/account")
	b.shows("Iris")
}
