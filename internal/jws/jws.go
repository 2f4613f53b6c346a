// Package jws takes compact JSON web signatures apart and puts them together (RFC 7515 §7.1).
//
// It knows one form only: three parts in canonical base64url. JWE, JSON serialization, detached and unencoded payloads
// do not exist here (A096, A097), so that what they bring along cannot happen. What the parts say, and whether the
// signature matches, is the business of the packages assertion and token.
package jws

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// MaxSize bounds a token, in bytes, before anything of it is looked at.
const MaxSize = 16 << 10

// Parts are the parts of a token, decoded, as far as they could be read.
type Parts struct {
	Input     string // what is signed: header and payload as they were sent
	Header    []byte
	Payload   []byte
	Signature []byte
}

// Split takes a token apart. It answers every part that could be read, and every reason why not all could.
func Split(raw string) (Parts, []error) {
	if len(raw) > MaxSize {
		return Parts{}, []error{fmt.Errorf("it has %d bytes, at most %d are read", len(raw), MaxSize)}
	}
	// Counted before anything is split, so that a million dots cost nothing (A096).
	switch dots := strings.Count(raw, "."); dots {
	case 2:
	case 4:
		return Parts{}, []error{errors.New("it has five parts, so it is encrypted (JWE); only signed tokens are read")}
	default:
		return Parts{}, []error{fmt.Errorf("it has %d dots instead of two", dots)}
	}
	first, last := strings.IndexByte(raw, '.'), strings.LastIndexByte(raw, '.')
	var problems []error
	part := func(name, s string) []byte {
		b, err := decode(s)
		if err != nil {
			problems = append(problems, fmt.Errorf("its %s %w", name, err))
		}
		return b
	}
	p := Parts{
		Input:     raw[:last],
		Header:    part("header", raw[:first]),
		Payload:   part("payload", raw[first+1:last]),
		Signature: part("signature", raw[last+1:]),
	}
	return p, problems
}

// Encode is the canonical base64url form of a part.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode accepts only what Encode writes, so that one token has one spelling. The library alone does not suffice: it
// skips line ends, even when it is strict (A098).
func decode(s string) ([]byte, error) {
	switch {
	case s == "":
		return nil, errors.New("is empty")
	case strings.Contains(s, "="):
		return nil, errors.New("is padded with =, which a compact token is not")
	case strings.ContainsAny(s, "\r\n"):
		return nil, errors.New("has a line end in it")
	case strings.ContainsAny(s, "+/"):
		return nil, errors.New("has + or / in it: it is base64, not base64url")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, errors.New("is not canonical base64url")
	}
	return b, nil
}
