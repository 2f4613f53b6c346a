package sqlstore

import (
	"fmt"
	"time"

	"prokura/internal/store"
)

const (
	insertReplay  = `INSERT INTO replay (key, until) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	selectReplay  = `SELECT 1 FROM replay WHERE key = $1`
	insertSession = `INSERT INTO sessions (tenant, id, user_id, client, authorization_id, secret, scopes, epoch, n, created,
		expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
)

// Burn uses up an assertion: of any number of callers, the insert lets one through (A093).
func (t *Tx) Burn(replay [32]byte, until time.Time) error {
	n, err := t.exec("burning an assertion", insertReplay, replay[:], unix(until))
	if err == nil && n == 0 {
		err = fmt.Errorf("burning an assertion: %w", store.ErrUsed)
	}
	return err
}

// Burned answers whether Burn would say ErrUsed.
func (t *Tx) Burned(replay [32]byte) (bool, error) {
	return t.exists("the burned assertions", selectReplay, replay[:])
}

// AddSession adds a session. It changes nothing that a memory may hold.
func (t *Tx) AddSession(s store.Session) error {
	_, err := t.exec("adding a session", insertSession, s.Tenant, s.ID, s.User, s.Client, s.Authorization, s.Secret,
		s.Scopes.String(), int64(s.State.Epoch), int64(s.State.N), unix(s.Created), unix(s.Expires))
	return err
}
