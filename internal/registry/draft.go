package registry

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"prokura/internal/redirect"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
	"prokura/internal/token"
)

// Draft is a registration as somebody wrote it. Nothing in it is proven; [Registry.Check] makes a registration of it.
type Draft struct {
	Name        string
	Publisher   string
	Description text.Text
	Contact     store.Contact

	RedirectURIs      []string
	Public            bool
	Keys              json.RawMessage // a JWKS; empty: none
	InstallURL        bool
	Wire              string
	ClientCredentials bool
	Listed            bool

	Required    []string
	Conditional []string
	Optional    []string

	AccessLife  time.Duration
	RefreshLife time.Duration
}

// DraftOf is a registration to be changed. The logo is no part of it; it is uploaded.
func DraftOf(reg store.Registration) Draft {
	return Draft{Name: reg.Name, Publisher: reg.Publisher, Description: reg.Description, Contact: reg.Contact,
		RedirectURIs: reg.RedirectURIs, Public: reg.Public, Keys: reg.Keys, InstallURL: reg.InstallURL, Wire: reg.Wire,
		ClientCredentials: reg.ClientCredentials, Listed: reg.Listed,
		Required: reg.Required.Names(), Conditional: reg.Conditional.Names(), Optional: reg.Optional.Names(),
		AccessLife: reg.AccessLife, RefreshLife: reg.RefreshLife}
}

// The bounds of a registration.
const (
	MaxRedirectURIs = 32
	MaxDescription  = 2000 // bytes, in each language
	MinLife         = time.Minute
	MaxRefreshLife  = 10 * 365 * 24 * time.Hour
	maxContact      = 2048
)

// HubSpotWire is the one dialect that an app can have the words and habits of.
const HubSpotWire = "hubspot"

// Implied are the scopes that come with every installation by an install URL, whatever the registration and the URL say of
// them.
func Implied() scope.Set { return scope.NewSet(scope.MustParse("oauth")) }

// Implied are the scopes that come with every installation of an app, where a catalog knows them.
func (c *Catalogs) Implied(r *store.Registration) scope.Set {
	if !implies(r.InstallURL, r.Wire) {
		return scope.Set{}
	}
	return Implied().Intersect(c.all)
}

// implies says whether the implied scopes come with an app.
func implies(installURL bool, wire string) bool { return installURL || wire == HubSpotWire }

// checker gathers everything that is wrong with a draft, each at its field.
type checker struct {
	catalogs *Catalogs
	implied  scope.Set
	findings []refusal.Finding
	notes    []refusal.Finding
}

func (c *checker) blame(field string, f refusal.Finding) {
	f.Field = field
	c.findings = append(c.findings, f)
}

