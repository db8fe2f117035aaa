-- What people said of a parked event: it is done with, and shown no more unless it is asked for.
ALTER TABLE parked
    ADD COLUMN settled_at bigint,
    ADD COLUMN settled_why text;
