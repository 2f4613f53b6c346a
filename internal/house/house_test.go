// Package house_test holds the rules of the house that a program can check: which package may import which, who may dial,
// read the clock or draw randomness, and how long a file may be.
package house_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the directory of the module, seen from this package.
const root = "../.."

// floors are the packages from the roof to the cellar. A package may import those of lower floors, and of its own floor
// only those that share its line. What is not listed here fails the test, so that a new package gets its place.
var floors = []struct {
	name     string
	packages []string
}{
	{"the binary", []string{"cmd/prokura"}},
	{"command line", []string{"internal/cli"}},
	{"building the process", []string{"internal/server"}},
	{"surfaces", []string{"internal/gateway", "internal/admin", "internal/dialect/tableau", "internal/dialect/hubspot", "internal/dialect/genesys", "internal/oauth", "internal/console", "internal/v1client"}},
	{"pages", []string{"internal/page"}},
	{"worlds for tests", []string{"internal/testworld"}},
	{"uses", []string{"internal/access", "internal/govern"}},
	{"how a tenant stands to an app", []string{"internal/decided"}},
	{"benches for tests", []string{"internal/store/faultstore", "internal/testsqlite"}},
	{"services", []string{"internal/registry", "internal/directory", "internal/keyring", "internal/feed", "internal/docket", "internal/ledger"}},
	{"engines", []string{"internal/store/sqlite internal/store/postgres internal/store/sqlstore internal/store/storetest", "internal/testpg"}},
	{"state", []string{"internal/store internal/audit", "internal/config", "internal/mail", "internal/seal"}},
	{"the admin API's wire", []string{"internal/v1"}},
	{"pure", []string{"internal/policy internal/assertion internal/installurl internal/policy/installtest", "internal/token", "internal/catalog"}},
	{"words", []string{"catalogs", "internal/canon", "internal/httpauth internal/form", "internal/body internal/percent", "internal/redirect", "internal/host", "internal/jws internal/strictjson", "internal/mark", "internal/scope", "internal/refusal internal/text", "internal/reserved",
		"internal/id internal/clock internal/entropy", "internal/strictyaml", "internal/golden"}},
	{"the rules", []string{"internal/house"}},
}

type pkg struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

// packages asks the go command, so that build constraints and generated files count as they do in a build.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		if ee, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, ee.Stderr)
		}
		t.Fatal(err)
	}
	var list []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// short is a package's path inside the module.
func short(path string) (string, bool) { return strings.CutPrefix(path, "prokura/") }

// ours yields every package of ours that a package imports.
func ours(p pkg) []string {
	var out []string
	for _, imp := range p.Imports {
		if s, ok := short(imp); ok {
			out = append(out, s)
		}
	}
	return out
}

func TestImports_point_down(t *testing.T) {
	type place struct{ floor, line int }
	places := map[string]place{}
	for i, f := range floors {
		for j, line := range f.packages {
			for p := range strings.FieldsSeq(line) {
				places[p] = place{i, j}
			}
		}
	}
	for _, p := range packages(t) {
		from, _ := short(p.ImportPath)
		a, known := places[from]
		if !known {
			t.Errorf("%s stands on no floor: give it one in floors, next to packages of its kind", from)
			continue
		}
		for _, to := range ours(p) {
			b := places[to]
			switch {
			case b.floor > a.floor:
			case b.floor == a.floor && b.line == a.line:
			case b.floor == a.floor && floors[a.floor].name == "words":
				// Words are built from words; the compiler keeps them free of circles.
			default:
				t.Errorf("%s (%s) imports %s (%s): imports point down", from, floors[a.floor].name, to, floors[b.floor].name)
			}
		}
	}
}

// forTests are packages that only tests import, and they each other.
var forTests = []string{"internal/golden", "internal/testworld", "internal/testsqlite", "internal/testpg", "internal/store/faultstore", "internal/store/storetest", "internal/policy/installtest"}

func TestWhat_is_for_tests_is_in_no_build(t *testing.T) {
	for _, p := range packages(t) {
		if from, _ := short(p.ImportPath); slices.Contains(forTests, from) {
			continue
		}
		for _, to := range ours(p) {
			if slices.Contains(forTests, to) {
				t.Errorf("%s imports %s, which is for tests", p.ImportPath, to)
			}
		}
	}
}

