-- What came back of sales, and the stores' Z reports. Keyed by store first, like all that they send.

CREATE TABLE refund (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    refund_id text NOT NULL,
    sale_id text NOT NULL,
    till text NOT NULL,
    receipt_no bigint NOT NULL,
    business_date text,
    occurred_at bigint,
    refunded_fen bigint NOT NULL,
    points_back bigint NOT NULL,
    member_id text,
    PRIMARY KEY (store, epoch, seq)
);
COMMENT ON TABLE refund IS 'Its lines, tenders and freed coupons are in the event''s line.';

-- A refund frees every coupon of its sale at once.
ALTER TABLE reversal ADD COLUMN n smallint NOT NULL DEFAULT 0;
ALTER TABLE reversal DROP CONSTRAINT reversal_pkey;
ALTER TABLE reversal ADD PRIMARY KEY (store, epoch, seq, n);
ALTER TABLE reversal ALTER COLUMN n DROP DEFAULT;

CREATE TABLE closing (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    till text NOT NULL,
    z_no bigint NOT NULL,
    shift_id text NOT NULL,
    business_date text,
    opened_at bigint NOT NULL,
    closed_at bigint NOT NULL,
    closed_by text NOT NULL,
    sales_count bigint NOT NULL,
    sales_fen bigint NOT NULL,
    refunds_count bigint NOT NULL,
    refunds_fen bigint NOT NULL,
    expected_cash_fen bigint NOT NULL,
    counted_fen bigint NOT NULL,
    difference_fen bigint NOT NULL,
    signer text NOT NULL,
    PRIMARY KEY (store, epoch, seq)
);
COMMENT ON TABLE closing IS 'Z reports whose signature fits; the whole report is in the line.';
COMMENT ON COLUMN closing.signer IS 'Public key of the installation that signed it.';
