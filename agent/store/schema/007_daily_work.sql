-- Older versions read on.
-- For which day, by the store's clocks, each piece of daily work was last done.
CREATE TABLE daily_work (
    name     TEXT PRIMARY KEY,
    done_for TEXT NOT NULL                     -- YYYY-MM-DD
) STRICT, WITHOUT ROWID;
