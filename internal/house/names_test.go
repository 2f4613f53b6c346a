package house_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prokura/internal/cli"
	"prokura/internal/config"
)

var (
	span     = regexp.MustCompile("`([^`\n]+)`")
	link     = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]+)?\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	path     = regexp.MustCompile(`^(internal|cmd|docs|examples|catalogs|scripts|bench|tools)(/[\w.-]+)*$`)
	variable = regexp.MustCompile(`\bPROKURA_[A-Z_]*[A-Z]\b`)
	makes    = regexp.MustCompile(`\bmake ([a-z]+)`)
	option   = regexp.MustCompile(`(?:^| )--([a-z][a-z-]*)`)
	word     = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// texts are our documents, by their path.
func texts(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	each(t, func(path string, src []byte) {
		if strings.HasSuffix(path, ".md") {
			found[path] = string(src)
		}
	})
	return found
}

func TestA265_what_the_documents_name_exists(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	all := texts(t)
	for file, text := range all {
		for _, m := range span.FindAllStringSubmatch(text, -1) {
			name, _, _ := strings.Cut(m[1], ":")
			if path.MatchString(name) && !there(name) {
				t.Errorf("%s names %s, which is not there", file, name)
			}
		}
		for _, command := range commands(text) {
			checkCommand(t, file, command)
		}
		for _, name := range variable.FindAllString(text, -1) {
			if _, _, problems := config.Open("", map[string]string{name: ""}); len(problems) > 0 && strings.Contains(problems[0].Message, "unknown") {
				t.Errorf("%s: %s", file, problems[0].Message)
			}
		}
		for _, m := range slices.Concat(span.FindAllStringSubmatch(text, -1), [][]string{{"", fences(text)}}) {
			for _, target := range makes.FindAllStringSubmatch(m[1], -1) {
				if !bytes.Contains(makefile, []byte("\n"+target[1]+":")) {
					t.Errorf("%s names make %s, which the Makefile does not have", file, target[1])
				}
			}
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			checkLink(t, all, file, m[1], strings.TrimPrefix(m[2], "#"))
		}
	}
}

func there(name string) bool {
	_, err := os.Stat(filepath.Join(root, name))
	return err == nil
}

// fences are the fenced blocks of a text.
func fences(text string) string {
	var b strings.Builder
	in := false
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			in = !in
		case in:
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// commands are what a text says of prokura's command line, in spans of code and in blocks.
func commands(text string) []string {
	var list []string
	add := func(s string) {
		if rest, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(s), "bin/"), "prokura "); ok {
			list = append(list, rest)
		}
	}
	for _, m := range span.FindAllStringSubmatch(text, -1) {
		add(m[1])
	}
	for line := range strings.SplitSeq(fences(text), "\n") {
		for part := range strings.SplitSeq(line, "|") {
			add(part)
		}
	}
	return list
}

// checkCommand asks for the help of a command, and finds the flags in it.
func checkCommand(t *testing.T, file, command string) {
	t.Helper()
	var args []string
	for w := range strings.FieldsSeq(command) {
		if !word.MatchString(w) {
			break
		}
		args = append(args, w)
	}
	var out, problems bytes.Buffer
	status := cli.Run(context.Background(), cli.Process{Args: append(args, "--help"), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems})
	if status != cli.ExitOK {
		t.Errorf("%s names prokura %s: %s", file, command, problems.String())
		return
	}
	for _, m := range option.FindAllStringSubmatch(command, -1) {
		if !strings.Contains(out.String(), "--"+m[1]) {
			t.Errorf("%s names prokura %s, which has no flag --%s", file, command, m[1])
		}
	}
}

// checkLink finds the file and the heading that a link leads to.
func checkLink(t *testing.T, all map[string]string, file, to, anchor string) {
	t.Helper()
	if strings.Contains(to, "://") {
		return
	}
	target := file
	if to != "" {
		target = filepath.ToSlash(filepath.Join(filepath.Dir(file), to))
	}
	if !there(target) {
		t.Errorf("%s links to %s, which is not there", file, target)
		return
	}
	if anchor == "" {
		return
	}
	for _, m := range heading.FindAllStringSubmatch(all[target], -1) {
		if slug(m[1]) == anchor {
			return
		}
	}
	t.Errorf("%s links to %s#%s, and there is no such heading", file, target, anchor)
}

// slug is what GitHub makes of a heading.
func slug(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		}
		return -1
	}, strings.ToLower(title))
}

// proof is how documents name a test.
var proof = regexp.MustCompile("`([a-z][a-z0-9/]+): ((?:Test|A[0-9]{3}_|[A-Z])\\w+)`")

func TestPromises_name_tests_that_exist(t *testing.T) {
	all := texts(t)
	for _, m := range proof.FindAllStringSubmatch(all["docs/promises.md"]+all["docs/conformance.md"], -1) {
		found := false
		files, err := fs.Glob(os.DirFS(filepath.Join(root, m[1])), "*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			src, err := os.ReadFile(filepath.Join(root, m[1], name))
			if err != nil {
				t.Fatal(err)
			}
			found = found || bytes.Contains(src, []byte("func "+m[2]+"(")) || bytes.Contains(src, []byte(`{"`+m[2]+`"`))
		}
		if !found {
			t.Errorf("docs/promises.md or docs/conformance.md names %s in %s, which is not there", m[2], m[1])
		}
	}
}

func TestDependencies_are_explained(t *testing.T) {
	explained := texts(t)["docs/dependencies.md"]
	cmd := exec.Command("go", "list", "-json=Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p struct{ Imports, TestImports, XTestImports []string }
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			host, rest, _ := strings.Cut(imp, "/")
			if !strings.Contains(host, ".") {
				continue
			}
			parts := strings.Split(rest, "/")
			short := host + "/" + parts[0] // as golang.org/x/… and modernc.org/… are named
			if host == "github.com" {
				short = parts[0] + "/" + parts[1]
			} else if len(parts) > 1 && parts[0] == "x" {
				short += "/" + parts[1]
			}
			if !strings.Contains(explained, "`"+short) {
				t.Errorf("docs/dependencies.md does not say what %s is for", short)
			}
		}
	}
}
