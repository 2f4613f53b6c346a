package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"prokura/internal/audit"
	"prokura/internal/store"
)

// The kinds of problems that Verify finds.
const (
	Edited      = "edited"      // the entry is not what was sealed
	Deleted     = "deleted"     // the entry is gone, and no statement says that it was too old
	Reordered   = "reordered"   // the entry stands in another's place
	Replaced    = "replaced"    // the log's hashes are not those that were signed, from this entry on
	Truncated   = "truncated"   // the log is shorter than a checkpoint says
	Forked      = "forked"      // the log is not the one that a kept checkpoint signed
	Inserted    = "inserted"    // an entry that never went through the sealer
	Forged      = "forged"      // a checkpoint or statement that our key did not sign
	Unsigned    = "unsigned"    // the log goes further than the newest checkpoint
	ErasedOther = "erased_none" // values were erased of a person who was not deleted
)

// Problem is one thing that is not as it was.
type Problem struct {
	Kind string
	Leaf int64          // its place in the log; -1: none
	Ref  store.AuditRef // the entry, where one is known
	Size int64          // of the checkpoint that shows it, where one does
	Note string         // which one: "database", "file", or the number of those handed in, from 1
}

// Report is what Verify found.
type Report struct {
	Size     int64 // entries that the newest checkpoint covers
	Checked  int   // of these, recomputed
	Pruned   int   // of these, deleted by statement
	Erased   int   // of these, with values erased
	Unsealed int   // newest entries that nothing covers yet
	Oldest   time.Time
	Notes    int       // checkpoints checked, those handed in included
	At       time.Time // of the newest checkpoint
	Root     string
	Key      string
	Problems []Problem // in the order of the log; at most maxProblems
}

// Sound says that nothing is amiss.
func (r *Report) Sound() bool { return len(r.Problems) == 0 }

const (
	maxProblems = 100
	// tilesAtOnce are read in one state, so that a long verification holds up no writer and outlives no transaction.
	tilesAtOnce = 8
)

// verification is one run of Verify.
type verification struct {
	l      *Ledger
	report Report
	tree   tlog.Tree
	pruned int64 // leaves below may be missing
	short  bool  // hashes are missing, so that others cannot be checked against what was signed
	held   map[[2]int64][]byte
	refs   map[string]erased // persons of whom something was erased
	gone   map[string]bool   // and those who were deleted
}

type erased struct {
	leaf   int64
	ref    store.AuditRef
	either string // the other person that it may have been for
}

// Verify recomputes every leaf from its entry, the tree from the leaves, and compares with every checkpoint: the database's,
// the file's, and those that somebody kept outside and hands in.
func (l *Ledger) Verify(ctx context.Context, kept [][]byte) (Report, error) {
	l.verifying.Lock()
	defer l.verifying.Unlock()
	v := verification{l: l, held: map[[2]int64][]byte{}, refs: map[string]erased{}, gone: map[string]bool{}}
	v.report.Key = l.Key()
	notes, err := v.statements(ctx, kept)
	if err != nil {
		return v.report, fmt.Errorf("reading the checkpoints of the audit log: %w", err)
	}
	for n := int64(0); n*store.AuditTileWidth < v.tree.N; n += tilesAtOnce {
		if err := ctx.Err(); err != nil {
			return v.report, err
		}
		err := l.c.Store.View(ctx, func(r store.Reader) error { return v.leaves(r, n, n+tilesAtOnce) })
		if err != nil {
			return v.report, fmt.Errorf("reading the audit log: %w", err)
		}
	}
	err = l.c.Store.View(ctx, func(r store.Reader) error {
		if err := v.checkNotes(r, notes); err != nil {
			return err
		}
		return v.rest(r)
	})
	v.checkErased()
	return v.report, err
}

func (v *verification) found(p Problem) {
	if len(v.report.Problems) < maxProblems {
		v.report.Problems = append(v.report.Problems, p)
	}
}

// signed is a checkpoint to compare with, and where it comes from.
type signed struct {
	audit.Statement
	from string
}

