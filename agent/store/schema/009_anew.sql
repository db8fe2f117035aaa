-- Older versions read on.
-- An installation whose database was restored, or begun anew, introduces itself anew to head office.
ALTER TABLE sync_state ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;
-- Events that were brought in from a damaged or older database: not of the shift that is open now.
CREATE TABLE recovered_event (
    seq      INTEGER PRIMARY KEY,
    shift_id TEXT    NOT NULL              -- empty: not known
) STRICT;
