package scope

// MaxBits is how many scopes one catalog may number.
const MaxBits = 512

// Bits is a set of scope numbers of one catalog version. It is a value: it is copied, compared and combined without
// allocation. The zero Bits is empty and covers only what needs nothing.
type Bits [MaxBits / 64]uint64

// With is the set with number n added.
func (b Bits) With(n int) Bits {
	b[n>>6] |= 1 << (n & 63)
	return b
}

// Has says whether number n is in the set.
func (b *Bits) Has(n int) bool { return b[n>>6]&(1<<(n&63)) != 0 }

// Covers says whether all of need are in the set.
func (b *Bits) Covers(need *Bits) bool {
	var missing uint64
	for i := range b {
		missing |= need[i] &^ b[i]
	}
	return missing == 0
}

// Union is what is in either.
func (b Bits) Union(c Bits) Bits {
	for i := range b {
		b[i] |= c[i]
	}
	return b
}

// Intersect is what is in both.
func (b Bits) Intersect(c Bits) Bits {
	for i := range b {
		b[i] &= c[i]
	}
	return b
}

// IsZero says whether the set is empty.
func (b *Bits) IsZero() bool { return *b == Bits{} }
