package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	MaxLogoPixels = 1024      // in each direction, of what is uploaded
	LogoSide      = 256       // in pixels, of the longer side of what is kept
	maxScans      = 100       // of a progressive JPEG; programs write about ten
)

// SetLogo keeps an image, made anew, as the client's logo; no bytes remove it. It is a new version of the registration, since a logo is
// what users go by. Images are uploaded and served from here: an address is neither fetched nor shown (A118).
func (r *Registry) SetLogo(ctx context.Context, by audit.Actor, reach Reach, client id.Client, file []byte) (Registered, error) {
	var logo store.Logo
	if len(file) > 0 {
		made, why := readLogo(file)
		if why.Flaw != "" {
			return Registered{}, refusal.New(refusal.Finding{Code: refusal.LogoInvalid, Why: why, Field: "logo"})
		}
		sum := sha256.Sum256(made)
		logo = store.Logo{Sum: hex.EncodeToString(sum[:]), Media: "image/png", Image: made}
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

// readLogo decodes an image and makes it anew, as a PNG of at most LogoSide: what is served is our own writing of its pixels,
// and of nothing else that the file carried, such as where a photo was taken or a script behind it (A179). What the file is
// stands in it, not in its name. How much memory the pixels take is known from its head, before any is decoded. SVG is none
// of the kinds, since it carries scripts (A118), and neither is WebP, which the standard library does not read.
func readLogo(file []byte) (made []byte, why refusal.Why) {
	if len(file) > MaxLogo {
		return nil, refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(file)), Want: strconv.Itoa(MaxLogo)}
	}
	head, decode := png.DecodeConfig, png.Decode
	switch {
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		// Each scan of a progressive JPEG walks all the blocks again. The marker stands nowhere else in coded pixels.
		if bytes.Count(file, []byte("\xff\xda")) > maxScans {
			return nil, refusal.Why{Flaw: refusal.ImageBroken}
		}
		head, decode = jpeg.DecodeConfig, jpeg.Decode
	case len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP":
		return nil, refusal.Why{Flaw: refusal.ImageWebP}
	default:
		return nil, refusal.Why{Flaw: refusal.ImageKind}
	}
	c, err := head(bytes.NewReader(file))
	if err != nil || c.Width < 1 || c.Height < 1 {
		return nil, refusal.Why{Flaw: refusal.ImageBroken}
	}
	if c.Width > MaxLogoPixels || c.Height > MaxLogoPixels {
		return nil, refusal.Why{Flaw: refusal.ImagePixels, Got: pixels(c.Width, c.Height), Want: pixels(MaxLogoPixels, MaxLogoPixels)}
	}
	m, err := decode(bytes.NewReader(file))
	if err != nil || m.Bounds().Dx() != c.Width || m.Bounds().Dy() != c.Height {
		return nil, refusal.Why{Flaw: refusal.ImageBroken}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, shrink(m, LogoSide)); err != nil {
		return nil, refusal.Why{Flaw: refusal.ImageBroken}
	}
	return out.Bytes(), refusal.Why{}
}

func pixels(w, h int) string { return strconv.Itoa(w) + " × " + strconv.Itoa(h) }
