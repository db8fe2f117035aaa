-- The price book: each promotion with all its versions, by which sales that name them are recomputed.
CREATE TABLE promotion (
    promotion text PRIMARY KEY,
    version bigint NOT NULL,
    told boolean NOT NULL DEFAULT true
);
COMMENT ON COLUMN promotion.version IS 'The one that counts; from 1, one more for each change.';
COMMENT ON COLUMN promotion.told IS 'Whether the feed has it; false: it ended long ago.';

CREATE TABLE promotion_version (
    promotion text NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL,
    file text NOT NULL,
    imported_at bigint NOT NULL,
    PRIMARY KEY (promotion, version)
);
COMMENT ON COLUMN promotion_version.body IS 'Canonical JSON of the promotion. No version is ever deleted.';
COMMENT ON COLUMN promotion_version.file IS 'Where it was written; empty: it was ended by hand.';

CREATE TABLE price_rules (
    version bigint PRIMARY KEY,
    body text NOT NULL,
    file text NOT NULL,
    imported_at bigint NOT NULL
);
COMMENT ON TABLE price_rules IS 'What all promotions share; the newest version counts.';

ALTER TABLE article
    ADD COLUMN categories text[] NOT NULL DEFAULT '{}',
    ADD COLUMN brand text NOT NULL DEFAULT '';
COMMENT ON COLUMN article.categories IS 'Its category and all those above it: what promotions name.';

-- Promotions decide on money: they do not wait behind a price list of 60,000.
ALTER TABLE change DROP CONSTRAINT change_pkey, DROP COLUMN lane;
ALTER TABLE change ADD COLUMN lane smallint NOT NULL GENERATED ALWAYS AS (
    CASE WHEN entity IN ('key_set', 'policy', 'coupon', 'campaign', 'case', 'rollout', 'promotion',
        'price_rules') THEN 1 ELSE 2 END) STORED;
ALTER TABLE change ADD PRIMARY KEY (store, lane, place, id);
COMMENT ON COLUMN change.lane IS '1 = urgent, 2 = the rest. A store has a place in each, and one in each of those for all.';
