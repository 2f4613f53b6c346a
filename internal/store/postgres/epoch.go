package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A restore, and a failover that may have lost commits, make an older database of ours: what was revoked meanwhile would
// be honored again. Neither is left to be announced. Each new connection compares what the database is with what it
// was: system identifier, timeline, and the oids of database and feed. Where that changed, a new epoch voids everything
// issued before.

const (
	selectIdentity = `SELECT pg_is_in_recovery(),
		(SELECT system_identifier::text FROM pg_control_system()) || ' ' ||
		CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END || ' ' ||
		(SELECT oid::text FROM pg_database WHERE datname = current_database()) || ' ' ||
		'feed_head'::regclass::oid::text,
		current_setting('synchronous_commit')`
	selectKnown = `SELECT value FROM settings WHERE name = 'feed.identity'`
	insertKnown = `INSERT INTO settings (name, value) VALUES ('feed.identity', $1) ON CONFLICT DO NOTHING`
	updateKnown = `UPDATE settings SET value = $1 WHERE name = 'feed.identity'`
	lockHead    = `SELECT epoch FROM feed_head WHERE one = 1 FOR UPDATE`
	nextEpoch   = `UPDATE feed_head SET epoch = epoch + 1, n = 0, floor = 0 WHERE one = 1`
	emptyFeed   = `DELETE FROM changes`
)

// identify is run on each new connection before it is used.
func (s *Store) identify(ctx context.Context, c *pgx.Conn) error {
	var standby bool
	var identity, synchronous string
	if err := c.QueryRow(ctx, selectIdentity).Scan(&standby, &identity, &synchronous); err != nil {
		return fmt.Errorf("identifying the database: %w", err)
	}
	if standby {
		return errors.New("identifying the database: it is a standby, which cannot be written")
	}
	if synchronous == "off" { // what is acknowledged must be durable (A227)
		if _, err := c.Exec(ctx, "SET synchronous_commit = on"); err != nil {
			return fmt.Errorf("making commits synchronous: %w", err)
		}
	}
	if known := s.identity.Load(); known != nil && *known == identity {
		return nil
	}
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return s.compare(ctx, tx, identity) })
	if err != nil {
		return fmt.Errorf("identifying the database: %w", err)
	}
	s.identity.Store(&identity)
	return nil
}

// compare begins a new epoch where the database is not the one that it was. The head's row is locked first, so that of
// several nodes only one does.
func (s *Store) compare(ctx context.Context, tx pgx.Tx, identity string) error {
	var epoch int64
	if err := tx.QueryRow(ctx, lockHead).Scan(&epoch); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertKnown, []byte(identity)); err != nil {
		return err
	}
	var known []byte
	if err := tx.QueryRow(ctx, selectKnown).Scan(&known); err != nil {
		return err
	}
	if string(known) == identity {
		return nil
	}
	for _, statement := range []string{nextEpoch, emptyFeed} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, updateKnown, []byte(identity)); err != nil {
		return err
	}
	s.log.Warn("the database was restored or failed over: everything issued before is void",
		"was", string(known), "is", identity, "epoch", epoch+1)
	return nil
}
