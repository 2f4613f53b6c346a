package genesys

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"prokura/internal/govern"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// A query of usage runs when its result is asked for: what is counted is counted already. Its execution ID is the query itself,
// so that nothing is kept and every process can answer it; whoever makes one up learns what they could have asked.

// usageRequest is a query of usage.
type usageRequest struct {
	Interval    string   `json:"interval"`    // two times of RFC 3339 with a slash between them
	Granularity string   `json:"granularity"` // Day, Week, Month; left out: the whole interval
	GroupBy     []string `json:"groupBy"`     // TemplateUri, HttpMethod; left out: neither
	Metrics     []string `json:"metrics"`     // Requests: how often is all that is counted
}

// usageQuery is what a query asks, as the execution ID has it.
type usageQuery struct {
	From        int64    `json:"f"` // Unix time of a day
	To          int64    `json:"t"` // of the day after the last one
	Granularity string   `json:"g,omitempty"`
	GroupBy     []string `json:"b,omitempty"`
}

// execution is the vendor's schema of a query that was accepted.
type execution struct {
	ExecutionID string `json:"executionId"`
	ResultsURI  string `json:"resultsUri"`
}

// usageResult is the vendor's schema of the answer.
type usageResult struct {
	Results     []usageRow `json:"results"`
	QueryStatus string     `json:"queryStatus"`
}

type usageRow struct {
	ClientID       string `json:"clientId"`
	ClientName     string `json:"clientName"`
	OrganizationID string `json:"organizationId"`
	TemplateURI    string `json:"templateUri,omitempty"`
	HTTPMethod     string `json:"httpMethod,omitempty"`
	Requests       int    `json:"requests"`
	Date           string `json:"date,omitempty"`
}

const (
	day         = 24 * time.Hour
	summaryDays = 7
	templateURI = "TemplateUri"
	httpMethod  = "HttpMethod"
	requests    = "Requests"
)

var (
	granularities = []string{"Day", "Week", "Month"}
	groupings     = []string{templateURI, httpMethod}
)

func (x *exchange) queryUsage() error {
	s, err := x.authorization()
	if err != nil {
		return err
	}
	var q usageRequest
	if err := x.read(&q, "interval"); err != nil {
		return err
	}
	asked, err := q.query()
	if err != nil {
		return err
	}
	return x.accepted(&s, asked)
}

func (x *exchange) summarizeUsage() error {
	s, err := x.authorization()
	if err != nil {
		return err
	}
	days := summaryDays
	if text, ok := x.query["days"]; ok {
		if days, err = strconv.Atoi(text); err != nil || days < 1 || days > govern.UsageDays {
			return refusal.New(refusal.Finding{Code: refusal.LimitOutOfRange, Got: text, Want: strconv.Itoa(govern.UsageDays), Field: "days"})
		}
	}
	to := x.Clock.Now().UTC().Truncate(day).Add(day)
	return x.accepted(&s, usageQuery{From: to.AddDate(0, 0, -days).Unix(), To: to.Unix(), GroupBy: groupings})
}

func (x *exchange) accepted(s *govern.Seen, q usageQuery) error {
	e := execution{ExecutionID: q.id()}
	e.ResultsURI = clientPath(s.App.ID) + "/usage/query/results/" + e.ExecutionID
	write(x.w, x.r, http.StatusAccepted, x.ref, e)
	return nil
}

