-- An epoch that is offered to a disk which was set back begins with its first batch, not with hello.

ALTER TABLE store_epoch
    ADD COLUMN begun_at bigint, ADD COLUMN beside_epoch bigint, ADD COLUMN beside_seq bigint;
UPDATE store_epoch SET begun_at = opened_at;
COMMENT ON COLUMN store_epoch.opened_at IS 'When it was given, by the answer to hello.';
COMMENT ON COLUMN store_epoch.begun_at IS
    'Since when it is, or was, the store''s; NULL: it was offered, and nothing has come in it.';
COMMENT ON COLUMN store_epoch.beside_seq IS
    'Where HQ stood, in beside_epoch, when it was offered: once HQ has come further, it is void.';
