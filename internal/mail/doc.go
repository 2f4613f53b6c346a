// Package mail writes letters with one-time links, and hands them to the operator's mail server.
//
// What a letter says is fixed, in German and English; names in it may come from anybody and are never part of a header as they
// are. A server that the configuration wants encrypted gets neither password nor letter before the connection is.
package mail
