package directory

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/url"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// How long links are good for.
const (
	setUpLife    = 24 * time.Hour
	inviteLife   = 7 * 24 * time.Hour
	passwordLife = time.Hour
)

// The paths that links lead to.
const (
	SetUpPath    = "/set-up"
	InvitePath   = "/invite"
	PasswordPath = "/password"
)

// LinkParameter is the query parameter that holds a link's token.
const LinkParameter = "token"

// newLink draws a link of a kind and makes the record of it.
func (d *Directory) newLink(kind store.LinkKind, life time.Duration) (id.Opaque, store.Link) {
	tok := entropy.Token(id.OneTimeLink)
	now := d.now()
	return tok, store.Link{Kind: kind, Created: now, Expires: now.Add(life)}
}

// addLink keeps a link under its token.
func addLink(tx store.Tx, l store.Link, tok id.Opaque) error {
	l.Hash = row(tx, tok)
	return tx.AddLink(l)
}

// row is the key of what a token stands for. The epoch is part of it: in a restored database, which knows nothing of what
// ended since its backup, nothing older is found again.
func row(r store.Reader, tok id.Opaque) [32]byte {
	sum := tok.Hash()
	return sha256.Sum256(binary.BigEndian.AppendUint64(sum[:], r.Head().Epoch))
}

// address is what people open. It begins with the configured issuer, whatever a request says of hosts (A187).
func (d *Directory) address(path string, tok id.Opaque) string {
	return d.issuer + path + "?" + url.Values{LinkParameter: {tok.Reveal()}}.Encode()
}

// link finds a link of a kind that can still be used. Who holds its token is told what became of it.
func (d *Directory) link(r store.Reader, kind store.LinkKind, token string) (store.Link, error) {
	unknown := refusal.New(refusal.Finding{Code: refusal.LinkUnknown})
	tok, err := id.ParseOpaque(id.OneTimeLink, token)
	if err != nil {
		return store.Link{}, unknown
	}
	l, err := r.Link(row(r, tok))
	switch {
	case missing(err) || err == nil && l.Kind != kind:
		return store.Link{}, unknown
	case err != nil:
		return store.Link{}, err
	case !l.Used.IsZero():
		return store.Link{}, refusal.New(refusal.Finding{Code: refusal.LinkUsed})
	case !d.now().Before(l.Expires):
		return store.Link{}, refusal.New(refusal.Finding{Code: refusal.LinkExpired})
	}
	return l, nil
}

// useLink finds a link and uses it up.
func (d *Directory) useLink(tx store.Tx, kind store.LinkKind, token string) (store.Link, error) {
	l, err := d.link(tx, kind, token)
	if err != nil {
		return l, err
	}
	err = tx.UseLink(l.Hash, d.now())
	if errors.Is(err, store.ErrUsed) {
		return l, refusal.New(refusal.Finding{Code: refusal.LinkUsed})
	}
	return l, err
}

// CheckLink says why a link cannot be used, before anybody fills a form in for nothing.
func (d *Directory) CheckLink(ctx context.Context, kind store.LinkKind, token string) error {
	_, err := read(ctx, d, func(r store.Reader) (store.Link, error) { return d.link(r, kind, token) })
	return err
}
