-- Claims: a store with a line asks for a coupon of the whole chain before it takes it.

CREATE TABLE coupon_claim (
    coupon_id text PRIMARY KEY,
    store text NOT NULL,
    claimed_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    claim_id text NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE coupon_claim IS
    'The store that may take the coupon for certain; the key lets no other one beside it.';
COMMENT ON COLUMN coupon_claim.ends_at IS
    'By then the store has recorded the use, or does not record it any more.';
