"""The events of all stores as one stream: ordered for each store, replayable, at least once.

A page is what a reader asks for after its cursor. Nothing ever appears before a cursor that was
given: an event whose transaction still runs holds back those behind it, for milliseconds.
"""

import base64
import re
from datetime import UTC, datetime
from typing import NamedTuple, Self

import msgspec
from asyncpg import Pool, Record
from msgspec import UNSET, Raw, Struct, UnsetType

from agent.base.clock import LAST_AT
from agent.base.problem import ProblemError

SPEC_VERSION = "1.0"
"""Of CloudEvents, whose JSON format each event has. Source: cloudevents.io, spec v1.0.2."""
TYPE_PREFIX = "store-agent."
UNREADABLE = "unreadable"
"""Type of an event that head office could not read; its line is told as it came."""

DEFAULT_EVENTS = 500
MAX_EVENTS = 1_000
"""On a page."""
MAX_CURSOR_CHARS = 128

_CURSOR = re.compile(r"(\d{1,18})\.([A-Z0-9]{2,8})\.(\d{1,18})\.(\d{1,18})\.([0-9a-f]{8})")

_HEAD = """
SELECT hq_epoch::text AS hq_epoch,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS shown_below
FROM hq
"""

_PAGE = """
SELECT place, store, epoch, seq, event_id::text, kind, business_date, occurred_at, received_at, line
FROM event
WHERE NOT duplicate AND (place, store, epoch, seq) > ($1, $2, $3, $4) AND place < $5
ORDER BY place, store, epoch, seq LIMIT $6
"""


class StreamEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event, in the JSON format of CloudEvents; names of extensions are in small letters."""

    specversion: str
    id: str
    """Of the event, whoever tells it and however often."""
    source: str
    """`/stores/MB001`."""
    type: str
    """`store-agent.sale.recorded`, …"""
    storeepoch: int
    sequence: str
    """Place in the store's journal of that epoch; as text they sort as the numbers do."""
    receivedat: str
    time: str | None = None
    """When it happened, by the store's word."""
    dataversion: int = 1
    """Of the body, as its kind was written."""
    businessdate: str | None = None
    data: Raw | UnsetType = UNSET
    """The journal's line, byte for byte: envelope and body (docs/protocol.md)."""
    data_base64: str | UnsetType = UNSET
    """In its place, of a line that is no JSON."""


class StreamPage(Struct, frozen=True, kw_only=True):
    """`GET /hq/v1/events`."""

    events: tuple[StreamEvent, ...]
    cursor: str
    """To be asked after next; the same one if there was nothing."""
    more: bool
    """Whether there may be more at once."""


class _Cursor(NamedTuple):
    place: int
    store: str
    epoch: int
    seq: int
    incarnation: str

    @classmethod
    def parse(cls, text: str, *, hq_epoch: str) -> Self:
        if not text:
            return cls(-1, "", 0, 0, hq_epoch[:8])
        match = _CURSOR.fullmatch(text) if len(text) <= MAX_CURSOR_CHARS else None
        if match is None:
            raise ProblemError(400, "cursor_malformed", "expected a cursor of this API, or none")
        if match[5] != hq_epoch[:8]:
            detail = (
                "head office's database was restored or replaced: begin without a cursor; events "
                "that you have keep their ids"
            )
            raise ProblemError(410, "cursor_gone", detail)
        return cls(int(match[1]), match[2], int(match[3]), int(match[4]), match[5])

    def after(self, row: Record) -> Self:
        return self._replace(
            place=row["place"], store=row["store"], epoch=row["epoch"], seq=row["seq"]
        )

    def __str__(self) -> str:
        return ".".join(map(str, self)) if self.store else ""


class EventStream:
    """Makes the pages."""

    def __init__(self, *, pool: Pool) -> None:
        self._pool = pool

    async def page(self, *, after: str, limit: str) -> StreamPage:
        """Return what comes after the cursor; ProblemError 400, or 410 if it is gone."""
        wanted = _limit(limit)
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            head = await connection.fetchrow(_HEAD)
            cursor = _Cursor.parse(after, hq_epoch=head["hq_epoch"])
            rows = await connection.fetch(_PAGE, *cursor[:4], head["shown_below"], wanted)
        if rows:
            cursor = cursor.after(rows[-1])
        return StreamPage(
            events=tuple(map(_event, rows)), cursor=str(cursor), more=len(rows) == wanted
        )


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_EVENTS
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_EVENTS):
        raise ProblemError(400, "limit_out_of_range", f"expected 1 to {MAX_EVENTS}")
    return int(text)


def _event(row: Record) -> StreamEvent:
    kind, _, version = (row["kind"] or UNREADABLE).partition("/")
    data, data_base64 = _data(row["line"])
    return StreamEvent(
        specversion=SPEC_VERSION,
        id=row["event_id"] or f"{row['store']}-{row['epoch']}-{row['seq']}",
        source=f"/stores/{row['store']}",
        type=TYPE_PREFIX + kind,
        storeepoch=row["epoch"],
        sequence=f"{row['seq']:019d}",
        receivedat=_rfc3339(row["received_at"]),
        time=None if row["occurred_at"] is None else _rfc3339(row["occurred_at"]),
        dataversion=int(version) if version.isdigit() else 1,
        businessdate=row["business_date"],
        data=data,
        data_base64=data_base64,
    )


def _data(line: bytes) -> tuple[Raw | UnsetType, str | UnsetType]:
    try:
        msgspec.json.decode(line, type=dict[str, Raw])
        line.decode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNSET, base64.b64encode(line).decode()
    return Raw(line), UNSET


def _rfc3339(at_ms: int) -> str:
    instant = datetime.fromtimestamp(min(max(at_ms, 0), LAST_AT) / 1_000, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
