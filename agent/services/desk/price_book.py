"""The price book in memory: prepared once for each state of what head office told."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.domain.promotions.book import book_of
from agent.domain.promotions.prepared import Prepared
from agent.store import promotions
from agent.store.sqlite import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreBook:
    """The price book of this store."""

    prepared: Prepared
    """To be given to `price`, with what is known of the articles in the basket."""
    versions: Mapping[str, int]
    """Of each promotion its version at head office, by id."""
    rules_version: int
    """Of the rules that they share; 0: head office never told any."""


class PriceBook:
    """Keeps the newest book that was asked for. The reader's thread asks as the writer's does."""

    def __init__(self) -> None:
        self._held: tuple[object, StoreBook] | None = None

    def of(self, db: Connection) -> StoreBook:
        """Return the book as `db` sees it: what a transaction changed, also if it is taken back
        later. Only its edition is read, unless that is another one."""
        edition, held = promotions.edition(db), self._held
        if held is None or held[0] != edition:
            self._held = held = (edition, _read(db))
        return held[1]


def _read(db: Connection) -> StoreBook:
    held, rules = promotions.promotions(db), promotions.rules(db)
    return StoreBook(
        prepared=Prepared(book_of((one.promotion for one in held), rules.rules)),
        versions={one.promotion.id: one.version for one in held},
        rules_version=rules.version,
    )
