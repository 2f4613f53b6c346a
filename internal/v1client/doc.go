// Package v1client talks to the admin API of a running server.
//
// It carries the operator's token, so it is careful where: only over https or to this machine, never along a redirect.
// What the API refuses comes back as a [*Problem] with the code, the fixer and the remedy.
package v1client