// Check makes a registration of a draft. Its error names every problem, each with the field it stands at; notes say what was
// understood otherwise than written.
//
// Scopes are concrete ones that a catalog knows: a wildcard is refused, with its members, since one that a catalog later adds
// to it would otherwise join the registration without anybody having decided so (A036).
func (r *Registry) Check(d Draft) (reg store.Registration, notes []refusal.Finding, err error) {
	c := &checker{catalogs: r.catalogs}
	if implies(d.InstallURL, d.Wire) {
		c.implied = Implied()
	}
	reg = store.Registration{Name: d.Name, Publisher: d.Publisher, Description: d.Description, Contact: d.Contact,
		Public: d.Public, InstallURL: d.InstallURL, Wire: d.Wire, ClientCredentials: d.ClientCredentials, Listed: d.Listed,
		AccessLife: d.AccessLife, RefreshLife: d.RefreshLife}
	c.name("name", d.Name)
	c.name("publisher", d.Publisher)
	c.description("description.en", d.Description.EN)
	c.description("description.de", d.Description.DE)
	c.contact(d.Contact)
	reg.RedirectURIs = c.redirectURIs(d)
	reg.Keys = c.keys(d.Keys)
	if d.Public && len(d.Keys) > 0 {
		c.blame("keys", refusal.Finding{Code: refusal.PublicClientConflict, Got: "keys"})
	}
	if d.Public && d.ClientCredentials { // RFC 6749 §4.4
		c.blame("client_credentials", refusal.Finding{Code: refusal.PublicClientConflict, Got: "client_credentials"})
	}
	if d.Wire != "" && d.Wire != HubSpotWire {
		c.blame("wire", refusal.Finding{Code: refusal.WireUnknown, Got: d.Wire, Want: HubSpotWire})
	}
	classes := []struct {
		field string
		names []string
		into  *scope.Set
	}{{"required", d.Required, &reg.Required}, {"conditional", d.Conditional, &reg.Conditional}, {"optional", d.Optional, &reg.Optional}}
	class := map[scope.Scope]string{}
	for _, k := range classes {
		*k.into = c.scopes(k.field, k.names, class)
	}
	// What a user is called, and which roles somebody has, is not known yet; this leaves room for usual ones.
	all := reg.Scopes()
	if t := (token.Access{Name: strings.Repeat("x", 32), Roles: []string{"super_admin", "site_admin"}, Scopes: all}); t.TooLarge() {
		c.blame("required", refusal.Finding{Code: refusal.RegistrationTokenTooLarge, Got: strconv.Itoa(all.Len()), Want: refusal.Size(token.MaxSize)})
	}
	c.life("access_seconds", d.AccessLife, token.MaxLife)
	c.life("refresh_seconds", d.RefreshLife, MaxRefreshLife)
	if len(c.findings) > 0 {
		return store.Registration{}, c.notes, &refusal.Error{Findings: c.findings}
	}
	return reg, c.notes, nil
}

func (c *checker) name(field, s string) {
	if err := refusal.CheckName(field, s); err != nil {
		c.blame(field, refusal.Of(err).First())
	}
}

// description accepts text of several lines, and none at all.
func (c *checker) description(field, s string) {
	switch i := strings.IndexFunc(s, func(r rune) bool { return r != '\n' && unicode.Is(unicode.C, r) }); {
	case len(s) > MaxDescription:
		c.blame(field, refusal.Finding{Code: refusal.FieldTooLong, Got: field, Want: strconv.Itoa(MaxDescription)})
	case !utf8.ValidString(s):
		c.blame(field, refusal.Finding{Code: refusal.FieldCharacter, Got: field, Want: "U+FFFD"})
	case i >= 0:
		r, _ := utf8.DecodeRuneInString(s[i:])
		c.blame(field, refusal.Finding{Code: refusal.FieldCharacter, Got: field, Want: "U+" + strings.ToUpper(strconv.FormatInt(int64(r)+0x10000, 16)[1:])})
	}
}

func (c *checker) contact(v store.Contact) {
	if v.Mail != "" && !isMail(v.Mail) {
		c.blame("contact.mail", refusal.Finding{Code: refusal.ContactMailInvalid, Got: v.Mail})
	}
	for _, f := range []struct{ field, url string }{
		{"contact.page", v.Page}, {"contact.documentation", v.Documentation}, {"contact.privacy", v.Privacy},
	} {
		if f.url != "" && !isContact(f.url) {
			c.blame(f.field, refusal.Finding{Code: refusal.ContactURLInvalid, Got: f.url})
		}
	}
}

func isMail(s string) bool {
	flaw, _ := text.CheckName(s)
	a, err := mail.ParseAddress(s)
	return flaw == text.Sound && err == nil && a.Name == "" && a.Address == s && !strings.ContainsAny(s, `" ?&`)
}

// isContact accepts what a page may link to. It is never fetched (A118).
func isContact(s string) bool {
	if address, ok := strings.CutPrefix(s, "mailto:"); ok {
		return isMail(address)
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && len(s) <= maxContact &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || r == '\\' || unicode.Is(unicode.C, r) })
}

