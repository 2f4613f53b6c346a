package catalog_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"prokura/internal/catalog"
	"prokura/internal/golden"
	"prokura/internal/scope"
)

func shows(t *testing.T, name string, write func(*bytes.Buffer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, name, b.String())
}

func sent(t *testing.T, list string) scope.Set {
	t.Helper()
	s, err := scope.ParseList(list)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const someScopes = "tableau:content:read tableau:groups:* tableau:task:run"

func TestShow_for_people(t *testing.T) {
	c := analytics(t)
	shows(t, "table.de.txt", func(b *bytes.Buffer) error { return c.Table(b, "de") })
	shows(t, "table.en.txt", func(b *bytes.Buffer) error { return c.Table(b, "en") })
	shows(t, "matrix.en.txt", func(b *bytes.Buffer) error { return c.Matrix(b, "en") })
	shows(t, "coverage.de.txt", func(b *bytes.Buffer) error { return c.Coverage(sent(t, someScopes)).Text(b, "de") })
	shows(t, "coverage.en.txt", func(b *bytes.Buffer) error { return c.Coverage(sent(t, someScopes)).Text(b, "en") })
}

func TestShow_for_programs(t *testing.T) {
	c := analytics(t)
	var b bytes.Buffer
	if err := c.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var all struct {
		Catalog string
		Scopes  []struct{ Members []string }
		Methods []struct {
			ID, Tenant string
			Needs      [][]string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if all.Catalog != "analytics" || len(all.Methods) != 81 || len(all.Scopes) != 41 {
		t.Errorf("%s with %d methods and %d scopes", all.Catalog, len(all.Methods), len(all.Scopes))
	}
	if m := all.Methods[2]; m.ID != "publish_data_source" || m.Tenant != "path" || len(m.Needs) != 1 || m.Needs[0][0] != "tableau:datasources:create" {
		t.Errorf("%+v", m)
	}
	b.Reset()
	if err := c.Coverage(sent(t, someScopes)).JSON(&b); err != nil {
		t.Fatal(err)
	}
	var some struct {
		Scopes, Unknown []string
		Methods         []struct {
			ID      string
			Covered bool
			Missing []string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &some); err != nil {
		t.Fatal(err)
	}
	if strings.Join(some.Unknown, " ") != "tableau:task:run" || len(some.Scopes) != 5 || len(some.Methods) != 81 {
		t.Errorf("%+v", some)
	}
	for _, m := range some.Methods {
		if m.Covered != (len(m.Missing) == 0) {
			t.Errorf("%+v", m)
		}
	}
}

func TestCoverage_names_the_smallest_way_to_yes(t *testing.T) {
	c, problems := catalog.Load("test.yaml", []byte(threeScopes("{any_of: [{all_of: [t:read, t:a]}, {all_of: [t:read, t:b]}]}")))
	if c == nil {
		t.Fatal(messages(problems))
	}
	for list, want := range map[string]string{"": "t:a t:read", "t:read": "t:a", "t:b": "t:read", "t:b t:read": "", "t:*": "t:read"} {
		v := c.Coverage(sent(t, list))
		if got := v.Rows[0].Missing.String(); got != want || v.Rows[0].Covered != (want == "") {
			t.Errorf("with %q %q is missing, want %q", list, got, want)
		}
	}
}
