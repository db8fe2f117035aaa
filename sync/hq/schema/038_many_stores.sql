-- Which stores have something to settle: a row with each batch received, gone with its settlement.
-- Finding the next one costs the same however many stores there are.
CREATE TABLE settlement_due (
    turn bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    store text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX settlement_due_store ON settlement_due (store);
COMMENT ON COLUMN settlement_due.turn IS
    'Whose turn it is: a store that was settled in part goes to the end.';

INSERT INTO settlement_due (store)
SELECT s.store FROM store_settlement s WHERE EXISTS (
    SELECT FROM event e WHERE e.store = s.store AND (e.epoch, e.seq) > (s.epoch, s.settled_seq))
ORDER BY s.turn;

ALTER TABLE store_settlement DROP COLUMN turn;
DROP SEQUENCE settlement_turn;

-- The next stretch to settle, claimed for this transaction: of a store, or (NULL) of the one that
-- waits longest. No row: nothing that no other transaction is settling. Each statement here sees
-- what was committed before it, so what is received meanwhile leaves a turn of its own, at worst
-- for nothing.
CREATE FUNCTION settlement_claim(
    of_store text, max_events bigint, max_uses bigint, now bigint,
    OUT store text, OUT epoch bigint, OUT after_seq bigint, OUT to_epoch bigint, OUT to_seq bigint
) RETURNS SETOF record LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    LOOP
        SELECT s.store, s.epoch, s.settled_seq INTO store, epoch, after_seq
        FROM settlement_due d JOIN store_settlement s USING (store)
        WHERE of_store IS NULL OR d.store = of_store
        ORDER BY d.turn LIMIT 1 FOR UPDATE OF s SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        DELETE FROM settlement_due d WHERE d.store = settlement_claim.store;
        SELECT next.epoch, next.seq INTO to_epoch, to_seq FROM (
            SELECT e.epoch, e.seq, row_number() OVER (ORDER BY e.epoch, e.seq) AS n FROM event e
            WHERE e.store = settlement_claim.store
            AND (e.epoch, e.seq) > (settlement_claim.epoch, after_seq)
            ORDER BY e.epoch, e.seq LIMIT max_events) AS next
        WHERE n = 1 OR NOT EXISTS (
            SELECT FROM (
                SELECT r.epoch, r.seq FROM redemption r
                WHERE r.store = settlement_claim.store
                AND (r.epoch, r.seq) > (settlement_claim.epoch, after_seq)
                ORDER BY r.epoch, r.seq OFFSET max_uses LIMIT 1) AS beyond
            WHERE (next.epoch, next.seq) >= (beyond.epoch, beyond.seq))
        ORDER BY next.epoch DESC, next.seq DESC LIMIT 1;
        CONTINUE WHEN NOT FOUND;
        UPDATE store_settlement s SET epoch = to_epoch, settled_seq = to_seq, settled_at = now
        WHERE s.store = settlement_claim.store;
        INSERT INTO settlement_due (store) SELECT settlement_claim.store WHERE EXISTS (
            SELECT FROM event e WHERE e.store = settlement_claim.store
            AND (e.epoch, e.seq) > (to_epoch, to_seq));
        RETURN NEXT;
        EXIT;
    END LOOP;
END
$$;

-- Looking at the chain costs by what is shown, not by what there is.
CREATE INDEX event_of_seldom_kind ON event (split_part(kind, '/', 1), store, epoch, seq)
    WHERE split_part(kind, '/', 1) <> 'sale.recorded';
CREATE INDEX coupon_case_open ON coupon_case (winner_store, loser_store) WHERE state = 'open';
