package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"prokura/internal/mark"
)

// SaltSize is how many random bytes a record is salted with.
const SaltSize = 16

// Record is an entry with what only the sealed log needs of it.
type Record struct {
	Entry
	State mark.Number // that was acted on
	// Salt hides the personal fields in the leaf: SaltSize random bytes, or, once something was erased, what is left of
	// them (see Erase).
	Salt []byte
}

// The fields of an entry in which persons can be named. Everything else is in the leaf as it is: kinds, identifiers, the
// action, the times.
const (
	fieldName   = "actor_name"
	fieldFrom   = "from"
	fieldReason = "reason"
	inDetail    = "detail."
	inBefore    = "before."
	inAfter     = "after."
)

// personal yields the fields that the leaf commits to by salted hashes only, in their order.
func (r *Record) personal() []string {
	labels := []string{fieldName, fieldFrom, fieldReason}
	for _, part := range r.parts() {
		for _, k := range slices.Sorted(maps.Keys(part.values)) {
			labels = append(labels, part.prefix+k)
		}
	}
	return labels
}

type part struct {
	prefix string
	values map[string]string
}

func (r *Record) parts() [3]part {
	return [3]part{{inDetail, r.Act.Detail}, {inBefore, r.Act.Before}, {inAfter, r.Act.After}}
}

// value is what a field holds.
func (r *Record) value(label string) string {
	switch label {
	case fieldName:
		return r.Act.Actor.Name
	case fieldFrom:
		return r.Act.Actor.From
	case fieldReason:
		return r.Act.Reason
	}
	for _, p := range r.parts() {
		if len(label) > len(p.prefix) && label[:len(p.prefix)] == p.prefix {
			return p.values[label[len(p.prefix):]]
		}
	}
	return ""
}

// rest is what is left of the salt of one field: its own, or, where the value was erased, the hash.
type rest struct {
	Salt string `json:"salt,omitempty"`
	Hash string `json:"hash,omitempty"`
}

// rests reads what is left of a salt from which something was erased; nil: it is whole.
func (r *Record) rests() (map[string]rest, error) {
	if len(r.Salt) == SaltSize {
		return nil, nil
	}
	var left map[string]rest
	if err := json.Unmarshal(r.Salt, &left); err != nil {
		return nil, fmt.Errorf("salt of audit entry %v: it is damaged", r.ID)
	}
	return left, nil
}

// Erasures are the fields that were erased, sorted.
func (r *Record) Erasures() ([]string, error) {
	left, err := r.rests()
	if err != nil {
		return nil, err
	}
	var out []string
	for label, l := range left {
		if l.Hash != "" {
			out = append(out, label)
		}
	}
	slices.Sort(out)
	return out, nil
}

// ownSalt is the salt of one field. That of one says nothing about that of another.
func ownSalt(salt []byte, label string) []byte {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(label))
	return m.Sum(nil)
}

// commit hides a value.
func commit(own []byte, value string) [32]byte {
	said := append(make([]byte, 0, 256), "prokura audit field 1\n"...)
	return sha256.Sum256(append(append(said, own...), value...))
}

var errErased = errors.New("an erased field holds something")

// commitment is what the leaf says of a field.
func (r *Record) commitment(left map[string]rest, label string) ([32]byte, error) {
	if left == nil {
		return commit(ownSalt(r.Salt, label), r.value(label)), nil
	}
	l := left[label]
	if l.Hash != "" {
		// What stands in the place of an erased value is not covered by the hash, so nothing may stand there.
		if r.value(label) != "" {
			return [32]byte{}, errErased
		}
		b, err := base64.StdEncoding.DecodeString(l.Hash)
		if err != nil || len(b) != 32 {
			return [32]byte{}, fmt.Errorf("salt of audit entry %v: a hash is damaged", r.ID)
		}
		return [32]byte(b), nil
	}
	own, err := base64.StdEncoding.DecodeString(l.Salt)
	if err != nil || len(own) != sha256.Size {
		return [32]byte{}, fmt.Errorf("salt of audit entry %v: a field has none", r.ID)
	}
	return commit(own, r.value(label)), nil
}

// Leaf is the hash by which the sealed log holds the record (RFC 6962 §2.1). It stays the same when values are erased.
func (r *Record) Leaf() (tlog.Hash, error) {
	left, err := r.rests()
	if err != nil {
		return tlog.Hash{}, err
	}
	b := []byte("prokura audit entry 1\n")
	add := func(v []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	tenant, entry := r.Act.Tenant.Bytes(), r.ID.Bytes()
	add(tenant[:])
	add(entry[:])
	for _, n := range []uint64{uint64(r.At.Unix()), r.State.Epoch, r.State.N} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	for _, s := range []string{r.Act.Actor.Kind, r.Act.Actor.ID, r.Act.Action, r.Act.Target} {
		add([]byte(s))
	}
	for _, label := range r.personal() {
		sum, err := r.commitment(left, label)
		if err != nil {
			return tlog.Hash{}, err
		}
		add([]byte(label))
		b = append(b, sum[:]...)
	}
	return tlog.RecordHash(b), nil
}

// Erase takes the values of the fields named out of the record for good: only their hashes stay, whose salts are destroyed,
// so that nobody can try values out against them (A260). The leaf stays as it is. It answers whether anything was erased.
func (r *Record) Erase(labels []string) (bool, error) {
	left, err := r.rests()
	if err != nil {
		return false, err
	}
	next, erased := map[string]rest{}, false
	for _, label := range r.personal() {
		old := left[label]
		switch {
		case old.Hash != "":
			next[label] = old
		case slices.Contains(labels, label):
			sum, err := r.commitment(left, label)
			if err != nil {
				return false, err
			}
			next[label], erased = rest{Hash: base64.StdEncoding.EncodeToString(sum[:])}, true
		case left == nil:
			next[label] = rest{Salt: base64.StdEncoding.EncodeToString(ownSalt(r.Salt, label))}
		default:
			next[label] = old
		}
	}
	if !erased {
		return false, nil
	}
	if r.Salt, err = json.Marshal(next); err != nil {
		return false, err
	}
	r.blank(labels)
	r.Erased, err = r.Erasures()
	return true, err
}

// blank empties fields. The maps are the record's own from now on.
func (r *Record) blank(labels []string) {
	for _, label := range labels {
		switch label {
		case fieldName:
			r.Act.Actor.Name = ""
		case fieldFrom:
			r.Act.Actor.From = ""
		case fieldReason:
			r.Act.Reason = ""
		}
	}
	emptied := func(prefix string, values map[string]string) map[string]string {
		out := maps.Clone(values)
		for k := range out {
			if slices.Contains(labels, prefix+k) {
				out[k] = ""
			}
		}
		return out
	}
	r.Act.Detail = emptied(inDetail, r.Act.Detail)
	r.Act.Before = emptied(inBefore, r.Act.Before)
	r.Act.After = emptied(inAfter, r.Act.After)
}
