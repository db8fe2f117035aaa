-- What the last comparison of what a store holds of the feed found.
ALTER TABLE store_compare
    ADD COLUMN feed_at bigint,
    ADD COLUMN feed_differs text NOT NULL DEFAULT '';
