package registry

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/refusal"
)

// encoded is an image of a size, no two pixels beside each other alike, in a coding.
func encoded(w, h int, encode func(*bytes.Buffer, image.Image) error) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i*7 + i/(4*w))
	}
	var b bytes.Buffer
	if err := encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asPNG(b *bytes.Buffer, m image.Image) error  { return png.Encode(b, m) }
func asJPEG(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) }
func asGIF(b *bytes.Buffer, m image.Image) error  { return gif.Encode(b, m, nil) }

// picture is a PNG, as a logo is kept.
func picture(w, h int) []byte { return encoded(w, h, asPNG) }

// flat is a PNG of one colour, which takes few bytes for many pixels.
func flat(w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// chunk is a chunk of a PNG.
func chunk(kind, data string) string {
	sum := crc32.ChecksumIEEE([]byte(kind + data))
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(data)))) + kind + data + string(binary.BigEndian.AppendUint32(nil, sum))
}

// head is what a PNG begins with that says it has this size; nothing follows.
func head(w, h uint32) []byte {
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return []byte("\x89PNG\r\n\x1a\n" + chunk("IHDR", string(size)+"\x08\x06\x00\x00\x00"))
}

// webP is the head of a WebP.
const webP = "RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x07\x00\x00"

const script = `<script>alert(document.domain)</script>`

func TestA118_a_logo_is_what_stands_in_it(t *testing.T) {
	for name, tt := range map[string]struct {
		file []byte
		flaw refusal.Flaw
	}{
		"a PNG": {picture(64, 64), ""}, "the largest": {flat(1024, 1024), ""}, "a JPEG": {encoded(64, 8, asJPEG), ""},
		"too wide": {flat(1025, 1), refusal.ImagePixels}, "too high": {encoded(1, 1025, asJPEG), refusal.ImagePixels},
		"a head of a PNG": {[]byte("\x89PNG\r\n\x1a\n"), refusal.ImageBroken}, "a head of a JPEG": {[]byte("\xff\xd8\xff"), refusal.ImageBroken},
		"a PNG that is cut off": {picture(64, 64)[:200], refusal.ImageBroken}, "a PNG of nothing": {head(0, 8), refusal.ImageBroken},
		"an SVG": {[]byte(`<svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`), refusal.ImageKind}, "an SVG behind a comment": {[]byte("<!-- \x89PNG --><svg/>"), refusal.ImageKind},
		"a WebP": {[]byte(webP), refusal.ImageWebP}, "a GIF": {encoded(8, 8, asGIF), refusal.ImageKind},
		"a page": {[]byte("<!doctype html>"), refusal.ImageKind}, "an address": {[]byte("https://example.com/logo.png"), refusal.ImageKind},
		"nothing": {nil, refusal.ImageKind}, "too many bytes": {append(picture(8, 8), make([]byte, MaxLogo)...), refusal.TooLong},
	} {
		made, why := readLogo(tt.file)
		if why.Flaw != tt.flaw || (made == nil) != (tt.flaw != "") {
			t.Errorf("%s: %+v", name, why)
		}
	}
}

func TestA179_a_logo_is_made_anew_of_its_pixels(t *testing.T) {
	plain := picture(32, 32)
	const end = 12 // the chunk IEND
	behindHead := 8 + 25
	withText := append([]byte{}, plain[:behindHead]...)
	withText = append(withText, chunk("tEXt", "Comment\x00"+script)+chunk("eXIf", "MM\x00*latitude 52.5")...)
	withText = append(withText, plain[behindHead:]...)
	photo := encoded(32, 32, asJPEG)
	exif := "Exif\x00\x00MM\x00*latitude 52.5" + script
	withExif := append([]byte("\xff\xd8\xff\xe1"), byte((len(exif)+2)>>8), byte(len(exif)+2))
	withExif = append(append(withExif, exif...), photo[2:]...)

	for name, file := range map[string][]byte{
		"a page behind the PNG":       append(append([]byte{}, plain...), "<!doctype html>"+script...),
		"an archive behind the PNG":   append(append([]byte{}, plain...), "PK\x03\x04latitude 52.5"...),
		"text and EXIF in the PNG":    withText,
		"EXIF in the JPEG":            withExif,
		"a page behind the JPEG":      append(append([]byte{}, photo...), script...),
		"a chunk after the PNG's end": append(append([]byte{}, plain...), chunk("tEXt", script)...),
	} {
		made, why := readLogo(file)
		if why.Flaw != "" {
			t.Errorf("%s: %+v", name, why)
			continue
		}
		for _, carried := range []string{"script", "latitude", "PK\x03\x04", "tEXt", "eXIf", "Exif"} {
			if bytes.Contains(made, []byte(carried)) {
				t.Errorf("%s: still has %q", name, carried)
			}
		}
		if !bytes.HasPrefix(made, []byte("\x89PNG")) || string(made[len(made)-end+4:len(made)-end+8]) != "IEND" {
			t.Errorf("%s: is no PNG from its first byte to its last", name)
		}
	}
	// The same pixels, whatever came with them, are the same logo.
	a, _ := readLogo(plain)
	b, _ := readLogo(withText)
	again, _ := readLogo(a)
	if !bytes.Equal(a, b) || !bytes.Equal(a, again) {
		t.Error("a logo depends on more than its pixels")
	}
}

