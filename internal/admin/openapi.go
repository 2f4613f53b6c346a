package admin

import (
	_ "embed"
	"net/http"
)

//go:generate go test -run TestOpenAPI -update .

// document describes the whole API (OpenAPI 3.1). It is made of the table of operations in the tests and of the types of
// package v1 with their comments; the tests hold every route, and every answer that they get, against it.
//
//go:embed openapi.json
var document []byte

// documentPath is where it is served. It needs no token: it is the same on every installation and says nothing of this one,
// and the tools that read it come without.
const documentPath = "/v1/openapi.json"

func (a *API) documentRoutes() {
	a.handle("GET "+documentPath, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document) // the client went away: nobody is left to tell
		return nil
	})
}

// open says whether a request needs no token.
func open(r *http.Request) bool {
	return r.URL.Path == documentPath && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}
