// Package contactcenter is a sample resource server: a small contact center, as a vendor would write one, that stands behind
// Prokura's gateway.
//
// It keeps users, queues, conversations, recordings and external contacts of many organizations, one file for each, and speaks
// the JSON of /api/v2. It learns who calls, and for which organization, from the signed header Prokura-Identity (package
// identity) and from nothing else: no path names an organization.
//
// Neither scopes nor permissions are its business: the catalog names both for each method, and the gateway has decided them
// before the request arrives.
//
// One process owns a data directory.
package contactcenter
