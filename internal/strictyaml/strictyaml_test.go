package strictyaml_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/strictyaml"
)

type level string

func (l *level) UnmarshalText(text []byte) error {
	if s := string(text); s != "low" && s != "high" {
		return fmt.Errorf("expected low or high, found %q", s)
	}
	*l = level(text)
	return nil
}

type room struct {
	Name  string `yaml:"name"`
	Seats int    `yaml:"seats"`
}

type house struct {
	Names  []string      `yaml:"names,one"`
	Rooms  []room        `yaml:"rooms"`
	Level  level         `yaml:"level"`
	Open   bool          `yaml:"open"`
	Wait   time.Duration `yaml:"wait"`
	Cellar room          `yaml:"cellar"`
}

func decode(src string) (house, []string) {
	h := house{Wait: time.Second}
	d := strictyaml.Decode("f.yaml", []byte(src), &h)
	var out []string
	for _, p := range d.Problems() {
		out = append(out, p.String())
	}
	return h, out
}

func TestDecode_reads_every_kind_of_value(t *testing.T) {
	got, problems := decode("# a comment\nnames: a\nrooms:\n  - name: x\n    seats: 3\n  - {name: y}\nlevel: high\nopen: true\ncellar:\n  name: |\n    deep\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := house{Names: []string{"a"}, Rooms: []room{{"x", 3}, {Name: "y"}}, Level: "high", Open: true,
		Wait: time.Second, Cellar: room{Name: "deep\n"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecode_an_empty_text_changes_nothing(t *testing.T) {
	for _, src := range []string{"", "\n\n", "# only a comment\n", "---\n"} {
		got, problems := decode(src)
		if len(problems) > 0 || got.Wait != time.Second {
			t.Errorf("Decode(%q) = %v, %v", src, got, problems)
		}
	}
}

func TestDecode_problems(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"an unknown key names its neighbor":        {"nmaes: a\n", `f.yaml:1:1: unknown key "nmaes"; did you mean "names"?`},
		"a key like no other gets the list":        {"zzzzzzzz: a\n", `f.yaml:1:1: unknown key "zzzzzzzz"; known here: names, rooms, level, open, wait, cellar`},
		"an unknown key deep inside":               {"rooms:\n  - name: a\n    saets: 3\n", `f.yaml:3:5: unknown key "saets"; did you mean "seats"?`},
		"a key twice":                              {"open: true\nopen: false\n", `f.yaml:2:1: key "open" is set twice; line 1 has it too`},
		"a key twice in flow style":                {"cellar: {seats: 1, seats: 2}\n", `f.yaml:1:20: key "seats" is set twice; line 1 has it too`},
		"a duration without unit":                  {"wait: 30\n", `f.yaml:1:7: wait: expected a duration with its unit, such as 30s, 5m or 4h, found "30"`},
		"a duration with a unit of another system": {"wait: 3 Minuten\n", `f.yaml:1:7: wait: expected a duration with its unit, such as 30s, 5m or 4h, found "3 Minuten"`},
		"text for a number":                        {"cellar:\n  seats: many\n", `f.yaml:2:10: cellar.seats: expected a whole number, found "many"`},
		"a quoted number is text":                  {"cellar:\n  seats: \"3\"\n", `f.yaml:2:10: cellar.seats: expected a whole number, found "3"`},
		"a number for text":                        {"names: 3\n", `f.yaml:1:8: names[0]: expected text, found the number 3; put it in quotes if you mean it`},
		"yes is no truth value":                    {"open: yes\n", `f.yaml:1:7: open: expected true or false, found the text "yes"`},
		"a list where one value belongs":           {"open: [true]\n", `f.yaml:1:7: open: expected a single value, found a list`},
		"a value where a mapping belongs":          {"cellar: x\n", `f.yaml:1:9: cellar: expected keys with values, found the text "x"`},
		"one value where only a list may stand":    {"rooms: x\n", `f.yaml:1:8: rooms: expected a list, found the text "x"`},
		"a choice that is none":                    {"level: medium\n", `f.yaml:1:8: level: expected low or high, found "medium"`},
		"a key without value":                      {"cellar:\nopen: true\n", `f.yaml:1:8: cellar: has no value; give it one, or leave the key out`},
		"an anchor":                                {"names: &a x\n", `f.yaml:1:8: anchors and aliases are not read; write the value out`},
		"a tag":                                    {"names: !!str x\n", `f.yaml:1:8: tags are not read; leave it out`},
		"a merge key":                              {"cellar:\n  <<: {seats: 1}\n", `f.yaml:2:3: merge keys are not read; write the values out`},
		"a second document":                        {"open: true\n---\nopen: false\n", `f.yaml:3:1: a second document begins here; one is read`},
		"not a mapping at all":                     {"just text\n", `f.yaml:1:1: expected keys with values, found the text "just text"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := decode(c.src)
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("Decode(%q):\n got %q\nwant %q", c.src, got, c.want)
			}
		})
	}
}

func TestDecode_reports_everything_at_once(t *testing.T) {
	_, got := decode("nmaes: a\nwait: 3\nopen: maybe\nrooms:\n  - seat: 3\n")
	if len(got) != 4 {
		t.Errorf("got %d problems, want 4: %q", len(got), got)
	}
}

func TestDecode_bounds_what_it_reads(t *testing.T) {
	for name, src := range map[string]string{
		"nested brackets":        "names: " + strings.Repeat("[", 100000),
		"nested braces":          "names: " + strings.Repeat("{a: ", 10000),
		"nested dashes":          "names:\n  " + strings.Repeat("- ", 100000) + "a",
		"too large":              strings.Repeat("# filler\n", strictyaml.MaxSize/8),
		"not UTF-8":              "names: \xff\n",
		"text that never closes": "names: \"abc\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := decode(src); len(got) == 0 {
				t.Error("accepted")
			}
		})
	}
}

func TestBlame_points_at_the_nearest_thing_there_is(t *testing.T) {
	var h house
	d := strictyaml.Decode("f.yaml", []byte("open: true\nrooms:\n  - name: x\n"), &h)
	d.Blame("rooms[0].seats", "must be at least 1")
	d.Blame("wait", "is missing")
	got := d.Problems()
	if want := "f.yaml:3:5: rooms[0].seats: must be at least 1"; got[0].String() != want {
		t.Errorf("got %q, want %q", got[0], want)
	}
	if want := "f.yaml: wait: is missing"; got[1].String() != want {
		t.Errorf("got %q, want %q", got[1], want)
	}
}

func TestA256_render_lets_no_control_character_through(t *testing.T) {
	src := []byte("open: true\nnmaes: \"\x1b[31m\tred\"\r\n")
	var h house
	var out bytes.Buffer
	strictyaml.Render(&out, src, strictyaml.Decode("f.yaml", src, &h).Problems())
	want := "f.yaml:2:9: a control character; indent with spaces\n    2 | nmaes: \"�[31m red\"\n      |         ^\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"names: [a, b]\nopen: true\n", "rooms:\n  - {name: x, seats: 1}\n", "a: &x [*x]\n", "? a\n: b\n", "wait: 3h\n---\n..."} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var h house
		problems := strictyaml.Decode("f.yaml", src, &h).Problems()
		strictyaml.Render(&bytes.Buffer{}, src, problems)
	})
}
