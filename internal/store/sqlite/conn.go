package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// conn is one connection with its prepared statements. It has no caller's context: an INSERT that its context
// interrupts rolls back the whole transaction, and with it the neighbors.
type conn struct {
	c     *sql.Conn
	stmts map[string]*sql.Stmt
	wrote bool // a statement was executed since the transaction began
	// changed: a row may have been written since a member began.
	changed bool
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return &conn{c: c, stmts: map[string]*sql.Stmt{}}, nil
}

func (c *conn) prepare(query string) (*sql.Stmt, error) {
	s, ok := c.stmts[query]
	if ok {
		return s, nil
	}
	s, err := c.c.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

// Exec runs a statement that writes.
func (c *conn) Exec(query string, args ...any) (int64, error) {
	c.wrote = true
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		c.changed = true
		return 0, err
	}
	n, err := r.RowsAffected()
	c.changed = c.changed || n > 0 || err != nil
	return n, err
}

// Query runs a statement that answers rows.
func (c *conn) Query(query string, args ...any) (*sql.Rows, error) {
	if !strings.HasPrefix(query, "SELECT") && !strings.HasPrefix(query, "WITH") {
		c.changed = true // UPDATE … RETURNING
	}
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

// control runs a statement that bounds transactions.
func (c *conn) control(statement string) error {
	s, err := c.prepare(statement)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background())
	return err
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		_ = s.Close() // with its connection
	}
	return c.c.Close()
}

// The statements that bound transactions.
const (
	beginWrite  = "BEGIN IMMEDIATE"
	beginRead   = "BEGIN"
	commit      = "COMMIT"
	rollback    = "ROLLBACK"
	savepoint   = "SAVEPOINT member"
	release     = "RELEASE member"
	rollbackTo  = "ROLLBACK TO member"
	countCommit = "UPDATE feed_head SET commits = commits + 1 WHERE one = 1"
)

// overload is how long a caller waits for room in the queue.
const overload = 100 * time.Millisecond
