"""The price book in memory: prepared once for each state of what head office told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.domain.promotions.book import book_of
from agent.domain.promotions.of_campaign import PREFIX, of_campaign
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.promotion import Promotion
from agent.store import promotions
from agent.store.coupons import campaigns
from agent.store.sqlite import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreBook:
    """The price book of this store."""

    prepared: Prepared
    """With what coupons of campaigns give; to be given to `price`, with what is known of the
    articles in the basket."""
    versions: Mapping[str, int]
    """Of each promotion of the book its version at head office, by id."""
    rules_version: int
    """Of the rules that they share; 0: head office never told any."""
    limited: tuple[str, ...] = ()
    """Promotions of which it counts how often a member or a day used them."""
    asks_first_purchase: bool = False
    """Whether any promotion is for the first purchase of a member."""

    def applied(self, ids: Iterable[str]) -> list[Promotion]:
        """Return the promotions of these ids; `by_hand` and `rounding` are none."""
        places = (self.prepared.place_of.get(one) for one in ids)
        return [self.prepared.ready[place].promotion for place in places if place is not None]


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
    gives = [of_campaign(one) for one in campaigns.all_campaigns(db)]
    written = [one.promotion for one in held if not one.promotion.id.startswith(PREFIX)]
    book = book_of([*written, *(one for one in gives if one is not None)], rules.rules)
    return StoreBook(
        prepared=Prepared(book),
        versions={one.promotion.id: one.version for one in held},
        limited=tuple(one.id for one in written if one.limits.per_member or one.limits.per_day),
        asks_first_purchase=any(one.when.first_purchase for one in written),
        rules_version=rules.version,
    )
