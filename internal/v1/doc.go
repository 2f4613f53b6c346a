// Package v1 holds what travels over the admin API /v1: its requests, its answers and its problems. The server
// writes them, the client reads them; how a verdict is written stands here too, for the commands that decide without a
// server.
//
// Identifiers are UUIDs in lower case, times are RFC 3339 in UTC. A list is answered as {"items": […], "next": "…",
// "total": n}; next is absent on the last page, total where nobody counted. What is refused is answered as a [Problem].
// Members are only ever added.
package v1
