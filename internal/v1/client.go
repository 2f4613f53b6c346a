package v1

import (
	"encoding/json"
	"time"

	"prokura/internal/text"
)

// Registration is what a developer says of an app. Times are in seconds, zero is the default. In a request that changes it,
// members left out stay as they are.
type Registration struct {
	Name              string          `json:"name"`
	Publisher         string          `json:"publisher"`
	Description       text.Text       `json:"description"`
	Contact           Contact         `json:"contact"`
	RedirectURIs      []string        `json:"redirect_uris"` // compared byte by byte
	Public            bool            `json:"public"`        // it can keep no secret
	Keys              json.RawMessage `json:"keys,omitempty"`
	InstallURL        bool            `json:"install_url"` // it is installed by an install URL, in which response_type may be missing
	Wire              string          `json:"wire"`        // "hubspot", or empty
	ClientCredentials bool            `json:"client_credentials"`
	Listed            bool            `json:"listed"`
	Required          []string        `json:"required"`
	Conditional       []string        `json:"conditional"`
	Optional          []string        `json:"optional"`
	AccessSeconds     int             `json:"access_seconds"`
	RefreshSeconds    int             `json:"refresh_seconds"`
}

// Contact is how to reach the developer.
type Contact struct {
	Mail          string `json:"mail"`
	Page          string `json:"page"`
	Documentation string `json:"documentation"`
	Privacy       string `json:"privacy"`
}

// NewClient registers an app. Owner is the id of the developer's account; without it the app is the vendor's own. Without
// install_url it is installed by an install URL.
type NewClient struct {
	Owner   string `json:"owner"`
	BuiltIn bool   `json:"built_in"`
	Registration
}

// ClientChange changes a registration. Version is the one that the change was made from; without it, whichever is in force.
type ClientChange struct {
	Version int `json:"version"`
	Registration
}

// Client is a registered app. Secrets are listed without their values.
type Client struct {
	ClientID string `json:"client_id"` // empty in a dry run that would make it
	Owner    string `json:"owner"`
	Version  int    `json:"version"`
	Enabled  bool   `json:"enabled"`
	Stopped  bool   `json:"stopped"` // disabled by its owner, who can enable it again
	BuiltIn  bool   `json:"built_in"`
	Verified bool   `json:"verified"` // the operator knows the publisher
	Registration
	Logo      string    `json:"logo"` // SHA-256 of the image, or empty
	Secrets   []Secret  `json:"secrets"`
	CreatedAt time.Time `json:"created_at"`
}

// ChangedClient is an app after a change, or as it would be after one: what changed, what was understood otherwise than written,
// and in a dry run what it would do to what is published.
type ChangedClient struct {
	Client
	Changes []Change  `json:"changes"`
	Notes   []Finding `json:"notes"`
	DryRun  bool      `json:"dry_run,omitempty"`
	Impact  *Impact   `json:"impact,omitempty"`
}

// Change is one member of a registration that differs. Security says that it concerns where answers are sent, what may be asked
// for, who answers for the app, or how it proves itself.
type Change struct {
	Field    string `json:"field"`
	Old      string `json:"old"`
	New      string `json:"new"`
	Security bool   `json:"security"`
}

// ClientVersion is one state of a registration, with what it changed about the one before.
type ClientVersion struct {
	Version int       `json:"version"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Changes []Change  `json:"changes"`
	Registration
}

// Impact is what a new registration would do to what is published. Tenants have a live grant: what they installed keeps working.
type Impact struct {
	Tenants int             `json:"tenants"`
	Seen    int             `json:"seen"` // install URLs in the last 90 days
	Breaks  []InstallURLSum `json:"breaks"`
	Mends   []InstallURLSum `json:"mends"`
}

// InstallURLSum is an install URL that was seen, however often and whoever opened it. Findings and CorrectedURL stand in an
// impact only.
type InstallURLSum struct {
	URL          string    `json:"url"`
	RedirectURI  string    `json:"redirect_uri"`
	Scope        string    `json:"scope"`
	Optional     string    `json:"optional_scope"`
	Count        int       `json:"count"`
	FirstAt      time.Time `json:"first_at"`
	LastAt       time.Time `json:"last_at"`
	Findings     []Finding `json:"findings,omitempty"`
	CorrectedURL string    `json:"corrected_url,omitempty"`
}

// Tally is how often something came on a day: install, uninstall, or the code of a refusal.
type Tally struct {
	Day   string `json:"day"` // such as 2026-11-22, UTC
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// URLPicks asks for an install URL. What is left out: the first redirect URI, all conditional, all optional scopes.
type URLPicks struct {
	RedirectURI string    `json:"redirect_uri"`
	Conditional *[]string `json:"conditional"`
	Optional    *[]string `json:"optional"`
	State       string    `json:"state"`
}

// BuiltURL is an install URL that fits the registration.
type BuiltURL struct {
	URL string `json:"url"`
}
