package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"prokura/internal/store/sqlstore"
)

// A restored database is an older one: what was revoked since its backup would be honored again. So each commit is
// counted in a row, and after it in a second file beside the database. A database that is behind the file, or whose
// file is missing, is taken for a restored one and begins a new epoch, which voids everything older.
//
// The file is not synced: after a crash of the machine it may be behind the database, which is no sign of a restore. It
// can never be ahead of a database that is not restored, because commits are durable before they are counted in it.
// A copy of the whole directory, file included, cannot be noticed.

const countWidth = 20

// openCounter compares database and file, begins a new epoch where it must, and answers the file and the count. The
// connection is in no transaction.
func (s *Store) openCounter(ctx context.Context, c *conn) (*os.File, uint64, error) {
	var epoch, commits uint64
	row := c.c.QueryRowContext(ctx, `SELECT epoch, commits FROM feed_head WHERE one = 1`)
	if err := row.Scan(&epoch, &commits); err != nil {
		return nil, 0, fmt.Errorf("reading the head of the feed: %w", err)
	}
	path := s.path + ".commits"
	counted, err := readCount(path)
	fresh := errors.Is(err, fs.ErrNotExist) && commits == 0
	reason := ""
	switch {
	case fresh:
	case errors.Is(err, fs.ErrNotExist):
		reason = "the file that counts commits is missing"
	case err != nil:
		reason = err.Error()
	case counted > commits:
		reason = "it has seen fewer commits than were counted"
	}
	if reason != "" {
		commits = max(commits, counted) + 1
		if err := beginEpoch(c, epoch+1, commits); err != nil {
			return nil, 0, err
		}
		s.log.Warn("the database is taken for a restored one: everything issued before is void",
			"path", s.path, "reason", reason, "epoch", epoch+1)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("opening the file that counts commits: %w", err)
	}
	if err := errors.Join(f.Truncate(countWidth+1), writeCount(f, commits), f.Sync(), syncDir(path)); err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("writing the file that counts commits: %w", err)
	}
	return f, commits, nil
}

func beginEpoch(c *conn, epoch, commits uint64) error {
	if err := c.control(beginWrite); err != nil {
		return fmt.Errorf("beginning an epoch: %w", err)
	}
	head, err := sqlstore.ReadHead(c)
	if err == nil {
		err = sqlstore.NewReader(c, &dialect, head).RaiseEpoch(epoch)
	}
	if err == nil {
		_, err = c.Exec(`UPDATE feed_head SET commits = $1 WHERE one = 1`, int64(commits))
	}
	if err == nil {
		err = c.control(commit)
	}
	if err != nil {
		_ = c.control(rollback) // the error that matters is the first
		return fmt.Errorf("beginning an epoch: %w", err)
	}
	return nil
}

func readCount(path string) (uint64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(string(b), "\n"), 10, 64)
	if err != nil || len(b) != countWidth+1 {
		return 0, errors.New("the file that counts commits cannot be read")
	}
	return n, nil
}

func writeCount(f *os.File, n uint64) error {
	return writeAt(f, fmt.Sprintf("%0*d\n", countWidth, n))
}

func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
