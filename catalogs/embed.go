// Package catalogs carries the catalogs that ship with Prokura. They have no rights that a file of one's own would lack.
package catalogs

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Builtin is the source of the catalog of this name.
func Builtin(name string) (src []byte, ok bool) {
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	src, err := files.ReadFile(name + ".yaml")
	return src, err == nil
}

// Names are the names of the catalogs that ship, in order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}
