-- What the stores could not read of the change feed, as each told at its last hello.

CREATE TABLE parked_change (
    store text NOT NULL,
    entity text NOT NULL,
    key text NOT NULL,
    why text NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (store, entity, key)
);
CREATE INDEX parked_change_by_thing ON parked_change (entity, key, store);

ALTER TABLE store_contact ADD COLUMN parked_changes bigint;
COMMENT ON COLUMN store_contact.parked_changes IS
    'How many, of which a hello names only some; null: its agent does not tell.';
