-- Who changes a connected app says which version was seen, as with every other decision.
ALTER TABLE connected_apps ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
