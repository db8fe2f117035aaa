"""Looking at the price book: what runs, what it was before, and which stores have it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.promotions.conditions import begin, end
from agent.domain.promotions.promotion import Promotion, Trigger
from sync.hq.errors import AdminError
from sync.hq.promotions.book import HeldPromotion, held_book, read_promotion
from sync.hq.promotions.taking import FieldTurn, turned
from sync.protocol.messages import Entity

_VERSIONS = """
SELECT version, body, file, imported_at FROM promotion_version
WHERE promotion = $1 ORDER BY version DESC
"""

_HOLDERS = """
SELECT s.store, coalesce(c.feed_at, 0) >= $2 AS heard, p.key IS NOT NULL AS parked
FROM store s LEFT JOIN store_contact c USING (store)
LEFT JOIN parked_change p ON p.store = s.store AND p.entity = $3 AND p.key = $1
ORDER BY s.store
"""


class State(StrEnum):
    """Where a promotion is in its term, by the clocks of the stores."""

    PLANNED = "planned"
    """Its term has not begun."""
    RUNNING = "running"
    """Its term lasts; whether it holds now is also a matter of days, hours and places."""
    ENDED = "ended"
    UNREADABLE = "unreadable"
    """Only a newer store-hq can read it."""


class ListedPromotion(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion of the book, in short."""

    promotion: str
    name: str
    kind: str
    """Of its effect."""
    trigger: str
    starts: str | None
    """In the stores' time, as it is written; a day alone: from its beginning."""
    ends: str | None
    """A day alone: to its end."""
    state: State
    version: int
    imported_at: Millis


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a promotion."""

    version: int
    imported_at: Millis
    file: str
    """Where it was written; empty: it was ended by hand."""
    fields: Sequence[FieldTurn]
    """How it differs from the version before it."""
    promotion: Promotion | None


class Holders(msgspec.Struct, frozen=True, kw_only=True):
    """Which stores have the newest version."""

    have: Sequence[str]
    not_yet: Sequence[str]
    """Not heard since it was imported."""
    too_old: Sequence[str]
    """Their agents can't read it, and do not apply it."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """All of one promotion."""

    listed: ListedPromotion
    versions: Sequence[Version]
    """The newest first."""
    stores: Holders


async def list_promotions(connection: Connection, *, at: datetime) -> list[ListedPromotion]:
    """Return every promotion by id; `at` is now in the stores' time."""
    book = await held_book(connection)
    return [_listed(one, at) for one in book.promotions.values()]


async def show_promotion(connection: Connection, name: str, *, at: datetime) -> Shown:
    """Return all of one promotion; AdminError if there is none of that id."""
    held = await find_promotion(connection, name)
    rows = await connection.fetch(_VERSIONS, name)
    told = await connection.fetch(_HOLDERS, name, held.imported_at, Entity.PROMOTION.value)
    read = [read_promotion(row["body"]) for row in rows]
    return Shown(
        listed=_listed(held, at),
        versions=[
            Version(
                version=row["version"],
                imported_at=row["imported_at"],
                file=row["file"],
                fields=turned(before, one) if one else (),
                promotion=one,
            )
            for row, one, before in zip(rows, read, [*read[1:], None], strict=True)
        ],
        stores=Holders(
            have=[row["store"] for row in told if row["heard"] and not row["parked"]],
            not_yet=[row["store"] for row in told if not row["heard"]],
            too_old=[row["store"] for row in told if row["heard"] and row["parked"]],
        ),
    )


async def find_promotion(connection: Connection, name: str) -> HeldPromotion:
    """Return a promotion as it counts; AdminError if there is none of that id."""
    held = (await held_book(connection)).promotions.get(name)
    if held is None:
        raise AdminError(
            "there is no promotion {promotion}; `store-hq promotions list` shows them",
            promotion=repr(name),
        )
    return held


async def version_of(connection: Connection, name: str, version: int) -> Promotion:
    """Return a promotion as that version of it said; AdminError if there is no such version."""
    shown = await show_promotion(connection, name, at=datetime.min)  # noqa: DTZ901  # local time
    found = next((one.promotion for one in shown.versions if one.version == version), None)
    if found is None:
        raise AdminError(
            "{promotion} has no version {version} that this store-hq reads; `store-hq promotions"
            " show {promotion}` lists them",
            promotion=name,
            version=version,
        )
    return found


def state_of(one: Promotion | None, at: datetime) -> State:
    """Return where a promotion is in its term at `at`, in the stores' time."""
    if one is None:
        return State.UNREADABLE
    if one.when.ends is not None and end(one.when.ends) <= at:
        return State.ENDED
    planned = one.when.starts is not None and at < begin(one.when.starts)
    return State.PLANNED if planned else State.RUNNING


def _listed(held: HeldPromotion, at: datetime) -> ListedPromotion:
    one = held.promotion
    return ListedPromotion(
        promotion=held.id,
        name=one.name if one else "",
        kind=str(one.effect.__struct_config__.tag) if one else "",
        trigger=one.trigger if one else Trigger.AUTOMATIC,
        starts=one.when.starts if one else None,
        ends=one.when.ends if one else None,
        state=state_of(one, at),
        version=held.version,
        imported_at=held.imported_at,
    )
