// Package cli is the command line.
//
// A command parses, asks and prints; it decides nothing. Commands about tenants, users and connected apps talk to a
// running server over /v1 (package v1client); those about catalogs and configuration read files; serve, migrate and keys
// are handed in by main as functions (see [Server]).
//
// Manners: results go to standard output, everything else to standard error. An error is "prokura: error: …" and, where
// something can be done about it, "prokura: hint: …". The exit status is 1 for an error and 2 for wrong usage. Text that
// came from elsewhere is shown with control characters escaped (A256).
package cli
