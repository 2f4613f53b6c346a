package sqlite

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/store/sqlstore"
)

// BenchmarkAuditAppend says which share of a transaction its audit entry takes, under group commit with every commit made
// durable: sign-ins of 32 callers with the entry and, in alternating slices, without.
func BenchmarkAuditAppend(b *testing.B) {
	s, err := Open(context.Background(), Options{Path: filepath.Join(b.TempDir(), "store.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var with, without, cpuWith, cpuWithout time.Duration
	for b.Loop() {
		const slice = 50 * benchGroup
		began := processor(b)
		with += timed(func() { signIns(b, s, slice, true) })
		half := processor(b)
		without += timed(func() { signIns(b, s, slice, false) })
		cpuWith, cpuWithout = cpuWith+half-began, cpuWithout+processor(b)-half
	}
	b.ReportMetric(100*float64(with-without)/float64(with), "%of-transaction")
	b.ReportMetric(100*float64(cpuWith-cpuWithout)/float64(cpuWith), "%of-processor-time")
	b.ReportMetric(0, "ns/op")
}

// processor is the processor time that this process has used: what others do on the machine does not count.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// signIns writes the rows of sign-ins, with their audit entries or without.
func signIns(b *testing.B, s *Store, n int, entries bool) {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range benchGroup {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				session := benchSession()
				m := &member{fn: func(tx *sqlstore.Tx) error {
					if err := tx.Burn([32]byte(entropy.Bytes(32)), session.Expires); err != nil {
						return err
					}
					return tx.AddSession(session)
				}}
				if entries {
					m.act = new(audit.Act)
					*m.act = benchAct(&session)
				}
				if err := s.submit(context.Background(), m); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}
