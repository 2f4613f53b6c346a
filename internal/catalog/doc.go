// Package catalog holds an API described: its methods, its scopes, and which scope each method needs.
//
// A catalog is one YAML file (docs/catalog.md). [Load] reads it strictly and refuses it with every problem it has, each
// with its place in the file. What loads is compiled: scopes are numbered, wildcards become the concrete scopes that the
// file lists for them, and path templates become a tree over canonical paths.
//
//	request ── canon.Parse ── Catalog.Match ── Method.Covered(bits of the token) ── Match.Rebuild ── upstream
//
// The package is pure: no I/O, no clock, no goroutine. A catalog is never changed after it is made. It denies what it
// does not name: a path without template, a verb without method, a method without scope, a scope without number. It never
// widens a name by its look: only the wildcards that the file declares mean anything, and they mean the members declared.
package catalog
