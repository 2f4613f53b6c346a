// Package hubspot is HubSpot's wire over our core: how its API answers a refusal, and its endpoints for tokens. The sentences
// of its installation page are with the other texts of pages.
//
//	calls at the gateway                      Wire: an access token as a bearer; errors with a category and correlationId
//	/oauth/v1/token, /oauth/2026-03/token     form → access.Redeem, Refresh, ClientCredentials
//	/oauth/2026-03/token/introspect, /revoke  form → access.Introspect, Revoke
//	/oauth/v1/access-tokens/{token}           whoever holds a token may ask what it is
//	/oauth/v1/refresh-tokens/{token}          … and give it up
//	/appinstalls/v3/external-install          the app uninstalls itself
//
// It parses and renders, and decides nothing. What stands behind the reference (who was refused, and why exactly) never
// stands in a body: a category, or a status word, is all that the wire has. A token that stands in a path is neither kept
// nor logged.
package hubspot
