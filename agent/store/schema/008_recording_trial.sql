-- Older versions read on.
-- One row, overwritten to find out whether anything can be written (store/house/trial.py).
CREATE TABLE recording_trial (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    filler BLOB    NOT NULL
) STRICT;
