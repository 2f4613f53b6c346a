// Package analytics is a sample resource server: a small content server, as a vendor would write one, that stands
// behind Prokura's gateway.
//
// It keeps projects, workbooks with their views, and data sources of many sites on disk, and speaks the REST dialect
// whose answers are tsResponse documents. It shares no code with Prokura and learns who calls from one thing only: the
// signed header Prokura-Identity. The life of a request:
//
//  1. identity.go verifies that header with the issuer's published keys (package identity); nothing else says who calls.
//  2. route.go finds the method; a path that is known but not built yet answers 501 (lacking.go).
//  3. The site in the path must be the caller's tenant.
//  4. One file per resource (site.go, user.go, group.go, project.go, workbook.go, view.go, datasource.go) decides
//     whether the user may, acts, and answers with a node that tsxml.go writes as XML or JSON.
//
// Users, groups and sites live in Prokura: directory.go reads and writes them through its administration API, and none
// of them is kept here. What Prokura has no place for (the finer site role of a user, the minimum site role of a group)
// is a note in this server's own store, and counts only while it agrees with what Prokura says.
//
// Scopes are none of its business: the gateway has decided them before the request arrives. What this server decides
// are the user's own rights: site administrators write users, groups and projects, everybody publishes and reads, and
// what was published is changed by its owner or a site administrator.
//
// One process owns a data directory.
package analytics
