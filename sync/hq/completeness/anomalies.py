"""Anomalies: what is not as it has to be when everything of a store's day has come."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from asyncpg import Connection

from agent.base.clock import DAY_MS, Millis
from agent.domain.selling.receipt import UNGREETED

OVERDUE_MS = DAY_MS
"""An anomaly that is older is marked: people have had a day for it."""
UNCOMPARED_MS = 2 * DAY_MS
"""A store that has not compared its journal for longer is one."""
LOOKED_BACK_DAYS = 31
"""So far before the first day the numbers are read that its own follow from."""


class AnomalyKind(StrEnum):
    """What is not as it has to be."""

    RECEIPTS_MISSING = "receipts_missing"
    RECEIPTS_TWICE = "receipts_twice"
    CLOSINGS_MISSING = "closings_missing"
    CLOSINGS_TWICE = "closings_twice"
    SHIFT_OPEN = "shift_open"
    CLOSING_DIFFERS = "closing_differs"
    """A Z report and the sales and refunds of its shift that came."""
    NOT_APPLIED = "not_applied"
    """Events without what they do, and not parked: HQ's own tables were changed."""
    PARKED = "parked"
    CASES_OPEN = "cases_open"
    NOT_RECEIVED = "not_received"
    """What the store says that it has recorded, and has not come."""
    SILENT = "silent"
    JOURNALS_DIFFER = "journals_differ"
    NOT_COMPARED = "not_compared"


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """One anomaly of a store."""

    store: str
    business_date: str | None
    """None: of no day in particular."""
    kind: AnomalyKind
    count: int
    what: str
    """Which: till and numbers, codes, a place in the journal."""
    since_at: Millis
    overdue: bool
    """Older than OVERDUE_MS."""


_NUMBERED = """
WITH ordered AS (
    SELECT *, lag(number) OVER w AS before, lag(epoch) OVER w AS before_epoch
    FROM ({numbers}) AS numbers WHERE business_date BETWEEN $2 AND $4
    AND ($1::text IS NULL OR store = $1)
    WINDOW w AS (PARTITION BY store, till ORDER BY number, at))
SELECT store, business_date,
    CASE WHEN number = before THEN '{name}_twice' ELSE '{name}_missing' END AS kind,
    greatest(number - before - 1, 1) AS count, at AS since_at,
    till || ' ' || CASE WHEN number <= before + 2 THEN least(before + 1, number)::text
        ELSE (before + 1) || '–' || (number - 1) END AS what
FROM ordered o WHERE business_date >= $3 AND number <> before + 1
-- A new epoch goes on after a leap, and a PC that HQ had not greeted began where it could not know.
AND NOT (number > before AND EXISTS (
    SELECT FROM store_epoch e WHERE e.store = o.store AND e.{after} = number - 1 AND e.{after} > 0))
AND NOT (number > $5 AND (before <= $5 OR before_epoch <> epoch))
"""

_RECEIPTS = _NUMBERED.format(
    name="receipts",
    after="receipts_after",
    numbers="""
    SELECT store, till, epoch, receipt_no AS number, business_date, coalesce(occurred_at, 0) AS at
    FROM sale UNION ALL
    SELECT store, till, epoch, receipt_no, business_date, coalesce(occurred_at, 0) FROM refund""",
)

_CLOSINGS = _NUMBERED.format(
    name="closings",
    after="shifts_after",
    numbers="""
    SELECT store, till, epoch, z_no AS number, business_date, closed_at AS at FROM closing""",
)

_SHIFTS = """
SELECT store, business_date, 'shift_open' AS kind, 1 AS count, occurred_at AS since_at,
    (line ->> 'till') || ' Z' || (line -> 'body' ->> 'z_no') AS what
FROM (
    SELECT store, business_date, occurred_at, line_json(line) AS line FROM event e
    WHERE split_part(kind, '/', 1) = 'shift.opened' AND NOT duplicate
    AND business_date BETWEEN $2 AND $3
    AND ($1::text IS NULL OR store = $1)
    AND NOT EXISTS (
        SELECT FROM parked p WHERE (p.store, p.epoch, p.seq) = (e.store, e.epoch, e.seq))
    ) AS opened
WHERE NOT EXISTS (
    SELECT FROM closing c
    WHERE c.store = opened.store AND c.shift_id = opened.line -> 'body' ->> 'shift_id')
"""

