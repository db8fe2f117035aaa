-- Older versions read on.
-- The day counted in which the number was last tried; 0: before days were counted.
ALTER TABLE pin_tries ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
