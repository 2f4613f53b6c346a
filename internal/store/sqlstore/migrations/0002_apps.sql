-- Registered apps, what tenants and users decided on them, what is issued from that, logins, and rights.

-- Vendor-wide, and few.
CREATE TABLE clients (
    id       BYTEA   NOT NULL PRIMARY KEY,
    owner    BYTEA   REFERENCES tenants (id), -- null: the vendor
    version  BIGINT  NOT NULL,
    disabled BOOLEAN NOT NULL,
    built_in BOOLEAN NOT NULL,
    created  BIGINT  NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX clients_owner ON clients (owner, id) WHERE owner IS NOT NULL;

CREATE TABLE client_versions (
    client       BYTEA  NOT NULL REFERENCES clients (id),
    number       BIGINT NOT NULL,
    registration TEXT   NOT NULL, -- JSON
    logo         TEXT COLLATE "C" NOT NULL, -- as in the registration, to know which images are in use
    changed_by   TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (client, number)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX client_versions_logo ON client_versions (logo) WHERE logo <> '';

CREATE TABLE client_secrets (
    client  BYTEA  NOT NULL REFERENCES clients (id),
    id      BYTEA  NOT NULL,
    hash    BYTEA  NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (client, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE logos (
    sum     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    media   TEXT   NOT NULL,
    created BIGINT NOT NULL,
    image   BYTEA  NOT NULL -- last, so that nothing lies behind its pages
) /* sqlite: STRICT */;

CREATE TABLE install_urls (
    client       BYTEA  NOT NULL REFERENCES clients (id),
    sum          BYTEA  NOT NULL,
    redirect_uri TEXT   NOT NULL,
    scope        TEXT   NOT NULL,
    optional     TEXT   NOT NULL,
    first        BIGINT NOT NULL,
    last         BIGINT NOT NULL,
    count        BIGINT NOT NULL,
    PRIMARY KEY (client, sum)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX install_urls_last ON install_urls (last);

CREATE TABLE tallies (
    client BYTEA  NOT NULL REFERENCES clients (id),
    day    BIGINT NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    count  BIGINT NOT NULL,
    PRIMARY KEY (client, day, kind)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX tallies_day ON tallies (day);

-- One row for a client in a tenant: a new authorization takes the place of the one that was revoked.
CREATE TABLE authorizations (
    tenant    BYTEA   NOT NULL REFERENCES tenants (id),
    client    BYTEA   NOT NULL REFERENCES clients (id),
    id        BYTEA   NOT NULL,
    revoked   BOOLEAN NOT NULL,
    approved  TEXT    NOT NULL,
    installed BIGINT  NOT NULL,
    created   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, client)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX authorizations_client ON authorizations (client);

-- Of a user they are found by way of the tenant's authorizations.
CREATE TABLE consents (
    tenant  BYTEA  NOT NULL,
    client  BYTEA  NOT NULL,
    user_id BYTEA  NOT NULL,
    scopes  TEXT   NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (tenant, client, user_id),
    FOREIGN KEY (tenant, client) REFERENCES authorizations (tenant, client)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE grants (
    tenant           BYTEA  NOT NULL REFERENCES tenants (id),
    id               BYTEA  NOT NULL,
    client           BYTEA  NOT NULL REFERENCES clients (id),
    version          BIGINT NOT NULL,
    authorization_id BYTEA  NOT NULL,
    user_id          BYTEA,
    required         TEXT   NOT NULL,
    scopes           TEXT   NOT NULL,
    dropped          TEXT   NOT NULL, -- JSON; empty: none
    created          BIGINT NOT NULL,
    installed        BIGINT NOT NULL,
    last_used        BIGINT NOT NULL,
    expires          BIGINT NOT NULL,
    ended            BIGINT NOT NULL,
    ended_by         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX grants_user ON grants (tenant, user_id, ended);
CREATE INDEX grants_client ON grants (client, ended, tenant);
CREATE INDEX grants_authorization ON grants (tenant, authorization_id, ended);
CREATE INDEX grants_ended ON grants (ended) WHERE ended > 0;
CREATE INDEX grants_expires ON grants (expires) WHERE expires > 0 AND ended = 0;
CREATE INDEX grants_unredeemed ON grants (created) WHERE installed = 0 AND ended = 0;

-- Codes and refresh tokens are written where a grant is known to be there, and go with it.
CREATE TABLE codes (
    tenant       BYTEA  NOT NULL,
    hash         BYTEA  NOT NULL,
    grant_id     BYTEA  NOT NULL,
    redirect_uri TEXT   NOT NULL,
    challenge    TEXT   NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT NOT NULL,
    used         BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX codes_grant ON codes (tenant, grant_id);
CREATE INDEX codes_expires ON codes (expires);

CREATE TABLE refresh_tokens (
    tenant    BYTEA  NOT NULL,
    hash      BYTEA  NOT NULL,
    grant_id  BYTEA  NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    successor BYTEA, -- null: none, or the grace is over
    sealed    BYTEA,
    PRIMARY KEY (tenant, hash)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX refresh_tokens_grant ON refresh_tokens (tenant, grant_id);
CREATE INDEX refresh_tokens_successor ON refresh_tokens (tenant, successor) WHERE successor IS NOT NULL;

-- Cookies and links are found before a tenant is known.
CREATE TABLE logins (
    hash    BYTEA  NOT NULL PRIMARY KEY,
    person  BYTEA  NOT NULL REFERENCES persons (id),
    tenant  BYTEA,
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    expires BIGINT NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX logins_person ON logins (person, created);
CREATE INDEX logins_expires ON logins (expires);

CREATE TABLE links (
    hash    BYTEA  NOT NULL PRIMARY KEY,
    kind    TEXT   NOT NULL,
    tenant  BYTEA,
    user_id BYTEA,
    person  BYTEA  REFERENCES persons (id),
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX links_user ON links (tenant, user_id) WHERE tenant IS NOT NULL;
CREATE INDEX links_person ON links (person) WHERE person IS NOT NULL;
CREATE INDEX links_expires ON links (expires);

CREATE TABLE roles (
    tenant      BYTEA  NOT NULL REFERENCES tenants (id),
    id          TEXT COLLATE "C" NOT NULL,
    name        TEXT   NOT NULL,
    permissions TEXT   NOT NULL, -- JSON
    created     BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE TABLE entitlements (
    tenant      BYTEA   NOT NULL REFERENCES tenants (id),
    entitlement TEXT COLLATE "C" NOT NULL,
    withdrawn   BOOLEAN NOT NULL,
    starts      BIGINT  NOT NULL,
    ends        BIGINT  NOT NULL,
    created     BIGINT  NOT NULL,
    PRIMARY KEY (tenant, entitlement)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX entitlements_ends ON entitlements (ends) WHERE ends > 0;

-- A user's own history: the entries of what they did, but for sign-ins and sign-outs with assertions, which are many; and
-- of what was done to them.
ALTER TABLE audit ADD COLUMN by_user BYTEA;
ALTER TABLE audit ADD COLUMN about BYTEA; -- a user

CREATE INDEX audit_by_user ON audit (tenant, by_user, id) WHERE by_user IS NOT NULL;
CREATE INDEX audit_about ON audit (tenant, about, id) WHERE about IS NOT NULL;
