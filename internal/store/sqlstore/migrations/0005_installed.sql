-- Which install URLs installations came from, so that those that somebody makes up do not drive them out.

ALTER TABLE install_urls ADD COLUMN installed BIGINT NOT NULL DEFAULT 0; -- the last one; 0: none
