// Package installtest reads the truth table of installations, a small world and what install URLs are answered in it, for the
// tests of everybody who answers such a question.
package installtest

import (
	"fmt"
	"os"
	"strings"

	"prokura/internal/installurl"
	"prokura/internal/policy"
	"prokura/internal/refusal"
)

// World is what the cases happen in.
type World struct {
	Scopes  []Scope
	Plans   []policy.Plan
	Clients []Client
	Tenants []Tenant
	Users   []User
	Cases   []Case
}

// Scope is one that the catalog knows.
type Scope struct {
	Name, Entitlement string
	Permissions       []string
}

// Client is a registered app.
type Client struct {
	Name                                     string
	Disabled                                 bool
	Implied, Required, Conditional, Optional []string
}

// Tenant is an account. Approved and Revoked name clients.
type Tenant struct {
	Name, Plan string
	Approved   map[string][]string
	Revoked    []string
}

// User is somebody in a tenant.
type User struct {
	Name, Tenant         string
	SuperAdmin, Disabled bool
	Permissions          []string
}

// Case is one question and its answer.
type Case struct {
	Name             string
	Client, Redirect string
	User, Tenant     string // empty: not named
	Scope, Optional  string // as in a URL, separated by spaces
	ResponseType     string // of clients that nothing is implied for
	Want             Answer
}

// Answer is what must be the same, whoever answers.
type Answer struct {
	Verdict  string
	Granted  string // separated by spaces
	Findings string // the findings, then what is dropped, separated by commas
	// Corrected is the corrected URL's two lists; empty: there is none.
	Corrected string
}

// Load reads the table.
func Load(path string) (*World, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	w := &World{}
	for i, line := range strings.Split(string(src), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := w.line(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	for i := range w.Cases {
		c := &w.Cases[i]
		for _, k := range w.Clients {
			if k.Name == c.Client && len(k.Implied) == 0 {
				c.ResponseType = "code"
			}
		}
	}
	return w, nil
}

func (w *World) line(line string) error {
	if strings.Contains(line, "|") {
		return w.row(line)
	}
	words := strings.Fields(line)
	if len(words) < 2 {
		return fmt.Errorf("a lone word")
	}
	name, rest := words[1], words[2:]
	switch words[0] {
	case "scope":
		s := Scope{Name: name}
		for i := 0; i+1 < len(rest); i += 2 {
			if rest[i] == "entitlement" {
				s.Entitlement = rest[i+1]
			} else {
				s.Permissions = append(s.Permissions, rest[i+1])
			}
		}
		w.Scopes = append(w.Scopes, s)
	case "plan":
		w.Plans = append(w.Plans, policy.Plan{ID: name, Entitlements: rest})
	case "client":
		w.Clients = append(w.Clients, client(name, rest))
	case "tenant":
		w.Tenants = append(w.Tenants, tenant(name, rest))
	case "user":
		u := User{Name: name, Tenant: rest[1]}
		for i := 2; i < len(rest); i++ {
			switch rest[i] {
			case "super":
				u.SuperAdmin = true
			case "disabled":
				u.Disabled = true
			case "permission":
				i++
				u.Permissions = append(u.Permissions, rest[i])
			}
		}
		w.Users = append(w.Users, u)
	default:
		return fmt.Errorf("unknown word %q", words[0])
	}
	return nil
}

func client(name string, words []string) Client {
	c := Client{Name: name}
	list := &c.Required
	for _, word := range words {
		switch word {
		case "disabled":
			c.Disabled = true
		case "implied":
			list = &c.Implied
		case "required":
			list = &c.Required
		case "conditional":
			list = &c.Conditional
		case "optional":
			list = &c.Optional
		default:
			*list = append(*list, word)
		}
	}
	return c
}

func tenant(name string, words []string) Tenant {
	t := Tenant{Name: name, Approved: map[string][]string{}}
	of := ""
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "plan":
			i++
			t.Plan = words[i]
		case "approved":
			i++
			of = words[i]
		case "revoked":
			i++
			t.Revoked = append(t.Revoked, words[i])
		default:
			t.Approved[of] = append(t.Approved[of], words[i])
		}
	}
	return t
}

func (w *World) row(line string) error {
	cells := strings.Split(line, "|")
	for len(cells) < 9 {
		cells = append(cells, "")
	}
	if len(cells) > 9 {
		return fmt.Errorf("%d cells", len(cells))
	}
	for i := range cells {
		cells[i] = strings.Join(strings.Fields(cells[i]), " ")
	}
	c := Case{Name: cells[0], Scope: cells[3], Optional: cells[4], Want: Answer{cells[5], cells[6], strings.TrimSuffix(cells[7], ","), cells[8]}}
	var elsewhere bool
	if c.Client, c.Redirect, elsewhere = strings.Cut(cells[1], " to "); !elsewhere {
		c.Redirect = Redirect(c.Client)
	}
	c.User, c.Tenant, _ = strings.Cut(cells[2], "@")
	if c.User == "-" {
		c.User = ""
	}
	w.Cases = append(w.Cases, c)
	return nil
}

// Redirect is the redirect URI that the client of a name is registered with.
func Redirect(client string) string { return "https://" + client + ".example/cb" }

// URL is the install URL of a case, for the client ID that the client has where it is asked.
func (c *Case) URL(clientID string) string {
	url := "/oauth/authorize?client_id=" + clientID + "&redirect_uri=" + c.Redirect
	for _, p := range [][2]string{{"scope", c.Scope}, {"optional_scope", c.Optional}, {"response_type", c.ResponseType}} {
		if p[1] != "" {
			url += "&" + p[0] + "=" + strings.ReplaceAll(p[1], " ", "%20")
		}
	}
	return url
}

// Finding writes a finding as the table has it: code, scope, what is lacking, plans that have it.
func Finding(code, scope, permission, entitlement string, plans []string, together bool) string {
	var b strings.Builder
	for i := range len(scope) {
		if c := scope[i]; c <= 0x20 || c > 0x7e || c == ',' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	out := []string{code, b.String(), permission, entitlement}
	sep := " "
	if together {
		sep = "+"
	}
	out = append(out, strings.Join(plans, sep))
	return strings.Join(strings.Fields(strings.Join(out, " ")), " ")
}

// Corrected writes the lists of a corrected URL as the table has them.
func Corrected(url string) string {
	if url == "" {
		return ""
	}
	u, flaws := installurl.Parse(url)
	if len(flaws) > 0 {
		return fmt.Sprint("unreadable: ", flaws)
	}
	return strings.TrimSpace(u.Scope.String() + " ; " + u.Optional.String())
}

// AboutURL says whether a code is a finding about the URL, which a corrected one would not have.
func AboutURL(c refusal.Code) bool {
	switch c {
	case refusal.ScopeUnknown, refusal.RequiredScopeMissing, refusal.ScopeMismatch, refusal.NothingRequested, refusal.RedirectURIMismatch:
		return true
	}
	return false
}
