package directory

import (
	"slices"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// cover says whether whoever has these rights has all of the others.
func (r Rights) cover(other Rights) bool {
	if r.SuperAdmin || other.SuperAdmin {
		return r.SuperAdmin
	}
	for permission := range other.held {
		if !r.held[permission] {
			return false
		}
	}
	return true
}

// notAbove refuses an act of a user on another one who has rights, or would get them, that the first does not have: neither
// giving a role nor becoming somebody by a link leads above oneself (A156). What the actor may do is read in the transaction
// of the act. Only users are held to it; the operator stands above all of them.
func (d *Directory) notAbove(r store.Reader, by audit.Actor, u store.User, more ...string) error {
	if by.Kind != "user" {
		return nil
	}
	var mine Rights
	if actor, err := id.Parse[id.User](by.ID); err == nil {
		self, err := r.User(u.Tenant, actor)
		if err != nil && !missing(err) {
			return err
		}
		if mine, err = d.rules.Rights(r, self); err != nil {
			return err
		}
	}
	u.Roles = slices.Concat(u.Roles, more)
	u.Disabled = false // who is enabled again has them again
	theirs, err := d.rules.Rights(r, u)
	if err != nil {
		return err
	}
	if !mine.cover(theirs) {
		return refusal.New(refusal.Finding{Code: refusal.RightsExceeded, Got: u.Name})
	}
	return nil
}
