package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"prokura/examples/world"
)

// visitor is somebody's browser, as far as pages without a script need one. It keeps cookies by host and, as browsers do on
// loopback, also those that are Secure.
type visitor struct {
	cookies map[string]string
	url     *url.URL
	page    string
	status  int
}

func newVisitor() *visitor { return &visitor{cookies: map[string]string{}} }

// open opens a page, or sends a form, and follows where it leads.
func (v *visitor) open(where string, form url.Values) error {
	at, err := url.Parse(where)
	if v.url != nil && err == nil {
		at = v.url.ResolveReference(at)
	}
	for hops := 0; err == nil && hops < 10; hops++ {
		if at, err = v.load(at, form); at == nil {
			return err
		}
		form = nil
	}
	if err == nil {
		err = fmt.Errorf("%s leads on and on", where)
	}
	return err
}

// load loads one address, and answers where that leads; nil: it is the page.
func (v *visitor) load(at *url.URL, form url.Values) (*url.URL, error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, at.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", at.Scheme+"://"+at.Host)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for key, value := range v.cookies {
		if host, name, _ := strings.Cut(key, " "); host == at.Host {
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	for _, c := range res.Cookies() {
		v.cookies[at.Host+" "+c.Name] = c.Value
	}
	v.url, v.page, v.status = at, string(body), res.StatusCode
	if next, err := res.Location(); err == nil {
		return next, nil
	}
	return nil, nil
}

var (
	formTag   = regexp.MustCompile(`(?s)<form.*?</form>`)
	actionOf  = regexp.MustCompile(`action="([^"]*)"`)
	fieldTag  = regexp.MustCompile(`<(?:input|button)[^>]*>`)
	attribute = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// submit sends the first form of the page that has a field of this name, as it stands but for what is filled in.
func (v *visitor) submit(field string, fill map[string]string) error {
	for _, form := range formTag.FindAllString(v.page, -1) {
		if !strings.Contains(form, `name="`+field+`"`) {
			continue
		}
		values, action := url.Values{}, ""
		if a := actionOf.FindStringSubmatch(form); a != nil {
			action = html.UnescapeString(a[1])
		}
		for _, tag := range fieldTag.FindAllString(form, -1) {
			a := map[string]string{}
			for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
				a[m[1]] = html.UnescapeString(m[2])
			}
			skip := strings.HasPrefix(tag, "<button") || a["type"] == "checkbox" && !strings.Contains(tag, "checked")
			if _, ok := fill[a["name"]]; a["name"] == "" || skip || ok {
				continue
			}
			values.Add(a["name"], a["value"])
		}
		for name, value := range fill {
			values.Set(name, value)
		}
		return v.open(action, values)
	}
	return fmt.Errorf("%s has no form with %s:\n%s", v.url, field, v.page)
}

// install begins an installation at the third-party app, at this address, and goes on until the app, a consent or a refusal is shown.
func (v *visitor) install(thirdParty, slug string, u world.User) error {
	if err := v.open(thirdParty+"/install/"+slug, nil); err != nil || !strings.Contains(v.page, `name="password"`) {
		return err
	}
	if err := v.submit("password", map[string]string{"login": u.Username, "password": u.Password}); err != nil {
		return err
	}
	return v.submit("pending", nil)
}
