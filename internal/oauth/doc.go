// Package oauth is the authorization server on the wire: it reads requests, asks access, and renders what access answers.
// It decides nothing.
//
//	/oauth/authorize, /oauth/{tenant}/authorize   the authorization endpoint and its pages (RFC 6749 §4.1.1)
//	/oauth/token, /oauth/{tenant}/token           form → client authentication → access.Redeem, Refresh, … (§3.2)
//	/oauth/introspect                             RFC 7662
//	/oauth/revoke                                 RFC 7009
//	/.well-known/oauth-authorization-server       RFC 8414
//
// Parameters of the endpoints for programs come from one place, the body, each at most once. A client proves itself in
// exactly one way. Every answer says that it must not be kept, but the metadata.
//
// What never happens here: a secret or a token in a URL, in a log or in the refusal book; an answer that tells an unknown
// client from a wrong secret.
package oauth
