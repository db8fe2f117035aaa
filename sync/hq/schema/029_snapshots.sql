-- The newest state of everything that the feed told, in pages as stores fetch them.
CREATE TABLE snapshot (
    store text NOT NULL,
    snapshot bigint GENERATED ALWAYS AS IDENTITY,
    hq_epoch uuid NOT NULL,
    made_at bigint NOT NULL,
    urgent_place bigint NOT NULL,
    urgent_id bigint NOT NULL,
    rest_place bigint NOT NULL,
    rest_id bigint NOT NULL,
    PRIMARY KEY (store, snapshot)
);
COMMENT ON TABLE snapshot IS
    'Whom it is for, as in change, and up to where in either lane it holds what was told.';

CREATE TABLE snapshot_page (
    store text NOT NULL,
    snapshot bigint NOT NULL,
    number integer NOT NULL,
    sha256 text NOT NULL,
    changes integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (store, snapshot, number)
);
ALTER TABLE snapshot_page ALTER data SET STORAGE EXTERNAL;
COMMENT ON COLUMN snapshot_page.data IS 'Lines of changes, gzip; sha256 is that of these bytes.';
CREATE INDEX snapshot_page_by_digest ON snapshot_page (sha256, store);
