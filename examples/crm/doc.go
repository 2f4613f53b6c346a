// Package crm is a sample resource server: a small CRM, as a vendor would write one, that stands behind Prokura's gateway.
//
// It keeps contacts, companies, deals, custom objects and workflows of many accounts, one file for each account, and speaks
// the JSON of /crm/v3 and /automation/v4. It learns who calls, and for which account, from the signed header
// Prokura-Identity (package identity) and from nothing else: no path names an account.
//
// Scopes are none of its business: the gateway has decided them before the request arrives. Users have no rights of their
// own here: whoever is in an account may do what the app's scopes allow.
//
// One rule it owes to the gateway: a type of objects has exactly one name. Were contacts also known as 0-1, a call for
// them could pass as one for custom objects.
//
// One process owns a data directory.
package crm
