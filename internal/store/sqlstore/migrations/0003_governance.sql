-- How tenants decide on apps: their settings, the terms of each decision and what it was before, requests for one, what is
-- used of an app, and what would be refused.

ALTER TABLE clients ADD COLUMN verified BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE clients ADD COLUMN recalls BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN search TEXT NOT NULL DEFAULT ''; -- name and publisher in lower case, of the version in force

CREATE INDEX clients_recalled ON clients (id) WHERE recalls > 0;
CREATE INDEX clients_notable ON clients (id) WHERE built_in OR verified;

-- In the one or the other engine's words for JSON; the other finds nothing.
UPDATE clients SET search = coalesce((SELECT lower((CAST(v.registration AS JSON) ->> 'name') || '
' || (CAST(v.registration AS JSON) ->> 'publisher')) FROM client_versions v WHERE v.client = clients.id AND v.number = clients.version), '');
/* sqlite: UPDATE clients SET search = (SELECT lower((v.registration ->> 'name') || '
' || (v.registration ->> 'publisher')) FROM client_versions v WHERE v.client = clients.id AND v.number = clients.version) */;

-- Every three letters in a row that an app is found by.
CREATE TABLE client_grams (
    gram   TEXT COLLATE "C" NOT NULL,
    client BYTEA NOT NULL,
    PRIMARY KEY (gram, client)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX client_grams_client ON client_grams (client);

INSERT INTO client_grams (gram, client)
    WITH RECURSIVE at (client, rest) AS (SELECT id, search FROM clients WHERE length(search) >= 3
        UNION ALL SELECT client, substr(rest, 2) FROM at WHERE length(rest) > 3)
    SELECT DISTINCT substr(rest, 1, 3), client FROM at;

-- A tenant without a row leaves everything to its administrators.
CREATE TABLE governance (
    tenant   BYTEA  NOT NULL PRIMARY KEY REFERENCES tenants (id),
    settings TEXT   NOT NULL, -- JSON
    version  BIGINT NOT NULL,
    updated  BIGINT NOT NULL
) /* sqlite: STRICT, WITHOUT ROWID */;

-- Tenants that are older than decisions go on as they did.
INSERT INTO governance (tenant, settings, version, updated) SELECT id, '{"door":"open"}', 1, created FROM tenants;

ALTER TABLE authorizations ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE authorizations ADD COLUMN origin TEXT NOT NULL DEFAULT 'user';
ALTER TABLE authorizations ADD COLUMN state TEXT COLLATE "C" NOT NULL DEFAULT 'open'; -- but for the time and recalls
ALTER TABLE authorizations ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;
ALTER TABLE authorizations ADD COLUMN recalls BIGINT NOT NULL DEFAULT 0;
ALTER TABLE authorizations ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;
-- JSON: the rest of what was decided.
ALTER TABLE authorizations ADD COLUMN terms TEXT NOT NULL DEFAULT '{"uncapped":true,"admission":{"all":true},"registration":1}';

UPDATE authorizations SET state = 'revoked' WHERE revoked;

CREATE INDEX authorizations_state ON authorizations (tenant, state, client);
CREATE INDEX authorizations_expires ON authorizations (tenant, expires) WHERE expires > 0;

-- The roles that authorizations name, to find them by role.
CREATE TABLE authorization_roles (
    tenant BYTEA NOT NULL,
    role   TEXT COLLATE "C" NOT NULL,
    client BYTEA NOT NULL,
    PRIMARY KEY (tenant, role, client),
    FOREIGN KEY (tenant, client) REFERENCES authorizations (tenant, client)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX authorization_roles_client ON authorization_roles (tenant, client);

-- Authorizations that were revoked or recalled, for as long as sweeping may find something that hangs on them: revoking
-- writes one row, however many grants there are.
CREATE TABLE dead_authorizations (
    tenant BYTEA  NOT NULL,
    id     BYTEA  NOT NULL,
    client BYTEA  NOT NULL,
    since  BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

-- Grants are found by these alone, and which of them live is told by them.
DROP INDEX grants_authorization;
CREATE INDEX grants_authorization ON grants (tenant, authorization_id, ended, user_id);
DROP INDEX grants_user;
CREATE INDEX grants_user ON grants (tenant, user_id, ended, authorization_id);
CREATE UNIQUE INDEX authorizations_id ON authorizations (tenant, id);

CREATE TABLE past_authorizations (
    tenant BYTEA  NOT NULL REFERENCES tenants (id),
    client BYTEA  NOT NULL REFERENCES clients (id),
    n      BIGINT NOT NULL, -- from 1, in the order in which they ended
    until  BIGINT NOT NULL,
    record TEXT   NOT NULL, -- JSON
    PRIMARY KEY (tenant, client, n)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX past_authorizations_client ON past_authorizations (client);

-- A consent counts under the authorization that it was given under, so that revoking that one is a single row.
ALTER TABLE consents ADD COLUMN authorization_id BYTEA;
UPDATE consents SET authorization_id = (SELECT a.id FROM authorizations a
    WHERE a.tenant = consents.tenant AND a.client = consents.client);

CREATE INDEX consents_authorization ON consents (tenant, authorization_id);

CREATE TABLE authorization_requests (
    tenant        BYTEA  NOT NULL REFERENCES tenants (id),
    id            BYTEA  NOT NULL,
    client        BYTEA  NOT NULL REFERENCES clients (id),
    user_id       BYTEA,           -- null: the app itself, which asks for more
    reason        TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    scope         TEXT   NOT NULL,
    optional      TEXT   NOT NULL,
    created       BIGINT NOT NULL,
    expires       BIGINT NOT NULL,
    state         TEXT   NOT NULL,
    decided       BIGINT NOT NULL,
    decided_by    TEXT   NOT NULL,
    justification TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE UNIQUE INDEX authorization_requests_user ON authorization_requests (tenant, client, user_id)
    WHERE state = 'waiting' AND user_id IS NOT NULL;
CREATE UNIQUE INDEX authorization_requests_app ON authorization_requests (tenant, client)
    WHERE state = 'waiting' AND user_id IS NULL;
CREATE INDEX authorization_requests_waiting ON authorization_requests (tenant, client, created) WHERE state = 'waiting';
CREATE INDEX authorization_requests_client ON authorization_requests (client, tenant);
CREATE INDEX authorization_requests_by_user ON authorization_requests (tenant, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX authorization_requests_expires ON authorization_requests (expires) WHERE state = 'waiting';
CREATE INDEX authorization_requests_decided ON authorization_requests (decided) WHERE decided > 0;

CREATE TABLE uses (
    tenant  BYTEA  NOT NULL,
    client  BYTEA  NOT NULL,
    day     BIGINT NOT NULL,
    catalog TEXT COLLATE "C" NOT NULL,
    method  TEXT COLLATE "C" NOT NULL,
    calls   BIGINT NOT NULL,
    PRIMARY KEY (tenant, client, day, catalog, method)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX uses_day ON uses (day);

CREATE TABLE foreseen (
    tenant  BYTEA  NOT NULL,
    client  BYTEA  NOT NULL,
    user_id BYTEA  NOT NULL, -- all zero: the client acts for itself
    catalog TEXT COLLATE "C" NOT NULL,
    method  TEXT COLLATE "C" NOT NULL,
    code    TEXT COLLATE "C" NOT NULL,
    need    TEXT   NOT NULL,
    first   BIGINT NOT NULL,
    last    BIGINT NOT NULL,
    calls   BIGINT NOT NULL,
    PRIMARY KEY (tenant, client, user_id, catalog, method, code)
) /* sqlite: STRICT, WITHOUT ROWID */;

CREATE INDEX foreseen_last ON foreseen (last);
