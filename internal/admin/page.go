package admin

import (
	"net/http"
	"strconv"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/text"
	"prokura/internal/v1"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// limitOf reads ?limit=.
func limitOf(r *http.Request) (int, error) {
	s := r.URL.Query().Get("limit")
	if s == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxLimit {
		return 0, refusal.New(refusal.Finding{Code: refusal.LimitOutOfRange, Got: s, Want: strconv.Itoa(maxLimit)})
	}
	return n, nil
}

// page reads ?limit= and ?after=. It asks for one record more than fits, so that answerList knows whether that was all.
func page(r *http.Request) (store.Page, error) {
	n, err := limitOf(r)
	if err != nil {
		return store.Page{}, err
	}
	after := r.URL.Query().Get("after")
	if flaw, _ := text.CheckName(after); flaw != text.Sound && flaw != text.Empty {
		return store.Page{}, refusal.New(refusal.Finding{Code: refusal.CursorInvalid, Got: after})
	}
	return store.Page{Limit: n + 1, After: after}, nil
}

// paged are the parameters of a list.
var paged = []string{"limit", "after"}

// answerList writes a page. The cursor is the key of its last record: it names a place in a list of the tenant in the
// path, and gives no access of its own (A152).
func answerList[R, T any](w http.ResponseWriter, p store.Page, records []R, total *int, render func(R) T, key func(R) string) {
	out := v1.List[T]{Items: make([]T, 0, len(records)), Total: total}
	if len(records) == p.Limit {
		records = records[:p.Limit-1]
		out.Next = key(records[len(records)-1])
	}
	for _, rec := range records {
		out.Items = append(out.Items, render(rec))
	}
	answer(w, http.StatusOK, out)
}

// cursor reads ?after= of a list that is ordered by identifiers. Empty is the beginning.
func cursor[T interface{ From([16]byte) T }](p store.Page) (T, error) {
	var beginning T
	if p.After == "" {
		return beginning, nil
	}
	v, err := id.Parse[T](p.After)
	if err != nil {
		return beginning, refusal.New(refusal.Finding{Code: refusal.CursorInvalid, Got: p.After})
	}
	return v, nil
}
