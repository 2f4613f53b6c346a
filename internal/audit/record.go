package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"

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

// field is one in which persons can be named.
type field struct{ label, value string }

// personal are the fields that the leaf commits to by salted hashes only, in their order.
func (r *Record) personal() []field {
	a := &r.Act
	out := make([]field, 0, 3+len(a.Detail)+len(a.Before)+len(a.After))
	out = append(out, field{fieldName, a.Actor.Name}, field{fieldFrom, a.Actor.From}, field{fieldReason, a.Reason})
	out = appendFields(out, inDetail, a.Detail)
	out = appendFields(out, inBefore, a.Before)
	return appendFields(out, inAfter, a.After)
}

// appendFields appends what a map holds, sorted by its keys.
func appendFields(out []field, prefix string, values map[string]string) []field {
	from := len(out)
	for k, v := range values {
		out = append(out, field{prefix + k, v})
	}
	slices.SortFunc(out[from:], func(x, y field) int { return strings.Compare(x.label, y.label) })
	return out
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

// salts makes the salts of the fields of one record from the record's. That of one says nothing about that of another.
type salts struct{ mac hash.Hash }

func saltsOf(salt []byte) salts { return salts{hmac.New(sha256.New, salt)} }

func (s salts) of(label string) []byte {
	s.mac.Reset()
	s.mac.Write([]byte(label))
	return s.mac.Sum(nil)
}

// commit hides a value.
func commit(own []byte, value string) [32]byte {
	said := append(make([]byte, 0, 256), "prokura audit field 1\n"...)
	return sha256.Sum256(append(append(said, own...), value...))
}

var errErased = errors.New("an erased field holds something")

// commitment is what the leaf says of a field, of which something is left after others were erased.
func (r *Record) commitment(l rest, f field) ([32]byte, error) {
	if l.Hash != "" {
		// What stands in the place of an erased value is not covered by the hash, so nothing may stand there.
		if f.value != "" {
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
	return commit(own, f.value), nil
}

// commitments yields what the leaf says of each field.
func (r *Record) commitments(each func(field, [32]byte)) error {
	left, err := r.rests()
	if err != nil {
		return err
	}
	if left == nil {
		salts := saltsOf(r.Salt)
		for _, f := range r.personal() {
			each(f, commit(salts.of(f.label), f.value))
		}
		return nil
	}
	for _, f := range r.personal() {
		sum, err := r.commitment(left[f.label], f)
		if err != nil {
			return err
		}
		each(f, sum)
	}
	return nil
}

// Leaf is the hash by which the sealed log holds the record (RFC 6962 §2.1). It stays the same when values are erased.
func (r *Record) Leaf() (tlog.Hash, error) {
	b := append(make([]byte, 0, 1024), "prokura audit entry 1\n"...)
	tenant, entry := r.Act.Tenant.Bytes(), r.ID.Bytes()
	b = appendSized(b, tenant[:])
	b = appendSized(b, entry[:])
	for _, n := range [...]uint64{uint64(r.At.Unix()), r.State.Epoch, r.State.N} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	for _, s := range [...]string{r.Act.Actor.Kind, r.Act.Actor.ID, r.Act.Action, r.Act.Target} {
		b = appendSized(b, s)
	}
	err := r.commitments(func(f field, sum [32]byte) {
		b = append(appendSized(b, f.label), sum[:]...)
	})
	if err != nil {
		return tlog.Hash{}, err
	}
	return tlog.RecordHash(b), nil
}

// appendSized appends a length and so many bytes, so that no text can move to the next field.
func appendSized[T string | []byte](b []byte, v T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
}

// Erase takes the values of the fields named out of the record for good: only their hashes stay, whose salts are destroyed,
// so that nobody can try values out against them (A260). The leaf stays as it is. It answers whether anything was erased.
func (r *Record) Erase(labels []string) (bool, error) {
	left, err := r.rests()
	if err != nil {
		return false, err
	}
	if left == nil { // each field gets a salt of its own, of which that of one can be destroyed
		left = map[string]rest{}
		salts := saltsOf(r.Salt)
		for _, f := range r.personal() {
			left[f.label] = rest{Salt: base64.StdEncoding.EncodeToString(salts.of(f.label))}
		}
	}
	next, erased := map[string]rest{}, false
	for _, f := range r.personal() {
		next[f.label] = left[f.label]
		if left[f.label].Hash != "" || !slices.Contains(labels, f.label) {
			continue
		}
		sum, err := r.commitment(left[f.label], f)
		if err != nil {
			return false, err
		}
		next[f.label], erased = rest{Hash: base64.StdEncoding.EncodeToString(sum[:])}, true
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
