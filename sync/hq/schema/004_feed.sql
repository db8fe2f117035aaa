-- The change feed to the stores.

-- A writer locks what it changes in one statement and adds the change in a later one. Then, for one
-- key, a later change has a greater (place, id), because place is never below a transaction that
-- had ended; and place is never below the writer's own transaction, so that once no transaction up
-- to a place is running, nothing can appear at or before it any more.
-- (The transaction's own number alone would not do: it is given before the locks are.)
CREATE FUNCTION feed_place() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT greatest(
        pg_current_xact_id()::text::bigint,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)
$$;

CREATE TABLE change (
    store text NOT NULL,
    place bigint NOT NULL DEFAULT feed_place(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    entity text NOT NULL,
    key text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (store, place, id)
);
COMMENT ON COLUMN change.store IS 'Whom it is for; * = every store.';

-- Bodies of changes that are made from rows (sync/protocol/changes.py has their fields).

CREATE FUNCTION coupon_used_body(
    coupon_id text, redemption_id text, store text, till text, receipt text, occurred_at bigint
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object('coupon_id', coupon_id, 'state', 'used',
        'redemption_id', redemption_id, 'store', store, 'till', till, 'receipt', receipt,
        'occurred_at', occurred_at)::text
$$;

CREATE FUNCTION coupon_state_body(coupon_id text, state text)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object('coupon_id', coupon_id, 'state', state)::text
$$;

CREATE FUNCTION stock_body(sku text, quantity bigint, through_seq bigint)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object('sku', sku, 'quantity', quantity, 'through_seq', through_seq)::text
$$;

CREATE FUNCTION member_body(member member, through_seq bigint)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object('member_id', member.member_id, 'tier', member.tier,
        'points', member.points, 'phone_masked', member.phone_masked,
        'through_seq', through_seq)::text
$$;

-- The place up to which the journal of a store, as it stands now, is settled: a branch that the
-- store lost with its disk counts only up to where a later epoch left it.
CREATE FUNCTION settled_through(of_store text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT least(s.settled_seq, (
        SELECT min(e.base_seq) FROM store_epoch e WHERE e.store = s.store AND e.epoch > s.epoch))
    FROM store_settlement s WHERE s.store = of_store
$$;
