package percent

import (
	"strings"
	"testing"
)

func TestDigit(t *testing.T) {
	for i := range 256 {
		c := byte(i)
		want := strings.IndexByte("0123456789abcdef", c)
		if want < 0 {
			want = strings.IndexByte("0123456789ABCDEF", c)
		}
		if want < 0 {
			want = None
		}
		if got := Digit(c); int(got) != want {
			t.Errorf("%q is worth %d, want %d", c, got, want)
		}
	}
}