// query reads what is asked. Days are counted whole, so that an interval is widened to those that it touches.
func (q *usageRequest) query() (usageQuery, error) {
	var e refusal.Error
	blame := func(code refusal.Code, got, want, field string) {
		e.Findings = append(e.Findings, refusal.Finding{Code: code, Got: got, Want: want, Field: field})
	}
	out := usageQuery{Granularity: q.Granularity, GroupBy: slices.Compact(slices.Sorted(slices.Values(q.GroupBy)))}
	start, end, _ := strings.Cut(q.Interval, "/")
	from, err := time.Parse(time.RFC3339, start)
	to, bad := time.Parse(time.RFC3339, end)
	switch {
	case err != nil || bad != nil || from.Year() < 1970 || to.Year() > 9999:
		blame(refusal.DateUnreadable, q.Interval, "RFC 3339 / RFC 3339", "interval")
	case !from.Before(to):
		blame(refusal.DatesReversed, q.Interval, "", "interval")
	default:
		out.From = from.UTC().Truncate(day).Unix()
		out.To = to.Add(-time.Nanosecond).UTC().Truncate(day).Add(day).Unix()
	}
	if q.Granularity != "" && !slices.Contains(granularities, q.Granularity) {
		blame(refusal.FieldUnknown, "granularity="+q.Granularity, strings.Join(granularities, ", "), "granularity")
	}
	for _, g := range q.GroupBy {
		if !slices.Contains(groupings, g) {
			blame(refusal.FieldUnknown, "groupBy="+g, strings.Join(groupings, ", "), "groupBy")
		}
	}
	for _, m := range q.Metrics {
		if m != requests {
			blame(refusal.FieldUnknown, "metrics="+m, requests, "metrics")
		}
	}
	if len(e.Findings) > 0 {
		return out, &e
	}
	return out, nil
}

// id is the query as an execution ID.
func (q usageQuery) id() string {
	b, err := json.Marshal(q, json.Deterministic(true))
	if err != nil { // numbers and words: they can be written
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseExecution reads an execution ID that id wrote, in that one form.
func parseExecution(text string) (q usageQuery, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) > 200 || json.Unmarshal(b, &q, json.RejectUnknownMembers(true)) != nil || q.id() != text {
		return q, false
	}
	for _, g := range q.GroupBy {
		if !slices.Contains(groupings, g) {
			return q, false
		}
	}
	return q, (q.Granularity == "" || slices.Contains(granularities, q.Granularity)) && q.From >= 0 && q.From < q.To && q.To <= 253402300800
}

func (x *exchange) usageResult() error {
	s, err := x.authorization()
	if err != nil {
		return err
	}
	text := x.match.Param("execution")
	q, ok := parseExecution(text)
	if !ok {
		return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "execution", Got: text})
	}
	var rows []store.Use
	err = x.Store.View(x.r.Context(), func(r store.Reader) (err error) {
		rows, err = r.Uses(x.token.Tenant, s.App.ID, time.Unix(q.From, 0).UTC())
		return err
	})
	if err != nil {
		return refusal.Because(refusal.StorageUnavailable, err)
	}
	return x.ok(usageResult{Results: x.sum(&s, q, rows), QueryStatus: "Complete"})
}

// sum adds up what was counted by what the query groups by.
func (x *exchange) sum(s *govern.Seen, q usageQuery, rows []store.Use) []usageRow {
	sums := map[usageRow]int{}
	for _, use := range rows {
		if use.Day.Unix() >= q.To {
			continue
		}
		row := usageRow{ClientID: s.App.ID.String(), ClientName: s.App.Name, OrganizationID: x.token.Tenant.String(), Date: q.dateOf(use.Day)}
		verb, path := x.templateOf(use)
		if slices.Contains(q.GroupBy, templateURI) {
			row.TemplateURI = path
		}
		if slices.Contains(q.GroupBy, httpMethod) {
			row.HTTPMethod = verb
		}
		sums[row] += use.Calls
	}
	out := []usageRow{}
	for row, n := range sums {
		row.Requests = n
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b usageRow) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.TemplateURI, b.TemplateURI), cmp.Compare(a.HTTPMethod, b.HTTPMethod))
	})
	return out
}

// templateOf is verb and path of a method that was called; one that no catalog has any more is shown by its name.
func (x *exchange) templateOf(use store.Use) (verb, path string) {
	if cat, ok := x.Catalogs.Named(use.Catalog); ok {
		if m, ok := cat.Method(use.Method); ok {
			return m.Verb, m.Path
		}
	}
	return "", use.Catalog + " " + use.Method
}

// dateOf is the first day of the part of the interval that a day is in; empty: it is not parted.
func (q usageQuery) dateOf(d time.Time) string {
	d = d.UTC()
	switch q.Granularity {
	case "Day":
	case "Week":
		d = d.AddDate(0, 0, -(int(d.Weekday())+6)%7) // from Monday on
	case "Month":
		d = time.Date(d.Year(), d.Month(), 1, 0, 0, 0, 0, time.UTC)
	default:
		return ""
	}
	return when(d)
}
