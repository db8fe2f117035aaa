-- Of each thing only its newest change stays parked, and is tried again. One that was parked before
-- this may be older than what the store holds, so HQ is asked for its feed once more.
DELETE FROM parked_change
    WHERE id NOT IN (SELECT max(id) FROM parked_change GROUP BY entity, key);
CREATE INDEX parked_change_thing ON parked_change (entity, key);
UPDATE sync_state SET cursor = '' WHERE EXISTS (SELECT 1 FROM parked_change);

-- Applied changes with fields that this version does not know, for one that does.
CREATE TABLE ahead_change (
    entity TEXT NOT NULL,
    key    TEXT NOT NULL,
    body   BLOB NOT NULL,
    fields TEXT NOT NULL,                      -- their names, sorted: a JSON array
    PRIMARY KEY (entity, key)
) STRICT, WITHOUT ROWID;

ALTER TABLE sync_state ADD COLUMN hq_version TEXT NOT NULL DEFAULT '';  -- of store-hq, at hello
