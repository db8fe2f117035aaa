"""A till's whole place of work: the page, with what comes out of printer and drawer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import aiohttp
from playwright.async_api import expect

from tests.e2e.cash.shift_screen import ShiftScreen
from tests.e2e.printing.papers import Papers
from tests.e2e.refunds.receipts_screen import ReceiptsScreen
from tests.e2e.shop import TILL, Shop
from tests.e2e.till_screen import TillScreen
from tests.lab.line import LineCut
from tests.lab.until import until

ONLINE_AGAIN_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where a cashier works."""

    till: TillScreen
    shift: ShiftScreen
    receipts: ReceiptsScreen
    papers: Papers


def desk_at(till: TillScreen) -> Desk:
    """The desk around a window with the page."""
    return Desk(
        till=till,
        shift=ShiftScreen(till),
        receipts=ReceiptsScreen(till),
        papers=Papers(till.shop.devices.printer),
    )


async def clear_till(shop: Shop, *, training: bool = False) -> None:
    """Close the shift that is open, and empty the basket: nobody has worked, or practised, here."""
    headers = {"Authorization": f"Bearer {shop.site.api_key()}"}
    if training:
        headers["Store-Agent-Mode"] = "training"
    async with aiohttp.ClientSession(shop.site.url, headers=headers, raise_for_status=True) as api:
        who = {"till": TILL, "cashier": shop.cashier.number}
        answer = await api.get("/api/v1/shifts/current", params={"till": TILL})
        if shift := (await answer.json())["shift"]:
            path = f"/api/v1/shifts/{shift['shift_id']}/closing"
            order = {**who, "counted_fen": 0}
            await api.post(path, json=order, headers={"Idempotency-Key": str(uuid4())})
        await api.put(f"/api/v1/tills/{TILL}/basket", json={"cashier": shop.cashier.number})


async def sign_out(till: TillScreen) -> None:
    """Sign out, whatever the page warns of."""
    await till.page.keyboard.press("F10")
    await till.page.get_by_role("button", name="退出登录").click()
    leaving, signed_out = till.sheet("leave"), till.sheet("sign-in")
    await expect(leaving.or_(signed_out)).to_be_visible()
    if await leaving.is_visible():
        await leaving.get_by_role("button", name="退出登录").click()
    await expect(signed_out).to_be_visible()


@asynccontextmanager
async def line_cut(shop: Shop) -> AsyncIterator[None]:
    """Cut the store's line to head office; mend it at the end, and leave a store that is online."""
    await shop.site.line.cut(LineCut.REFUSE)
    try:
        yield
    finally:
        await shop.site.line.mend()
    await until("the store is online again", partial(_is_online, shop), timeout_s=ONLINE_AGAIN_S)


async def _is_online(shop: Shop) -> bool:
    return (await shop.site.status()).line.online
