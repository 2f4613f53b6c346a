package body

import (
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"prokura/internal/refusal"
)

type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = errors.New("the connection is gone")
	}
	return n, err
}

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		body io.Reader
		want refusal.Code
		flaw refusal.Flaw
	}{
		"what fits":          {strings.NewReader("12345678"), "", ""},
		"nothing":            {strings.NewReader(""), "", ""},
		"one byte too many":  {strings.NewReader("123456789"), refusal.BodyTooLarge, ""},
		"what breaks off":    {broken{strings.NewReader("123")}, refusal.FormUnreadable, refusal.EndedEarly},
		"nothing, broken":    {broken{strings.NewReader("")}, refusal.FormUnreadable, refusal.EndedEarly},
		"too much, unbroken": {io.MultiReader(strings.NewReader("12345678"), strings.NewReader("9")), refusal.BodyTooLarge, ""},
	} {
		data, err := Read(httptest.NewRecorder(), httptest.NewRequest("POST", "/", tt.body), 8, refusal.FormUnreadable)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		f := refusal.Of(err).First()
		if data != nil || f.Code != tt.want || f.Why.Flaw != tt.flaw {
			t.Errorf("%s: %q, %+v", name, data, f)
		}
	}
}
