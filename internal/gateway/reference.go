package gateway

import (
	"sync"

	"prokura/internal/entropy"
	"prokura/internal/id"
)

// references draws reference ids from blocks of randomness: a system call for each request would cost more than the
// decision. A reference is not a secret, so that nothing is lost if a block is read out of memory.
type references struct{ pool sync.Pool }

type block struct {
	random []byte
	used   int
}

// next draws a reference, a version 4 UUID as entropy.ID draws it.
func (s *references) next() id.Reference {
	b, _ := s.pool.Get().(*block)
	if b == nil {
		b = new(block)
	}
	if b.used == len(b.random) {
		b.random, b.used = entropy.Bytes(64*16), 0
	}
	raw := [16]byte(b.random[b.used:])
	b.used += 16
	s.pool.Put(b)
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	return id.Reference{}.From(raw)
}