// effects are the calls that only some packages may make, because what they bring in must be replaceable in tests, or
// has rules that stand in one place.
var effects = []struct {
	why     string
	calls   []string // package path and name
	imports []string // or a whole package
	allowed []string
}{
	{
		why:     "only internal/clock reads the time",
		calls:   []string{"time.Now", "time.Since", "time.Until"},
		allowed: []string{"internal/clock", "internal/store/storetest"}, // storetest waits for a real database, with a deadline
	},
	{
		why:     "only internal/entropy reads randomness",
		imports: []string{"math/rand", "math/rand/v2"},
		calls:   []string{"crypto/rand.Read", "crypto/rand.Int", "crypto/rand.Text", "crypto/rand.Prime"},
		allowed: []string{"internal/entropy"},
	},
	{
		why: "only the gateway, mail, the admin client and PostgreSQL dial out",
		calls: []string{"net.Dial", "net.DialTimeout", "net.DialTCP", "net.DialUDP", "net.DialUnix", "net.Dialer", "net/http.Get", "net/http.Post",
			"net/http.PostForm", "net/http.Head", "net/http.Client", "net/http.DefaultClient", "net/http.DefaultTransport", "net/http.Transport"},
		allowed: []string{"internal/gateway", "internal/mail", "internal/v1client", "internal/store/postgres", "internal/testpg"},
	},
	{
		why:     "only cmd reads the environment and ends the process",
		calls:   []string{"os.Exit", "os.Getenv", "os.LookupEnv", "os.Environ"},
		allowed: []string{"cmd/prokura", "internal/testpg"},
	},
	{
		why:     "nothing debugs over HTTP (A255)",
		imports: []string{"net/http/pprof", "expvar"},
	},
	{
		why:     "YAML is read strictly, in one place for each kind of file",
		imports: []string{"github.com/goccy/go-yaml"},
		allowed: []string{"internal/strictyaml", "internal/catalog"},
	},
}

func TestEffects_stay_where_they_belong(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := short(p.ImportPath)
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			checkEffects(t, set, file, from)
		}
	}
}

func checkEffects(t *testing.T, set *token.FileSet, file *ast.File, from string) {
	t.Helper()
	imported := map[string]string{} // the name in this file → path
	for _, imp := range file.Imports {
		path := strings.Trim(imp.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if imp.Name != nil {
			name = imp.Name.Name
		}
		imported[name] = path
		for _, e := range effects {
			if slices.ContainsFunc(e.imports, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") }) && !slices.Contains(e.allowed, from) {
				t.Errorf("%s: import of %s: %s", set.Position(imp.Pos()), path, e.why)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		call := imported[x.Name] + "." + sel.Sel.Name
		for _, e := range effects {
			if slices.Contains(e.calls, call) && !slices.Contains(e.allowed, from) {
				t.Errorf("%s: %s: %s", set.Position(sel.Pos()), call, e.why)
			}
		}
		return true
	})
}

// maxLines is how long a source file may be; tests, tables and generated files may be longer.
const maxLines = 600

// tables are files that hold what is known and no logic.
var tables = []string{"internal/refusal/definitions.go", "internal/refusal/definitions_install.go", "internal/refusal/definitions_client.go",
	"internal/refusal/definitions_token.go", "internal/refusal/definitions_login.go"}

// each calls fn with every text file of ours, by its path in the repository.
func each(t *testing.T, fn func(path string, src []byte)) {
	t.Helper()
	ends := []string{".go", ".md", ".yaml", ".yml", ".sh", ".sql", ".txt", ".html", ".css", ".mod", "Makefile", ".ci/run"}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == ".git" || rel == "bin" || rel == "data" || strings.HasPrefix(d.Name(), "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !slices.ContainsFunc(ends, func(e string) bool { return strings.HasSuffix(rel, e) }) {
			return nil
		}
		src, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // somebody's temporary file
		}
		fn(filepath.ToSlash(rel), src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFiles_are_read_in_one_sitting(t *testing.T) {
	each(t, func(path string, src []byte) {
		n := bytes.Count(src, []byte("\n"))
		if n > maxLines && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !slices.Contains(tables, path) {
			t.Errorf("%s has %d lines, more than %d: where does it fall apart?", path, n, maxLines)
		}
	})
}

// What a file says must be true wherever it is cloned to, and finished.
func TestTexts_name_only_what_everybody_has(t *testing.T) {
	words := []string{"../" + "shared", "/" + "work/", "TO" + "DO", "FIX" + "ME", "XX" + "X:"}
	each(t, func(path string, src []byte) {
		lines := bufio.NewScanner(bytes.NewReader(src))
		lines.Buffer(nil, len(src)+1)
		for n := 1; lines.Scan(); n++ {
			for _, w := range words {
				if strings.Contains(lines.Text(), w) {
					t.Errorf("%s:%d says %q", path, n, w)
				}
			}
		}
	})
}

// State of a package is state of every test and every server in the process.
func TestPackages_have_no_init(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s: func init: say it where it is used", set.Position(f.Pos()))
				}
			}
		}
	}
}