# The shift's own events: what was recovered of an older database happened before it was opened.
_DIFFERING = """
SELECT c.store, c.business_date, 'closing_differs' AS kind, 1 AS count, c.closed_at AS since_at,
    format('%s Z%s: %s/%s, %s/%s', c.till, c.z_no, c.sales_count, s.count, c.refunds_count, r.count)
        AS what
FROM closing c JOIN event v USING (store, epoch, seq)
JOIN journal_part p ON (p.store, p.epoch) = (c.store, c.epoch)
    AND c.seq > p.after_seq AND c.seq <= p.through_seq
CROSS JOIN LATERAL (
    SELECT (report ->> 'from_seq')::bigint AS from_seq,
        (report ->> 'through_seq')::bigint AS through
    FROM (SELECT line_json(v.line) -> 'body' -> 'report' AS report) AS z) AS z
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(sum(payable_fen), 0) AS fen
    FROM sale t JOIN journal_part q ON (q.store, q.epoch) = (t.store, t.epoch)
        AND t.seq > q.after_seq AND t.seq <= q.through_seq
    WHERE t.store = c.store AND t.till = c.till AND t.occurred_at >= c.opened_at
    AND t.seq > z.from_seq AND t.seq <= z.through) AS s
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(sum(refunded_fen), 0) AS fen
    FROM refund t JOIN journal_part q ON (q.store, q.epoch) = (t.store, t.epoch)
        AND t.seq > q.after_seq AND t.seq <= q.through_seq
    WHERE t.store = c.store AND t.till = c.till AND t.occurred_at >= c.opened_at
    AND t.seq > z.from_seq AND t.seq <= z.through) AS r
WHERE c.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR c.store = $1)
AND (c.sales_count, c.sales_fen, c.refunds_count, c.refunds_fen)
    <> (s.count, s.fen, r.count, r.fen)
"""

_NOT_APPLIED = """
SELECT e.store, e.business_date, 'not_applied' AS kind, count(*) AS count,
    min(e.received_at) AS since_at, 'seq ' || min(e.seq) AS what
FROM event e
WHERE e.business_date BETWEEN $2 AND $3 AND ($1::text IS NULL OR e.store = $1) AND NOT e.duplicate
AND split_part(e.kind, '/', 1) IN ('sale.recorded', 'sale.refunded', 'shift.closed')
AND NOT EXISTS (SELECT FROM sale t WHERE (t.store, t.epoch, t.seq) = (e.store, e.epoch, e.seq))
AND NOT EXISTS (SELECT FROM refund t WHERE (t.store, t.epoch, t.seq) = (e.store, e.epoch, e.seq))
AND NOT EXISTS (SELECT FROM closing t WHERE (t.store, t.epoch, t.seq) = (e.store, e.epoch, e.seq))
AND NOT EXISTS (SELECT FROM parked t WHERE (t.store, t.epoch, t.seq) = (e.store, e.epoch, e.seq))
GROUP BY 1, 2
"""

_OF_STORES = """
SELECT store, NULL AS business_date, 'parked' AS kind, count(*) AS count,
    min(parked_at) AS since_at, string_agg(DISTINCT code, ' ' ORDER BY code) AS what
FROM parked WHERE settled_at IS NULL AND ($1::text IS NULL OR store = $1) GROUP BY store
UNION ALL
SELECT side.store, NULL, 'cases_open', count(*), min(c.opened_at), ''
FROM coupon_case c
CROSS JOIN LATERAL (VALUES (c.winner_store) UNION VALUES (c.loser_store)) AS side (store)
WHERE c.state = 'open' AND ($1::text IS NULL OR side.store = $1) GROUP BY side.store
UNION ALL
SELECT c.store, NULL, 'not_received', c.told_seq - p.accepted_seq, c.behind_since,
    'seq ' || (p.accepted_seq + 1) || '–' || c.told_seq
FROM store_contact c JOIN store_position p USING (store)
WHERE c.told_seq > p.accepted_seq AND c.behind_since IS NOT NULL
AND ($1::text IS NULL OR c.store = $1)
UNION ALL
SELECT s.store, NULL, 'silent', 1, coalesce(c.last_contact, s.added_at), ''
FROM store s LEFT JOIN store_contact c USING (store)
WHERE coalesce(c.last_contact, s.added_at) < $2 AND ($1::text IS NULL OR s.store = $1)
UNION ALL
SELECT store, NULL, 'journals_differ', 1, compared_at, 'seq ' || differs_first || ' ' || why
FROM store_compare WHERE differs_first IS NOT NULL AND ($1::text IS NULL OR store = $1)
UNION ALL
SELECT s.store, NULL, 'not_compared', 1, coalesce(c.compared_at, s.added_at), ''
FROM store s JOIN store_position p USING (store) LEFT JOIN store_compare c USING (store)
WHERE p.accepted_seq > 0 AND coalesce(c.compared_at, s.added_at) < $3
AND ($1::text IS NULL OR s.store = $1)
"""

_OF_DAYS: Final = (_SHIFTS, _DIFFERING, _NOT_APPLIED)


async def anomalies(
    connection: Connection, *, store: str | None, since: str, until: str, now: Millis
) -> list[Anomaly]:
    """Return what is not as it has to be, by store: of these days, and what is open today."""
    looked_from = (date.fromisoformat(since) - timedelta(days=LOOKED_BACK_DAYS)).isoformat()
    rows = []
    for query in (_RECEIPTS, _CLOSINGS):
        rows += await connection.fetch(query, store, looked_from, since, until, UNGREETED)
    for query in _OF_DAYS:
        rows += await connection.fetch(query, store, since, until)
    rows += await connection.fetch(_OF_STORES, store, now - OVERDUE_MS, now - UNCOMPARED_MS)
    found = [
        Anomaly(
            **{**row, "kind": AnomalyKind(row["kind"])},
            overdue=row["since_at"] <= now - OVERDUE_MS,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.store, one.business_date or "~", one.since_at))
