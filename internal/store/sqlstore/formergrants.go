package sqlstore

import (
	"prokura/internal/id"
	"prokura/internal/store"
)

const selectFormer = `SELECT ` + grantColumns + ` FROM grants WHERE tenant = $1 AND user_id = $2 AND (ended > 0 OR NOT (TRUE` + underAnyLive + `))
	ORDER BY created DESC, id DESC LIMIT $3`

// FormerGrants lists a user's grants that live no more, newest first.
func (t *Tx) FormerGrants(in id.Tenant, user id.User, most int) ([]store.Grant, error) {
	return many(t, scanGrant, "former grants", selectFormer, in, user, limit(most))
}
