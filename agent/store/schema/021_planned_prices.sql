-- Older versions read on.
-- Prices of an article that begin later, as head office told of them: canonical JSON; empty: none.
ALTER TABLE article ADD COLUMN planned TEXT NOT NULL DEFAULT '';
