// Package thirdparty is a tiny app of somebody else, as a developer would write one against Prokura: a server of its own
// that sends people to the authorization endpoint, gets tokens with the code that comes back, and calls the API with them
// through the gateway.
//
// It uses golang.org/x/oauth2 and nothing of Prokura. What an app owes to its users is all here:
//
//  1. /install/{app} draws a state and a PKCE verifier, keeps them for this browser, and sends it to the install URL.
//  2. /callback takes an answer only with the state of this browser, and only from the issuer that it asked (RFC 9207).
//  3. An error is shown with everything that came with it: what, why, and the page that says who can fix it.
//  4. A code becomes tokens at once; what was granted and what was dropped is shown beside what was asked for.
//  5. /call sends a request to the API, and shows a refusal as readably as an answer.
//
// Tokens stay in memory and never reach the browser.
package thirdparty
