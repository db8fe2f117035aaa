"""A store's journal as HQ holds it now: hashed anew, line by line, by PostgreSQL itself."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from asyncpg import Connection

from agent.domain.line.chain import HASH_TAG
from sync.protocol.compare import NO_HASH, HqRange, JournalRange
from sync.protocol.limits import MAX_COMPARED_EVENTS

_DIGESTS = """
SELECT r.first, r.last, count(v.seq) AS events,
    encode(sha256(coalesce(string_agg(sha256($4 || v.line), ''::bytea ORDER BY v.seq), '')), 'hex')
        AS digest,
    encode((array_agg(v.hash ORDER BY v.seq DESC) FILTER (WHERE v.seq IS NOT NULL))[1], 'hex')
        AS hash
FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS r (first, last, place)
LEFT JOIN LATERAL (
    SELECT e.seq, e.hash, e.line FROM journal_part p JOIN event e
        ON e.store = $1 AND e.epoch = p.epoch AND e.seq > p.after_seq AND e.seq <= p.through_seq
    WHERE p.store = $1 AND e.seq BETWEEN r.first AND r.last) AS v ON true
GROUP BY r.place, r.first, r.last ORDER BY r.place
"""

# A line must fit the hash that HQ noted when it came, and follow from the one before it.
_FIRST_WRONG = """
SELECT seq, CASE WHEN seq <> before + 1 THEN 'missing'
    WHEN sha256($4 || line) <> hash THEN 'changed' ELSE 'unchained' END AS why, before
FROM (
    SELECT e.seq, e.hash, e.line, coalesce(lag(e.seq) OVER (ORDER BY e.seq), $2) AS before,
        lag(e.hash) OVER (ORDER BY e.seq) AS prev
    FROM journal_part p JOIN event e
        ON e.store = $1 AND e.epoch = p.epoch AND e.seq > p.after_seq AND e.seq <= p.through_seq
    WHERE p.store = $1 AND e.seq > $2 AND e.seq <= $3) AS told
WHERE seq <> before + 1 OR sha256($4 || line) <> hash
    OR position(convert_to('"prev_hash":"' || encode(prev, 'hex') || '"', 'UTF8') IN line) = 0
ORDER BY seq LIMIT 1
"""

_LAST = """
SELECT max(e.seq) FROM journal_part p JOIN event e
    ON e.store = $1 AND e.epoch = p.epoch AND e.seq > p.after_seq AND e.seq <= p.through_seq
WHERE p.store = $1 AND e.seq <= $2
"""

_ACCEPTED = "SELECT accepted_seq FROM store_position WHERE store = $1"


class WrongWhy(StrEnum):
    """What is wrong with an event of HQ's own copy."""

    MISSING = "missing"
    CHANGED = "changed"
    """Its line does not fit the hash that HQ noted when it came."""
    UNCHAINED = "unchained"
    """It does not follow from the one before it."""


class WrongEvent(NamedTuple):
    """The first event of HQ's own copy that is not as it was received."""

    seq: int
    why: WrongWhy


async def digests_at_hq(
    connection: Connection, store: str, ranges: Sequence[JournalRange]
) -> list[HqRange]:
    """Return what HQ holds of each range; `ranges` hold MAX_COMPARED_EVENTS together at most."""
    firsts, lasts = [one.first for one in ranges], [one.last for one in ranges]
    rows = await connection.fetch(_DIGESTS, store, firsts, lasts, HASH_TAG)
    return [HqRange(**{**row, "hash": row["hash"] or NO_HASH}) for row in rows]


async def first_wrong_event(connection: Connection, store: str) -> WrongEvent | None:
    """Look at all that HQ holds of the store's journal; return the first event that is wrong."""
    accepted = await connection.fetchval(_ACCEPTED, store)
    for after in range(0, accepted, MAX_COMPARED_EVENTS):
        # One event of the stretch before is looked at again: this one's first follows from it.
        places = max(after - 1, 0), min(after + MAX_COMPARED_EVENTS, accepted)
        row = await connection.fetchrow(_FIRST_WRONG, store, *places, HASH_TAG)
        if row is not None:
            missing = row["why"] == WrongWhy.MISSING
            seq = row["before"] + 1 if missing else row["seq"]
            return WrongEvent(seq, WrongWhy(row["why"]))
        end = await connection.fetchval(_LAST, store, places[1])
        if (end or 0) < places[1]:
            return WrongEvent((end or 0) + 1, WrongWhy.MISSING)
    return None
