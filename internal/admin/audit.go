package admin

import (
	"errors"
	"net/http"

	"prokura/internal/id"
	"prokura/internal/ledger"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/v1"
)

// filters are the parameters that narrow an audit book.
var filters = []string{"actor", "action", "target", "since", "until", "text"}

func (a *API) auditRoutes() {
	vendor := func(h func(http.ResponseWriter, *http.Request, id.Tenant) error) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error { return h(w, r, id.Tenant{}) }
	}
	listed, exported := append([]string{"limit", "after"}, filters...), append([]string{"after"}, filters...)
	a.handle("GET /v1/audit", vendor(a.audit), listed...)
	a.inTenant("GET /v1/tenants/{tenant}/audit", a.audit, listed...)
	for _, f := range []ledger.Format{ledger.CSV, ledger.JSONL} {
		a.handle("GET /v1/audit/export."+string(f), vendor(a.exportAudit(f)), exported...)
		a.inTenant("GET /v1/tenants/{tenant}/audit/export."+string(f), a.exportAudit(f), exported...)
	}
	a.handle("GET /v1/audit/checkpoint", a.checkpoint)
	a.handle("POST /v1/audit/verify", a.verifyAudit)
}

// narrowed reads the filter of a book, and where the page begins.
func narrowed(r *http.Request) (f store.AuditFilter, before id.Entry, err error) {
	p, err := page(r)
	if err != nil {
		return f, before, err
	}
	if before, err = cursor[id.Entry](p); err != nil {
		return f, before, err
	}
	q := r.URL.Query()
	f = store.AuditFilter{Actor: q.Get("actor"), Action: q.Get("action"), Target: q.Get("target"), Text: q.Get("text")}
	if f.Since, err = moment(q.Get("since")); err == nil {
		f.Until, err = moment(q.Get("until"))
	}
	return f, before, err
}

// audit lists a tenant's entries, or the vendor's own, newest first. Those of a tenant that was deleted can still be read. A
// page may be short although the book goes on, where the filter lets little through.
func (a *API) audit(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
	f, before, err := narrowed(r)
	if err != nil {
		return err
	}
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	p, err := a.c.Ledger.Find(r.Context(), in, f, before, limit)
	if err != nil {
		return err
	}
	out := v1.List[v1.Entry]{Items: make([]v1.Entry, 0, len(p.Entries)), Next: p.Next.String()}
	for _, e := range p.Entries {
		out.Items = append(out.Items, ledger.Render(e))
	}
	answer(w, http.StatusOK, out)
	return nil
}

// nextTrailer says where an export goes on that ended at its bound.
const nextTrailer = "Prokura-Next"

// exportAudit sends a book as it is read.
func (a *API) exportAudit(format ledger.Format) func(http.ResponseWriter, *http.Request, id.Tenant) error {
	return func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		f, before, err := narrowed(r)
		if err != nil {
			return err
		}
		out := &streamed{w: w, format: format}
		if r.Method == http.MethodHead {
			out.begin()
			return nil
		}
		next, err := a.c.Ledger.Export(r.Context(), out, in, f, before, format, ledger.MaxExport)
		if err != nil && out.begun {
			a.c.Log.WarnContext(r.Context(), "an export of the audit book broke off", "reference", reference(r).String(), "err", err)
			panic(http.ErrAbortHandler) // so that nobody takes what came for the whole
		}
		if err != nil {
			return err
		}
		out.begin()
		if !next.IsZero() {
			w.Header().Set(nextTrailer, next.String())
		}
		return nil
	}
}

// streamed writes the header with the first byte, so that what fails before that can still be refused.
type streamed struct {
	w      http.ResponseWriter
	format ledger.Format
	begun  bool
}

func (s *streamed) begin() {
	if s.begun {
		return
	}
	s.begun = true
	h := s.w.Header()
	h.Set("Content-Type", s.format.MediaType())
	h.Set("Content-Disposition", `attachment; filename="audit.`+string(s.format)+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Trailer", nextTrailer)
}

// Write sends a part.
func (s *streamed) Write(b []byte) (int, error) {
	s.begin()
	return s.w.Write(b)
}

// checkpoint answers what somebody else should keep, to compare the log with later.
func (a *API) checkpoint(w http.ResponseWriter, r *http.Request) error {
	s, note, err := a.c.Ledger.Checkpoint(r.Context())
	if errors.Is(err, store.ErrNotFound) {
		return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "checkpoint", Got: "audit"})
	}
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, v1.Checkpoint{Size: s.Size, Root: s.Root.String(), At: s.At, Note: string(note), Key: a.c.Ledger.Key()})
	return nil
}

// verifyAudit recomputes the log, which may take minutes.
func (a *API) verifyAudit(w http.ResponseWriter, r *http.Request) error {
	var in v1.Verification
	if r.ContentLength != 0 {
		if err := body(w, r, &in); err != nil {
			return err
		}
	}
	kept := make([][]byte, len(in.Checkpoints))
	for i, note := range in.Checkpoints {
		kept[i] = []byte(note)
	}
	report, err := a.c.Ledger.Verify(r.Context(), kept)
	if err != nil {
		return err
	}
	out := v1.AuditReport{Sound: report.Sound(), Size: report.Size, Checked: report.Checked, Pruned: report.Pruned, Erased: report.Erased,
		Unsealed: report.Unsealed, UnsealedSince: report.Oldest, Checkpoints: report.Notes, At: report.At, Root: report.Root, Key: report.Key,
		Problems: make([]v1.AuditProblem, 0, len(report.Problems))}
	for _, p := range report.Problems {
		out.Problems = append(out.Problems, a.problem(r, p))
	}
	answer(w, http.StatusOK, out)
	return nil
}

// problem says what the entry is now that is not as it was, where it is still there.
func (a *API) problem(r *http.Request, p ledger.Problem) v1.AuditProblem {
	out := v1.AuditProblem{Kind: p.Kind, Tenant: p.Ref.Book.String(), Entry: p.Ref.Entry.String(), Size: p.Size, Checkpoint: p.Note}
	if p.Leaf >= 0 {
		out.Place = &p.Leaf
	}
	if p.Ref.Entry.IsZero() {
		return out
	}
	out.At = p.Ref.At()
	if e, err := a.c.Ledger.Entry(r.Context(), p.Ref.Book, p.Ref.Entry); err == nil {
		now := ledger.Render(e)
		out.Now = &now
	}
	return out
}
