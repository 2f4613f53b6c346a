package house_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	attackRow = regexp.MustCompile(`^\| (A[0-9]{3}) \| ([^|]+) \| ([^|]+) \|$`)
	// attackTest is a test or subtest whose name begins with one or more numbers.
	attackTest   = regexp.MustCompile(`^func (Test(?:A[0-9]{3}_)+\w+)\(|[{(]"((?:A[0-9]{3}[ :_]).*?)"`)
	attackNumber = regexp.MustCompile(`A[0-9]{3}`)
)

// TestAttacks_name_tests_that_exist keeps the last column of docs/attacks.md true: a row names every test that has its
// number, or says why there is none yet.
func TestAttacks_name_tests_that_exist(t *testing.T) {
	tests := attackTests(t)
	src, err := os.ReadFile(filepath.Join(root, "docs/attacks.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	last := 0
	for n, line := range strings.Split(string(src), "\n") {
		row := attackRow.FindStringSubmatch(line)
		if row == nil {
			if strings.HasPrefix(line, "| A") {
				t.Errorf("docs/attacks.md:%d: a row has three columns", n+1)
			}
			out = append(out, line)
			continue
		}
		if last++; row[1] != fmt.Sprintf("A%03d", last) {
			t.Fatalf("docs/attacks.md:%d: %s, want A%03d: numbers are never changed and never left out", n+1, row[1], last)
		}
		proof := row[3]
		switch found := tests[row[1]]; {
		case len(found) > 0:
			slices.Sort(found)
			proof = "`" + strings.Join(slices.Compact(found), "`, `") + "`"
		case !strings.HasPrefix(proof, "not yet: "):
			proof = "not yet: its test is gone"
		}
		// A test that came meanwhile is no lie of the table; one that went is.
		for name := range strings.SplitSeq(row[3], "`") {
			if strings.Contains(name, "A") && strings.Contains(name, "/") && !slices.Contains(tests[row[1]], name) && !*update {
				t.Errorf("docs/attacks.md:%d: there is no test %s; run make generate", n+1, name)
			}
		}
		out = append(out, fmt.Sprintf("| %s | %s | %s |", row[1], row[2], proof))
		delete(tests, row[1])
	}
	for number, found := range tests {
		t.Errorf("%s is tested by %s, but docs/attacks.md does not list it", number, strings.Join(found, ", "))
	}
	if *update {
		generated(t, "docs/attacks.md", strings.Join(out, "\n"))
	}
}

// attackTests are the tests by number, each as its directory and its name.
func attackTests(t *testing.T) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	for _, top := range []string{"cmd", "internal", "catalogs", "examples", "bench"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			// Contracts that several packages run stand in files of other names.
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") && !strings.Contains(path, "/storetest/") {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			for line := range strings.SplitSeq(string(src), "\n") {
				m := attackTest.FindStringSubmatch(strings.TrimSpace(line))
				if m == nil {
					continue
				}
				name := m[1] + m[2]
				for _, number := range attackNumber.FindAllString(name, -1) {
					tests[number] = append(tests[number], filepath.ToSlash(dir)+": "+name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return tests
}
