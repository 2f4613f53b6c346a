package analytics

import (
	"net/url"
	"strconv"
	"strings"
)

// query is the parameters of a request. A parameter that stands there twice is refused, because the gateway, this
// server and the client would each pick another one.
type query map[string]string

func parseQuery(raw string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(codeBadRequest, "The query of the URL cannot be read.")
	}
	q := make(query, len(values))
	for name, v := range values {
		if len(v) > 1 {
			return nil, refuse(codeBadRequest, "The parameter '%s' stands there twice.", name)
		}
		q[name] = v[0]
	}
	return q, nil
}

// flag reads a boolean parameter; absent is false unless otherwise says so.
func (q query) flag(name string, otherwise bool) (bool, error) {
	v, sent := q[name]
	if !sent || v == "" {
		return otherwise, nil
	}
	return parseBool(name, v)
}

// everything says whether the caller wants the optional members too. Any other list of fields is answered with the
// usual members, which the dialect allows.
func (q query) everything() bool { return strings.Contains(q["fields"], "_all_") }

const (
	usualPage = 100
	widePage  = 1000
)

// page is a window on a list.
type page struct{ number, size int }

func (q query) page() (page, error) {
	p := page{1, usualPage}
	if v := q["pageNumber"]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return p, errPageNumber(v)
		}
		p.number = n
	}
	if v := q["pageSize"]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return p, refuse(codePageSize, "Invalid page size '%s'", v)
		}
		if n > widePage {
			return p, refuse(codePageTooLarge, "The page size %d is larger than the maximum of %d.", n, widePage)
		}
		p.size = n
	}
	return p, nil
}

func errPageNumber(v string) *fault { return refuse(codePageNumber, "Invalid page number '%s'", v) }

// cut gives the page's part of the items and its pagination element. Page 1 of nothing is an empty page; any other
// page behind the last is refused.
func cut[T any](items []T, p page) ([]T, *node, error) {
	pages := (len(items) + p.size - 1) / p.size
	if p.number > max(pages, 1) {
		return nil, nil, errPageNumber(strconv.Itoa(p.number))
	}
	from := (p.number - 1) * p.size
	to := min(from+p.size, len(items))
	return items[from:to], el("pagination", at("pageNumber", digits(p.number)), at("pageSize", digits(p.size)),
		at("totalAvailable", digits(len(items)))), nil
}
