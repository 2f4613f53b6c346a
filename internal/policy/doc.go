// Package policy holds the decisions: may this assertion sign in ([SignIn]), may this call pass ([Call]).
//
// A decision is pure and total. It takes plain values, consults every rule even after one said no, and answers with a
// [Verdict]: what is granted, what was dropped and why, and every failed check in order. Nothing else in Prokura
// decides; the sign-in, the gateway, the previews and prokura explain all call the same functions.
//
// The zero value of everything here denies.
package policy
