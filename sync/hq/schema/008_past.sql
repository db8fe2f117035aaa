-- What a store is told of the journals that it no longer has.

ALTER TABLE store_epoch
    ADD COLUMN past_told boolean NOT NULL DEFAULT false,
    ADD COLUMN receipts_after bigint NOT NULL DEFAULT 0,
    ADD COLUMN shifts_after bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN store_epoch.past_told IS
    'Whether the feed tells the store what the epoch began without; then its numbers go on after these.';

CREATE TABLE handout_given (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    coupon_id text NOT NULL,
    sale_id text NOT NULL,
    occurred_at bigint NOT NULL,
    PRIMARY KEY (store, epoch, seq, coupon_id)
);
COMMENT ON TABLE handout_given IS 'Coupons that a store handed out with its sales.';

-- Sales without coupons given are told apart by their bytes, so that few lines are read as JSON.
INSERT INTO handout_given (store, epoch, seq, coupon_id, sale_id, occurred_at)
SELECT s.store, s.epoch, s.seq, g ->> 'coupon_id', s.sale_id, coalesce(s.occurred_at, 0)
FROM sale s JOIN event e USING (store, epoch, seq),
    json_array_elements(convert_from(e.line, 'UTF8')::json -> 'body' -> 'given') g
WHERE position('"given":[{'::bytea IN e.line) > 0
ON CONFLICT DO NOTHING;

-- The line as it is: it is JSON already.
CREATE FUNCTION past_event_body(epoch bigint, seq bigint, line bytea)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '{"epoch":' || epoch || ',"seq":' || seq || ',"event":' || convert_from(line, 'UTF8') || '}'
$$;

ALTER TABLE refund ADD COLUMN repeated boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN refund.repeated IS
    'It gives pieces back that had come back before its disk was set back: it moves nothing.';
CREATE INDEX refund_of_sale ON refund (store, sale_id);
