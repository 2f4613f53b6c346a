package mark

import "slices"

// kind is an id that marks are filed under, in the order in which it is chosen: first what the fewest tokens share.
// The tenant comes before the client, so that what one tenant does fills no list that others' tokens are held against.
type kind uint8

const (
	session kind = iota
	grant
	authorization
	secret
	user
	tenant
	client
	signingKey
	everything // names nothing: it is held against every token, since a mark must never be lost
	kinds
	plan = kinds // a name, not an id: it comes after the ids and has an index of its own
)

// key is the id of one kind, zero where the subject has none.
func key(s *Subject, k kind) [16]byte {
	switch k {
	case session:
		return s.Session.Bytes()
	case grant:
		return s.Grant.Bytes()
	case authorization:
		return s.Authorization.Bytes()
	case secret:
		return s.Secret.Bytes()
	case user:
		return s.User.Bytes()
	case tenant:
		return s.Tenant.Bytes()
	case client:
		return s.Client.Bytes()
	case signingKey:
		return s.Key.Bytes()
	}
	return [16]byte{}
}

// shelf is where a mark of this subject is filed.
func shelf(s *Subject) (kind, [16]byte) {
	for k := range everything {
		if b := key(s, k); b != [16]byte{} {
			return k, b
		}
	}
	if s.Plan != "" {
		return plan, [16]byte{}
	}
	return everything, [16]byte{}
}

// sweep deletes the dead entries of an index. A key left without entries goes too.
func sweep[K comparable](index map[K][]entry, dead func(entry) bool) int {
	n := 0
	for k, list := range index {
		if !slices.ContainsFunc(list, dead) {
			continue
		}
		left := slices.DeleteFunc(list, dead)
		n += len(list) - len(left)
		if len(left) == 0 {
			delete(index, k)
		} else {
			index[k] = slices.Clip(left)
		}
	}
	return n
}
