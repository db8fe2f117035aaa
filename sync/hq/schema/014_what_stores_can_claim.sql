-- What a store says of its own times and sales is held against what it said before.

ALTER TABLE store_position
    ADD COLUMN newest_at bigint NOT NULL DEFAULT 0,
    ADD COLUMN newest_before bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN store_position.newest_at IS
    'The newest time that its journal told and that was not ahead of HQ''s; what follows is later.';
COMMENT ON COLUMN store_position.newest_before IS 'newest_at before the last batch.';

ALTER TABLE redemption ADD COLUMN after_at bigint NOT NULL DEFAULT 0;
ALTER TABLE coupon_use ADD COLUMN after_at bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN redemption.after_at IS
    'The newest time before it in its store''s journal: an earlier occurred_at is not credible.';

CREATE INDEX sale_of_id ON sale (store, sale_id);
