package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/jpeg"
	"image/png"
	"strconv"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// The bounds of a logo.
const (
	MaxLogo       = 256 << 10 // bytes
	MaxLogoPixels = 1024      // in each direction
)

// SetLogo keeps an image as the client's logo; no bytes remove it. It is a new version of the registration, since a logo is
// what users go by. Images are uploaded and served from here: an address is neither fetched nor shown (A118).
func (r *Registry) SetLogo(ctx context.Context, by audit.Actor, reach Reach, client id.Client, file []byte) (Registered, error) {
	var logo store.Logo
	if len(file) > 0 {
		media, why := readLogo(file)
		if why.Flaw != "" {
			return Registered{}, refusal.New(refusal.Finding{Code: refusal.LogoInvalid, Why: why, Field: "logo"})
		}
		sum := sha256.Sum256(file)
		logo = store.Logo{Sum: hex.EncodeToString(sum[:]), Media: media, Image: file}
	}
	var out Registered
	var err error
	out.Client, err = r.changeClient(ctx, by, "client.update", reach, client, func(tx store.Tx, c *store.Client) error {
		reg := c.Registration
		reg.Logo = logo.Sum
		if out.Changes = Diff(c.Registration, reg); len(out.Changes) == 0 {
			return nil
		}
		if logo.Sum != "" {
			if err := tx.PutLogo(logo); err != nil {
				return err
			}
		}
		return r.newVersion(tx, by, c, reg, out.Changes)
	})
	return out, err
}

// Logo is an image that was uploaded, by its sum.
func (r *Registry) Logo(ctx context.Context, sum string) (logo store.Logo, err error) {
	err = r.store.View(ctx, func(rd store.Reader) error {
		logo, err = rd.Logo(sum)
		return err
	})
	return logo, store.Refuse(err, "logo", sum)
}

// readLogo finds out what an image is from what stands in it, not from what it is called, and reads no more of it than its
// head: how much memory the pixels take is known before any is decoded. SVG is none of the kinds, since it carries scripts
// (A118).
func readLogo(file []byte) (media string, why refusal.Why) {
	if len(file) > MaxLogo {
		return "", refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(file)), Want: strconv.Itoa(MaxLogo)}
	}
	var c image.Config
	var err error
	switch {
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		media = "image/png"
		c, err = png.DecodeConfig(bytes.NewReader(file))
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		media = "image/jpeg"
		c, err = jpeg.DecodeConfig(bytes.NewReader(file))
	case len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP":
		var ok bool
		if c.Width, c.Height, ok = webPSize(file); !ok {
			return "", refusal.Why{Flaw: refusal.ImageBroken}
		}
		media = "image/webp"
	default:
		return "", refusal.Why{Flaw: refusal.ImageKind}
	}
	if err != nil || c.Width < 1 || c.Height < 1 {
		return "", refusal.Why{Flaw: refusal.ImageBroken}
	}
	if c.Width > MaxLogoPixels || c.Height > MaxLogoPixels {
		return "", refusal.Why{Flaw: refusal.ImagePixels, Got: pixels(c.Width, c.Height), Want: pixels(MaxLogoPixels, MaxLogoPixels)}
	}
	return media, refusal.Why{}
}

func pixels(w, h int) string { return strconv.Itoa(w) + " × " + strconv.Itoa(h) }

// webPSize reads the size of a WebP out of its first chunk: of the extended form, or of either coding of the plain one (RFC 9649).
// The container ends where the file does, so that nothing else follows the image.
func webPSize(b []byte) (w, h int, ok bool) {
	little := func(at, n int) (v int) {
		for i := range n {
			v |= int(b[at+i]) << (8 * i)
		}
		return v
	}
	if len(b) < 30 || little(4, 4) != len(b)-8 || little(16, 4) > len(b)-20 {
		return 0, 0, false
	}
	switch string(b[12:16]) {
	case "VP8X":
		return little(24, 3) + 1, little(27, 3) + 1, true
	case "VP8L":
		bits := little(21, 4)
		return bits&0x3fff + 1, bits>>14&0x3fff + 1, b[20] == 0x2f
	case "VP8 ":
		key := b[20]&1 == 0 && string(b[23:26]) == "\x9d\x01\x2a"
		return little(26, 2) & 0x3fff, little(28, 2) & 0x3fff, key
	}
	return 0, 0, false
}
