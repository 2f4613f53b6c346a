package docket

import (
	"context"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

// List answers a tenant's refusals as the book has them, newest first. What came within the last second may still be
// waiting to be written.
func (d *Docket) List(ctx context.Context, in id.Tenant, limit int) ([]Case, error) {
	var rows []store.Refusal
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		rows, err = r.ListRefusals(in, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing refusals: %w", err)
	}
	out := make([]Case, 0, len(rows))
	for i := range rows {
		c, err := decode(&rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
