// Package jws takes compact JSON web signatures apart and puts them together (RFC 7515 §7.1).
//
// It knows one form only: three parts in canonical base64url. JWE, JSON serialization, detached and unencoded payloads
// do not exist here (A096, A097), so that what they bring along cannot happen. What the parts say, and whether the
// signature matches, is the business of the packages assertion and token.
package jws

import (
	"encoding/base64"
	"strconv"
	"strings"

	"prokura/internal/refusal"
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
func Split(raw string) (Parts, []refusal.Why) {
	if len(raw) > MaxSize {
		return Parts{}, []refusal.Why{{Flaw: refusal.TooLong, Got: strconv.Itoa(len(raw)), Want: strconv.Itoa(MaxSize)}}
	}
	// Counted before anything is split, so that a million dots cost nothing (A096).
	switch dots := strings.Count(raw, "."); dots {
	case 2:
	case 4:
		return Parts{}, []refusal.Why{{Flaw: refusal.IsEncrypted}}
	default:
		return Parts{}, []refusal.Why{{Flaw: refusal.WrongDots, Got: strconv.Itoa(dots)}}
	}
	first, last := strings.IndexByte(raw, '.'), strings.LastIndexByte(raw, '.')
	var problems []refusal.Why
	part := func(name, s string) []byte {
		b, flaw := decode(s)
		if flaw != "" {
			problems = append(problems, refusal.Why{Flaw: flaw, In: name})
		}
		return b
	}
	p := Parts{
		Input:     raw[:last],
		Header:    part(refusal.Header, raw[:first]),
		Payload:   part(refusal.Claims, raw[first+1:last]),
		Signature: part(refusal.Signature, raw[last+1:]),
	}
	return p, problems
}

// Encode is the canonical base64url form of a part.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode accepts only what Encode writes, so that one token has one spelling. The library alone does not suffice: it
// skips line ends, even when it is strict (A098).
func decode(s string) ([]byte, refusal.Flaw) {
	switch {
	case s == "":
		return nil, refusal.IsEmpty
	case strings.Contains(s, "="):
		return nil, refusal.IsPadded
	case strings.ContainsAny(s, "\r\n"):
		return nil, refusal.HasLineEnd
	case strings.ContainsAny(s, "+/"):
		return nil, refusal.IsPlainBase64
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, refusal.NotBase64URL
	}
	return b, ""
}
