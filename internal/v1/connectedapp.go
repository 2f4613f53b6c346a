package v1

import "time"

// ConnectedApp is a client that a tenant trusts to sign JWTs. Scopes null is the whole catalog; a list is the ceiling
// of what its JWTs can get.
type ConnectedApp struct {
	ClientID        string    `json:"client_id"` // the claim iss
	Name            string    `json:"name"`
	Enabled         bool      `json:"enabled"`
	Revoked         bool      `json:"revoked"` // its authorization was withdrawn for good
	Scopes          *[]string `json:"scopes"`
	AuthorizationID string    `json:"authorization_id"`
	Version         int       `json:"version"` // raised by every change; one names the version that it saw
	Secrets         []Secret  `json:"secrets"`
	CreatedAt       time.Time `json:"created_at"`
}

// NewConnectedApp makes a connected app. Scopes left out or null assign the whole catalog; wildcards stand for their
// members of today.
type NewConnectedApp struct {
	Name   string    `json:"name"`
	Scopes *[]string `json:"scopes"`
}

// Secret is a shared secret of a connected app. The value stands only in the answer that creates it (A244).
type Secret struct {
	ID        string    `json:"id"` // the header kid
	Value     string    `json:"value,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}
