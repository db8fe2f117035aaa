"""The price book as head office keeps it: every version of each promotion, for ever."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.base.strict_json import canonical
from agent.domain.promotions.book import PriceRules
from agent.domain.promotions.conditions import end
from agent.domain.promotions.promotion import Promotion
from sync.hq.errors import AdminError
from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.protocol.changes import PriceRulesChange, PromotionChange
from sync.protocol.messages import Entity

RULES = "rules"
"""Key of the rules in the feed."""
KEPT_IN_FEED = timedelta(days=180)
"""Stores know a promotion so long after its end: what is brought back is reckoned by it."""

_LOCK = "LOCK TABLE promotion, price_rules IN SHARE ROW EXCLUSIVE MODE"

_BOOK = """
SELECT promotion, version, body, told, file, imported_at
FROM promotion JOIN promotion_version USING (promotion, version) ORDER BY promotion COLLATE "C"
"""

_RULES = """
SELECT version, body, file, imported_at FROM price_rules ORDER BY version DESC LIMIT 1
"""

_PUT = """
INSERT INTO promotion (promotion, version) VALUES ($1, $2)
ON CONFLICT (promotion) DO UPDATE SET version = excluded.version, told = true
"""

_ADD_VERSION = """
INSERT INTO promotion_version (promotion, version, body, file, imported_at)
VALUES ($1, $2, $3, $4, $5)
"""

_ADD_RULES = "INSERT INTO price_rules (version, body, file, imported_at) VALUES ($1, $2, $3, $4)"

_RETIRE = "UPDATE promotion SET told = false WHERE promotion = ANY($1)"


class HeldPromotion(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion as head office keeps it."""

    id: str
    version: int
    promotion: Promotion | None
    """None: only a newer store-hq can read it."""
    told: bool
    file: str
    imported_at: Millis

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended by `at`, in the stores' time."""
        return self.promotion is not None and is_over(self.promotion, at)


class HeldBook(msgspec.Struct, frozen=True, kw_only=True):
    """The whole book as it counts now."""

    promotions: Mapping[str, HeldPromotion]
    rules_version: int
    """0: none were ever imported."""
    rules: PriceRules

    @property
    def readable(self) -> list[Promotion]:
        """Those that this version can read, by id."""
        return [one.promotion for one in self.promotions.values() if one.promotion is not None]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion as it is to be, with the version that it gets."""

    promotion: Promotion
    version: int


async def lock_book(connection: Connection) -> None:
    """Nothing of the book changes until the transaction ends."""
    await connection.execute(_LOCK)


async def held_book(connection: Connection) -> HeldBook:
    """Return the book as it counts. AdminError when a newer store-hq wrote its rules."""
    rows = await connection.fetch(_BOOK)
    rules = await connection.fetchrow(_RULES)
    return HeldBook(
        promotions={
            row["promotion"]: HeldPromotion(
                id=row["promotion"],
                version=row["version"],
                promotion=read_promotion(row["body"]),
                told=row["told"],
                file=row["file"],
                imported_at=row["imported_at"],
            )
            for row in rows
        },
        rules_version=rules["version"] if rules else 0,
        rules=_read_rules(rules["body"]) if rules else PriceRules(),
    )


async def put_promotions(
    connection: Connection, turns: Sequence[Turn], *, file: str, now: Millis
) -> None:
    """Write new versions, and tell the stores. The book is locked."""
    for turn in turns:
        one, version = turn.promotion, turn.version
        await connection.execute(_PUT, one.id, version)
        body = canonical(one).decode()
        await connection.execute(_ADD_VERSION, one.id, version, body, file, now)
    await announce(
        connection,
        *(
            Announcement(
                EVERY_STORE,
                Entity.PROMOTION,
                turn.promotion.id,
                PromotionChange(version=turn.version, promotion=turn.promotion),
            )
            for turn in turns
        ),
    )


async def put_rules(
    connection: Connection, rules: PriceRules, *, version: int, file: str, now: Millis
) -> None:
    """Write a new version of the rules, and tell the stores. The book is locked."""
    await connection.execute(_ADD_RULES, version, canonical(rules).decode(), file, now)
    told = PriceRulesChange(version=version, rules=rules)
    await announce(connection, Announcement(EVERY_STORE, Entity.PRICE_RULES, RULES, told))


async def retire(connection: Connection, book: HeldBook, *, at: datetime) -> list[str]:
    """Take out of the feed what ended long before `at`, in the stores' time; head office keeps it.
    Return the ids. The book is locked."""
    old = [
        one.id for one in book.promotions.values() if one.told and one.is_over(at - KEPT_IN_FEED)
    ]
    if old:
        await connection.execute(_RETIRE, old)
        gone = (Announcement(EVERY_STORE, Entity.PROMOTION, name, None) for name in old)
        await announce(connection, *gone)
    return old


def is_over(one: Promotion, at: datetime) -> bool:
    """Whether a promotion has ended by `at`, in the stores' time."""
    return one.when.ends is not None and end(one.when.ends) <= at


def read_promotion(body: str) -> Promotion | None:
    """Return a promotion of a version; None when only a newer store-hq can read it."""
    try:
        return msgspec.json.decode(body, type=Promotion)
    except msgspec.ValidationError:
        return None


def _read_rules(body: str) -> PriceRules:
    try:
        return msgspec.json.decode(body, type=PriceRules)
    except msgspec.ValidationError:
        raise AdminError(
            "the rules of the price book were written by a newer store-hq: use that one, or upgrade"
            " this one"
        ) from None
