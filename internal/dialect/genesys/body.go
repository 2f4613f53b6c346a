package genesys

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/refusal"
	"prokura/internal/strictjson"
)

// maxBody is how long a request may be, in bytes.
const maxBody = 256 << 10

// read reads the one JSON object of a request, strictly (A127): no member twice, none that is not known, no null. A form that a
// foreign page could post has another media type and is refused (A128). Required are the members that must be there.
func (x *exchange) read(into any, required ...string) error {
	mt, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if err != nil || mt != "application/json" {
		return refusal.New(refusal.Finding{Code: refusal.MediaTypeUnsupported, Got: x.r.Header.Get("Content-Type"), Want: "application/json"})
	}
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refusal.New(refusal.Finding{Code: refusal.BodyTooLarge, Want: refusal.Size(maxBody)})
	}
	if err != nil {
		return refusal.New(refusal.Finding{Code: refusal.BodyNotObject, Got: strconv.Itoa(len(data))})
	}
	return decode(data, into, required)
}

func decode(data []byte, into any, required []string) error {
	members, err := strictjson.Object(data, maxBody)
	if err != nil {
		return unreadable(err)
	}
	for _, m := range members {
		if m.Value.Kind() == 'n' {
			return refusal.New(refusal.Finding{Code: refusal.FieldKind, Got: m.Name, Want: strictjson.KindName('n'), Field: m.Name})
		}
	}
	if err := strictjson.Decode(data, maxBody, into); err != nil {
		return unreadable(err)
	}
	var e refusal.Error
	for _, name := range required {
		if !slices.ContainsFunc(members, func(m strictjson.Member) bool { return m.Name == name }) {
			e.Findings = append(e.Findings, refusal.Finding{Code: refusal.FieldMissing, Got: name, Field: name})
		}
	}
	if len(e.Findings) > 0 {
		return &e
	}
	return nil
}

// unreadable names what a document has that is not taken.
func unreadable(err error) error {
	f := refusal.Finding{Code: refusal.BodyNotObject, Got: "0"}
	if e, ok := errors.AsType[*strictjson.NameError](err); ok {
		name := strings.TrimPrefix(e.Pointer, "/")
		f = refusal.Finding{Code: refusal.FieldUnknown, Got: name, Want: "—", Field: name}
		if e.Twice {
			f.Code = refusal.FieldTwice
		}
	} else if e, ok := errors.AsType[*strictjson.KindError](err); ok {
		name := strings.TrimPrefix(e.Pointer, "/")
		f = refusal.Finding{Code: refusal.FieldKind, Got: name, Want: e.Kind, Field: name}
	} else if e, ok := errors.AsType[*strictjson.SyntaxError](err); ok {
		f.Got = strconv.FormatInt(e.Offset, 10)
	}
	return refusal.New(f)
}

// fieldOf is the member of a body that a finding stands at, by the name that this wire has for it.
func fieldOf(f refusal.Finding) string {
	name, index, _ := strings.Cut(f.Field, "[")
	if index != "" {
		index = "[" + index
	}
	switch name {
	case "redirect_uris":
		return "registeredRedirectUri" + index
	case "required", "conditional", "optional": // lists of ours; the finding names the scope
		return "scope"
	case "access_seconds":
		return "accessTokenValiditySeconds"
	case "description.en", "description.de":
		return "description"
	case "client_credentials":
		return "authorizedGrantType"
	case "scopes":
		return "scope"
	case "admission":
		return "allUsers"
	case "admission.roles", "admission.users":
		return strings.TrimPrefix(name, "admission.")
	case "expires_at":
		return "expires"
	}
	return refusal.Safe(f.Field)
}
