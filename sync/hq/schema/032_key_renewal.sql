-- A machine's key is renewed by itself: the next one is announced under the present one, and takes
-- its place when HQ is first asked by it. Those of before are known, so that a copy of the disk which
-- still signs by one is told what it is.

ALTER TABLE store_key
    ADD COLUMN next_key bytea CHECK (length(next_key) = 32),
    ADD COLUMN next_at bigint,
    ADD COLUMN renewed_at bigint;
COMMENT ON COLUMN store_key.next_key IS 'Announced, and not used yet; public_key counts meanwhile.';
COMMENT ON COLUMN store_key.renewed_at IS 'When public_key took the place of the one before.';

CREATE TABLE former_store_key (
    store text NOT NULL,
    install_id text NOT NULL,
    public_key bytea NOT NULL,
    ended_at bigint NOT NULL,
    PRIMARY KEY (store, install_id, public_key)
);
COMMENT ON TABLE former_store_key IS 'Keys of an installation that were renewed: they count no more.';
