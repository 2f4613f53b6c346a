package house_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"prokura/internal/config"
)

// What the documents tell people to type is typed here, in the order in which they are read and in one shell, so that no
// example is wrong or insecure without anybody noticing (A265). A fenced block is run when the line before it says so:
//
//	<!-- run -->           the block is run; it must succeed
//	<!-- run: server -->   the block starts a server, which is waited for
//	<!-- fails -->         the block is run; it must fail
//	<!-- writes: FILE -->  the block is written to that file
//	<!-- shows -->         the block is what the block before printed
//	<!-- config -->        the block is a configuration without problems, but that the files it names are not here
//
// In what a block shows, "…" stands for any text, also over several lines; identifiers and times may be others.
var documents = []string{"README.md", "docs/tableau.md", "docs/api.md", "docs/operate.md", "docs/apps.md", "docs/governance.md"}

type snippet struct {
	file string
	line int
	kind string // as in the marker
	name string // of the file to write
	text string
}

var marker = regexp.MustCompile(`^<!-- (run|run: server|fails|writes: (\S+)|shows|config) -->$`)

// snippets are the marked blocks of a document.
func snippets(t *testing.T, file string) []snippet {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	var list []snippet
	lines := strings.Split(string(src), "\n")
	for i := 0; i < len(lines); i++ {
		m := marker.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		s := snippet{file: file, line: i + 2, kind: m[1], name: m[2]}
		if m[2] != "" {
			s.kind = "writes"
		}
		if i++; i == len(lines) || !strings.HasPrefix(lines[i], "```") {
			t.Fatalf("%s:%d: no block follows the marker", file, i)
		}
		for i++; i < len(lines) && lines[i] != "```"; i++ {
			s.text += lines[i] + "\n"
		}
		list = append(list, s)
	}
	return list
}

func TestA265_what_the_documents_say_to_type_works(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three programs and runs them")
	}
	for _, name := range []string{"bash", "curl", "python3"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%v; scripts/install.sh installs it", err)
		}
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "bin")+"/", "./cmd/prokura", "./examples/analytics/cmd/analytics")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	s := &session{t: t, dir: filepath.Join(dir, "there"), ports: strings.NewReplacer(
		"127.0.0.1:8080", freePort(t), "127.0.0.1:9000", freePort(t), "./bin/", filepath.Join(dir, "bin")+"/")}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range documents {
		s.add(snippets(t, file))
	}
	s.run(filepath.Join(dir, "bin"))
}

// session is one shell, and what it is to be told.
type session struct {
	t      *testing.T
	dir    string
	ports  *strings.Replacer
	script strings.Builder
	steps  []snippet
	shows  map[int]snippet // by the step that must show it
}

// separator begins the output of each step.
const separator = "\x1e"

func (s *session) add(list []snippet) {
	if s.shows == nil {
		s.shows = map[int]snippet{}
	}
	for _, sn := range list {
		text := s.ports.Replace(sn.text)
		if sn.kind == "config" {
			if _, problems := config.Load(sn.file, []byte(sn.text)); len(problems) > 0 {
				s.t.Errorf("%s:%d: the configuration has problems: %v", sn.file, sn.line, problems)
			}
			continue
		}
		if sn.kind == "shows" {
			if len(s.steps) == 0 {
				s.t.Fatalf("%s:%d: nothing ran before", sn.file, sn.line)
			}
			s.shows[len(s.steps)-1] = sn
			continue
		}
		fmt.Fprintf(&s.script, "printf '%s%%d\\n' %d\n", `\036`, len(s.steps))
		switch sn.kind {
		case "writes":
			fmt.Fprintf(&s.script, "cat >%s <<'END OF FILE'\n%sEND OF FILE\n", sn.name, text)
		case "run: server":
			// Its own output goes to a file: it would come in the middle of others'.
			command := strings.TrimSuffix(strings.TrimSpace(text), "&")
			fmt.Fprintf(&s.script, "(exec %s) >server-%d.log 2>&1 &\nwait_for server-%d.log\n", command, len(s.steps), len(s.steps))
		case "fails":
			fmt.Fprintf(&s.script, "if\n%sthen echo 'this was to fail'; exit 1; fi\n", text)
		default:
			s.script.WriteString(text)
		}
		s.steps = append(s.steps, sn)
	}
	fmt.Fprintf(&s.script, "printf '%s%%d\\n' %d\n", `\036`, len(s.steps))
}

// prelude makes the shell stop at the first error, end the servers when it ends, and wait for a server until its output
// says that it is listening.
const prelude = `set -eu -o pipefail
export LANG=C.UTF-8 LC_ALL=
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
wait_for() {
  for i in $(seq 300); do
    if grep -q listening "$1" 2>/dev/null; then return 0; fi
    if ! kill -0 $! 2>/dev/null; then break; fi
    sleep 0.1
  done
  cat "$1"; return 1
}
`

func (s *session) run(bin string) {
	t := s.t
	file := filepath.Join(filepath.Dir(bin), "script")
	if err := os.WriteFile(file, []byte(prelude+s.script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", file)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+s.dir, "PROKURA_LISTEN="+s.ports.Replace("127.0.0.1:8080"))
	out, err := cmd.CombinedOutput()
	printed := map[int]string{}
	last := -1
	for part := range strings.SplitSeq(strings.ReplaceAll(string(out), "\r\n", "\n"), separator) {
		head, rest, _ := strings.Cut(part, "\n")
		if n, err := strconv.Atoi(head); err == nil {
			printed[n], last = rest, n
		}
	}
	if last < len(s.steps) {
		sn := s.steps[max(last, 0)]
		t.Fatalf("%s:%d: the example ended with %v:\n%s\nIt printed:\n%s", sn.file, sn.line, err, sn.text, printed[last])
	}
	for i, want := range s.shows {
		if got := printed[i]; !pattern(s.ports.Replace(want.text)).MatchString(strings.TrimSpace(got)) {
			t.Errorf("%s:%d: the document shows\n%s\nthe block in line %d printed\n%s", want.file, want.line, want.text, s.steps[i].line, got)
		}
	}
}

var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z| *…`)

// pattern is the regular expression of a shown block.
func pattern(shown string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	from := 0
	text := strings.TrimSpace(shown)
	for _, at := range varying.FindAllStringIndex(text, -1) {
		b.WriteString(regexp.QuoteMeta(text[from:at[0]]))
		switch v := text[at[0]:at[1]]; {
		case strings.HasSuffix(v, "…"):
			b.WriteString(`.*?`)
		case strings.Contains(v, "T"):
			b.WriteString(`[0-9-]{10}T[0-9:.]+Z`)
		default:
			b.WriteString(`[0-9a-f-]{36}`)
		}
		from = at[1]
	}
	b.WriteString(regexp.QuoteMeta(text[from:]) + `\z`)
	return regexp.MustCompile(b.String())
}

// freePort is an address on loopback where nobody listens now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