// An image that says it has a hundred million pixels is refused by its head: its pixels would take 400 MB.
func TestA179_pixels_are_counted_before_they_are_decoded(t *testing.T) {
	for name, file := range map[string][]byte{"100 megapixels": head(10_000, 10_000), "the most a head can say": head(1<<31-1, 1<<31-1), "one row": head(1<<20, 1)} {
		var why refusal.Why
		allocated := testing.Benchmark(func(b *testing.B) {
			for range b.N {
				_, why = readLogo(file)
			}
		}).AllocedBytesPerOp()
		if why.Flaw != refusal.ImagePixels && why.Flaw != refusal.ImageBroken {
			t.Errorf("%s: %+v", name, why)
		}
		if allocated > 1<<16 {
			t.Errorf("%s: %d bytes were allocated", name, allocated)
		}
	}
	// A small file of many scans makes its reader walk all blocks for each of them.
	var scans bytes.Buffer
	scans.Write(encoded(8, 8, asJPEG))
	scans.WriteString(strings.Repeat("\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00", 1000))
	if _, why := readLogo(scans.Bytes()); why.Flaw != refusal.ImageBroken {
		t.Errorf("many scans: %+v", why)
	}
}

func TestReadLogo_keeps_at_most_256_pixels(t *testing.T) {
	for _, tt := range []struct{ w, h, toW, toH int }{
		{1, 1, 1, 1}, {256, 256, 256, 256}, {257, 257, 256, 256}, {1024, 1024, 256, 256}, {1024, 512, 256, 128}, {300, 1024, 75, 256}, {1024, 1, 256, 1},
	} {
		made, why := readLogo(flat(tt.w, tt.h))
		if why.Flaw != "" {
			t.Errorf("%d × %d: %+v", tt.w, tt.h, why)
			continue
		}
		if c, err := png.DecodeConfig(bytes.NewReader(made)); err != nil || c.Width != tt.toW || c.Height != tt.toH {
			t.Errorf("%d × %d became %d × %d, %v", tt.w, tt.h, c.Width, c.Height, err)
		}
	}
}

func TestShrink_takes_the_mean(t *testing.T) {
	red, clear := color.NRGBA{R: 255, A: 255}, color.NRGBA{G: 200}
	for name, tt := range map[string]struct {
		row  []color.NRGBA
		side int
		want []color.NRGBA
	}{
		"two to one":               {[]color.NRGBA{{R: 100, A: 255}, {R: 200, A: 255}}, 1, []color.NRGBA{{R: 150, A: 255}}},
		"three to two":             {[]color.NRGBA{{R: 90, A: 255}, {R: 30, A: 255}, {R: 60, A: 255}}, 2, []color.NRGBA{{R: 70, A: 255}, {R: 50, A: 255}}},
		"what cannot be seen":      {[]color.NRGBA{clear, clear}, 1, []color.NRGBA{{}}},
		"an edge keeps its colour": {[]color.NRGBA{red, clear}, 1, []color.NRGBA{{R: 255, A: 128}}},
		"small enough":             {[]color.NRGBA{red, clear}, 2, []color.NRGBA{red, clear}},
	} {
		m := image.NewNRGBA(image.Rect(0, 0, len(tt.row), 1))
		for x, c := range tt.row {
			m.SetNRGBA(x, 0, c)
		}
		got := shrink(m, tt.side)
		if got.Rect.Dx() != len(tt.want) || got.Rect.Dy() != 1 {
			t.Errorf("%s: %v", name, got.Rect)
			continue
		}
		for x, c := range tt.want {
			if got.NRGBAAt(x, 0) != c {
				t.Errorf("%s, pixel %d: %v, want %v", name, x, got.NRGBAAt(x, 0), c)
			}
		}
	}
}

func TestSetLogo_is_a_version(t *testing.T) {
	a := newApps(t)
	c := a.create(draft())
	file := encoded(300, 300, asJPEG)
	out, err := a.SetLogo(ctx, audit.Operator, OwnedBy(a.in), c.ID, file)
	a.ok(err)
	if out.Client.Version != 2 || len(out.Changes) != 1 || out.Changes[0].Field != "logo" {
		t.Errorf("%+v", out)
	}
	logo, err := a.Logo(ctx, out.Client.Registration.Logo)
	if made, _ := readLogo(file); err != nil || !bytes.Equal(logo.Image, made) || logo.Media != "image/png" {
		t.Errorf("%+v %v", logo, err)
	}
	// Neither the same image again, nor what became of it, nor a change of the registration makes another of it.
	for _, same := range [][]byte{file, logo.Image} {
		if out, err = a.SetLogo(ctx, audit.Operator, OwnedBy(a.in), c.ID, same); err != nil || out.Client.Version != 2 {
			t.Errorf("%+v %v", out, err)
		}
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
	f.Add([]byte(webP))
	f.Add(picture(8, 8))
	f.Add(picture(300, 2))
	f.Add(encoded(8, 8, asJPEG))
	f.Add(head(10_000, 10_000))
	f.Fuzz(func(t *testing.T, file []byte) {
		made, why := readLogo(file)
		if (made == nil) == (why.Flaw == "") {
			t.Fatalf("%d bytes, %+v", len(made), why)
		}
		if made == nil {
			return
		}
		again, why := readLogo(made)
		if why.Flaw != "" || !bytes.Equal(again, made) {
			t.Errorf("what was made is not kept as it is: %+v", why)
		}
	})
}
