package crm

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// page is a list as it is answered.
type page struct {
	Total   *int   `json:"total,omitempty"`
	Results []any  `json:"results"`
	Paging  *after `json:"paging,omitempty"`
}

type after struct {
	Next struct {
		After string `json:"after"`
	} `json:"next"`
}

// paged cuts a list. After is the number of the last item that the client has.
func paged(all []record, limit int, last string) (page, error) {
	from := 0
	if last != "" {
		n, err := strconv.Atoi(last)
		if err != nil {
			return page{}, invalid("after is %q, and no number that a page ended with.", last)
		}
		for from < len(all) && number(all[from].ID) <= n {
			from++
		}
	}
	p := page{Results: []any{}}
	for _, r := range all[from:min(len(all), from+limit)] {
		p.Results = append(p.Results, r)
	}
	if from+limit < len(all) {
		p.Paging = &after{}
		p.Paging.Next.After = all[from+limit-1].ID
	}
	return p, nil
}

func number(id string) int {
	n, _ := strconv.Atoi(id)
	return n
}

// limitOf is how many items a page has.
func limitOf(said string) (int, error) {
	if said == "" {
		return 10, nil
	}
	n, err := strconv.Atoi(said)
	if err != nil || n < 1 || n > 100 {
		return 0, invalid("limit is %q, and must be a number from 1 to 100.", said)
	}
	return n, nil
}

// ofType answers the records of the type in the path, in the order of their numbers.
func (c *call) ofType() (list []record, err error) {
	err = c.look(func(k *kept) error {
		t := c.in.PathValue("type")
		if !k.knows(t) {
			return notFound("The account has no objects of the type %s.", t)
		}
		for _, id := range sorted(k.Records[t]) {
			list = append(list, k.Records[t][id])
		}
		return nil
	})
	return list, err
}

func listObjects(c *call) (int, any, error) {
	q := c.in.URL.Query()
	limit, err := limitOf(q.Get("limit"))
	if err != nil {
		return 0, nil, err
	}
	all, err := c.ofType()
	if err != nil {
		return 0, nil, err
	}
	p, err := paged(only(all, q.Get("properties")), limit, q.Get("after"))
	return http.StatusOK, p, err
}

// only leaves of each record the properties that are named, separated by commas; none named: all.
func only(all []record, named string) []record {
	if named == "" {
		return all
	}
	out := make([]record, 0, len(all))
	for _, r := range all {
		some := map[string]string{}
		for name := range strings.SplitSeq(named, ",") {
			if v, ok := r.Properties[name]; ok {
				some[name] = v
			}
		}
		r.Properties = some
		out = append(out, r)
	}
	return out
}

func getObject(c *call) (int, any, error) {
	var r record
	err := c.look(func(k *kept) (err error) {
		r, err = k.record(c.in)
		return err
	})
	return http.StatusOK, r, err
}

// record finds the record of the path.
func (k *kept) record(in *http.Request) (record, error) {
	t, id := in.PathValue("type"), in.PathValue("id")
	r, ok := k.Records[t][id]
	if !ok || !k.knows(t) {
		return record{}, notFound("There is no object of the type %s with the number %s.", t, id)
	}
	return r, nil
}

// written is a body that creates or changes a record.
type written struct {
	Properties map[string]string `json:"properties"`
}

func createObject(c *call) (int, any, error) {
	var body written
	if err := c.read(&body); err != nil {
		return 0, nil, err
	}
	if len(body.Properties) == 0 {
		return 0, nil, invalid("properties is missing.")
	}
	var r record
	err := c.change(func(k *kept) error {
		t := c.in.PathValue("type")
		if !k.knows(t) {
			return notFound("The account has no objects of the type %s.", t)
		}
		r = k.add(t, body.Properties, c.now())
		return nil
	})
	return http.StatusCreated, r, err
}

// add makes a record.
func (k *kept) add(t string, properties map[string]string, now time.Time) record {
	now = now.UTC().Truncate(time.Millisecond)
	r := record{ID: k.number(), Properties: properties, Created: now, Updated: now}
	if k.Records[t] == nil {
		k.Records[t] = map[string]record{}
	}
	k.Records[t][r.ID] = r
	return r
}

func updateObject(c *call) (int, any, error) {
	var body written
	if err := c.read(&body); err != nil {
		return 0, nil, err
	}
	var r record
	err := c.change(func(k *kept) (err error) {
		if r, err = k.record(c.in); err != nil {
			return err
		}
		r.Properties = maps.Clone(r.Properties)
		maps.Copy(r.Properties, body.Properties)
		r.Updated = c.now().UTC().Truncate(time.Millisecond)
		k.Records[c.in.PathValue("type")][r.ID] = r
		return nil
	})
	return http.StatusOK, r, err
}

func deleteObject(c *call) (int, any, error) {
	err := c.change(func(k *kept) error {
		r, err := k.record(c.in)
		if err == nil {
			delete(k.Records[c.in.PathValue("type")], r.ID)
		}
		return err
	})
	return http.StatusNoContent, nil, err
}
