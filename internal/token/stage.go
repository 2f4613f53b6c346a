package token

import (
	"encoding/base64"
	"errors"

	"prokura/internal/jws"
	"prokura/internal/scope"
)

// The stages that a token may have been issued on in a tenant that does not enforce what it decided. Of one that enforces,
// which is nearly every token, nothing is said.
const (
	StageReport = "report"
	StageOff    = "off"
)

// heldClaim writes which of the scopes are held: a bit for each in their order, the first one the lowest of the first byte. It
// takes an eighth of a byte for each, where names would take again what the scopes took.
func heldClaim(stage string, scopes, held scope.Set) string {
	if stage == "" {
		return ""
	}
	bits := make([]byte, (scopes.Len()+7)/8)
	for i, s := range scopes.All() {
		if held.Has(s) {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return jws.Encode(bits)
}

// stageSize bounds what stage and held scopes add to the claims.
func stageSize(stage string, scopes scope.Set) int {
	if stage == "" {
		return 0
	}
	return len(`"stage":"report","held":"",`) + (scopes.Len()/8+1)*4/3 + 1
}

var errHeld = errors.New("what is held is not written as we write it")

// parseHeld reads what heldClaim writes, and nothing else.
func parseHeld(stage, claim string, scopes scope.Set) (scope.Set, error) {
	if stage == "" {
		if claim != "" {
			return scope.Set{}, errHeld
		}
		return scope.Set{}, nil
	}
	bits, err := base64.RawURLEncoding.Strict().DecodeString(claim)
	if err != nil || len(bits) != (scopes.Len()+7)/8 {
		return scope.Set{}, errHeld
	}
	var held []scope.Scope
	for i, s := range scopes.All() {
		if bits[i/8]&(1<<(i%8)) != 0 {
			held = append(held, s)
		}
	}
	out := scope.NewSet(held...)
	if heldClaim(stage, scopes, out) != claim { // a bit beyond the last scope
		return scope.Set{}, errHeld
	}
	return out, nil
}

// soundStage is what must hold of stage and held scopes of a token.
func soundStage(stage string, scopes, held scope.Set) error {
	switch {
	case stage != "" && stage != StageReport && stage != StageOff:
		return errors.New("the stage is none")
	case stage == "" && held.Len() > 0, held.Minus(scopes).Len() > 0:
		return errHeld
	}
	return nil
}
