package oauth

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/seal"
)

// pendingLife is how long a request waits for its decision.
const pendingLife = time.Hour

// Bounds of a sealed value: as it travels, and opened. What is sealed is ours, so that the second only keeps a mistake small.
const (
	maxSealed = 64 << 10
	maxOpened = 256 << 10
)

// pending is an authorization request that nobody decided yet. It is no row: it travels sealed in forms, bound to the
// browser that began it, also across login and the choice of an account (A018, A019).
type pending struct {
	ID      [16]byte  `json:"id"` // used up by whoever decides
	Query   string    `json:"q"`  // the parameters
	Account string    `json:"a,omitempty"`
	Began   int64     `json:"t"`           // Unix seconds
	Person  id.Person `json:"p,omitzero"`  // who was signed in; zero: nobody
	Asked   bool      `json:"s,omitempty"` // the person was shown the accounts to choose from
	// For is who met an app that an administrator has yet to decide on, and In the account in which: whoever decides for them, that
	// person alone goes on.
	For id.Person `json:"f,omitzero"`
	In  id.Tenant `json:"i,omitzero"`
}

// offer is what one consent page showed to one user. It is opened only together with the request, the browser and the login
// that it was made for, so that it is the form's token as well (A171).
type offer struct {
	Pending       [16]byte         `json:"id"`
	Tenant        id.Tenant        `json:"t"`
	User          id.User          `json:"u"`
	Shown         scope.Set        `json:"s"`
	Version       int              `json:"v"`
	Authorization id.Authorization `json:"a,omitzero"`
	Epoch         uint64           `json:"e"` // of the database
}

// kind is what a sealed value is, so that none is taken for another.
type kind string

const (
	sealedPending kind = "pending"
	sealedOffer   kind = "offer"
)

// envelope seals what travels through a browser.
type envelope struct{ sealer *seal.Sealer }

// place binds a value to its kind and to what it is only good with: the browser's cookie, the login's.
func place(k kind, bound ...string) seal.Place {
	h := sha256.New()
	for _, b := range bound {
		fmt.Fprintf(h, "%d:%s", len(b), b)
	}
	return seal.Place{Table: "oauth", Row: hex.EncodeToString(h.Sum(nil)), Column: string(k)}
}

// seal answers the value as a form carries it. One that is too long is refused: somebody sent a request of absurd size.
func (e envelope) seal(k kind, value any, bound ...string) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing a %s: %w", k, err)
	}
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestSpeed)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(plain); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	sealed, err := e.sealer.Seal(small.Bytes(), place(k, bound...))
	if err != nil {
		return "", err
	}
	out := base64.RawURLEncoding.EncodeToString(sealed)
	if len(out) > maxSealed {
		return "", refusal.New(refusal.Finding{Code: refusal.ParameterTooLong, Got: "scope", Want: fmt.Sprint(scope.MaxListLength)})
	}
	return out, nil
}

// open reads what seal wrote, of that kind and for that browser and login. Whatever else comes is refused alike.
func (e envelope) open(k kind, sent string, into any, bound ...string) error {
	if err := e.unseal(k, sent, into, bound...); err != nil {
		return refusal.Because(refusal.RequestElsewhere, err)
	}
	return nil
}

func (e envelope) unseal(k kind, sent string, into any, bound ...string) error {
	if sent == "" || len(sent) > maxSealed {
		return errors.New("nothing that was sealed here")
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(sent)
	if err != nil {
		return err
	}
	small, err := e.sealer.Open(sealed, place(k, bound...))
	if err != nil {
		return err
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(small.Reveal())), maxOpened))
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// until is when the request is too old to be decided.
func (p *pending) until() time.Time { return time.Unix(p.Began, 0).UTC().Add(pendingLife) }
