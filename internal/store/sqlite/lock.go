package sqlite

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"prokura/internal/store"
)

// takeLock keeps a second process out: SQLite itself would let it in, and then neither memory would be the head of the
// feed (A224). The lock ends with the file's descriptor, so also with a killed process.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		owner := make([]byte, 20)
		n, _ := f.ReadAt(owner, 0) // only to name the owner
		return nil, fmt.Errorf("locking %s, held by process %s: %w", path, strings.TrimSpace(string(owner[:n])), store.ErrInUse)
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintf("%d\n", os.Getpid()))); err != nil {
		f.Close()
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	return f, nil
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}
