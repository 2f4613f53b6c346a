package catalog

import (
	"prokura/catalogs"
	"prokura/internal/canon"
	"testing"
)

func TestSmoke(t *testing.T) {
	src, _ := catalogs.Builtin("analytics")
	c, ps := Load("catalogs/analytics.yaml", src)
	for i, p := range ps {
		if i < 20 {
			t.Error(p)
		}
	}
	if c == nil {
		return
	}
	for _, p := range c.Lint() {
		t.Log(p)
	}
	p, err := canon.Parse("/api/3.21/sites/abc/views/")
	m, o := c.Match("GET", &p)
	t.Log(err, m.Method.ID, o, m.Rebuild(), m.Param("site"), len(c.Methods()))
}
func BenchmarkMatch(b *testing.B) {
	src, _ := catalogs.Builtin("analytics")
	c, _ := Load("catalogs/analytics.yaml", src)
	bits, _, _ := c.Expand(c.Concrete())
	b.ReportAllocs()
	p, _ := canon.Parse("/api/3.21/sites/9a8b7c6d-e4f3-a2b1-c0d9-e8f7a6b5c4d0/workbooks/9a8b7c6d-e4f3-a2b1-c0d9-e8f7a6b5c4d0/views/9a8b7c6d-e4f3-a2b1-c0d9-e8f7a6b5c4d0/previewImage")
	for b.Loop() {
		m, o := c.Match("GET", &p)
		if o != Matched || !m.Method.Covered(&bits) {
			b.Fatal()
		}
	}
}
func BenchmarkMatchAll(b *testing.B) {
	src, _ := catalogs.Builtin("analytics")
	c, _ := Load("catalogs/analytics.yaml", src)
	bits, _, _ := c.Expand(c.Concrete())
	var ps []canon.Path
	var vs []string
	for _, m := range c.methods {
		s := ""
		for i := range m.segments {
			s += "/" + m.segments[i].witnesses(nil)[0]
			if m.segments[i].param != "" && m.segments[i].parameter.kind == textType {
				s += "9a8b7c6d-e4f3-a2b1-c0d9-e8f7a6b5c4d0"
			}
		}
		p, err := canon.Parse(s)
		if err != nil {
			b.Fatal(err)
		}
		ps = append(ps, p)
		vs = append(vs, m.Verb)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if i == len(ps) {
			i = 0
		}
		m, o := c.Match(vs[i], &ps[i])
		if o != Matched || !m.Method.Covered(&bits) {
			b.Fatal()
		}
	}
}
