package directory

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"prokura/internal/entropy"
	"prokura/internal/refusal"
)

// Cost of a password hash: argon2id, 19 MiB, 2 passes, 1 lane (RFC 9106, OWASP's minimum).
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16

	// maxPassword bounds what is hashed, in bytes; nothing is cut off (A183). minPassword bounds what people choose, in
	// characters.
	maxPassword = 1 << 10
	minPassword = 10

	// maxWaiting is how many callers wait for a hash of a hasher; more are turned away at once.
	maxWaiting = 100
)

// Hasher hashes passwords, at most a few at once, because each hash takes 19 MiB (A183).
type Hasher struct{ slots, waiting chan struct{} }

// NewHasher makes a hasher that computes at most n hashes at once.
func NewHasher(n int) *Hasher {
	return &Hasher{slots: make(chan struct{}, n), waiting: make(chan struct{}, n+maxWaiting)}
}

// newPassword hashes a password that somebody chose for a login.
func (d *Directory) newPassword(ctx context.Context, login, password string) (string, error) {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return "", refusal.New(refusal.Finding{Code: refusal.PasswordTooShort, Want: strconv.Itoa(minPassword)})
	case NormalLogin(password) == login:
		return "", refusal.New(refusal.Finding{Code: refusal.PasswordIsLogin})
	}
	return d.hasher.Hash(ctx, password)
}

// unmatchable is a hash in form, whose key was drawn and not derived, so that no password is known to have it. Comparing with it
// takes as long as with another.
func unmatchable() string { return phc(entropy.Bytes(argonSalt), entropy.Bytes(argonKey)) }

// phc writes a hash in PHC form.
func phc(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		b.EncodeToString(salt), b.EncodeToString(key))
}

// Hash makes the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if password == "" {
		return "", refusal.New(refusal.Finding{Code: refusal.FieldMissing, Got: "password"})
	}
	if len(password) > maxPassword {
		return "", refusal.New(refusal.Finding{Code: refusal.FieldTooLong, Got: "password", Want: strconv.Itoa(maxPassword)})
	}
	salt := entropy.Bytes(argonSalt)
	key, err := h.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return phc(salt, key), nil
}

// Matches says whether the password is the one that was hashed.
func (h *Hasher) Matches(ctx context.Context, hash, password string) (bool, error) {
	if len(password) > maxPassword {
		return false, nil
	}
	prefix := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonTime, argonLanes)
	rest, ok := strings.CutPrefix(hash, prefix)
	if !ok {
		return false, fmt.Errorf("password hash of an unknown form")
	}
	s, k, _ := strings.Cut(rest, "$")
	salt, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(salt) != argonSalt {
		return false, fmt.Errorf("password hash with a damaged salt")
	}
	want, err := base64.RawStdEncoding.DecodeString(k)
	if err != nil || len(want) != argonKey {
		return false, fmt.Errorf("password hash with a damaged key")
	}
	got, err := h.derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *Hasher) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, refusal.New(refusal.Finding{Code: refusal.TemporarilyOverloaded})
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey), nil
}

// NormalLogin is the one normal form of a login, for looking up, uniqueness and throttling alike (A181). The normal form
// of a normal form is itself: folding and trimming can uncover what must be folded again.
func NormalLogin(login string) string {
	for range 4 {
		next := strings.TrimSpace(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(login))))
		if next == login {
			break
		}
		login = next
	}
	return login
}
