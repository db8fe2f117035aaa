-- Receives a batch in one statement, which is one transaction: the position moves only from the
-- place that the batch follows, and everything else happens only if it moved. Concurrent batches
-- of a store wait for its position's row; the second then finds it moved and does nothing.
--
-- $1 store, $2 epoch, $3 $4 seq and hash before the batch, $5 $6 of its last event, $7 received_at;
-- then one array a column: events $8–14, parked $15–17, sales $18–28, redemptions $29–43,
-- reversals $44–48, stock movements $49–51, refunds $52–62, closings $63–78, coupons handed out
-- $79–82, promotions applied $83–90; $91 the newest credible time in the batch; $92 $93 nonce and
-- time of the request, to be spent by it, or an empty nonce. Returns no row if the position did not move.
WITH moved AS (
    UPDATE store_position SET accepted_seq = $5, accepted_hash = $6,
        newest_before = newest_at, newest_at = greatest(newest_at, $91),
        event_place = greatest(event_place, feed_place())
    WHERE store = $1 AND epoch = $2 AND epoch > 0 AND accepted_seq = $3 AND accepted_hash = $4
    RETURNING backup_through, newest_before, event_place
),
due AS (
    INSERT INTO settlement_due (store) SELECT $1 FROM moved
),
spent AS (
    INSERT INTO request_nonce (store, created, nonce)
    SELECT $1, $93, $92::text WHERE $92 <> '' AND EXISTS (SELECT FROM moved)
),
incoming AS (
    SELECT * FROM unnest(
        $8::bigint[], $9::uuid[], $10::text[], $11::text[], $12::bigint[], $13::bytea[], $14::bytea[]
    ) AS i (seq, event_id, kind, business_date, occurred_at, hash, line)
    WHERE EXISTS (SELECT FROM moved)
),
fresh AS (
    INSERT INTO event (
        store, epoch, seq, event_id, kind, business_date, occurred_at, hash, line,
        received_at, duplicate, place)
    SELECT $1, $2, i.*, $7, false, (SELECT event_place FROM moved) FROM incoming i
    ON CONFLICT (store, event_id) WHERE NOT duplicate DO NOTHING
    RETURNING seq
),
-- Effects below ask for NOT IN (SELECT ... known): normally empty, and always hashed.
known AS (
    SELECT seq FROM incoming EXCEPT ALL SELECT seq FROM fresh
),
kept AS (
    INSERT INTO event (
        store, epoch, seq, event_id, kind, business_date, occurred_at, hash, line,
        received_at, duplicate, place)
    SELECT $1, $2, i.*, $7, true, (SELECT event_place FROM moved)
    FROM incoming i JOIN known USING (seq)
),
put_aside AS (
    INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
    SELECT $1, $2, p.*, $7
    FROM unnest($15::bigint[], $16::text[], $17::text[]) AS p (seq, code, detail)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
),
sold AS (
    INSERT INTO sale (
        store, epoch, seq, sale_id, till, receipt_no, business_date, occurred_at,
        total_fen, discount_fen, payable_fen, points_earned, member_id)
    SELECT $1, $2, s.*
    FROM unnest(
        $18::bigint[], $19::text[], $20::text[], $21::bigint[], $22::text[], $23::bigint[],
        $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[], $28::text[]
    ) AS s (seq, sale_id, till, receipt_no, business_date, occurred_at,
        total_fen, discount_fen, payable_fen, points_earned, member_id)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
),
redeemed AS (
    INSERT INTO redemption (
        store, epoch, seq, n, redemption_id, coupon_id, campaign, discount_fen, at_risk, bound,
        policy_version, member_id, approved_by, till, receipt, occurred_at, received_at, after_at)
    SELECT $1, $2, seq, n, redemption_id, coupon_id, campaign, discount_fen, at_risk, bound,
        policy_version, member_id, approved_by, till, receipt, occurred_at, $7,
        greatest(after_at, (SELECT newest_before FROM moved))
    FROM unnest(
        $29::bigint[], $30::smallint[], $31::text[], $32::text[], $33::bigint[], $34::bigint[],
        $35::boolean[], $36::boolean[], $37::bigint[], $38::text[], $39::text[], $40::text[],
        $41::text[], $42::bigint[], $43::bigint[]
    ) AS r (seq, n, redemption_id, coupon_id, campaign, discount_fen, at_risk, bound,
        policy_version, member_id, approved_by, till, receipt, occurred_at, after_at)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
),
reversed AS (
    INSERT INTO reversal (store, epoch, seq, n, redemption_id, coupon_id, occurred_at)
    SELECT $1, $2, v.*
    FROM unnest($44::bigint[], $45::smallint[], $46::text[], $47::text[], $48::bigint[])
        AS v (seq, n, redemption_id, coupon_id, occurred_at)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
),
stock_moved AS (
    INSERT INTO stock AS s (store, sku, quantity)
    SELECT $1, m.sku, -sum(m.quantity)
    FROM unnest($49::bigint[], $50::text[], $51::bigint[]) AS m (seq, sku, quantity)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
    GROUP BY m.sku
    ON CONFLICT (store, sku) DO UPDATE SET quantity = s.quantity + excluded.quantity
),
refunded AS (
    INSERT INTO refund (
        store, epoch, seq, refund_id, sale_id, till, receipt_no, business_date, occurred_at,
        refunded_fen, points_back, member_id, repeated)
    SELECT $1, $2, b.*
    FROM unnest(
        $52::bigint[], $53::text[], $54::text[], $55::text[], $56::bigint[], $57::text[],
        $58::bigint[], $59::bigint[], $60::bigint[], $61::text[], $62::boolean[]
    ) AS b (seq, refund_id, sale_id, till, receipt_no, business_date, occurred_at,
        refunded_fen, points_back, member_id, repeated)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
),
closed AS (
    INSERT INTO closing (
        store, epoch, seq, till, z_no, shift_id, business_date, opened_at, closed_at, closed_by,
        sales_count, sales_fen, refunds_count, refunds_fen, expected_cash_fen, counted_fen,
        difference_fen, signer)
    SELECT $1, $2, z.*
    FROM unnest(
        $63::bigint[], $64::text[], $65::bigint[], $66::text[], $67::text[], $68::bigint[],
        $69::bigint[], $70::text[], $71::bigint[], $72::bigint[], $73::bigint[], $74::bigint[],
        $75::bigint[], $76::bigint[], $77::bigint[], $78::text[]
    ) AS z (seq, till, z_no, shift_id, business_date, opened_at, closed_at, closed_by,
        sales_count, sales_fen, refunds_count, refunds_fen, expected_cash_fen, counted_fen,
        difference_fen, signer)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
),
handed_out AS (
    INSERT INTO handout_given (store, epoch, seq, coupon_id, sale_id, occurred_at)
    SELECT $1, $2, g.*
    FROM unnest($79::bigint[], $80::text[], $81::text[], $82::bigint[])
        AS g (seq, coupon_id, sale_id, occurred_at)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
    ON CONFLICT DO NOTHING
),
promoted AS (
    INSERT INTO sale_promotion (
        store, epoch, seq, n, promotion, version, business_date, fen, times, coupon_id)
    SELECT $1, $2, p.*
    FROM unnest(
        $83::bigint[], $84::smallint[], $85::text[], $86::bigint[], $87::text[], $88::bigint[],
        $89::bigint[], $90::text[]
    ) AS p (seq, n, promotion, version, business_date, fen, times, coupon_id)
    WHERE EXISTS (SELECT FROM moved) AND seq NOT IN (SELECT seq FROM known)
)
SELECT backup_through, ARRAY(SELECT seq FROM known ORDER BY seq) AS known FROM moved
