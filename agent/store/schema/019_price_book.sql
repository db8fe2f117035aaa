-- Older versions read on.
-- The price book as head office told of it: JSON of each promotion, and of the rules, with its version.
CREATE TABLE promotion (promotion TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE price_rules (rules TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- What promotions ask of an article: its categories, joined by 0x1F, and its brand.
ALTER TABLE article ADD COLUMN categories TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN brand TEXT NOT NULL DEFAULT '';
