// Package ledger seals the audit books, and proves that they are what they were.
//
//	entry ──in the act's transaction──► book, pending ──sealer, in batches──► leaf of one tree ──► signed checkpoint
//
// The tree is that of RFC 6962, one for the books of all tenants. Of the nodes on one database one seals at a time. A leaf
// commits to names, addresses, reasons and details by salted hashes only, so that they can be erased with the person whom
// they name, and the tree still stands (A260). Entries that are older than what is kept are deleted by a signed statement;
// their leaves stay.
//
// What is not sealed yet can be changed by whoever can write to the database; Verify says how much that is. Whoever also has
// our key can write another history; it shows beside any checkpoint that somebody else has kept.
package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/seal"
	"prokura/internal/store"
)

// Store is what the ledger needs of the store.
type Store interface {
	Tend(ctx context.Context, fn func(store.Upkeep) error) error
	View(ctx context.Context, fn func(store.Reader) error) error
}

// Config is what a ledger is made of.
type Config struct {
	Store  Store
	Clock  clock.Clock
	Log    *slog.Logger
	Sealer *seal.Sealer
	// Name is what the log's key is called when it is made, such as "prokura.example/audit".
	Name string
	// Kept is a file that the newest checkpoint is written to, beside the database and not in it, so that a database that was
	// cut short is noticed. Empty: none.
	Kept string
	// Retention is how long entries are kept at least; 0: for good.
	Retention time.Duration
	// Every is how often new entries are sealed. A second where it is zero.
	Every time.Duration
}

// Ledger is the sealed log. It is safe for concurrent use.
type Ledger struct {
	c      Config
	signer *audit.Signer
	node   [16]byte // this process, among those that might seal

	verifying sync.Mutex // one verification at a time: each reads everything
	sealing   sync.Mutex
	anchor    anchor // held: sealing
}

// Open loads the log's key, and makes it where there is none. All nodes on one database have the same.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	if c.Every == 0 {
		c.Every = time.Second
	}
	l := &Ledger{c: c, node: [16]byte(entropy.Bytes(16))}
	if err := l.openKey(ctx); err != nil {
		return nil, fmt.Errorf("opening the key of the audit log: %w", err)
	}
	if err := l.readAnchor(); err != nil {
		return nil, err
	}
	return l, nil
}

const keySetting = "audit.key"

func (l *Ledger) openKey(ctx context.Context) error {
	at := seal.Place{Table: "settings", Row: keySetting, Column: "value"}
	kept, err := l.setting(ctx)
	if errors.Is(err, store.ErrNotFound) {
		drawn, err := l.c.Sealer.Seal(append([]byte(l.c.Name+"\n"), entropy.Bytes(ed25519.SeedSize)...), at)
		if err != nil {
			return err
		}
		err = l.c.Store.Tend(ctx, func(u store.Upkeep) (err error) {
			kept, err = u.AddSetting(keySetting, drawn)
			return err
		})
		if err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	plain, err := l.c.Sealer.Open(kept, at)
	if err != nil {
		return err
	}
	name, seed, _ := bytes.Cut(plain.Reveal(), []byte("\n"))
	l.signer, err = audit.NewSigner(string(name), seed)
	return err
}

func (l *Ledger) setting(ctx context.Context) (kept []byte, err error) {
	err = l.c.Store.View(ctx, func(r store.Reader) (err error) {
		kept, err = r.Setting(keySetting)
		return err
	})
	return kept, err
}

// KeyName is what the log of an issuer is called: its host and path, and that it is the audit log.
func KeyName(issuer string) string {
	_, host, found := strings.Cut(issuer, "://")
	if !found {
		host = issuer
	}
	// What package note does not take in a name (spaces and the plus sign) stands in no host.
	return strings.Join(strings.FieldsFunc(host, func(r rune) bool { return r == '+' || r <= ' ' }), "") + "/audit"
}

// Key is the public key of the log, to be kept outside.
func (l *Ledger) Key() string { return l.signer.String() }

// Checkpoint is the newest signed statement of what the log is. store.ErrNotFound: nothing is sealed yet.
func (l *Ledger) Checkpoint(ctx context.Context) (s audit.Statement, signed []byte, err error) {
	err = l.c.Store.View(ctx, func(r store.Reader) error {
		n, err := r.AuditNote(audit.Checkpoint, -1, time.Time{})
		if err != nil {
			return err
		}
		signed = n.Note
		s, err = l.signer.Open(audit.Checkpoint, n.Note)
		return err
	})
	return s, signed, err
}

// Find lists a part of a tenant's book, or of the vendor's own, newest first.
func (l *Ledger) Find(ctx context.Context, in id.Tenant, f store.AuditFilter, before id.Entry, limit int) (p store.AuditPage, err error) {
	err = l.c.Store.View(ctx, func(r store.Reader) error {
		p, err = r.FindAudit(in, f, before, limit)
		return err
	})
	return p, err
}

// Entry reads one entry of a tenant's book.
func (l *Ledger) Entry(ctx context.Context, in id.Tenant, entry id.Entry) (e audit.Entry, err error) {
	err = l.c.Store.View(ctx, func(r store.Reader) error {
		e, err = r.AuditEntry(in, entry)
		return err
	})
	return e, err
}
