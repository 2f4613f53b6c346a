package registry

import (
	"image"
	"image/draw"
)

// shrink copies an image, and makes it smaller where its longer side has more than so many pixels. Each pixel of the copy is
// the mean of the area that it stands for. A pixel counts by how opaque it is, else what is transparent would darken the edge.
func shrink(m image.Image, side int) *image.NRGBA {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	src, plain := m.(*image.NRGBA)
	if !plain {
		src = image.NewNRGBA(image.Rect(0, 0, w, h))
		draw.Draw(src, src.Rect, m, m.Bounds().Min, draw.Src)
	}
	if longer := max(w, h); longer > side {
		dw, dh := max(w*side/longer, 1), max(h*side/longer, 1)
		return average(src, dw, dh)
	}
	return src
}

// average scales an image to a smaller size. Along an axis from s to d pixels, positions count in steps of which a pixel of
// the image takes d and one of the copy s, so that all weights are whole numbers: no rounding adds up.
func average(src *image.NRGBA, dw, dh int) *image.NRGBA {
	sw, sh := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, dw, dh))
	for y := range dh {
		for x := range dw {
			var sum [4]uint64 // red, green and blue by alpha, and alpha
			for sy := y * sh / dh; sy*dh < (y+1)*sh; sy++ {
				wy := overlap(sy*dh, dh, y*sh, sh)
				for sx := x * sw / dw; sx*dw < (x+1)*sw; sx++ {
					p := src.Pix[sy*src.Stride+sx*4:][:4]
					weight := uint64(p[3]) * uint64(wy*overlap(sx*dw, dw, x*sw, sw))
					for i := range 3 {
						sum[i] += uint64(p[i]) * weight
					}
					sum[3] += weight
				}
			}
			if sum[3] == 0 {
				continue // nothing can be seen
			}
			p := dst.Pix[y*dst.Stride+x*4:][:4]
			for i := range 3 {
				p[i] = nearest(sum[i], sum[3])
			}
			p[3] = nearest(sum[3], uint64(sw)*uint64(sh))
		}
	}
	return dst
}

// overlap is how many steps two stretches share.
func overlap(a, long, b, broad int) int { return min(a+long, b+broad) - max(a, b) }

// nearest divides to the nearest whole number.
func nearest(n, by uint64) uint8 { return uint8((n + by/2) / by) }
