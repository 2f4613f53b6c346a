-- The first schema. It is written for PostgreSQL; what stands in a "sqlite:" comment, and the types, are rendered for
-- SQLite by the migrator. Identifiers are 16 bytes, times are Unix seconds with 0 for none, lists are JSON or names
-- separated by a space. Text is compared byte by byte.

CREATE TABLE schema_sums (
    version BIGINT NOT NULL PRIMARY KEY,
    name    TEXT   NOT NULL,
    sum     TEXT   NOT NULL -- SHA-256 of the migration as it was applied
) /* sqlite: STRICT */;

-- One row. Whoever takes numbers from it holds its lock to the commit, so that commits are in the order of numbers.
CREATE TABLE feed_head (
    one     BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    epoch   BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    floor   BIGINT NOT NULL, -- rows of the feed up to this number may have been swept
    commits BIGINT NOT NULL  -- SQLite only: to notice an older copy of the file
) /* sqlite: STRICT */;

INSERT INTO feed_head (one, epoch, n, floor, commits) VALUES (1, 1, 0, 0, 0);

CREATE TABLE changes (
    epoch   BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    record  TEXT   NOT NULL, -- empty: the row is a mark
    subject TEXT,            -- JSON; null: the row names a record
    lost    TEXT   NOT NULL,
    until   BIGINT NOT NULL, -- 0: the row names a record
    PRIMARY KEY (epoch, n)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX changes_until ON changes (until) WHERE until > 0;

CREATE TABLE settings (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
) /* sqlite: STRICT */;

CREATE TABLE signing_keys (
    id         BYTEA   NOT NULL PRIMARY KEY,
    public_jwk BYTEA   NOT NULL,
    sealed     BYTEA   NOT NULL,
    created    BIGINT  NOT NULL,
    active     BIGINT  NOT NULL,
    retired    BIGINT  NOT NULL,
    expires    BIGINT  NOT NULL,
    revoked    BOOLEAN NOT NULL
) /* sqlite: STRICT */;

CREATE TABLE tenants (
    id          BYTEA  NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL,
    content_url TEXT COLLATE "C" NOT NULL UNIQUE,
    plan        TEXT   NOT NULL,
    created     BIGINT NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE persons (
    id            BYTEA  NOT NULL PRIMARY KEY,
    login         TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,
    created       BIGINT NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE users (
    tenant         BYTEA   NOT NULL REFERENCES tenants (id),
    id             BYTEA   NOT NULL,
    person         BYTEA   REFERENCES persons (id),
    name           TEXT COLLATE "C" NOT NULL,
    full_name      TEXT    NOT NULL,
    email          TEXT    NOT NULL,
    roles          TEXT    NOT NULL, -- JSON
    platform_roles TEXT    NOT NULL, -- JSON
    disabled       BOOLEAN NOT NULL,
    created        BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX users_person ON users (person) WHERE person IS NOT NULL;

-- The roles of users again, to find the holders of one.
CREATE TABLE user_roles (
    tenant    BYTEA NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    user_id   BYTEA NOT NULL,
    PRIMARY KEY (tenant, role, user_id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX user_roles_user ON user_roles (tenant, user_id);

CREATE TABLE user_groups (
    tenant  BYTEA  NOT NULL REFERENCES tenants (id),
    id      BYTEA  NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE group_members (
    tenant   BYTEA NOT NULL,
    group_id BYTEA NOT NULL,
    user_id  BYTEA NOT NULL,
    PRIMARY KEY (tenant, group_id, user_id),
    FOREIGN KEY (tenant, group_id) REFERENCES user_groups (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX group_members_user ON group_members (tenant, user_id);

-- Client identifiers are found before a tenant is known, so they are unique across tenants.
CREATE TABLE connected_apps (
    tenant           BYTEA   NOT NULL REFERENCES tenants (id),
    client           BYTEA   NOT NULL UNIQUE,
    name             TEXT    NOT NULL,
    enabled          BOOLEAN NOT NULL,
    all_scopes       BOOLEAN NOT NULL,
    scopes           TEXT    NOT NULL,
    authorization_id BYTEA,
    revoked          BOOLEAN NOT NULL,
    created          BIGINT  NOT NULL,
    PRIMARY KEY (tenant, client)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE secrets (
    tenant  BYTEA  NOT NULL,
    client  BYTEA  NOT NULL,
    id      BYTEA  NOT NULL,
    sealed  BYTEA  NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (tenant, client, id),
    FOREIGN KEY (tenant, client) REFERENCES connected_apps (tenant, client)
) /* sqlite: STRICT, WITHOUT ROWID */;

-- Sessions and replay keys are the hot path: they refer to nothing, so that no parent is looked up, and are indexed by
-- nothing but what sweeping needs.
CREATE TABLE sessions (
    tenant           BYTEA  NOT NULL,
    id               BYTEA  NOT NULL,
    user_id          BYTEA,
    client           BYTEA,
    authorization_id BYTEA,
    secret           BYTEA,
    scopes           TEXT   NOT NULL,
    epoch            BIGINT NOT NULL,
    n                BIGINT NOT NULL,
    created          BIGINT NOT NULL,
    expires          BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE replay (
    key   BYTEA  NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX replay_until ON replay (until);

-- The audit book. Its identifiers begin with the time (RFC 9562 section 5.7), so that their order is that of the acts
-- and new entries are appended. The zero tenant is the vendor's own book.
CREATE TABLE audit (
    tenant     BYTEA  NOT NULL,
    id         BYTEA  NOT NULL,
    at         BIGINT NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor_id   TEXT   NOT NULL,
    actor_name TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    target     TEXT   NOT NULL,
    detail     TEXT   NOT NULL, -- JSON
    epoch      BIGINT NOT NULL, -- the state that was acted on
    n          BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE refusals (
    reference   BYTEA   NOT NULL PRIMARY KEY,
    fingerprint BYTEA   NOT NULL,
    tenant      BYTEA   NOT NULL,
    proven      BOOLEAN NOT NULL,
    first       BIGINT  NOT NULL,
    last        BIGINT  NOT NULL,
    count       BIGINT  NOT NULL,
    verdict     BYTEA   NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX refusals_fingerprint ON refusals (tenant, fingerprint, first);
CREATE INDEX refusals_age ON refusals (tenant, first, reference);
CREATE INDEX refusals_unproven ON refusals (tenant, first, reference) WHERE NOT proven;
CREATE INDEX refusals_first ON refusals (first);

-- How many refusals are kept, so that the bound is not counted anew with every one.
CREATE TABLE refusal_counts (
    tenant   BYTEA  NOT NULL PRIMARY KEY,
    kept     BIGINT NOT NULL,
    unproven BIGINT NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;