func (c *checker) redirectURIs(d Draft) []string {
	switch {
	case len(d.RedirectURIs) == 0 && !d.ClientCredentials:
		c.blame("redirect_uris", refusal.Finding{Code: refusal.FieldMissing, Got: "redirect_uris"})
	case len(d.RedirectURIs) > MaxRedirectURIs:
		c.blame("redirect_uris", refusal.Finding{Code: refusal.ListTooLong, Got: "redirect_uris", Want: strconv.Itoa(MaxRedirectURIs)})
		return nil
	}
	out := []string{} // never null, as it travels
	for i, raw := range d.RedirectURIs {
		field := "redirect_uris[" + strconv.Itoa(i) + "]"
		u, flaws := redirect.Parse(raw, d.Public)
		for _, w := range flaws {
			c.blame(field, refusal.Finding{Code: refusal.RedirectURIInvalid, Got: raw, Why: w})
		}
		if len(flaws) > 0 {
			continue
		}
		if slices.Contains(out, u.Text) {
			c.blame(field, refusal.Finding{Code: refusal.RedirectURITwice, Got: raw})
			continue
		}
		if u.International {
			c.notes = append(c.notes, refusal.Finding{Code: refusal.RedirectURIInternational, Got: raw, Want: u.Text, Field: field})
		}
		out = append(out, u.Text)
	}
	return out
}

// scopes reads one class. class is what the scopes before were registered as.
func (c *checker) scopes(field string, names []string, class map[scope.Scope]string) scope.Set {
	if len(names) > scope.MaxCount {
		c.blame(field, refusal.Finding{Code: refusal.ListTooLong, Got: field, Want: strconv.Itoa(scope.MaxCount)})
		return scope.Set{}
	}
	var out []scope.Scope
	for i, name := range names {
		at := field + "[" + strconv.Itoa(i) + "]"
		sc, err := scope.Parse(name)
		switch {
		case err != nil:
			c.blame(at, refusal.Finding{Code: refusal.ScopeNameInvalid, Got: name})
			continue
		case c.implied.Has(sc):
			c.notes = append(c.notes, refusal.Finding{Code: refusal.ScopeImplied, Scope: name, Got: field, Field: at})
			continue
		case !c.known(at, sc):
			continue
		}
		switch other, twice := class[sc]; {
		case !twice:
			class[sc] = field
			out = append(out, sc)
		case other != field:
			c.blame(at, refusal.Finding{Code: refusal.ScopeInTwoClasses, Scope: name, Got: other, Want: field})
		}
	}
	return scope.NewSet(out...)
}

// known says whether a scope is a concrete one of a catalog, and blames it otherwise.
func (c *checker) known(at string, sc scope.Scope) bool {
	if c.catalogs.All().Has(sc) {
		return true
	}
	members, unknown := c.catalogs.Expand(scope.NewSet(sc))
	if unknown.Len() == 0 {
		c.blame(at, refusal.Finding{Code: refusal.ScopeIsWildcard, Scope: sc.String(), Want: strings.Join(members.Names(), ", ")})
		return false
	}
	f := refusal.Finding{Code: refusal.ScopeUnknown, Scope: sc.String()}
	if near, ok := c.catalogs.Nearest(sc); ok {
		f.Want, f.Case = near.String(), refusal.Misspelt
	}
	c.blame(at, f)
	return false
}

// life accepts zero for the default.
func (c *checker) life(field string, life, most time.Duration) {
	if life != 0 && (life < MinLife || life > most || life%time.Second != 0) {
		want := strconv.Itoa(int(MinLife.Seconds())) + " – " + strconv.Itoa(int(most.Seconds())) + " s"
		c.blame(field, refusal.Finding{Code: refusal.LifeOutOfRange, Got: strconv.FormatFloat(life.Seconds(), 'f', -1, 64) + " s", Want: want})
	}
}
