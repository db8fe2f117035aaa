"""A store with a wired line and a mobile one: the first fails in every way, and comes back.

Needs root; `./run faults two-lines` gives it a process of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, NamedTuple

import aiohttp
import pytest
import pytest_asyncio

from sync.transport.ways import WayState
from tests.api.till import REDEMPTIONS, Till
from tests.lab.chain import Chain
from tests.lab.until import until
from tests.matrix.books import Row, record
from tests.matrix.network import enter_own_network
from tests.matrix.provider import (
    MOBILE,
    WIRED,
    LineTrouble,
    interfaces_of,
    trouble_on_wire,
    two_lines,
)
from tests.matrix.shop import PRICE_FEN, Shop, open_shop
from tests.system.test_claims import AT_RISK, CERTAIN, issued, told

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOTH, WIRED_ALONE = "NB001", "NB002"
BUDGET_MS = 800
PATIENCE_S = 90.0


class Lines(NamedTuple):
    """Two stores: one has both lines, the control only the first."""

    both: Shop
    wired_alone: Shop
    coupons: list[str]


@pytest.fixture(scope="session", autouse=True)
def own_network() -> None:
    enter_own_network()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lines(
    own_network: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Lines]:
    async with AsyncExitStack() as stack:
        directory = tmp_path_factory.mktemp("chain")
        chain = await stack.enter_async_context(Chain(stores=[], directory=directory))
        url = await stack.enter_async_context(two_lines(chain.hq.port))
        interfaces_of(directory / BOTH, WIRED, MOBILE, url=url)
        interfaces_of(directory / WIRED_ALONE, WIRED, url=url)
        coupons = await issued(chain, 20)
        both = await stack.enter_async_context(open_shop(chain, BOTH))
        alone = await stack.enter_async_context(open_shop(chain, WIRED_ALONE))
        yield Lines(both, alone, coupons)


async def states(shop: Shop) -> list[tuple[str, WayState]]:
    return [(way.interface, way.state) for way in (await shop.site.status()).line.ways]


async def claim(shop: Shop, token: str) -> tuple[tuple[int, str, str | None], float]:
    """What came of using the coupon, and the milliseconds that it took."""
    order = {"till": "T1", "cashier": "C7", "code": token, "order_fen": PRICE_FEN}
    async with aiohttp.ClientSession() as session:
        pos = Till(session, shop.site.place.port, shop.site.api_key())
        began = asyncio.get_running_loop().time()
        answer = await pos.post(REDEMPTIONS, order)
        return told(answer), (asyncio.get_running_loop().time() - began) * 1000


async def uses(shop: Shop, *wanted: tuple[str, WayState]) -> bool:
    return await states(shop) == [*wanted]


@pytest.mark.parametrize("kind", list(LineTrouble))
async def test_the_other_line_is_used_at_once_and_the_first_again_when_it_is_sound(
    lines: Lines, kind: LineTrouble, record_property: Any
) -> None:
    shop = lines.both
    await until("wired", partial(uses, shop, *SOUND), timeout_s=PATIENCE_S)
    await shop.sell(1)
    await shop.synced()
    with trouble_on_wire(kind):
        found, first_ms = await claim(shop, lines.coupons.pop())
        assert found == CERTAIN
        await shop.sell(2)
        await shop.synced()
        await until("mobile", partial(uses, shop, *BROKEN), timeout_s=PATIENCE_S)
        found, next_ms = await claim(shop, lines.coupons.pop())
        assert found == CERTAIN
        screen = (await shop.row()).screen
    await until("wired again", partial(uses, shop, *SOUND), timeout_s=PATIENCE_S)
    await shop.synced()
    row = await shop.row()
    assert (row.lost, row.doubled) == (0, 0)
    print(f"{kind}: claim {first_ms:.0f} ms, then {next_ms:.0f} ms")
    assert first_ms < BUDGET_MS
    record(record_property, Row(**{**fields(row), "screen": f"{screen}, then {row.screen}"}))


async def test_control_with_one_line_a_claim_takes_its_whole_time_and_is_at_risk(
    lines: Lines,
) -> None:
    shop = lines.wired_alone
    await shop.synced()
    with trouble_on_wire(LineTrouble.DROPPED):
        found, milliseconds = await claim(shop, lines.coupons.pop())
    print(f"control: claim {milliseconds:.0f} ms")
    assert found == AT_RISK
    assert milliseconds >= BUDGET_MS


SOUND = ((WIRED, WayState.IN_USE), (MOBILE, WayState.READY))
BROKEN = ((WIRED, WayState.FAILING), (MOBILE, WayState.IN_USE))


def fields(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__struct_fields__}
