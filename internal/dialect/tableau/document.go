package tableau

import (
	"strings"

	"prokura/internal/access"
	"prokura/internal/refusal"
)

// document is a sign-in document as it is being read, in whichever form it came.
type document struct {
	roots, credentials, sites, users int
	attrs                            map[string]string // of credentials
	contentURL, userID               string
	hasURL                           bool
}

// elementNamed finds the element of the API that a name is, or would be in another case.
func elementNamed(name string) (canonical string, known bool) {
	return fold(name, "tsRequest", "credentials", "site", "user")
}

// attributeNamed finds the attribute of an element that a name is, or would be in another case. Others are ignored, as
// newer clients send what newer versions know.
func attributeNamed(element, name string) (canonical string, known bool) {
	switch element {
	case "credentials":
		return fold(name, "jwt", "isUat", "name", "password", "personalAccessTokenName", "personalAccessTokenSecret")
	case "site":
		return fold(name, "contentUrl")
	case "user":
		return fold(name, "id")
	}
	return "", false
}

func fold(name string, known ...string) (string, bool) {
	for _, k := range known {
		if strings.EqualFold(name, k) {
			return k, true
		}
	}
	return "", false
}

// element takes an element with its plain attributes. The path names the elements around it. What is unknown is
// ignored; what is known is accepted in its own case and in its own place only, so that no other reader of the same
// document finds another credential in it (A120, A121).
func (d *document) element(path, name string, attrs map[string]string) (known bool, err error) {
	canonical, known := elementNamed(name)
	if !known {
		if path == "" {
			return false, refusal.Why{Flaw: refusal.RootOther, Got: short(name), Want: "tsRequest"}
		}
		return false, nil
	}
	if name != canonical {
		return false, refusal.Why{Flaw: refusal.OtherCase, Got: short(name), Want: canonical}
	}
	for a := range attrs {
		if want, known := attributeNamed(name, a); known && a != want {
			return false, refusal.Why{Flaw: refusal.OtherCase, Got: short(a), Want: want}
		}
	}
	var count *int
	place := "/tsRequest/credentials"
	switch name {
	case "tsRequest":
		count, place = &d.roots, ""
	case "credentials":
		count, place = &d.credentials, "/tsRequest"
		d.attrs = attrs
	case "site":
		count = &d.sites
		d.contentURL, d.hasURL = attrs["contentUrl"]
	case "user":
		count = &d.users
		d.userID = attrs["id"]
	}
	if path != place {
		return false, refusal.Why{Flaw: refusal.Misplaced, Got: name}
	}
	if *count++; *count > 1 {
		return false, refusal.Why{Flaw: refusal.ElementTwice, Got: name}
	}
	return true, nil
}

// request checks that the document is complete and says which kind of sign-in it is.
func (d *document) request() (access.SignInRequest, error) {
	switch {
	case d.credentials == 0:
		return access.SignInRequest{}, unreadable(refusal.Why{Flaw: refusal.ElementMissing, Want: "credentials"})
	case d.sites == 0:
		return access.SignInRequest{}, unreadable(refusal.Why{Flaw: refusal.ElementMissing, Want: "site"})
	case !d.hasURL:
		return access.SignInRequest{}, unreadable(refusal.Why{Flaw: refusal.AttrMissing, In: "site", Want: "contentUrl"})
	case d.users > 0 && d.userID == "":
		return access.SignInRequest{}, unreadable(refusal.Why{Flaw: refusal.AttrMissing, In: "user", Want: "id"})
	}
	jwt, hasJWT := d.attrs["jwt"]
	kind, attr := d.otherKind()
	switch {
	case hasJWT && kind != "":
		return access.SignInRequest{}, unreadable(refusal.Why{Flaw: refusal.TwoCredentials, Got: attr})
	case hasJWT && strings.EqualFold(d.attrs["isUat"], "true"):
		return access.SignInRequest{}, unsupported(refusal.KindUnifiedToken)
	case kind != "":
		return access.SignInRequest{}, unsupported(kind)
	case !hasJWT:
		return access.SignInRequest{}, unreadable(refusal.Why{Flaw: refusal.AttrMissing, In: "credentials", Want: "jwt"})
	}
	return access.SignInRequest{ContentURL: d.contentURL, Assertion: jwt, UserID: d.userID}, nil
}

// otherKind names a kind of credential that the API has and Prokura does not accept, and an attribute that shows it.
func (d *document) otherKind() (kind refusal.Flaw, attr string) {
	for _, k := range []struct {
		attr string
		kind refusal.Flaw
	}{
		{"personalAccessTokenName", refusal.KindPersonalToken}, {"personalAccessTokenSecret", refusal.KindPersonalToken},
		{"name", refusal.KindPassword}, {"password", refusal.KindPassword},
	} {
		if _, ok := d.attrs[k.attr]; ok {
			return k.kind, k.attr
		}
	}
	return "", ""
}

func unreadable(why refusal.Why) *refusal.Error {
	return refusal.New(refusal.Finding{Code: refusal.SignInBodyUnreadable, Why: why})
}

func unsupported(kind refusal.Flaw) error {
	return refusal.New(refusal.Finding{Code: refusal.SignInKindUnsupported, Why: refusal.Why{Flaw: kind}})
}

// short cuts a name from the request to what is worth repeating.
func short(name string) string {
	const most = 40
	if len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}
