-- Whether everything of a day has come (sync/hq/completeness).

CREATE VIEW journal_part AS
SELECT store, epoch, base_seq AS after_seq, coalesce(min(base_seq) OVER (
    PARTITION BY store ORDER BY epoch ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING),
    9223372036854775807) AS through_seq
FROM store_epoch;
COMMENT ON VIEW journal_part IS
    'Which places the journal as it stands takes from each epoch; none of one that was abandoned.';

-- Events arrive by and large in the order of their days: an index that costs a batch nothing.
CREATE INDEX event_by_day ON event USING brin (business_date)
    WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX sale_by_day ON sale USING brin (business_date)
    WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX refund_by_day ON refund USING brin (business_date)
    WITH (pages_per_range = 16, autosummarize = on);

ALTER TABLE store_contact
    ADD COLUMN told_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN behind_since bigint;
COMMENT ON COLUMN store_contact.told_seq IS 'The end of its journal, as its last hello told.';
COMMENT ON COLUMN store_contact.behind_since IS
    'The first of the hellos that told of events which have not come yet.';
