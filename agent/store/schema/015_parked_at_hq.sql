-- Older versions read on.
-- Events that head office could not apply, and what became of them there: its feed tells.
CREATE TABLE parked_at_hq (
    epoch    INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    event_id TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    settled  INTEGER NOT NULL,                 -- people at head office are done with it
    why      TEXT    NOT NULL,                 -- as they said
    at       INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq, code)
) STRICT, WITHOUT ROWID;
INSERT INTO parked_at_hq (epoch, seq, code, event_id, kind, detail, settled, why, at)
SELECT s.epoch, p.seq, p.code, coalesce(j.event_id, ''), coalesce(j.kind, ''), p.detail, 0, '', 0
FROM parked_event p CROSS JOIN sync_state s LEFT JOIN journal j USING (seq);
DELETE FROM parked_event;
