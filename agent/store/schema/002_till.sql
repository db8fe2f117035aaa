-- The cash desk: who stands at the till, what lies in the basket, the shift, what is to be printed.

CREATE TABLE cashier (
    cashier  TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,                    -- cashier, supervisor, it
    pin_hash TEXT NOT NULL                     -- argon2id of the peppered PIN
) STRICT, WITHOUT ROWID;
-- Numbers that nobody has are counted like the others, so that a lock tells nothing.
CREATE TABLE pin_tries (
    cashier      TEXT    PRIMARY KEY,
    failures     INTEGER NOT NULL,             -- wrong PINs in a row
    locked_until INTEGER NOT NULL,             -- effective time, Unix ms
    tried_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE pin_tries_pc (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    empty_at INTEGER NOT NULL                  -- when the last wrong PIN on this PC is forgotten
) STRICT;

CREATE TABLE session (
    token_hash     BLOB    PRIMARY KEY,        -- SHA-256 of the cookie; the cookie is not kept
    cashier        TEXT    NOT NULL,
    till           TEXT    NOT NULL,
    training       INTEGER NOT NULL,
    language       TEXT    NOT NULL,
    seen_at        INTEGER NOT NULL,           -- the last time that the cashier did something
    locked         INTEGER NOT NULL DEFAULT 0,
    approved_by    TEXT,                       -- the supervisor whose PIN was given
    approved_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE basket (
    basket_id TEXT    PRIMARY KEY,
    till      TEXT    NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('open', 'held')),  -- on the screen, or 挂单
    name      TEXT    NOT NULL,                -- by which a held one is recalled
    cashier   TEXT    NOT NULL,
    body      BLOB    NOT NULL,                -- JSON of its lines, coupons and member
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX basket_open ON basket (till) WHERE state = 'open';
CREATE INDEX basket_held ON basket (at) WHERE state = 'held';

-- Coupons known by a short code or a passphrase; the key is a digest of it.
CREATE TABLE opaque_code (key TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- A member is asked for by the last four digits of the telephone.
CREATE INDEX member_phone ON member (substr(phone_masked, -4));

-- A shift's figures are counted from the journal between its two events.
CREATE TABLE shift (
    shift_id   TEXT    PRIMARY KEY,
    till       TEXT    NOT NULL,
    cashier    TEXT    NOT NULL,               -- who opened it
    z_no       INTEGER NOT NULL,               -- gapless per till
    opened_at  INTEGER NOT NULL,
    opened_seq INTEGER NOT NULL,
    float_fen  INTEGER NOT NULL,
    closed_seq INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX shift_open ON shift (till) WHERE closed_seq IS NULL;
CREATE UNIQUE INDEX shift_number ON shift (till, z_no);

CREATE TABLE refund (
    refund_id    TEXT    PRIMARY KEY,
    sale_id      TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    till         TEXT    NOT NULL,
    receipt_no   INTEGER NOT NULL,             -- from the same counter as sales
    refunded_fen INTEGER NOT NULL,
    points_back  INTEGER NOT NULL,
    member_id    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_sale ON refund (sale_id);
CREATE UNIQUE INDEX refund_receipt ON refund (till, receipt_no);
CREATE INDEX refund_member ON refund (member_id, seq) WHERE member_id IS NOT NULL;
CREATE TABLE refund_line (
    refund_id  TEXT    NOT NULL,
    place      INTEGER NOT NULL,               -- of the line in the sale, from 0
    quantity   INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL,
    PRIMARY KEY (refund_id, place)
) STRICT, WITHOUT ROWID;

-- The receipts of a day, the newest first.
CREATE INDEX journal_receipts ON journal (business_date, seq)
    WHERE kind IN ('sale.recorded', 'sale.refunded');

-- Coupons that HQ signed in advance for this store to give away.
CREATE TABLE handout (
    coupon_id TEXT    PRIMARY KEY,
    campaign  INTEGER NOT NULL,
    token     TEXT    NOT NULL,                -- emptied when it is given away
    from_fen  INTEGER NOT NULL,                -- with a sale that pays at least this
    expires   INTEGER NOT NULL,
    sale_id   TEXT                             -- with which it was given away
) STRICT, WITHOUT ROWID;
CREATE INDEX handout_left ON handout (campaign, from_fen, expires, coupon_id)
    WHERE sale_id IS NULL;

-- The print spool: durable, in order, each job once.
CREATE TABLE print_job (
    place    INTEGER PRIMARY KEY,              -- the order in which they are printed
    job_id   TEXT    NOT NULL UNIQUE,
    subject  TEXT    NOT NULL,                 -- id of the sale, refund or shift
    kind     TEXT    NOT NULL,                 -- sale, refund, closing, shift, test
    copy     INTEGER NOT NULL,                 -- 0: the first; n: the n-th 补打
    title    TEXT    NOT NULL,                 -- for people: the receipt number
    printout BLOB    NOT NULL,                 -- JSON of domain.printout.Printout; emptied when done
    state    TEXT    NOT NULL,                 -- queued, printing, printed, unknown, failed
    attempts INTEGER NOT NULL DEFAULT 0,
    detail   TEXT    NOT NULL DEFAULT '',
    at       INTEGER NOT NULL,
    done_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX print_job_once ON print_job (subject, kind, copy);
CREATE INDEX print_job_open ON print_job (state, place) WHERE state <> 'printed';
