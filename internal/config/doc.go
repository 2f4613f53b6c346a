// Package config reads prokura.yaml.
//
// The file is strict: an unknown key, a key written twice, a value without its unit, and a security value that is
// missing or was copied from an example are problems, all of them are reported at once, and with any of them nothing
// starts (A252). Without a file the defaults hold: SQLite in ./prokura-data, loopback only, no route.
//
//	text ── strictyaml ──▶ Config ── PROKURA_… ──▶ Config ── validate ──▶ Config or problems ── Files ──▶ problems
//
// Secrets never stand in the file, only paths to them.
package config
