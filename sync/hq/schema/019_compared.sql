-- What the last comparison of a store's journal with HQ's found (sync/hq/compare).

CREATE TABLE store_compare (
    store text PRIMARY KEY,
    wanted_at bigint,
    began_at bigint,
    compared_at bigint,
    first_seq bigint,
    last_seq bigint,
    differs_first bigint,
    differs_last bigint,
    why text NOT NULL DEFAULT ''
) WITH (fillfactor = 70);
COMMENT ON COLUMN store_compare.wanted_at IS
    'When people asked for one; the store begins it after its next hello.';
COMMENT ON COLUMN store_compare.differs_first IS
    'Where the first difference is, up to differs_last: one place once it is narrowed down.';
