"""The price book, as the change feed told of it: promotions, and the rules that they share."""

from functools import partial

import msgspec

from agent.domain.promotions.book import PriceRules
from agent.domain.promotions.promotion import Promotion
from agent.store.facts import recall
from agent.store.sqlite import Connection

RULES = "rules"
"""Key of the one row of rules."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion with its version at head office."""

    version: int
    promotion: Promotion


class HeldRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of the book with their version at head office; 0: it never told any."""

    version: int = 0
    rules: PriceRules = PriceRules()


_promotion = msgspec.json.Decoder(Held)
_rules = msgspec.json.Decoder(HeldRules)

_EDITION = "SELECT digest FROM table_digest WHERE name = ?"
_TABLES = ("campaign", "price_rules", "promotion")


def edition(db: Connection) -> tuple[int | None, ...]:
    """Return what tells one state of the book, and of what campaigns give, from every other,
    whoever wrote it or took it back: the digests of its tables (agent/store/digests.py)."""
    return tuple(recall(db, table, _EDITION, partial(_digest, db, table)) for table in _TABLES)


def promotions(db: Connection) -> list[Held]:
    """Return what is held of the book by id, but for what this version can't read."""
    rows = db.execute("SELECT body FROM promotion ORDER BY promotion")
    return [one for (body,) in rows if (one := _read(body)) is not None]


def rules(db: Connection) -> HeldRules:
    """Return the rules that the promotions share; what can't be read counts as never told."""
    row = db.execute("SELECT body FROM price_rules").fetchone()
    try:
        return _rules.decode(row[0]) if row else HeldRules()
    except msgspec.MsgspecError:
        return HeldRules()


def put_promotion(db: Connection, promotion: str, body: bytes) -> None:
    """Keep the newest version of a promotion, by its id; `body` is that of its change."""
    db.execute(
        "INSERT OR REPLACE INTO promotion (promotion, body) VALUES (?, ?)", (promotion, body)
    )


def put_rules(db: Connection, body: bytes) -> None:
    """Keep the newest rules; `body` is that of their change."""
    db.execute("INSERT OR REPLACE INTO price_rules (rules, body) VALUES (?, ?)", (RULES, body))


def _digest(db: Connection, table: str) -> int | None:
    row = db.execute(_EDITION, (table,)).fetchone()
    return row[0] if row else None


def _read(body: bytes) -> Held | None:
    try:
        return _promotion.decode(body)
    except msgspec.MsgspecError:  # of a newer version; set aside at the start
        return None
