-- What another PC did in this store, or this one before its disk was set back: head office tells it
-- back. The journal holds only what this PC did.
CREATE TABLE past_event (
    place         INTEGER PRIMARY KEY,   -- below 0, in order: agent/domain/past.py
    kind          TEXT    NOT NULL,
    body          BLOB    NOT NULL,      -- JSON, as it stood in the lost journal
    occurred_at   INTEGER NOT NULL,
    business_date TEXT    NOT NULL,
    till          TEXT    NOT NULL,
    cashier       TEXT    NOT NULL
) STRICT;
CREATE INDEX past_receipts ON past_event (business_date, place)
    WHERE kind IN ('sale.recorded', 'sale.refunded');

-- Events as they are read again: those of the journal, and those told back.
CREATE VIEW recorded_event AS
    SELECT seq, kind, body, occurred_at, business_date, till, cashier FROM journal
    UNION ALL
    SELECT place, kind, body, occurred_at, business_date, till, cashier FROM past_event;

-- What is told back has happened, whatever this PC has numbered or taken meanwhile: only of this PC's
-- own doing may nothing exist twice.
DROP INDEX sale_receipt;
CREATE UNIQUE INDEX sale_receipt ON sale (till, receipt_no) WHERE seq > 0;
CREATE INDEX sale_past_receipt ON sale (till, receipt_no) WHERE seq < 0;
DROP INDEX refund_receipt;
CREATE UNIQUE INDEX refund_receipt ON refund (till, receipt_no) WHERE seq > 0;
CREATE INDEX refund_past_receipt ON refund (till, receipt_no) WHERE seq < 0;
DROP INDEX shift_number;
CREATE UNIQUE INDEX shift_number ON shift (till, z_no) WHERE opened_seq > 0;
DROP INDEX redemption_in_use;
CREATE UNIQUE INDEX redemption_in_use ON redemption (coupon_id)
    WHERE reversed_seq IS NULL AND seq > 0;
CREATE INDEX redemption_past_use ON redemption (coupon_id) WHERE reversed_seq IS NULL AND seq < 0;

-- Numbers go on after these, as HQ says; before HQ has given an epoch, after ungreeted_after.
ALTER TABLE sync_state ADD COLUMN receipts_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN shifts_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN ungreeted_after INTEGER NOT NULL DEFAULT 0;
-- The newest epoch whose past HQ tells, and the newest whose past was heard to its end.
ALTER TABLE sync_state ADD COLUMN past_due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_state ADD COLUMN past_heard INTEGER NOT NULL DEFAULT 0;
