package v1

// AssertionQuestion asks what signing in with a JWT would answer. The tenant is named by id or content URL. Nothing is
// used up.
type AssertionQuestion struct {
	JWT    string `json:"jwt"`
	Tenant string `json:"tenant"`
}

// CallQuestion asks whether a session with these scopes could make a call. Method is the HTTP verb.
type CallQuestion struct {
	Method string   `json:"method"`
	Path   string   `json:"path"`
	Scopes []string `json:"scopes"`
}

// Explanation is a verdict with everything that was found.
type Explanation struct {
	Verdict  string    `json:"verdict"` // allowed or refused
	Granted  []string  `json:"granted"`
	Findings []Finding `json:"findings"`           // what refuses it, in the order of the checks; then what was asked for and is not given
	Checks   []Check   `json:"checks,omitempty"`   // of an assertion: every rule, in order
	Header   string    `json:"header,omitempty"`   // of an assertion, as it was sent
	Claims   string    `json:"claims,omitempty"`   // of an assertion, as they were sent
	Method   *Method   `json:"method,omitempty"`   // of a call: the method that matched
	Covering []string  `json:"covering,omitempty"` // of a call: the scopes sent that help to cover the method
}

// Method is a method of a catalog. Needs is its scope expression.
type Method struct {
	Catalog string `json:"catalog"`
	ID      string `json:"id"`
	Verb    string `json:"verb"`
	Path    string `json:"path"`
	Needs   string `json:"needs"`
}
