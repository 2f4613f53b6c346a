package v1

import "prokura/internal/text"

// ProblemType is the media type of a problem (RFC 9457).
const ProblemType = "application/problem+json"

// Problem is what the API refused (RFC 9457). Code is stable; Message, Fixer and Remedy are those of the first finding,
// Detail is its message in English. Reference names the case in the refusal book.
type Problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail"`
	Code      string    `json:"code"`
	Fixer     string    `json:"fixer"`
	Remedy    text.Text `json:"remedy"`
	Message   text.Text `json:"message"`
	Reference string    `json:"reference"`
	Findings  []Finding `json:"findings"`
}

// Finding is one reason: a stable code, what it is about, who can fix it (developer, administrator, user or operator)
// and how. Field is where in the request it stands, where the request has fields.
type Finding struct {
	Code    string    `json:"code"`
	Scope   string    `json:"scope"` // empty: it is about none, or about several, which the message names
	Fixer   string    `json:"fixer"`
	Message text.Text `json:"message"`
	Remedy  text.Text `json:"remedy"`
	Field   string    `json:"field,omitempty"`
}

// Check is one rule that was consulted: passed, failed, or skipped for want of what it rests on.
type Check struct {
	Code    string   `json:"code"`
	Outcome string   `json:"outcome"`
	Finding *Finding `json:"finding,omitempty"` // when it failed
}
