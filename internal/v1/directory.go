package v1

import "time"

// List is one page of a list. The next page is asked for with ?after= and what Next says.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
	Total *int   `json:"total,omitempty"`
}

// Tenant is a customer. Its id is the site id on Tableau's wire.
type Tenant struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	ContentURL string    `json:"content_url"`
	Plan       string    `json:"plan"`
	CreatedAt  time.Time `json:"created_at"`
}

// NewTenant makes a tenant. All three are required.
type NewTenant struct {
	Name       string `json:"name"`
	ContentURL string `json:"content_url"`
	Plan       string `json:"plan"`
}

// TenantChange changes what it names.
type TenantChange struct {
	Name       *string `json:"name"`
	ContentURL *string `json:"content_url"`
	Plan       *string `json:"plan"`
}

// User is a person in a tenant. Name is what sub names in an assertion, to the letter.
type User struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	FullName      string    `json:"full_name"`
	Email         string    `json:"email"`
	Roles         []string  `json:"roles"`          // such as super_admin, app_installer or user
	PlatformRoles []string  `json:"platform_roles"` // operator
	Disabled      bool      `json:"disabled"`
	CreatedAt     time.Time `json:"created_at"`
}

// NewUser makes a user. The name is required; without roles it gets the role user. With a password, a person who can
// log in by that name is made too.
type NewUser struct {
	Name          string   `json:"name"`
	FullName      string   `json:"full_name"`
	Email         string   `json:"email"`
	Password      string   `json:"password"`
	Roles         []string `json:"roles"`
	PlatformRoles []string `json:"platform_roles"`
}

// UserChange changes what it names. Disabling, and taking a role, ends the user's sessions.
type UserChange struct {
	Name          *string   `json:"name"`
	FullName      *string   `json:"full_name"`
	Email         *string   `json:"email"`
	Roles         *[]string `json:"roles"`
	PlatformRoles *[]string `json:"platform_roles"`
	Disabled      *bool     `json:"disabled"`
}

// Group is a named list of users.
type Group struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

// GroupName makes a group, or gives it another name. It is required.
type GroupName struct {
	Name string `json:"name"`
}
