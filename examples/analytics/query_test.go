package analytics

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// thing has a column of every type.
type thing struct {
	name string
	tags []string
	good bool
	size int64
	made time.Time
}

func thingColumns() []column[thing] {
	return []column[thing]{
		{"name", func(v thing) any { return v.name }},
		{"tags", func(v thing) any { return v.tags }},
		{"isGood", func(v thing) any { return v.good }},
		{"size", func(v thing) any { return v.size }},
		{"createdAt", func(v thing) any { return v.made }},
	}
}

func things() []thing {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC) }
	return []thing{
		{"Beta", []string{"red", "blue"}, true, 30, day(1)},
		{"alpha", []string{"red"}, false, 10, day(2)},
		{"Gamma: a, b", nil, true, 20, day(3)},
		{"delta", []string{"green"}, false, 10, day(4)},
	}
}

func TestLists_filter_sort_and_page(t *testing.T) {
	for _, tt := range []struct {
		query, want string
		code        int
	}{
		{"", "Beta alpha Gamma delta", 0},
		{"filter=", "Beta alpha Gamma delta", 0},
		{"filter=name:eq:Beta", "Beta", 0},
		{"filter=name:eq:beta", "", 0},
		{"filter=NAME:cieq:beta", "Beta", 0},
		{"filter=name:has:LT", "delta", 0},
		{"filter=name:in:[Beta,alpha]", "Beta alpha", 0},
		{"filter=tags:eq:red", "Beta alpha", 0},
		{"filter=tags:in:[blue,green]", "Beta delta", 0},
		{"filter=isGood:eq:True", "Beta Gamma", 0},
		{"filter=isGood:eq:true,size:lt:30", "Gamma", 0},
		{"filter=size:gte:10,size:lt:30", "alpha Gamma delta", 0},
		{"filter=createdAt:gt:2026-03-02T12:00:00Z", "Gamma delta", 0},
		{"filter=createdAt:lte:2026-03-02T12:00:00Z", "Beta alpha", 0},
		{"filter=color:eq:red", "", 400065},
		{"filter=isGood:gt:true", "", 400000},
		{"filter=isGood:eq:maybe", "", 400008},
		{"filter=size:has:1", "", 400000},
		{"filter=size:eq:big", "", 400000},
		{"filter=createdAt:eq:yesterday", "", 400000},
		{"filter=name:near:Beta", "", 400000},
		{"filter=name:in:Beta", "", 400000},
		{"filter=name", "", 400000},
		{"sort=name:asc", "alpha Beta delta Gamma", 0},
		{"sort=size:asc,name:desc", "delta alpha Gamma Beta", 0},
		{"sort=isGood:desc", "Beta Gamma alpha delta", 0},
		{"sort=createdAt:desc", "delta Gamma alpha Beta", 0},
		{"sort=color:asc", "", 400065},
		{"sort=name:up", "", 400000},
		{"pageSize=2", "Beta alpha", 0},
		{"pageSize=2&pageNumber=2", "Gamma delta", 0},
		{"pageSize=3&pageNumber=2", "delta", 0},
		{"pageSize=1000", "Beta alpha Gamma delta", 0},
		{"filter=name:eq:none&pageNumber=1", "", 0},
		{"pageNumber=2", "", 400006},
		{"pageNumber=0", "", 400006},
		{"pageNumber=one", "", 400006},
		{"pageNumber=99999999999999999999", "", 400006},
		{"filter=name:eq:none&pageNumber=2", "", 400006},
		{"pageSize=0", "", 400007},
		{"pageSize=-1", "", 400007},
		{"pageSize=many", "", 400007},
		{"pageSize=1001", "", 403014},
		{"pageSize=1&pageSize=2", "", 400000},
		{"fields=_all_&unknown=1", "Beta alpha Gamma delta", 0},
	} {
		var got []string
		q, err := parseQuery(tt.query)
		if err == nil {
			var shown []thing
			if shown, _, err = arrange(q, things(), thingColumns()); err == nil {
				for _, v := range shown {
					got = append(got, strings.FieldsFunc(v.name, func(r rune) bool { return r == ':' })[0])
				}
			}
		}
		if codeOf(err) != tt.code || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v (code %d), want %s (code %d)", tt.query, got, codeOf(err), tt.want, tt.code)
		}
	}
	// A value with a colon keeps it.
	if got, err := filter("name:eq:Gamma: a, b", things(), thingColumns()); codeOf(err) != 400000 || got != nil {
		t.Errorf("a comma in a value divides, as on the real server: %v, %v", got, err)
	}
}

func FuzzArrange(f *testing.F) {
	f.Add("filter=name:in:[a,b],size:gt:3&sort=name:desc&pageNumber=1")
	f.Add("filter=createdAt:gt:2026-03-02T12:00:00Z&filter=]")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseQuery(raw)
		if err != nil {
			return
		}
		shown, paging, err := arrange(q, things(), thingColumns())
		if err == nil && (paging == nil || len(shown) > 4) {
			t.Fatalf("%d shown", len(shown))
		}
		if err != nil && codeOf(err) <= 0 {
			t.Fatal(err)
		}
		if _, err := url.ParseQuery(raw); err != nil {
			t.Fatal("a query that cannot be read was read")
		}
	})
}
