"""What a command that can't be undone will hit, in numbers and words."""

from sync.hq.commands.command import Session
from sync.hq.commands.language import say
from sync.hq.coupons.coupon_states import Tally
from sync.hq.stores import reach


def coupons_hit(count: Tally) -> str:
    """Say which coupons will be refused, and what stays."""
    return say(
        "coupons: {coupons}; held by customers and refused from now on: {left}; used, whose "
        "sales stay: {used}; expired: {expired}; revoked before: {revoked}",
        coupons=count.coupons,
        left=count.left,
        used=count.used,
        expired=count.expired,
        revoked=count.revoked,
    )


async def stores_hear(session: Session) -> str:
    """Say how many stores hear of it, and when."""
    told = await reach(session.connection, now=session.now)
    return say(
        "stores that hear of it within a minute of being online: {stores}; of them not heard "
        "in the last hour, going on as before until they are: {silent}",
        stores=told.stores,
        silent=told.silent,
    )
