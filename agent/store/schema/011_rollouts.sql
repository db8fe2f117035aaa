-- Older versions read on.
-- Settings that head office stages and versions that it wants, as it told them.

CREATE TABLE rollout (
    rollout INTEGER PRIMARY KEY,
    body    BLOB NOT NULL
) STRICT;
