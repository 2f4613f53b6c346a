// Package golden holds what a test got against a file that is read like code: `go test ./internal/cli -update` writes those of a
// package anew, and their difference is part of the review.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dir is that of the package under test, in which its tests begin: some go elsewhere.
var dir, errDir = os.Getwd()

// Updating says whether the files are written anew. Tests ask that hold something else than testdata against its sources.
func Updating() bool { return *update }

// Check compares with a file of testdata.
func Check(t testing.TB, name, got string) {
	t.Helper()
	if errDir != nil {
		t.Fatal(errDir)
	}
	file := filepath.Join(dir, "testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("testdata/%s (-want +got); if it is right, run the test with -update:\n%s", name, diff)
	}
}
