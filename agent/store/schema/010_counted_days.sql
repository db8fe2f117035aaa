-- Older versions read on.
-- Days that this agent has lived through: the age of what is deleted when old is counted in them, and
-- not told by any clock.
CREATE TABLE counted_day (
    day         INTEGER PRIMARY KEY,           -- 1, 2, …
    date        TEXT    NOT NULL,              -- of the store when it was counted, YYYY-MM-DD
    at          INTEGER NOT NULL,              -- effective time when it was counted, Unix ms
    journal_seq INTEGER NOT NULL,              -- the newest event then
    ran_ms      INTEGER NOT NULL DEFAULT 0     -- so long the agent has run since
) STRICT;
CREATE VIEW today AS SELECT coalesce(max(day), 0) AS day FROM counted_day;

-- The day in which it was written; 0: before days were counted.
ALTER TABLE idempotency ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE past_event ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE print_job ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
