"""The shopper: what promotions need to know of who buys, and of what was used before."""

from agent.base.clock import Millis
from agent.domain.promotions.context import Buyer, Used
from agent.services.coupons.errors import UnknownMemberError
from agent.services.desk.price_book import StoreBook
from agent.services.desk.store_desk import StoreDesk
from agent.store import members
from agent.store.selling import promotion_uses, sales
from agent.store.sqlite import Connection


def buyer_of(db: Connection, book: StoreBook, member_id: str | None) -> Buyer | None:
    """Return the member as promotions know them; None: nobody said who buys.

    Raises UnknownMemberError.
    """
    if member_id is None:
        return None
    member = members.member(db, member_id)
    if member is None:
        raise UnknownMemberError("this member is not known in this store")
    first = book.asks_first_purchase and not sales.has_bought(db, member_id)
    return Buyer(tier=member.tier, first_purchase=first)


def used_before(
    desk: StoreDesk, db: Connection, book: StoreBook, member_id: str | None, now: Millis
) -> dict[str, Used]:
    """Return how often promotions with a limit were used, as far as this store knows."""
    if not book.limited:
        return {}
    return promotion_uses.used(db, book.limited, desk.time.business_date(now), member_id)
