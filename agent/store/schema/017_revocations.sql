-- Older versions read on.
-- What head office last stated of all revocations, and its clock when they were the ones held here; 0:
-- they differ, or it never stated them and the feed was never complete.
ALTER TABLE sync_state ADD COLUMN revocations BLOB NOT NULL DEFAULT x'';
ALTER TABLE sync_state ADD COLUMN revocations_at INTEGER NOT NULL DEFAULT 0;
UPDATE sync_state SET revocations_at = feed_at;

-- 0: a revocation that head office no longer knows of. The coupon stays refused.
ALTER TABLE coupon_state ADD COLUMN stated INTEGER NOT NULL DEFAULT 1;
CREATE INDEX coupon_revoked ON coupon_state (coupon_id, store) WHERE state = 'revoked' AND stated;
