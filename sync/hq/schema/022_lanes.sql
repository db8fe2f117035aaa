-- What decides on money comes first: a price list of 60,000 does not hold up a revocation. Of what is
-- not urgent the order stays: a coupon to be handed out, that it was given, the events of the past.
ALTER TABLE change ADD COLUMN lane smallint NOT NULL GENERATED ALWAYS AS (
    CASE WHEN entity IN ('key_set', 'policy', 'coupon', 'campaign', 'case', 'rollout')
    THEN 1 ELSE 2 END) STORED;
ALTER TABLE change DROP CONSTRAINT change_pkey, ADD PRIMARY KEY (store, lane, place, id);
COMMENT ON COLUMN change.lane IS '1 = urgent, 2 = the rest. A store has a place in each, and one in each of those for all.';
