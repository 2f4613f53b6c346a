package genesys

import (
	"net/url"
	"strconv"

	"prokura/internal/refusal"
)

// paging are the parameters of lists.
var paging = []string{"pageSize", "pageNumber"}

// The sizes of a page.
const (
	defaultPage = 25
	maxPage     = 100
)

// listing is the vendor's schema of a list, of which one page is shown.
type listing[T any] struct {
	Entities    []T    `json:"entities"`
	PageSize    int    `json:"pageSize"`
	PageNumber  int    `json:"pageNumber"`
	PageCount   int    `json:"pageCount"`
	Total       int    `json:"total"`
	FirstURI    string `json:"firstUri"`
	PreviousURI string `json:"previousUri,omitempty"`
	SelfURI     string `json:"selfUri"`
	NextURI     string `json:"nextUri,omitempty"`
	LastURI     string `json:"lastUri"`
}

// page is which part of a list is asked for.
type page struct{ size, number int }

// page reads the wish for a page; size zero: none was named.
func (x *exchange) page() (page, error) {
	p := page{number: 1}
	for _, f := range []struct {
		name string
		most int
		into *int
	}{{"pageSize", maxPage, &p.size}, {"pageNumber", 1_000_000, &p.number}} {
		text, ok := x.query[f.name]
		if !ok {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > f.most || text != strconv.Itoa(n) {
			return p, refusal.New(refusal.Finding{Code: refusal.LimitOutOfRange, Got: text, Want: strconv.Itoa(f.most), Field: f.name})
		}
		*f.into = n
	}
	return p, nil
}

// of is the page of a list of so many: from where, to where.
func (p page) of(total int) (from, to int) {
	from = min((p.number-1)*p.size, total)
	return from, min(from+p.size, total)
}

// list writes one page of a list under a path.
func list[T any](p page, path string, total int, entities []T) listing[T] {
	pages := max(1, (total+p.size-1)/p.size)
	at := func(n int) string {
		return path + "?" + url.Values{"pageSize": {strconv.Itoa(p.size)}, "pageNumber": {strconv.Itoa(n)}}.Encode()
	}
	out := listing[T]{Entities: entities, PageSize: p.size, PageNumber: p.number, PageCount: pages, Total: total,
		FirstURI: at(1), SelfURI: at(p.number), LastURI: at(pages)}
	if p.number > 1 {
		out.PreviousURI = at(min(p.number-1, pages))
	}
	if p.number < pages {
		out.NextURI = at(p.number + 1)
	}
	return out
}

// unescape reads a value of a query.
func unescape(s string) (string, error) { return url.QueryUnescape(s) }
