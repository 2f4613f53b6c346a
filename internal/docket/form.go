package docket

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Bounds of one case, in entries of its lists; each string is bounded by refusal.Safe.
const (
	maxFindings = 64
	maxNames    = 100
	maxURL      = 16 << 10 // a longer install URL is not kept: half of one says nothing
)

// fingerprint is what repeats have in common. A caller who only names somebody is never taken for one who proved to
// be them. Where no tenant is known the case is all that is known of the caller, so that repeats must be equal in all.
func fingerprint(c *Case) [32]byte {
	h := sha256.New()
	tenant, client, user := c.Tenant.Bytes(), c.Client.Bytes(), c.User.Bytes()
	h.Write(tenant[:])
	h.Write(client[:])
	h.Write(user[:])
	if c.Proven {
		h.Write([]byte{1})
	} else {
		h.Write([]byte{0})
	}
	part(h, c.Method)
	part(h, c.URL)
	for i := range c.Findings {
		part(h, string(c.Findings[i].Code))
	}
	if c.Tenant.IsZero() {
		part(h, c.Door)
		part(h, c.Path)
		for i := range c.Findings {
			f := &c.Findings[i]
			part(h, f.Scope)
			part(h, f.Want)
			part(h, f.Got)
			part(h, string(f.Why.Flaw))
			part(h, f.Why.In)
			part(h, strconv.Itoa(f.Why.At))
			part(h, f.Why.Want)
			part(h, f.Why.Got)
			part(h, string(f.Case))
		}
	}
	return [32]byte(h.Sum(nil))
}

// part writes a string with its length, so that no two lists of strings run together.
func part(h hash.Hash, s string) {
	h.Write(binary.AppendUvarint(nil, uint64(len(s))))
	h.Write([]byte(s))
}

// bounded is a copy that shares nothing with the caller, fit to be shown.
func bounded(c *Case) Case {
	b := *c
	path, _, _ := strings.Cut(c.Path, "?") // a query may hold what must not be kept
	b.Door, b.Method, b.Path = refusal.Safe(c.Door), refusal.Safe(c.Method), refusal.Safe(path)
	if b.URL = refusal.Escape(c.URL); len(b.URL) > maxURL {
		b.URL = ""
	}
	b.At = c.At.UTC()
	b.Findings, b.Dropped = findings(c.Findings, maxFindings), findings(c.Dropped, maxNames)
	b.Checks, b.Granted = nil, nil
	for _, k := range c.Checks[:min(len(c.Checks), maxFindings)] {
		b.Checks = append(b.Checks, Check{Code: k.Code, Outcome: refusal.Safe(k.Outcome)})
	}
	for _, name := range c.Granted[:min(len(c.Granted), maxNames)] {
		b.Granted = append(b.Granted, refusal.Safe(name))
	}
	return b
}

func findings(list []refusal.Finding, most int) []refusal.Finding {
	var out []refusal.Finding
	for _, f := range list[:min(len(list), most)] {
		out = append(out, f.Safe())
	}
	return out
}

// size is about what a case takes in memory.
func size(c *Case) int {
	n := 512 + len(c.Door) + len(c.Method) + len(c.Path) + len(c.URL)
	for _, list := range [][]refusal.Finding{c.Findings, c.Dropped} {
		for i := range list {
			f := &list[i]
			n += 128 + len(f.Scope) + len(f.Want) + len(f.Got) + len(f.Field) + len(f.Why.In) + len(f.Why.Want) + len(f.Why.Got)
		}
	}
	for _, name := range c.Granted {
		n += 16 + len(name)
	}
	return n + 48*len(c.Checks)
}

// verdict is what stands in the book beside the columns of the row. Messages are made of the codes when it is read.
type verdict struct {
	Door     string    `json:"door,omitempty"`
	Method   string    `json:"method,omitempty"`
	Path     string    `json:"path,omitempty"`
	URL      string    `json:"url,omitempty"`
	Client   id.Client `json:"client,omitzero"`
	User     id.User   `json:"user,omitzero"`
	Findings []finding `json:"findings"`
	Checks   []check   `json:"checks,omitempty"`
	Granted  []string  `json:"granted,omitempty"`
	Dropped  []finding `json:"dropped,omitempty"`
}

type finding struct {
	Code  refusal.Code `json:"code"`
	Scope string       `json:"scope,omitempty"`
	Want  string       `json:"want,omitempty"`
	Got   string       `json:"got,omitempty"`
	Why   refusal.Why  `json:"why,omitzero"`
	Case  refusal.Case `json:"case,omitempty"`
	Field string       `json:"field,omitempty"`
}

type check struct {
	Code    refusal.Code `json:"code"`
	Outcome string       `json:"outcome"`
}

// encode is the row for n refusals of one case.
//
// The row's fingerprint names its reference too. So a case is only ever counted into its own row: were it merged into
// that of another node, or of a time before this process began, the reference that its caller was given would lead
// nowhere.
func encode(e *entry, n int, last time.Time) (store.Refusal, error) {
	c := &e.c
	v := verdict{Door: c.Door, Method: c.Method, Path: c.Path, URL: c.URL, Client: c.Client, User: c.User, Granted: c.Granted}
	for _, f := range c.Findings {
		v.Findings = append(v.Findings, finding(f))
	}
	for _, k := range c.Checks {
		v.Checks = append(v.Checks, check(k))
	}
	for _, f := range c.Dropped {
		v.Dropped = append(v.Dropped, finding(f))
	}
	b, err := json.Marshal(v)
	if err != nil {
		return store.Refusal{}, fmt.Errorf("encoding refusal %s: %w", c.Reference, err)
	}
	ref := c.Reference.Bytes()
	return store.Refusal{
		Reference: c.Reference, Fingerprint: sha256.Sum256(append(e.fp[:], ref[:]...)), Tenant: c.Tenant, Proven: c.Proven,
		First: c.At.Truncate(time.Second), Last: last.UTC().Truncate(time.Second), Count: n, Verdict: b,
	}, nil
}

// decode reads what encode wrote.
func decode(r *store.Refusal) (Case, error) {
	var v verdict
	if err := json.Unmarshal(r.Verdict, &v); err != nil {
		return Case{}, fmt.Errorf("decoding refusal %s: %w", r.Reference, err)
	}
	c := Case{Reference: r.Reference, At: r.First, Door: v.Door, Method: v.Method, Path: v.Path, URL: v.URL, Tenant: r.Tenant, Client: v.Client,
		User: v.User, Proven: r.Proven, Granted: v.Granted, Count: r.Count, Last: r.Last}
	for _, f := range v.Findings {
		c.Findings = append(c.Findings, refusal.Finding(f))
	}
	for _, k := range v.Checks {
		c.Checks = append(c.Checks, Check(k))
	}
	for _, f := range v.Dropped {
		c.Dropped = append(c.Dropped, refusal.Finding(f))
	}
	return c, nil
}
