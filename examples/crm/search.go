package crm

import (
	"encoding/json"
	"net/http"
	"strings"
)

// search is what searchObjects takes: groups of which one must hold, each of filters that all must hold, and words that
// must stand in some property.
type search struct {
	Query  string        `json:"query"`
	Groups []filterGroup `json:"filterGroups"`
	Limit  json.Number   `json:"limit"`
	After  string        `json:"after"`
}

type filterGroup struct {
	Filters []filter `json:"filters"`
}

type filter struct {
	Property string `json:"propertyName"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

func searchObjects(c *call) (int, any, error) {
	var s search
	if err := c.read(&s); err != nil {
		return 0, nil, err
	}
	limit, err := limitOf(s.Limit.String())
	if err != nil {
		return 0, nil, err
	}
	all, err := c.ofType()
	if err != nil {
		return 0, nil, err
	}
	var found []record
	for _, r := range all {
		ok, err := s.matches(r)
		if err != nil {
			return 0, nil, err
		}
		if ok {
			found = append(found, r)
		}
	}
	p, err := paged(found, limit, s.After)
	total := len(found)
	p.Total = &total
	return http.StatusOK, p, err
}

func (s *search) matches(r record) (bool, error) {
	if s.Query != "" {
		there := false
		for _, v := range r.Properties {
			there = there || strings.Contains(strings.ToLower(v), strings.ToLower(s.Query))
		}
		if !there {
			return false, nil
		}
	}
	if len(s.Groups) == 0 {
		return true, nil
	}
	for _, g := range s.Groups {
		all := true
		for _, f := range g.Filters {
			ok, err := f.matches(r)
			if err != nil {
				return false, err
			}
			all = all && ok
		}
		if all {
			return true, nil
		}
	}
	return false, nil
}

func (f filter) matches(r record) (bool, error) {
	v, has := r.Properties[f.Property]
	switch f.Operator {
	case "EQ":
		return has && v == f.Value, nil
	case "NEQ":
		return has && v != f.Value, nil
	case "CONTAINS_TOKEN":
		return has && strings.Contains(strings.ToLower(v), strings.ToLower(f.Value)), nil
	case "HAS_PROPERTY":
		return has, nil
	case "NOT_HAS_PROPERTY":
		return !has, nil
	}
	return false, invalid("The operator %q is none of EQ, NEQ, CONTAINS_TOKEN, HAS_PROPERTY, NOT_HAS_PROPERTY.", f.Operator)
}
