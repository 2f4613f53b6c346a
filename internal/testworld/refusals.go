package testworld

import (
	"errors"
	"slices"
	"testing"

	"prokura/internal/access"
	"prokura/internal/refusal"
)

// Code is the first code of a refusal; "" is none. What is no refusal ends the test, as does one whose verdict says something else.
func Code(t testing.TB, err error) refusal.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	if e, ok := err.(*refusal.Error); ok {
		return e.First().Code
	}
	r, ok := errors.AsType[*access.Refused](err)
	if !ok {
		t.Fatalf("%v is a %T, want a refusal", err, err)
	}
	if r.Verdict.Allowed() || len(r.Verdict.Findings) == 0 || r.Verdict.Findings[0] != refusal.Of(err).First() {
		t.Fatalf("the verdict %+v does not say what the error %v says", r.Verdict, err)
	}
	return r.Verdict.Findings[0].Code
}

// Want fails unless the first code is one of those given.
func Want(t testing.TB, err error, codes ...refusal.Code) {
	t.Helper()
	if got := Code(t, err); !slices.Contains(codes, got) {
		t.Errorf("refused with %q, want %q", got, codes)
	}
}
