-- What is asked of a coupon again after it was used: by the others on its order, and when its use is
-- taken back. Null where it was used before this was kept.
ALTER TABLE redemption ADD COLUMN campaign INTEGER;
ALTER TABLE redemption ADD COLUMN bound INTEGER;    -- 1: it named this store
ALTER TABLE redemption ADD COLUMN channel INTEGER;  -- 1 online, 2 offline
ALTER TABLE redemption ADD COLUMN expires INTEGER;  -- first instant at which it counts no longer
CREATE INDEX redemption_order ON redemption (receipt)
    WHERE sale_id IS NULL AND reversed_seq IS NULL AND receipt <> '';
