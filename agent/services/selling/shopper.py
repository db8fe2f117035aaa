"""The shopper: what promotions need to know of the member on a sale."""

from agent.domain.promotions.context import Buyer
from agent.store.members import Member


def buyer_of(member: Member | None) -> Buyer | None:
    """Return the member as promotions know them; None: nobody said who buys."""
    return None if member is None else Buyer(tier=member.tier)
