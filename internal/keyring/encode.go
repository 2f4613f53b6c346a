package keyring

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"prokura/internal/id"
	"prokura/internal/seal"
	"prokura/internal/strictjson"
	"prokura/internal/token"
)

// jwk is the public part of a key (RFC 7517 §4, RFC 7518 §6.2.1). It has no field for a private one, so that none can
// be published (A197).
type jwk struct {
	KeyType   string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        id.Key `json:"kid"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
}

const coordinate = 32 // bytes, on P-256

func encodePublic(key id.Key, public *ecdsa.PublicKey) ([]byte, error) {
	point, err := public.Bytes() // 4, x, y
	if err != nil {
		return nil, fmt.Errorf("writing public key: %w", err)
	}
	return json.Marshal(jwk{
		KeyType: "EC", Use: "sig", Algorithm: token.ES256, ID: key, Curve: "P-256",
		X: base64.RawURLEncoding.EncodeToString(point[1 : 1+coordinate]),
		Y: base64.RawURLEncoding.EncodeToString(point[1+coordinate:]),
	})
}

// decodePublic reads what encodePublic wrote for that very key, and a point that lies on the curve.
func decodePublic(key id.Key, data []byte) (*ecdsa.PublicKey, error) {
	var j jwk
	if err := strictjson.Decode(data, 1<<10, &j); err != nil {
		return nil, fmt.Errorf("reading public key: %w", err)
	}
	if want := (jwk{"EC", "sig", token.ES256, key, "P-256", j.X, j.Y}); j != want {
		return nil, errors.New("reading public key: it is not an ES256 key with that id")
	}
	point := []byte{4}
	for _, part := range []string{j.X, j.Y} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || len(b) != coordinate {
			return nil, errors.New("reading public key: a coordinate is malformed")
		}
		point = append(point, b...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("reading public key: %w", err)
	}
	return public, nil
}

// place binds a sealed key to its row, so that it cannot be swapped with another's.
func place(key id.Key) seal.Place {
	return seal.Place{Table: "keys", Row: key.String(), Column: "sealed"}
}

func sealPrivate(s *seal.Sealer, key id.Key, private *ecdsa.PrivateKey) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("writing private key: %w", err)
	}
	return s.Seal(plain, place(key))
}

func openPrivate(s *seal.Sealer, key id.Key, sealed []byte) (*ecdsa.PrivateKey, error) {
	plain, err := s.Open(sealed, place(key))
	if err != nil {
		return nil, fmt.Errorf("%w; put the master key file back that this database was made with", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plain.Reveal())
	if err != nil {
		// Without the cause: it may repeat what it read.
		return nil, errors.New("reading private key: it is malformed")
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("reading private key: it is not for ECDSA")
	}
	return private, nil
}
