-- Where this database lives and how far it came: a copy of it, restored, lives elsewhere or is behind.

ALTER TABLE hq
    ADD COLUMN cluster text,
    ADD COLUMN database_oid bigint,
    ADD COLUMN beats bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN hq.cluster IS
    'system_identifier of the PostgreSQL that this incarnation lives in; null until it was served.';
COMMENT ON COLUMN hq.beats IS
    'Counts on while HQ serves. What a server has seen is in its anchor file, out of this database.';
