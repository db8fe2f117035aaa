"""How often articles were sold lately at an hour of the day, out of the journal itself."""

from collections import Counter

import msgspec
from msgspec import Struct

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.line.event_body import names_of
from agent.domain.line.events import EventKind
from agent.store.sqlite import Connection

DAYS = 14
"""So far back: two of each day of the week."""
MAX_EVENTS_PASSED = 20_000
"""Journal rows that are passed at most, whatever the store sells: the newest."""
MAX_SALES_READ = 2_000
"""Sales of which the lines are read at most: the newest."""


class _SoldLine(Struct, frozen=True):
    sku: str


class _Sold(Struct, frozen=True):
    lines: tuple[_SoldLine, ...]


_sold = msgspec.json.Decoder(_Sold)
_SALES = names_of(EventKind.SALE_RECORDED)
_AT_HOUR = f"""
SELECT body FROM journal
WHERE seq > (SELECT max(seq) FROM journal) - {MAX_EVENTS_PASSED}
    AND kind IN (SELECT value FROM json_each(:kinds)) AND occurred_at > :after
    AND abs(:hour - (occurred_at + :offset) / {HOUR_MS} % 24) IN (0, 1, 23)
ORDER BY seq DESC LIMIT {MAX_SALES_READ}
"""  # noqa: S608 - constants


def sales_at_hour(db: Connection, now: Millis, *, utc_offset_ms: int) -> Counter[str]:
    """Count in how many lines each article was sold in the hour of the day of `now`, the one before
    and the one after. It reads no more of a long history than of two weeks."""
    named = {
        "kinds": msgspec.json.encode(list(_SALES)).decode(),
        "after": now - DAYS * DAY_MS,
        "hour": (now + utc_offset_ms) // HOUR_MS % 24,
        "offset": utc_offset_ms,
    }
    found: Counter[str] = Counter()
    for (body,) in db.execute(_AT_HOUR, named):
        found.update(line.sku for line in _sold.decode(body).lines)
    return found
