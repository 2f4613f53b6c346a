package registry

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/refusal"
)

// webP is the head of a WebP in one of its codings, of a size.
func webP(kind string, w, h int) string {
	le := func(v, n int) string {
		var b []byte
		for i := range n {
			b = append(b, byte(v>>(8*i)))
		}
		return string(b)
	}
	var data string
	switch kind {
	case "VP8X":
		data = le(0, 4) + le(w-1, 3) + le(h-1, 3)
	case "VP8L":
		data = "\x2f" + le((w-1)|(h-1)<<14, 4) + strings.Repeat("\x00", 5)
	case "VP8 ":
		data = "\x10\x00\x00\x9d\x01\x2a" + le(w, 2) + le(h, 2)
	}
	chunk := kind + le(len(data), 4) + data
	return "RIFF" + le(len(chunk)+4, 4) + "WEBP" + chunk
}

func TestA118_a_logo_is_what_stands_in_it(t *testing.T) {
	picture := func(w, h int, encode func(*bytes.Buffer, image.Image) error) string {
		var b bytes.Buffer
		if err := encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	asPNG := func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }
	asJPEG := func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) }
	asGIF := func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) }
	for name, tt := range map[string]struct {
		file, media string
		flaw        refusal.Flaw
	}{
		"a PNG": {picture(64, 64, asPNG), "image/png", ""}, "the largest": {picture(1024, 1024, asPNG), "image/png", ""}, "a JPEG": {picture(64, 8, asJPEG), "image/jpeg", ""},
		"a WebP": {webP("VP8 ", 64, 64), "image/webp", ""}, "a lossless WebP": {webP("VP8L", 1024, 1), "image/webp", ""}, "an extended WebP": {webP("VP8X", 1024, 1024), "image/webp", ""},
		"too wide": {picture(1025, 1, asPNG), "", refusal.ImagePixels}, "too high": {picture(1, 1025, asJPEG), "", refusal.ImagePixels},
		"a WebP too wide": {webP("VP8X", 1025, 1), "", refusal.ImagePixels}, "a WebP too high": {webP("VP8L", 1, 16384), "", refusal.ImagePixels},
		"a WebP of nothing": {webP("VP8 ", 0, 0), "", refusal.ImageBroken}, "a WebP with something behind it": {webP("VP8 ", 1, 1) + "<script>", "", refusal.ImageBroken},
		"a WebP cut off": {webP("VP8X", 8, 8)[:20], "", refusal.ImageBroken}, "a WebP of another kind": {webP("VP8Y", 8, 8) + strings.Repeat("x", 20), "", refusal.ImageBroken},
		"a head of a PNG": {"\x89PNG\r\n\x1a\n", "", refusal.ImageBroken}, "a head of a JPEG": {"\xff\xd8\xff", "", refusal.ImageBroken},
		"an SVG": {`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "", refusal.ImageKind}, "an SVG behind a comment": {"<!-- \x89PNG --><svg/>", "", refusal.ImageKind},
		"a GIF": {picture(8, 8, asGIF), "", refusal.ImageKind}, "a page": {"<!doctype html>", "", refusal.ImageKind}, "an address": {"https://example.com/logo.png", "", refusal.ImageKind},
		"too many bytes": {picture(8, 8, asPNG) + strings.Repeat("\x00", MaxLogo), "", refusal.TooLong},
	} {
		media, why := readLogo([]byte(tt.file))
		if media != tt.media || why.Flaw != tt.flaw {
			t.Errorf("%s: %q %+v", name, media, why)
		}
	}
}

func TestSetLogo_is_a_version(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	file := []byte(webP("VP8X", 8, 8))
	out, err := a.SetLogo(ctx, audit.Operator, OwnedBy(a.in), c.ID, file)
	a.ok(err)
	if out.Client.Version != 2 || len(out.Changes) != 1 || out.Changes[0].Field != "logo" {
		t.Errorf("%+v", out)
	}
	logo, err := a.Logo(ctx, out.Client.Registration.Logo)
	if err != nil || !bytes.Equal(logo.Image, file) || logo.Media != "image/webp" {
		t.Errorf("%+v %v", logo, err)
	}
	// Neither the same image again nor a change of the registration makes another of it.
	if out, err = a.SetLogo(ctx, audit.Operator, OwnedBy(a.in), c.ID, file); err != nil || out.Client.Version != 2 {
		t.Errorf("%+v %v", out, err)
	}
	d := draft()
	d.Name = "other"
	if out, err = a.UpdateClient(ctx, audit.Operator, Everybody(), c.ID, 0, d); err != nil || out.Client.Registration.Logo != logo.Sum || len(out.Changes) != 1 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err = a.SetLogo(ctx, audit.Operator, Everybody(), c.ID, nil); err != nil || out.Client.Registration.Logo != "" {
		t.Errorf("%+v %v", out, err)
	}
	_, err = a.SetLogo(ctx, audit.Operator, Everybody(), c.ID, []byte("<svg/>"))
	want(t, err, refusal.LogoInvalid)
	_, err = a.SetLogo(ctx, audit.Operator, Reach{}, c.ID, file)
	want(t, err, refusal.ObjectNotFound)
	_, err = a.Logo(ctx, strings.Repeat("0", 64))
	want(t, err, refusal.ObjectNotFound)
}

func FuzzReadLogo(f *testing.F) {
	for _, kind := range []string{"VP8X", "VP8L", "VP8 "} {
		f.Add([]byte(webP(kind, 8, 8)))
	}
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if media, why := readLogo(file); (media == "") == (why.Flaw == "") {
			t.Errorf("%q %+v", media, why)
		}
	})
}
