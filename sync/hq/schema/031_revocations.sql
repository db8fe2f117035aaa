-- Where the feed tells that a coupon is revoked: each last page states a digest of all of them, and
-- which are in it, this says. Those of before stand in front of every other.
ALTER TABLE coupon ADD COLUMN revoked_place bigint;
UPDATE coupon SET revoked_place = 0 WHERE revoked_at IS NOT NULL;
CREATE INDEX coupon_revoked ON coupon (store, revoked_place) WHERE revoked_place IS NOT NULL;

CREATE FUNCTION coupon_revoked_body(coupon_id text, store text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object('coupon_id', coupon_id, 'state', 'revoked',
        'store', coalesce(store, ''))::text
$$;
UPDATE change SET body = coupon_revoked_body(key, nullif(store, '*'))
WHERE entity = 'coupon' AND body::json ->> 'state' = 'revoked';
