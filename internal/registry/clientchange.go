package registry

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Change is one member of a registration that differs between two versions, with its values as text. Lists stand in one line,
// separated by spaces.
type Change struct {
	Field    string
	Old, New string
	// Security says that it concerns where answers are sent, what may be asked for, who answers for the app, or how the app
	// proves itself, so that whoever looks at the registration must be shown it.
	Security bool
}

// Diff is what a registration changes about another, in the order of its members.
func Diff(old, changed store.Registration) []Change {
	a, b := members(&old), members(&changed)
	var out []Change
	for i := range a {
		if a[i].New != b[i].New {
			out = append(out, Change{Field: a[i].Field, Old: a[i].New, New: b[i].New, Security: a[i].Security})
		}
	}
	return out
}

// members are a registration's members, each as the change that it would be from nothing.
func members(r *store.Registration) []Change {
	return []Change{
		{Field: "name", New: r.Name},
		{Field: "publisher", New: r.Publisher, Security: true},
		{Field: "description.en", New: r.Description.EN},
		{Field: "description.de", New: r.Description.DE},
		{Field: "contact.mail", New: r.Contact.Mail},
		{Field: "contact.page", New: r.Contact.Page},
		{Field: "contact.documentation", New: r.Contact.Documentation},
		{Field: "contact.privacy", New: r.Contact.Privacy},
		{Field: "logo", New: r.Logo},
		{Field: "redirect_uris", New: strings.Join(r.RedirectURIs, " "), Security: true},
		{Field: "public", New: shown(r.Public), Security: true},
		{Field: "keys", New: string(bytes.TrimSpace(r.Keys)), Security: true},
		{Field: "install_url", New: shown(r.InstallURL)},
		{Field: "wire", New: r.Wire},
		{Field: "client_credentials", New: shown(r.ClientCredentials), Security: true},
		{Field: "listed", New: shown(r.Listed)},
		{Field: "required", New: r.Required.String(), Security: true},
		{Field: "conditional", New: r.Conditional.String(), Security: true},
		{Field: "optional", New: r.Optional.String(), Security: true},
		{Field: "stopped", New: shown(r.Stopped), Security: true},
		{Field: "access_seconds", New: seconds(r.AccessLife)},
		{Field: "refresh_seconds", New: seconds(r.RefreshLife)},
	}
}

// shown writes no for nothing, so that what is new has no changes from false to false.
func shown(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.Itoa(int(d.Seconds()))
}

// UpdateClient makes a new version of a registration. version is the one that the change was made from; if another one is in
// force by now it is refused, and zero takes whichever is. Grants that exist keep what they have: the new registration counts
// from the next installation on. A draft that changes nothing makes no version.
func (r *Registry) UpdateClient(ctx context.Context, by audit.Actor, reach Reach, client id.Client, version int, d Draft) (Registered, error) {
	reg, notes, err := r.Check(d)
	if err != nil {
		return Registered{}, err
	}
	now, err := r.Preview(ctx, reach, client, version, d)
	if err != nil || len(now.Changes) == 0 {
		return now, err
	}
	out := Registered{Notes: notes}
	out.Client, err = r.changeClient(ctx, by, "client.update", reach, client, func(tx store.Tx, c *store.Client) error {
		if err := fits(c, version, &reg); err != nil {
			return err
		}
		if err := unreserved(tx, c, &reg); err != nil {
			return err
		}
		if widens(&c.Registration, &reg) {
			if err := r.mayActAlone(by, reach, &reg); err != nil {
				return err
			}
		}
		out.Changes = Diff(c.Registration, reg)
		return r.newVersion(tx, by, c, reg, out.Changes)
	})
	return out, err
}

// Preview is what UpdateClient would answer, and changes nothing.
func (r *Registry) Preview(ctx context.Context, reach Reach, client id.Client, version int, d Draft) (Registered, error) {
	reg, notes, err := r.Check(d)
	if err != nil {
		return Registered{}, err
	}
	c, err := r.FindClient(ctx, reach, client)
	if err != nil {
		return Registered{}, err
	}
	if err := fits(&c, version, &reg); err != nil {
		return Registered{}, err
	}
	return Registered{Client: c, Changes: Diff(c.Registration, reg), Notes: notes}, nil
}

// fits says whether a registration can follow the one in force, and gives it what no draft has: the logo stays, and so does whether the owner stopped it.
func fits(c *store.Client, version int, reg *store.Registration) error {
	if version != 0 && version != c.Version {
		return refusal.New(refusal.Finding{Code: refusal.ClientChanged, Got: strconv.Itoa(version), Want: strconv.Itoa(c.Version), Field: "version"})
	}
	if reg.Public && len(c.Secrets) > 0 {
		return refusal.New(refusal.Finding{Code: refusal.PublicClientConflict, Got: "secrets", Field: "public"})
	}
	reg.Logo, reg.Stopped = c.Registration.Logo, c.Registration.Stopped
	return nil
}

// newVersion writes a registration as the next version of the client.
func (r *Registry) newVersion(tx store.Tx, by audit.Actor, c *store.Client, reg store.Registration, changes []Change) error {
	if reg.Publisher != c.Registration.Publisher {
		r.unverify(tx, c)
	}
	c.Version++
	c.Registration = reg
	var fields []string
	for _, ch := range changes {
		fields = append(fields, ch.Field)
		if ch.Security {
			tx.Detail(ch.Field, clip(ch.Old)+" → "+clip(ch.New))
		}
	}
	tx.Detail("version", strconv.Itoa(c.Version))
	tx.Detail("changed", strings.Join(fields, " "))
	return tx.UpdateClient(*c, &store.ClientVersion{Client: c.ID, Number: c.Version, Registration: reg, By: nameOf(by), At: r.now()})
}
