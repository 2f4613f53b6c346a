package sqlstore

import "prokura/internal/store"

const selectNotable = `SELECT ` + clientColumns + ` FROM ` + clientTables + ` WHERE c.built_in OR c.verified ORDER BY c.id LIMIT $1`

// NotableClients lists the clients that are built in or whose publisher is verified.
func (t *Tx) NotableClients() ([]store.Client, error) {
	return many(t, scanClient, "notable clients", selectNotable, store.MaxNotableClients)
}
