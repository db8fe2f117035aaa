-- Every event of every store in one order, for the chain's other programs.
ALTER TABLE event ADD COLUMN place bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN event.place IS
    'Of its batch among all, as in the feed: nothing appears behind what readers were shown.';
CREATE INDEX event_in_order ON event (place, store, epoch, seq) WHERE NOT duplicate;

ALTER TABLE store_position ADD COLUMN event_place bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN store_position.event_place IS
    'Of its newest batch: the next one stands behind it, whichever began first.';

CREATE TABLE reader (
    name text PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    added_at bigint NOT NULL,
    revoked_at bigint
);
COMMENT ON TABLE reader IS 'Programs of the chain that may read the events; tokens are not kept.';
