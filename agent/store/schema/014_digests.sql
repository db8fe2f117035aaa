-- Older versions read on.
-- Of each watched table the sum of its rows' hashes (agent/store/digests.py).
CREATE TABLE table_digest (
    name    TEXT    PRIMARY KEY,
    columns TEXT    NOT NULL,                  -- of which the hashes are, in order
    digest  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
