-- Older versions read on.
-- HQ's clock when it found that it knew otherwise of this PC than this database; 0: never.
ALTER TABLE sync_state ADD COLUMN set_back_at INTEGER NOT NULL DEFAULT 0;
