-- This head office, its stores, and where each stands.

CREATE TABLE hq (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    hq_epoch uuid NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE hq IS 'The incarnation of this database: cursors of another one do not count.';
INSERT INTO hq DEFAULT VALUES;

CREATE TABLE store (
    store text PRIMARY KEY,
    name text NOT NULL,
    key_hash bytea NOT NULL UNIQUE,
    added_at bigint NOT NULL
);
COMMENT ON COLUMN store.key_hash IS 'SHA-256 of the bearer key; the key itself is not kept.';

CREATE TABLE store_position (
    store text PRIMARY KEY,
    install_id text,
    epoch bigint NOT NULL DEFAULT 0,
    accepted_seq bigint NOT NULL DEFAULT 0,
    accepted_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    backup_through bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE store_position IS
    'How far the journal is received; its row lock guards everything that a store sends.';

CREATE TABLE store_epoch (
    store text NOT NULL,
    epoch bigint NOT NULL,
    base_seq bigint NOT NULL,
    base_hash bytea NOT NULL,
    opened_at bigint NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (store, epoch)
);
COMMENT ON TABLE store_epoch IS
    'The journal at seq s is the row of the greatest epoch whose base_seq is below s.';

CREATE TABLE store_settlement (
    store text PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    settled_seq bigint NOT NULL DEFAULT 0,
    settled_at bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE store_settlement IS
    'How far the journal has taken effect beyond its store; events after it are HQ''s own outbox.';

CREATE TABLE store_contact (
    store text PRIMARY KEY,
    last_contact bigint,
    app_version text NOT NULL DEFAULT '',
    clock_skew_ms bigint,
    cursor text NOT NULL DEFAULT '',
    feed_at bigint
) WITH (fillfactor = 50);
COMMENT ON COLUMN store_contact.feed_at IS 'When the store last held the whole feed.';
