package sqlstore

import (
	"database/sql"
	"time"
)

const (
	sweepSessions = `DELETE FROM sessions WHERE (tenant, id) IN
		(SELECT tenant, id FROM sessions WHERE expires < $1 ORDER BY expires LIMIT $2)`
	sweepReplay = `DELETE FROM replay WHERE key IN (SELECT key FROM replay WHERE until < $1 ORDER BY until LIMIT $2)`
	sweepMarks  = `DELETE FROM changes WHERE (epoch, n) IN (SELECT epoch, n FROM changes
		WHERE until > 0 AND until < $1 AND epoch = $3 AND n <= $4 ORDER BY until LIMIT $2)`
	sweepRecords    = `DELETE FROM changes WHERE epoch = $1 AND n > $2 AND n <= $3 AND until = 0`
	selectFeedAbove = `SELECT n, at FROM changes WHERE epoch = $1 AND n > $2 ORDER BY n LIMIT $3`
	raiseFloor      = `UPDATE feed_head SET floor = $1 WHERE one = 1`
)

// Sweep deletes expired rows, at most max of each table, so that one sweep never holds the writer for long.
func (t *Tx) Sweep(now time.Time, max int) (int, error) {
	sessions, err := t.exec("sweeping sessions", sweepSessions, unix(now), max)
	if err != nil {
		return 0, err
	}
	replay, err := t.exec("sweeping replay keys", sweepReplay, unix(now), max)
	if err != nil {
		return 0, err
	}
	changes, err := t.sweepFeed(now, max)
	if err != nil {
		return 0, err
	}
	apps, err := t.sweepApps(now, max)
	if err != nil {
		return 0, err
	}
	refusals, err := t.sweepRefusals(now, max)
	return int(sessions+replay+changes+apps) + refusals, err
}

// sweepFeed raises the floor over the rows that every reader has passed, and deletes below it the names of records,
// and the marks that can match nothing any more. Above the floor the feed stays without gaps.
func (t *Tx) sweepFeed(now time.Time, max int) (int64, error) {
	floor, err := t.number("the floor of the feed", selectFloor+t.dialect.ForUpdate)
	if err != nil {
		return 0, err
	}
	type place struct {
		n  uint64
		at time.Time
	}
	rows, err := many(t, func(rows *sql.Rows, p *place) error { return rows.Scan(&p.n, seconds{&p.at}) },
		"the feed", selectFeedAbove, int64(floor.Epoch), int64(floor.N), max)
	if err != nil {
		return 0, err
	}
	raised := floor.N
	for _, p := range rows {
		if !p.at.Before(now.Add(-recordsKept)) {
			break
		}
		raised = p.n
	}
	deleted := int64(0)
	if raised > floor.N {
		if _, err := t.exec("sweeping the feed", raiseFloor, int64(raised)); err != nil {
			return 0, err
		}
		deleted, err = t.exec("sweeping the feed", sweepRecords, int64(floor.Epoch), int64(floor.N), int64(raised))
		if err != nil {
			return 0, err
		}
	}
	marks, err := t.exec("sweeping the feed", sweepMarks, unix(now.Add(-marksKept)), max, int64(floor.Epoch), int64(raised))
	return deleted + marks, err
}
