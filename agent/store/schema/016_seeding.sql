-- Older versions read on.
-- The snapshot that is being applied, and what it told so far where something may have to go.
CREATE TABLE seeding (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    snapshot  BLOB    NOT NULL,                -- JSON, as head office told it
    next_page INTEGER NOT NULL,
    sweeps    INTEGER NOT NULL                 -- whether the store held anything when it began
) STRICT;
CREATE TABLE seeded (
    entity TEXT NOT NULL,
    key    TEXT NOT NULL,
    PRIMARY KEY (entity, key)
) STRICT, WITHOUT ROWID;

-- How far head office's feed had come when it last told something of this incarnation.
ALTER TABLE sync_state ADD COLUMN feed_place INTEGER NOT NULL DEFAULT 0;
