package v1

import (
	"time"

	"prokura/internal/text"
)

// Entitlement is a function that a tenant's plan gives, or that was added to the tenant or withdrawn from it singly.
type Entitlement struct {
	Entitlement string    `json:"entitlement"`
	InForce     bool      `json:"in_force"`         // the tenant has it now
	Plan        bool      `json:"plan"`             // the tenant's plan has it
	Change      string    `json:"change,omitempty"` // added or withdrawn; absent: the plan alone decides
	From        time.Time `json:"from,omitzero"`    // when the change begins; absent: at once
	Until       time.Time `json:"until,omitzero"`   // when it ends; absent: never
	CreatedAt   time.Time `json:"created_at,omitzero"`
}

// EntitlementChange adds a function, or withdraws it. From and Until are RFC 3339; absent or empty: at once, and for good.
type EntitlementChange struct {
	Withdrawn bool   `json:"withdrawn"`
	From      string `json:"from"`
	Until     string `json:"until"`
}

// Role is a named set of permissions. Those that the catalogs name are built in, the others are the tenant's own.
type Role struct {
	ID          string    `json:"id"`
	Name        text.Text `json:"name"` // of a role of the tenant's own: the same in both languages
	BuiltIn     bool      `json:"built_in"`
	Permissions []string  `json:"permissions"` // of super_admin: empty, since it holds all there are
	CreatedAt   time.Time `json:"created_at,omitzero"`
}

// NewRole makes a role of the tenant's own. Id and name are required.
type NewRole struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"`
}

// RoleChange changes what it names. A permission taken away is taken from all who hold the role, at once.
type RoleChange struct {
	Name        *string   `json:"name"`
	Permissions *[]string `json:"permissions"`
}

// LinkWish asks for a link. Lang is the language of the mail, "de" or "en".
type LinkWish struct {
	Lang string `json:"lang"`
}

// Link is a link that was asked for: to hand over, or on its way by mail.
type Link struct {
	Link      string    `json:"link,omitempty"`   // absent: it went by mail
	Mailed    string    `json:"mailed,omitempty"` // the address it went to
	ExpiresAt time.Time `json:"expires_at"`
}

// Grant is what a user, or a client for itself, gave to an app and what did not end yet.
type Grant struct {
	ID              string    `json:"id"`
	ClientID        string    `json:"client_id"`
	Version         int       `json:"version"` // of the registration it was given under
	AuthorizationID string    `json:"authorization_id"`
	UserID          string    `json:"user_id,omitempty"` // absent: the client's own
	Scopes          []string  `json:"scopes"`
	Dropped         []Dropped `json:"dropped"`
	CreatedAt       time.Time `json:"created_at"`
	InstalledAt     time.Time `json:"installed_at,omitzero"` // the first token
	LastUsedAt      time.Time `json:"last_used_at,omitzero"` // to the hour
	ExpiresAt       time.Time `json:"expires_at,omitzero"`   // absent: it lasts until it is withdrawn
}

// Dropped is a scope that was asked for and not given, and the code of the reason.
type Dropped struct {
	Scope string `json:"scope"`
	Code  string `json:"code"`
}
