"""Follow baskets: a till hears when head office changed what its open basket comes to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from agent.base.logging import get_logger
from agent.services.desk.errors import RequestError
from agent.services.desk.store_desk import StoreDesk
from agent.services.selling.open_basket import PricedBasket, get_basket, publish_basket
from agent.store.selling import baskets
from agent.store.sqlite import DatabaseError

log = get_logger(__name__)


@asynccontextmanager
async def baskets_followed(desk: StoreDesk, *, told: bool) -> AsyncIterator[None]:
    """Publish each open basket that comes to something else after the body than before.

    `told`: whether the body may change that; nothing of it can fail the body.
    """
    before = await _open_baskets(desk) if told else {}
    yield
    after = await _open_baskets(desk) if before else {}
    for till, priced in after.items():
        if priced != before.get(till):
            publish_basket(desk, priced)


async def _open_baskets(desk: StoreDesk) -> dict[str, PricedBasket]:
    """What the open baskets come to, by till; without those that can't be priced."""
    found: dict[str, PricedBasket] = {}
    try:
        for kept in await desk.database.read(baskets.all_open):
            with suppress(RequestError):  # whoever changes or sells it is told
                found[kept.till] = (await get_basket(desk, kept.till)).priced
    except DatabaseError as error:
        log.warning("baskets_not_followed", why=str(error))
    return found
