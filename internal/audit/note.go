package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The kinds of statements about the sealed log.
const (
	// Checkpoint says what the log's tree is.
	Checkpoint = "checkpoint"
	// Pruned says that entries below its size were deleted on purpose, because they are older than what is kept.
	Pruned = "pruned"
)

// Statement is what a signed note says. Its text is that of a checkpoint of a transparency log: who speaks, size, root, and
// a line with the time.
type Statement struct {
	Kind string
	Size int64
	Root tlog.Hash
	At   time.Time // UTC, to the second
}

// Tree is the tree that the statement is about.
func (s *Statement) Tree() tlog.Tree { return tlog.Tree{N: s.Size, Hash: s.Root} }

// origin is the first line: a note of one kind never passes for one of the other.
func origin(name, kind string) string {
	if kind == Checkpoint {
		return name
	}
	return name + "/" + kind
}

const maxNote = 4 << 10

// errNote says no more than that: the text of a forged note is not repeated.
var errNote = errors.New("the note is not signed by this log's key")

// Signer signs statements with the log's own key.
type Signer struct {
	Verifier
	private ed25519.PrivateKey
}

// NewSigner makes the signer of a log from the seed of its key.
func NewSigner(name string, seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("the key of the sealed audit log is damaged")
	}
	private := ed25519.NewKeyFromSeed(seed)
	public, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("naming the key of the sealed audit log: %w", err)
	}
	v, err := ParseVerifier(public)
	if err != nil {
		return nil, err
	}
	return &Signer{v, private}, nil
}

// signing is a Signer as package note wants it.
type signing struct{ *Signer }

func (s signing) Name() string                    { return s.v.Name() }
func (s signing) KeyHash() uint32                 { return s.v.KeyHash() }
func (s signing) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

// Sign signs a statement.
func (s *Signer) Sign(st Statement) ([]byte, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n%s\n", origin(s.v.Name(), st.Kind), st.Size,
		base64.StdEncoding.EncodeToString(st.Root[:]), st.At.UTC().Format(time.RFC3339))
	msg, err := note.Sign(&note.Note{Text: text}, signing{s})
	if err != nil {
		return nil, fmt.Errorf("signing a %s of the audit log: %w", st.Kind, err)
	}
	return msg, nil
}

// Verifier checks statements with the public key of a log.
type Verifier struct {
	v      note.Verifier
	public string
}

// ParseVerifier reads a public key in the form that String writes.
func ParseVerifier(key string) (Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return Verifier{}, errors.New("that is not the public key of an audit log: want name+hash+key, in one line")
	}
	return Verifier{v, strings.TrimSpace(key)}, nil
}

// String is the public key, to be kept by whoever wants to check the log from outside.
func (v Verifier) String() string { return v.public }

// Open reads a note of the log: of a kind, and signed by its key.
func (v Verifier) Open(kind string, msg []byte) (Statement, error) {
	if len(msg) > maxNote {
		return Statement{}, errNote
	}
	n, err := note.Open(msg, note.VerifierList(v.v))
	if err != nil {
		return Statement{}, errNote
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[4] != "" || lines[0] != origin(v.v.Name(), kind) {
		return Statement{}, fmt.Errorf("the note is no %s of this log", kind)
	}
	s := Statement{Kind: kind}
	s.Size, err = strconv.ParseInt(lines[1], 10, 64)
	root, rootErr := base64.StdEncoding.Strict().DecodeString(lines[2])
	at, timeErr := time.Parse(time.RFC3339, lines[3])
	if errors.Join(err, rootErr, timeErr) != nil || s.Size < 0 || len(root) != tlog.HashSize || strconv.FormatInt(s.Size, 10) != lines[1] {
		return Statement{}, fmt.Errorf("the note is no %s of this log", kind)
	}
	s.Root, s.At = tlog.Hash(root), at.UTC()
	return s, nil
}
