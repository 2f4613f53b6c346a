// Package gateway is the reverse proxy that lets a call through to an API when Prokura says yes.
//
//	request ─ host, verb, canonical path ─ route ─ one credential ─ method of the catalog ─ Access.Call
//	        ─ request rebuilt from what was checked ─ upstream ─ answer filtered ─ client
//
// The gateway decides nothing. It asks [Access], and it makes sure that what was asked is what is sent: path and query
// are written anew from parsed values, headers pass by an allow-list in both directions, and who calls is said in a signed
// header of ours, never by anything that the client sent (A129-A143).
//
// Bodies stream in both directions through a fixed buffer. An exchange that lasts is watched: its caller is asked after
// again every ten seconds (A146), and one that moves no byte for the stall time is cut, however long it may take as
// long as it moves (A149, A200).
//
// What never happens here: a credential of the client going upstream, a path or header forwarded because nobody forbade
// it, a redirect to the canonical path, an upgrade to another protocol, a second attempt at a call that may have had an
// effect.
package gateway
