-- The journal: append-only facts of this store. The outbox is its part past sync_state.acked_seq.
CREATE TABLE journal (
    seq           INTEGER PRIMARY KEY,
    event_id      TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    body          BLOB    NOT NULL,   -- canonical JSON
    occurred_at   INTEGER NOT NULL,   -- effective time, Unix ms
    business_date TEXT    NOT NULL,
    till          TEXT    NOT NULL,
    cashier       TEXT    NOT NULL,
    prev_hash     BLOB    NOT NULL,
    hash          BLOB    NOT NULL
) STRICT;

-- Where the store stands with head office; one row.
CREATE TABLE sync_state (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    store           TEXT    NOT NULL,
    install_id      TEXT    NOT NULL,
    epoch           INTEGER NOT NULL DEFAULT 0,
    acked_seq       INTEGER NOT NULL DEFAULT 0,
    acked_hash      BLOB    NOT NULL,
    backup_through  INTEGER NOT NULL DEFAULT 0,
    cursor          TEXT    NOT NULL DEFAULT '',
    hq_epoch        TEXT    NOT NULL DEFAULT '',
    contact_at      INTEGER NOT NULL DEFAULT 0,  -- HQ's clock at the last answer
    feed_at         INTEGER NOT NULL DEFAULT 0,  -- HQ's clock when the feed was last complete
    pruned_seq      INTEGER NOT NULL DEFAULT 0,  -- newest journal row that was deleted, and its hash
    pruned_hash     BLOB    NOT NULL
) STRICT;

CREATE TABLE sale (
    sale_id       TEXT    PRIMARY KEY,
    seq           INTEGER NOT NULL,
    till          TEXT    NOT NULL,
    receipt_no    INTEGER NOT NULL,
    member_id     TEXT,
    points_earned INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sale_receipt ON sale (till, receipt_no);
CREATE INDEX sale_member ON sale (member_id, seq) WHERE member_id IS NOT NULL;

CREATE TABLE receipt_counter (
    till    TEXT    PRIMARY KEY,
    last_no INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE redemption (
    redemption_id TEXT    PRIMARY KEY,
    coupon_id     TEXT    NOT NULL,
    seq           INTEGER NOT NULL,
    member_id     TEXT,                -- named in the coupon
    at_risk       INTEGER NOT NULL,
    discount_fen  INTEGER NOT NULL,
    till          TEXT    NOT NULL,
    receipt       TEXT    NOT NULL,
    occurred_at   INTEGER NOT NULL,
    sale_id       TEXT,
    reversed_seq  INTEGER
) STRICT, WITHOUT ROWID;
-- Promise 3 (docs/architecture.md): a coupon is in use at most once here, whatever the program
-- believes.
CREATE UNIQUE INDEX redemption_in_use ON redemption (coupon_id) WHERE reversed_seq IS NULL;
CREATE INDEX redemption_at_risk ON redemption (seq, discount_fen, member_id)
    WHERE at_risk = 1 AND reversed_seq IS NULL;

-- With a rowid, so that the long answers are appended and only the short keys are sorted in.
CREATE TABLE idempotency (
    client       TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash BLOB    NOT NULL,
    status       INTEGER NOT NULL,
    answer       BLOB    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (client, key)
) STRICT;

-- What the change feed brings.
CREATE TABLE campaign (campaign INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE article (
    sku       TEXT    PRIMARY KEY,
    gtin      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    price_fen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX article_gtin ON article (gtin) WHERE gtin <> '';
CREATE TABLE stock (sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE member (
    member_id    TEXT    PRIMARY KEY,
    tier         TEXT    NOT NULL,
    points       INTEGER NOT NULL,
    phone_masked TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE coupon_state (
    coupon_id     TEXT    PRIMARY KEY,
    state         TEXT    NOT NULL,
    redemption_id TEXT    NOT NULL,  -- the use; empty when revoked
    store         TEXT    NOT NULL,
    till          TEXT    NOT NULL,
    receipt       TEXT    NOT NULL,
    occurred_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE document (
    kind     TEXT    PRIMARY KEY,
    version  INTEGER NOT NULL,
    document BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE case_file (case_id TEXT PRIMARY KEY, state TEXT NOT NULL, body BLOB NOT NULL)
    STRICT, WITHOUT ROWID;

-- Parked: what could not be applied. Kept and shown, never in the way.
CREATE TABLE parked_change (
    id     INTEGER PRIMARY KEY,
    entity TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    body   BLOB    NOT NULL,
    why    TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE TABLE parked_event (
    seq    INTEGER PRIMARY KEY,
    code   TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
