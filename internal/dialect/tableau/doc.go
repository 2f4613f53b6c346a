// Package tableau is the wire of Tableau's REST API over our core: it signs in and out, says what serves, and renders
// every refusal in Tableau's words and numbers. It decides nothing.
//
//	POST /api/{version}/auth/signin     body → [access.SignInRequest] → Access → token
//	POST /api/{version}/auth/signout    X-Tableau-Auth → Access → 204
//	GET  /api/{version}/serverInfo      open to everybody
//
// Requests come as XML or JSON, by Content-Type or, without one, by their first character. Answers are JSON where
// Accept lists application/json, and XML otherwise.
//
// What the wire says about a refusal is never more than the vendor says: a status, a six-digit code and one of the
// vendor's sentences. The diagnosis stands behind the Prokura-Reference header, because the caller may be anybody.
package tableau
