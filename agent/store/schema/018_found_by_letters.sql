-- Articles are found by letters and may be sold by weight. Older versions read on.
ALTER TABLE article ADD COLUMN weighed INTEGER NOT NULL DEFAULT 0;  -- price_fen is that of a kilogram
ALTER TABLE article ADD COLUMN keys TEXT NOT NULL DEFAULT '';       -- 助记码 and pinyin, in lower case
