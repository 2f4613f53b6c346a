-- What an audit entry tells besides, and the log that seals the books of all tenants.

ALTER TABLE audit ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN source TEXT NOT NULL DEFAULT ''; -- the address that the request came from
ALTER TABLE audit ADD COLUMN changed TEXT NOT NULL DEFAULT ''; -- JSON: before and after; empty: nothing
ALTER TABLE audit ADD COLUMN salt BYTEA; -- null: made before there was a log

-- Entries in the order of their making, until they are sealed.
CREATE TABLE audit_pending (
    id     BYTEA NOT NULL,
    tenant BYTEA NOT NULL,
    PRIMARY KEY (id, tenant)
) /* sqlite: STRICT, WITHOUT ROWID */;

INSERT INTO audit_pending (id, tenant) SELECT id, tenant FROM audit;

-- One row: how far the log goes, and which node carries it on until when.
CREATE TABLE audit_seal (
    one    BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    size   BIGINT NOT NULL,
    pruned BIGINT NOT NULL,
    node   BYTEA,
    until  BIGINT NOT NULL
) /* sqlite: STRICT */;

INSERT INTO audit_seal (one, size, pruned, node, until) VALUES (1, 0, 0, NULL, 0);

-- The tree, 256 hashes to a row. Beside the leaves stands of which book and entry they are, 32 bytes each.
CREATE TABLE audit_tiles (
    level  BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    hashes BYTEA  NOT NULL,
    refs   BYTEA  NOT NULL,
    PRIMARY KEY (level, n)
) /* sqlite: STRICT */;

CREATE TABLE audit_notes (
    kind TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    at   BIGINT NOT NULL,
    note BYTEA  NOT NULL,
    PRIMARY KEY (kind, size)
) /* sqlite: STRICT */;

-- Users that were deleted, until the books do not name them any more.
CREATE TABLE audit_erasures (
    tenant  BYTEA  NOT NULL,
    user_id BYTEA  NOT NULL,
    names   TEXT   NOT NULL, -- JSON
    at      BIGINT NOT NULL,
    after   BYTEA  NOT NULL, -- the entry up to which the book was gone through
    PRIMARY KEY (tenant, user_id)
) /* sqlite: STRICT, WITHOUT ROWID */;
