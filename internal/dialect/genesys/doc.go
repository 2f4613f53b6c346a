// Package genesys is Genesys' wire over our core: how its API answers a refusal, and the endpoints by which apps, the decisions
// on them and tokens are administered.
//
//	calls at the gateway                Wire: an access token as a bearer; errors with a code and a contextId
//	/api/v2/oauth/clients…              the tenant's own apps, their secrets, what they called
//	/api/v2/oauth/authorizations…       what the tenant decided on apps; beyond the vendor's wire, deciding too
//	/api/v2/oauth/scopes…               the scopes that there are
//	/api/v2/tokens/me, /tokens/{user}   what a token is worth; ending it, or all of a user's
//
// Each endpoint is a method of a catalog, answered here: access.Call judges scope and permission of it as of any call behind
// the gateway. The package parses and renders, and decides nothing. Whoever acts is the user of the token; a client that acts
// for itself has no permissions, so that it can ask about its token and about scopes only.
package genesys
