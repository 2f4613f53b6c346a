package id

import (
	"strings"
	"testing"
)

const sample = "8e1b7172-39c3-4a32-887e-fc2b4119f56d"

func TestParse_accepts_what_String_writes_and_nothing_else(t *testing.T) {
	got, err := Parse[Tenant](sample)
	if err != nil || got.String() != sample {
		t.Errorf("Parse(%q) = %s, %v", sample, got, err)
	}
	for _, digits := range []string{"0123456789abcdef", "fedcba9876543210"} {
		text := digits[:8] + "-" + digits[8:12] + "-" + digits[12:] + "-" + digits[:4] + "-" + digits[4:16]
		if got, err := Parse[User](text); err != nil || got.String() != text {
			t.Errorf("Parse(%q) = %s, %v", text, got, err)
		}
	}
	for _, bad := range []string{
		"", "8", sample + "0", sample[1:], strings.ToUpper(sample), strings.ReplaceAll(sample, "-", ""),
		"{" + sample[:34] + "}", strings.ReplaceAll(sample, "-", "_"), "00000000-0000-0000-0000-000000000000",
		"8e1b717239c3-4a32-887e-fc2b4119f56d-", "\x00" + sample[1:],
	} {
		if got, err := Parse[Tenant](bad); err == nil || !got.IsZero() {
			t.Errorf("Parse(%q) = %s, want a refusal", bad, got)
		}
	}
}

// TestParse_every_byte_in_every_place knows the digits from the other side: of all bytes, sixteen stand in an
// identifier, wherever that is.
func TestParse_every_byte_in_every_place(t *testing.T) {
	for at := range sample {
		for c := range 256 {
			text := sample[:at] + string([]byte{byte(c)}) + sample[at+1:]
			want := strings.IndexByte("0123456789abcdef", byte(c)) >= 0
			if sample[at] == '-' {
				want = c == '-'
			}
			got, err := Parse[Tenant](text)
			if (err == nil) != want || want && got.String() != text {
				t.Errorf("Parse(%q) = %s, %v", text, got, err)
			}
		}
	}
}

func TestIdentifiers_are_stored_as_bytes_and_none_as_null(t *testing.T) {
	var none Session
	if !none.IsZero() || none.String() != "" {
		t.Errorf("the zero identifier is %q", none)
	}
	if v, err := none.Value(); v != nil || err != nil {
		t.Errorf("the zero identifier is stored as %v, %v, want NULL", v, err)
	}
	var back Session
	kept, _ := Parse[Session](sample)
	v, _ := kept.Value()
	if err := back.Scan(v); err != nil || back != kept {
		t.Errorf("stored and read again: %s, %v", back, err)
	}
	if err := back.Scan([]byte("short")); err == nil {
		t.Error("five bytes were read as an identifier")
	}
}
