-- What each promotion took off a sale: from here on as the sale says it, before as its coupons do.
CREATE TABLE sale_promotion (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    n smallint NOT NULL,
    promotion text NOT NULL,
    version bigint NOT NULL,
    business_date text,
    fen bigint NOT NULL,
    times bigint NOT NULL,
    coupon_id text,
    PRIMARY KEY (store, epoch, seq, n)
);
CREATE INDEX sale_promotion_of_day ON sale_promotion (store, promotion, business_date);
COMMENT ON TABLE sale_promotion IS 'Allocations by promotion; those of single lines are in the event''s line.';
COMMENT ON COLUMN sale_promotion.version IS '0: not of the price book (campaign-7, by_hand, rounding).';
INSERT INTO sale_promotion (
    store, epoch, seq, n, promotion, version, business_date, fen, times, coupon_id)
SELECT r.store, r.epoch, r.seq, r.n, 'campaign-' || r.campaign, 0, s.business_date, r.discount_fen,
    1, r.coupon_id
FROM redemption r JOIN sale s USING (store, epoch, seq);
