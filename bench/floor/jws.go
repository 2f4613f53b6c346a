package floor

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"

	"github.com/go-json-experiment/json"
)

// signES256 writes a JWT of these claims.
func signES256(private *ecdsa.PrivateKey, typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	out := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"`+anID+`","typ":"`+typ+`"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(out))
	x, y, err := ecdsa.Sign(rand.Reader, private, digest[:])
	if err != nil {
		return "", err
	}
	var sig [64]byte
	x.FillBytes(sig[:32])
	y.FillBytes(sig[32:])
	return out + "." + base64.RawURLEncoding.EncodeToString(sig[:]), nil
}

// verifyES256 reads a JWT whose signature is right.
func verifyES256(public *ecdsa.PublicKey, jwt string, claims any) error {
	input, signature, _ := cutLast(jwt)
	sig, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(input))
	if len(sig) != 64 || !ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return errors.New("the signature is not right")
	}
	header, payload, _ := strings.Cut(input, ".")
	var h struct{ Alg, Kid, Typ string }
	if err := part(header, &h); err != nil || h.Alg != "ES256" || h.Kid != anID {
		return errors.New("the header is not right")
	}
	return part(payload, claims)
}
