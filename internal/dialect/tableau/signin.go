package tableau

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"prokura/internal/refusal"
)

const (
	maxBody  = 64 << 10         // of a sign-in (A123)
	bodyTime = 10 * time.Second // within which it must have arrived
)

// format is what a body or an answer is written in.
type format uint8

const (
	formatXML format = iota
	formatJSON
)

// parseSignIn reads a sign-in from its body and the Content-Type headers that came with it.
func parseSignIn(contentType []string, body []byte) (SignInRequest, error) {
	form, err := bodyFormat(contentType, body)
	if err != nil {
		return SignInRequest{}, err
	}
	read := readXML
	if form == formatJSON {
		read = readJSON
	}
	d, err := read(body)
	if err != nil {
		return SignInRequest{}, unreadable(err)
	}
	return d.request()
}

// bodyFormat decides how to read a body. A Content-Type decides alone: what it calls JSON is never read as XML, nor the
// reverse, and other types are refused (A124, A128). Without one, as the vendor's own Python client sends it, the first
// character decides. So it does for the form type that curl -d puts on every body: it says nothing of this one, and a page
// of another site that could send it gains nothing, because no cookie signs in here.
func bodyFormat(contentType []string, body []byte) (format, error) {
	if len(contentType) > 1 {
		return 0, mediaType(strings.Join(contentType, ", "))
	}
	if len(contentType) == 0 || contentType[0] == "" || contentType[0] == "application/x-www-form-urlencoded" {
		first := bytes.TrimLeft(bytes.TrimPrefix(body, byteOrderMark), " \t\r\n")
		switch {
		case bytes.HasPrefix(first, []byte("<")):
			return formatXML, nil
		case bytes.HasPrefix(first, []byte("{")):
			return formatJSON, nil
		case len(first) == 0:
			return 0, unreadable(errors.New("the body is empty"))
		}
		return 0, unreadable(errors.New("the body begins neither like XML nor like JSON"))
	}
	t, params, err := mime.ParseMediaType(contentType[0])
	if err != nil {
		return 0, mediaType(contentType[0])
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return 0, mediaType(contentType[0])
	}
	switch t {
	case "text/xml", "application/xml":
		return formatXML, nil
	case "application/json":
		return formatJSON, nil
	}
	return 0, mediaType(contentType[0])
}

func mediaType(got string) error {
	return refusal.New(refusal.Finding{
		Code: refusal.MediaTypeUnsupported, Got: got, Want: "application/xml, text/xml or application/json, in UTF-8"})
}

// readBody reads the body of a sign-in within its bounds of size and time. It does not read the clock: a timer moves
// the connection's deadline into the past.
func readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, mediaType("with Content-Encoding " + e)
	}
	conn := http.NewResponseController(w)
	late := time.AfterFunc(bodyTime, func() {
		// A writer without deadlines is one of a test, or of a server that keeps its own.
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	})
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	inTime := late.Stop()
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, refusal.New(refusal.Finding{Code: refusal.BodyTooLarge, Want: fmt.Sprintf("%d KiB", limit>>10)})
	}
	if !inTime {
		w.Header().Set("Connection", "close") // its deadline stays in the past
		return nil, unreadable(fmt.Errorf("the body did not arrive within %s", bodyTime))
	}
	if err != nil {
		return nil, unreadable(fmt.Errorf("the body ended early: %w", err))
	}
	return body, nil
}
