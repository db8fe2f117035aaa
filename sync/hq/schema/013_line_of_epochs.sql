-- Which epochs the journal as it stands goes through, when two copies of a disk were heard.

ALTER TABLE store_epoch ADD COLUMN parent bigint, ADD COLUMN began_after bigint;
UPDATE store_epoch e SET began_after = base_seq, parent = coalesce((
    SELECT max(o.epoch) FROM store_epoch o WHERE o.store = e.store AND o.epoch < e.epoch), 0);
ALTER TABLE store_epoch
    ALTER COLUMN parent SET NOT NULL,
    ALTER COLUMN began_after SET NOT NULL;
COMMENT ON COLUMN store_epoch.parent IS 'The epoch whose journal this one goes on from; 0: none.';
COMMENT ON COLUMN store_epoch.began_after IS 'Where it began, also when it is abandoned.';
COMMENT ON COLUMN store_epoch.base_seq IS
    'began_after; beyond every seq for an epoch that was abandoned: the store went on from another.';

ALTER TABLE store_contact ADD COLUMN fenced_at bigint;
COMMENT ON COLUMN store_contact.fenced_at IS
    'When another copy or machine last said hello with this store''s identity and was turned away.';

-- As before, and past an abandoned epoch that was settled in part: what the journal goes through
-- of the epochs before it is settled whole.
CREATE OR REPLACE FUNCTION settled_through(of_store text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(least(
        CASE WHEN e.epoch = s.epoch THEN s.settled_seq END,
        (SELECT min(o.base_seq) FROM store_epoch o WHERE o.store = e.store AND o.epoch > e.epoch))), 0)
    FROM store_settlement s JOIN store_epoch e ON e.store = s.store AND e.epoch <= s.epoch
    WHERE s.store = of_store AND e.base_seq = e.began_after
$$;
