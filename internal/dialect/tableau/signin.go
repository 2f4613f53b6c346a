package tableau

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strings"

	"prokura/internal/access"
	"prokura/internal/body"
	"prokura/internal/refusal"
)

// maxBody bounds a sign-in (A123).
const maxBody = 64 << 10

// format is what a body or an answer is written in.
type format uint8

const (
	formatXML format = iota
	formatJSON
)

// parseSignIn reads a sign-in from its body and the Content-Type headers that came with it.
func parseSignIn(contentType []string, body []byte) (access.SignInRequest, error) {
	form, err := bodyFormat(contentType, body)
	if err != nil {
		return access.SignInRequest{}, err
	}
	read := readXML
	if form == formatJSON {
		read = readJSON
	}
	d, err := read(body)
	if err != nil {
		why, ok := errors.AsType[refusal.Why](err)
		if !ok {
			return access.SignInRequest{}, err
		}
		return access.SignInRequest{}, unreadable(why)
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
			return 0, unreadable(refusal.Why{Flaw: refusal.IsEmpty, In: refusal.Body})
		}
		return 0, unreadable(refusal.Why{Flaw: refusal.NeitherForm, In: refusal.Body})
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
		Code: refusal.MediaTypeUnsupported, Got: got, Want: "application/xml, text/xml, application/json"})
}

// readBody reads the body of a sign-in, which comes as it is.
func readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, mediaType("Content-Encoding: " + e)
	}
	return body.Read(w, r, limit, refusal.SignInBodyUnreadable)
}
