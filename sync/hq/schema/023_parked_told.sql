-- Each store hears which of its events HQ could not apply, and what became of them, by its feed.

CREATE FUNCTION tell_parked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    p parked := coalesce(NEW, OLD);
BEGIN
    INSERT INTO change (store, entity, key, body)
    SELECT p.store, 'parked_event', p.epoch || '.' || p.seq || '.' || p.code, json_build_object(
        'epoch', p.epoch, 'seq', p.seq, 'event_id', coalesce(e.event_id::text, ''),
        'kind', coalesce(e.kind, ''), 'code', p.code, 'detail', p.detail,
        'state', CASE WHEN TG_OP = 'DELETE' THEN 'applied'
            WHEN p.settled_at IS NULL THEN 'open' ELSE 'settled' END,
        'why', coalesce(p.settled_why, ''), 'parked_at', p.parked_at)::text
    FROM (SELECT) AS one
    LEFT JOIN event e ON (e.store, e.epoch, e.seq) = (p.store, p.epoch, p.seq);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION tell_parked IS
    'In a statement of its own, after the row is locked: of two changes of one the later comes later.';

CREATE TRIGGER parked_told AFTER INSERT OR UPDATE OR DELETE ON parked
FOR EACH ROW EXECUTE FUNCTION tell_parked();

UPDATE parked SET settled_at = settled_at;