// statements reads the checkpoints and how far was pruned. The newest good checkpoint is what everything is checked against.
func (v *verification) statements(ctx context.Context, kept [][]byte) ([]signed, error) {
	var notes []signed
	add := func(kind, from string, msg []byte, size int64) {
		s, err := v.l.signer.Open(kind, msg)
		if err != nil || size >= 0 && s.Size != size {
			v.found(Problem{Kind: Forged, Leaf: -1, Size: max(size, 0), Note: from})
			return
		}
		notes = append(notes, signed{s, from})
	}
	file := v.l.kept() // before the database is read, which is ahead of it
	var state store.AuditSeal
	err := v.l.c.Store.View(ctx, func(r store.Reader) (err error) {
		if state, err = r.AuditSealed(); err != nil {
			return err
		}
		for _, kind := range []string{audit.Checkpoint, audit.Pruned} {
			for from := int64(0); ; {
				list, err := r.AuditNotes(kind, from, 500)
				if err != nil {
					return err
				}
				for _, n := range list {
					add(kind, "database", n.Note, n.Size)
					from = n.Size + 1
				}
				if len(list) < 500 {
					break
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var newest audit.Statement
	for _, n := range notes {
		if n.Kind == audit.Checkpoint && n.Size >= newest.Size {
			newest = n.Statement
		}
		if n.Kind == audit.Pruned {
			v.pruned = max(v.pruned, n.Size)
		}
	}
	v.tree = newest.Tree()
	v.report.Size, v.report.At, v.report.Root = newest.Size, newest.At, newest.Root.String()
	if state.Size > newest.Size {
		v.found(Problem{Kind: Unsigned, Leaf: newest.Size, Size: newest.Size})
	}
	if file != nil {
		add(audit.Checkpoint, "file", file, -1)
	}
	for i, msg := range kept {
		add(audit.Checkpoint, fmt.Sprint(i+1), msg, -1)
	}
	return notes, nil
}

// reader checks hashes against the newest checkpoint.
func (v *verification) reader(r store.Reader) tlog.HashReader {
	return tlog.TileHashReader(v.tree, &tiles{r, v.held})
}

// leaves checks some tiles of leaves.
func (v *verification) leaves(r store.Reader, from, to int64) error {
	for n := from; n < to && n*store.AuditTileWidth < v.tree.N; n++ {
		first := n * store.AuditTileWidth
		count := min(store.AuditTileWidth, v.tree.N-first)
		tile, err := r.AuditTile(0, n)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if int64(len(tile.Refs)) < count || int64(len(tile.Hashes)) < count*tlog.HashSize {
			v.found(Problem{Kind: Truncated, Leaf: first + min(int64(len(tile.Refs)), int64(len(tile.Hashes)/tlog.HashSize)), Size: v.tree.N,
				Note: "database"})
			return nil
		}
		sound, err := v.signedLeaves(r, first, count)
		if err != nil {
			return err
		}
		records, err := r.AuditRecords(tile.Refs[:count])
		if err != nil {
			return err
		}
		v.compare(first, &tile, int(count), records, sound)
	}
	return nil
}

// signedLeaves says whether the hashes of leaves are those that were signed.
func (v *verification) signedLeaves(r store.Reader, first, count int64) (bool, error) {
	indexes := make([]int64, count)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	_, err := v.reader(r).ReadHashes(indexes)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, errShort):
		v.short = true
		return true, nil
	case inconsistent(err):
		return false, nil
	}
	return false, err
}

// inconsistent tells what package tlog finds, which it says in words only, from what the store fails with.
func inconsistent(err error) bool { return strings.Contains(err.Error(), "inconsistent tile") }

// compare recomputes the leaves of one tile from the entries.
func (v *verification) compare(first int64, tile *store.AuditTile, count int, records []audit.Record, sound bool) {
	before := len(v.report.Problems)
	next := 0
	for i := range count {
		ref, leaf := tile.Refs[i], first+int64(i)
		if next >= len(records) || (store.AuditRef{Book: records[next].Act.Tenant, Entry: records[next].ID}) != ref {
			if leaf < v.pruned {
				v.report.Pruned++
			} else {
				v.found(Problem{Kind: Deleted, Leaf: leaf, Ref: ref})
			}
			continue
		}
		rec := &records[next]
		next++
		v.report.Checked++
		h, err := rec.Leaf()
		if err == nil && equal(tile.Hashes[i*tlog.HashSize:(i+1)*tlog.HashSize], h) {
			v.note(leaf, ref, rec)
			continue
		}
		kind := Edited
		for j := range count {
			if err == nil && equal(tile.Hashes[j*tlog.HashSize:(j+1)*tlog.HashSize], h) {
				kind = Reordered
			}
		}
		v.found(Problem{Kind: kind, Leaf: leaf, Ref: ref})
	}
	if !sound && len(v.report.Problems) == before { // entries and leaves agree with each other, and not with what was signed
		v.found(Problem{Kind: Replaced, Leaf: first, Ref: tile.Refs[0], Size: v.tree.N})
	}
}

// note remembers who was deleted, and of whom something was erased.
func (v *verification) note(leaf int64, ref store.AuditRef, r *audit.Record) {
	person := func(user string) string { return ref.Book.String() + " " + user }
	about, isUser := strings.CutPrefix(r.Act.Target, "user ")
	if !isUser {
		about = r.Act.Detail["user"]
	}
	if r.Act.Action == "user.delete" && isUser {
		v.gone[person(about)] = true
	}
	if len(r.Erased) == 0 {
		return
	}
	v.report.Erased++
	did := ""
	if r.Act.Actor.Kind == "user" {
		did = person(r.Act.Actor.ID)
	}
	key := did + "\x00" + person(about)
	if _, ok := v.refs[key]; !ok {
		v.refs[key] = erased{leaf, ref, person(about)}
	}
}

// checkErased finds what was erased without a deletion.
func (v *verification) checkErased() {
	for key, e := range v.refs {
		did, _, _ := strings.Cut(key, "\x00")
		if !v.gone[did] && !v.gone[e.either] {
			v.found(Problem{Kind: ErasedOther, Leaf: e.leaf, Ref: e.ref})
		}
	}
}

// checkNotes compares every checkpoint with the tree.
func (v *verification) checkNotes(r store.Reader, notes []signed) error {
	reader := v.reader(r)
	for _, n := range notes {
		v.report.Notes++
		if n.Size > v.tree.N {
			v.found(Problem{Kind: Truncated, Leaf: v.tree.N, Size: n.Size, Note: n.from})
			continue
		}
		if n.Size == 0 {
			continue
		}
		root, err := tlog.TreeHash(n.Size, reader)
		switch {
		case err == nil && root != n.Root:
			v.found(Problem{Kind: Forked, Leaf: -1, Size: n.Size, Note: n.from})
		case err == nil:
		case errors.Is(err, errShort):
			v.short = true
		case !inconsistent(err): // else the leaves were found
			return err
		}
	}
	if v.short && v.report.Sound() {
		v.found(Problem{Kind: Truncated, Leaf: -1, Size: v.tree.N, Note: "database"})
	}
	return nil
}

// rest counts what is not sealed, and finds entries that are neither sealed nor waiting for it.
func (v *verification) rest(r store.Reader) error {
	var err error
	if v.report.Unsealed, v.report.Oldest, err = r.CountPendingAudit(); err != nil {
		return err
	}
	state, err := r.AuditSealed()
	if err != nil {
		return err
	}
	all, err := r.CountAudit()
	if err != nil {
		return err
	}
	meanwhile := max(state.Size-v.tree.N, 0)
	if int64(all) <= int64(v.report.Checked+v.report.Unsealed)+meanwhile {
		return nil
	}
	return v.strangers(r, state.Size)
}

// strangers names the first entry that no leaf has. It is slow, and only run where there is one.
func (v *verification) strangers(r store.Reader, size int64) error {
	known := map[store.AuditRef]bool{}
	for n := int64(0); n*store.AuditTileWidth < size; n++ {
		tile, err := r.AuditTile(0, n)
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		for _, ref := range tile.Refs {
			known[ref] = true
		}
	}
	waiting, err := r.PendingAudit(v.report.Unsealed)
	if err != nil {
		return err
	}
	for i := range waiting {
		known[store.AuditRef{Book: waiting[i].Act.Tenant, Entry: waiting[i].ID}] = true
	}
	var after store.AuditRef
	for {
		list, err := r.AuditRefs(after, 1000)
		if err != nil {
			return err
		}
		for _, ref := range list {
			if !known[ref] {
				v.found(Problem{Kind: Inserted, Leaf: -1, Ref: ref})
				return nil
			}
		}
		if len(list) < 1000 {
			return nil
		}
		after = list[len(list)-1]
	}
}
