-- What stores sent, and its effects within the store. Everything here is keyed by store first.

CREATE TABLE event (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    event_id uuid,
    kind text,
    business_date text,
    occurred_at bigint,
    received_at bigint NOT NULL,
    duplicate boolean NOT NULL,
    hash bytea NOT NULL,
    line bytea NOT NULL,
    PRIMARY KEY (store, epoch, seq)
);
COMMENT ON TABLE event IS
    'The journals, line by line. Columns that repeat what the line says are null if it can''t be.';
COMMENT ON COLUMN event.duplicate IS
    'The event_id is held in an older epoch: here for the chain, without effects.';
CREATE UNIQUE INDEX event_once ON event (store, event_id) WHERE NOT duplicate;

CREATE TABLE parked (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    parked_at bigint NOT NULL,
    PRIMARY KEY (store, epoch, seq, code)
);
COMMENT ON TABLE parked IS 'Events that could not be applied, wholly or in part: kept and shown.';

CREATE TABLE quarantine (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    line bytea NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (store, epoch, seq, hash)
);
COMMENT ON TABLE quarantine IS 'Lines that contradict the journal that is held; refused.';

CREATE TABLE sale (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    sale_id text NOT NULL,
    till text NOT NULL,
    receipt_no bigint NOT NULL,
    business_date text,
    occurred_at bigint,
    total_fen bigint NOT NULL,
    discount_fen bigint NOT NULL,
    payable_fen bigint NOT NULL,
    points_earned bigint NOT NULL,
    member_id text,
    PRIMARY KEY (store, epoch, seq)
);
COMMENT ON TABLE sale IS 'Its lines and tenders are in the event''s line.';

CREATE TABLE redemption (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    n smallint NOT NULL,
    redemption_id text NOT NULL,
    coupon_id text NOT NULL,
    campaign bigint NOT NULL,
    discount_fen bigint NOT NULL,
    at_risk boolean NOT NULL,
    bound boolean NOT NULL,
    policy_version bigint NOT NULL,
    member_id text,
    approved_by text,
    till text NOT NULL,
    receipt text NOT NULL,
    occurred_at bigint NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (store, epoch, seq, n)
);
COMMENT ON TABLE redemption IS 'Each use of a coupon, within sales or alone, as its store said it.';

CREATE TABLE reversal (
    store text NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    redemption_id text NOT NULL,
    coupon_id text NOT NULL,
    occurred_at bigint NOT NULL,
    PRIMARY KEY (store, epoch, seq)
);

CREATE TABLE stock (
    store text NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    PRIMARY KEY (store, sku)
) WITH (fillfactor = 70);
