// Package feed keeps the numbered state in memory: which marks there are, up to which number they are all known, how
// long ago that was learned, and the records that are asked for most.
//
// The table of changes is the truth. A [Memory] reads it when it is woken, and polls well inside the bound; its number
// moves only over changes that it has all seen. This process's own changes it learns at their commit, before whoever
// made them is answered; they move the number only where nothing of others is missing before them.
//
// To issue: read [Memory.Head], then the facts, then sign with that number. Facts read after the number are never
// older than it, so that a mark can void the token too early, never too late. While [Memory.CaughtUp] says no, number
// and facts are read in one transaction of the database instead. A "no" of memory is said only after [Memory.Sync].
//
// To check: [Memory.Reach] when a token is first seen, so that its number is known here; then, at every call,
// [Memory.Judge] and last [Memory.Fresh], so that a process that was stopped for a minute does not answer from what it
// knew before (A214).
package feed
