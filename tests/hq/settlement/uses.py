"""Uses of coupons in tests: making them, and looking at what became of them."""

from typing import Any

from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import Journal


async def holders(hq: HeadOffice) -> list[tuple[Any, ...]]:
    """Each coupon that is held, and in which store."""
    return await hq.rows("SELECT coupon_id, store FROM coupon_use WHERE holder ORDER BY 1")


async def states(store: StoreClient, coupon_id: str) -> list[tuple[str, str]]:
    """What the store heard of a coupon, in order: state and by which store."""
    changes = await store.changes("coupon")
    return [
        (change["state"], change.get("store", ""))
        for change in changes
        if change["coupon_id"] == coupon_id
    ]


async def redeemed(store: StoreClient, *coupon_ids: str, bound: bool = False) -> Journal:
    """Send a journal of redemptions."""
    journal = store.journal()
    for coupon_id in coupon_ids:
        journal.redeem(coupon_id, bound=bound)
    await store.send(journal)
    return journal
