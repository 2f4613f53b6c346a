package catalog

import (
	"fmt"

	"prokura/internal/strictyaml"
)

// suggest is the end of a sentence that names the nearest known name, or nothing if none is near.
func suggest(name string, known []string) string {
	if best := strictyaml.Nearest(name, known); best != "" {
		return fmt.Sprintf(", did you mean %q?", best)
	}
	return ""
}
