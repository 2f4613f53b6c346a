package store

import (
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
)

// Audit reads the audit book, newest first. The zero tenant's is the vendor's own.
type Audit interface {
	ListAudit(in id.Tenant, before id.Entry, limit int) ([]audit.Entry, error)
	// FindAudit lists what a filter lets through, newest first, from before the entry given; the zero entry begins. It looks
	// at MaxAuditScan entries at most, so that it may answer fewer than the limit, or none, and still say where to go on.
	FindAudit(in id.Tenant, f AuditFilter, before id.Entry, limit int) (AuditPage, error)
	// AuditEntry reads one entry of a book.
	AuditEntry(in id.Tenant, entry id.Entry) (audit.Entry, error)
	AuditLog
}

// MaxAuditScan is how many entries one call of FindAudit looks at.
const MaxAuditScan = 20_000

// AuditFilter narrows a list of audit entries; zero values do not.
type AuditFilter struct {
	Actor  string    // the actor's kind, identifier or name
	Action string    // the action, or all that begin with it where it ends with a point, such as "grant."
	Target string    // kind and identifier of the target, or an identifier that it or a detail names
	Since  time.Time // from then on
	Until  time.Time // before then
	Text   string    // somewhere in target, reason, details or what was changed; case does not matter in ASCII
}

// AuditPage is a part of a book.
type AuditPage struct {
	Entries []audit.Entry
	Next    id.Entry // where to go on; zero: the book ends here
}

// AuditRef names an entry of a book.
type AuditRef struct {
	Book  id.Tenant
	Entry id.Entry
}

// At is about when the entry was made, from its identifier (RFC 9562 §5.7): also where the entry itself is gone.
func (r AuditRef) At() time.Time {
	b := r.Entry.Bytes()
	return time.UnixMilli(int64(b[0])<<40 | int64(b[1])<<32 | int64(b[2])<<24 | int64(b[3])<<16 | int64(b[4])<<8 | int64(b[5])).UTC()
}

// AuditTileWidth is how many hashes a tile of the sealed log holds at most.
const AuditTileWidth = 256

// AuditTile is a part of the sealed log's tree: up to AuditTileWidth hashes of a level, each 32 bytes. Those of level 0 are
// the leaves, and beside them stands whose they are.
type AuditTile struct {
	Level  int
	N      int64
	Hashes []byte
	Refs   []AuditRef // of level 0
}

// AuditSeal is how far the books are sealed.
type AuditSeal struct {
	Size   int64 // leaves of the tree
	Pruned int64 // leaves whose entries were deleted because they are older than what is kept
}

// AuditNote is a signed statement about the sealed log.
type AuditNote struct {
	Kind string
	Size int64
	At   time.Time
	Note []byte
}

// AuditLog reads the sealed log, which is one for all tenants.
type AuditLog interface {
	AuditSealed() (AuditSeal, error)
	// PendingAudit are entries that are not sealed yet, oldest first.
	PendingAudit(limit int) ([]audit.Record, error)
	// CountPendingAudit also says when the oldest was made; zero: there is none.
	CountPendingAudit() (n int, oldest time.Time, err error)
	CountAudit() (int, error) // entries of all books
	AuditTile(level int, n int64) (AuditTile, error)
	// AuditRecords reads the entries named; what is not there is left out.
	AuditRecords(refs []AuditRef) ([]audit.Record, error)
	// AuditRefs lists all entries of all books by book and entry, after the one given.
	AuditRefs(after AuditRef, limit int) ([]AuditRef, error)
	// AuditNotes lists the notes of a kind by size, from the size given on.
	AuditNotes(kind string, from int64, limit int) ([]AuditNote, error)
	// AuditNote is the newest note of a kind that is no larger than the size given and was made before the time; a zero time
	// and a negative size do not narrow.
	AuditNote(kind string, size int64, before time.Time) (AuditNote, error)
}

// AuditBatch is what seals a number of entries: the tree grows from From to Note.Size.
type AuditBatch struct {
	From   int64
	Sealed []AuditRef
	Salts  map[AuditRef][]byte // of entries that had none
	Tiles  []AuditTile         // those that are new or grew
	Note   AuditNote
	Drop   int64 // the size of a note of the same kind that this one replaces; 0: none
}

// AuditSealer seals the books. One node does so at a time.
type AuditSealer interface {
	// LeadAudit makes the node the one that seals until the time given, unless another is.
	LeadAudit(node [16]byte, now, until time.Time) (bool, error)
	// SealAudit writes a batch. ErrTaken: the tree has grown meanwhile, and nothing was written.
	SealAudit(b AuditBatch) error
	// AddAuditNote writes a statement. ErrTaken: there is one of its kind and size.
	AddAuditNote(n AuditNote) error
	// PruneAudit deletes the entries of up to limit leaves below the size given, and answers how many leaves it passed.
	PruneAudit(size int64, limit int) (int, error)
	// EraseAudit erases from the books who a deleted user was, a minute after the deletion and looking at limit entries at
	// most. It answers whether there may be more to do.
	EraseAudit(now time.Time, limit int) (more bool, err error)
}
