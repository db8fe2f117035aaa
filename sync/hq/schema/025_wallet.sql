-- The wallet page: a member's link is proven by a secret of this database, and a coupon that was
-- bound there is held for its store like one that the store claimed.

ALTER TABLE hq ADD COLUMN wallet_secret bytea NOT NULL
    DEFAULT (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
COMMENT ON COLUMN hq.wallet_secret IS 'Key of the HMAC in members'' links; another one ends all of them.';

ALTER TABLE coupon_claim ADD COLUMN bound_until bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN coupon_claim.bound_until IS
    'End of the token that names the store, on a member''s phone; 0: there is none.';
