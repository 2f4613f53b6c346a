package analytics

import (
	"errors"
	"fmt"
	"net/http"
)

// fault is a refusal as the client reads it. The first three digits of the code are the HTTP status.
type fault struct {
	code    int
	summary string
	detail  string
	allow   string // the value of Allow, for 405000
	cause   error  // logged, never shown
}

// Error is for logs.
func (f *fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%d %s: %v", f.code, f.detail, f.cause)
	}
	return fmt.Sprintf("%d %s", f.code, f.detail)
}

// Unwrap gives the cause.
func (f *fault) Unwrap() error { return f.cause }

// The codes that more than one resource uses. Codes of one resource stand in its file.
const (
	codeBadRequest     = 400000
	codeMalformed      = 400003
	codePageNumber     = 400006
	codePageSize       = 400007
	codeBoolean        = 400008
	codeSiteRole       = 400013 // also adminMode: a word outside its list
	codeFilterKey      = 400065
	codeNoCredentials  = 401000
	codeBadCredentials = 401002
	codeForbidden      = 403004
	codePublishing     = 403007
	codePageTooLarge   = 403014
	codeNoSite         = 404000
	codeNoUser         = 404002
	codeNoDatasource   = 404004
	codeNoProject      = 404005
	codeNoWorkbook     = 404006
	codeIDDiffers      = 404009
	codeNoView         = 404011
	codeNoGroup        = 404012
	codeNoEndpoint     = 404950
	codeMethod         = 405000
	codeTooLarge       = 413000
	codeMediaType      = 415000
	codeInternal       = 500000
	codeLacking        = 501000
	codeUnavailable    = 503000
)

// refuse makes a fault whose summary is the usual one of its status.
func refuse(code int, format string, args ...any) *fault {
	summary := "Bad Request"
	switch code / 1000 {
	case http.StatusUnauthorized:
		summary = "Unauthorized Access"
	case http.StatusForbidden:
		summary = "Forbidden"
	case http.StatusNotFound:
		summary = "Resource Not Found"
	case http.StatusMethodNotAllowed:
		summary = "Method Not Allowed"
	case http.StatusConflict:
		summary = "Resource Conflict"
	case http.StatusRequestEntityTooLarge:
		summary = "Request Too Large"
	case http.StatusUnsupportedMediaType:
		summary = "Unsupported Media Type"
	case http.StatusInternalServerError:
		summary = "Internal Server Error"
	case http.StatusNotImplemented:
		summary = "Not Implemented"
	case http.StatusServiceUnavailable:
		summary = "Service Unavailable"
	}
	return &fault{code: code, summary: summary, detail: fmt.Sprintf(format, args...)}
}

func errNoCredentials() *fault {
	return refuse(codeNoCredentials, "No authentication credentials were provided.")
}

func errBadCredentials(cause error) *fault {
	f := refuse(codeBadCredentials, "Invalid authentication credentials were provided.")
	f.cause = cause
	return f
}

func errUnavailable(detail string, cause error) *fault {
	f := refuse(codeUnavailable, "%s", detail)
	f.cause = cause
	return f
}

func errForbidden() *fault {
	return refuse(codeForbidden, "The user does not have permission to do this.")
}

// errMissing says that a thing of that kind ("Workbook") does not exist.
func errMissing(code int, kind, id string) *fault {
	return refuse(code, "%s '%s' could not be found.", kind, id)
}

// asFault classifies any error: what is not a fault is our own and stays hidden.
func asFault(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	f := refuse(codeInternal, "The server could not answer this request.")
	f.cause = err
	return f
}
