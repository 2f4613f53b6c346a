-- What is remembered of an app: from which install URLs it was installed, so that those that somebody makes up do not drive them
-- out, and about which version of its registration tenants were asked.

ALTER TABLE install_urls ADD COLUMN installed BIGINT NOT NULL DEFAULT 0; -- the last time; 0: never

ALTER TABLE clients ADD COLUMN asked BIGINT NOT NULL DEFAULT 0; -- the version up to which tenants were asked

UPDATE clients SET asked = version;

CREATE INDEX clients_unasked ON clients (id) WHERE asked < version;
