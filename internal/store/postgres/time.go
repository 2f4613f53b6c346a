package postgres

import (
	"context"
	"fmt"
	"time"
)

// Time is what the server's clock says, for comparing ours with it (A235).
func (s *Store) Time(ctx context.Context) (time.Time, error) {
	var t time.Time
	if err := s.db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&t); err != nil {
		return time.Time{}, fmt.Errorf("reading the time: %w", err)
	}
	return t.UTC(), nil
}
