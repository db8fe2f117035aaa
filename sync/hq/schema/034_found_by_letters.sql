ALTER TABLE article
    ADD COLUMN weighed boolean NOT NULL DEFAULT false,
    ADD COLUMN mnemonic text NOT NULL DEFAULT '',
    ADD COLUMN pinyin text NOT NULL DEFAULT '';
COMMENT ON COLUMN article.weighed IS 'Sold by weight: price_fen is that of a kilogram.';
COMMENT ON COLUMN article.mnemonic IS '助记码.';
COMMENT ON COLUMN article.pinyin IS
    'Initials and full pinyin of the name; of articles from before, with their next import.';
