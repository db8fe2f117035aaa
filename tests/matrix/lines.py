"""Real partitions: three agents, head office and PostgreSQL in a network of their own.

Needs root; `./run faults partitions` gives it a process of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.matrix.books import Row, record
from tests.matrix.network import Trouble, enter_own_network, mend, trouble
from tests.matrix.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORES = ("NA001", "NA002", "NA003")
TROUBLED_S = 6.0
NOTHING_PASSES = {Trouble.DROPPED, Trouble.REFUSED, Trouble.RESET, Trouble.DUMB}


@pytest.fixture(scope="session", autouse=True)
def own_network() -> None:
    enter_own_network()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shops(
    own_network: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[Shop]]:
    async with AsyncExitStack() as stack:
        directory = tmp_path_factory.mktemp("chain")
        chain = await stack.enter_async_context(Chain(stores=[], directory=directory))
        yield [await stack.enter_async_context(open_shop(chain, code)) for code in STORES]


def ports(shops: list[Shop]) -> list[int]:
    return [shop.site.line.address[1] for shop in shops]


async def sell_everywhere(shops: list[Shop], count: int) -> None:
    await asyncio.gather(*(shop.sell(count) for shop in shops))


async def row_of_all(shops: list[Shop]) -> Row:
    rows = [await shop.row() for shop in shops]
    return Row(
        before=sum(row.before for row in rows),
        at_hq=sum(row.at_hq for row in rows),
        lost=sum(row.lost for row in rows),
        named=sum(row.named for row in rows),
        doubled=sum(row.doubled for row in rows),
        screen=rows[0].screen,
    )


@pytest.mark.parametrize("kind", list(Trouble))
async def test_partition(shops: list[Shop], kind: Trouble, record_property: Any) -> None:
    await sell_everywhere(shops, 1)
    for shop in shops:
        await shop.synced()
    before = sum([len(await shop.held()) for shop in shops])
    trouble(ports(shops), kind)
    try:
        await sell_everywhere(shops, 2)
        await asyncio.sleep(TROUBLED_S)
        await sell_everywhere(shops, 1)
        if kind in NOTHING_PASSES:
            assert sum([len(await shop.held()) for shop in shops]) == before
        screen = (await shops[0].row()).screen
    finally:
        mend()
    for shop in shops:
        await shop.synced()
    found = await row_of_all(shops)
    assert (found.lost, found.doubled) == (0, 0)
    assert found.at_hq == before + 9
    record(record_property, Row(**{**_fields(found), "screen": f"{screen}, then {found.screen}"}))


async def test_half_open(shops: list[Shop]) -> None:
    """Head office's side of each connection ends while no word of that arrives."""
    await sell_everywhere(shops, 1)
    for shop in shops:
        await shop.synced()
    trouble(ports(shops), Trouble.DROPPED)
    try:
        for shop in shops:
            await shop.site.line.cut(LineCut.REFUSE)
            await shop.site.line.mend()
        await sell_everywhere(shops, 2)
    finally:
        mend()
    for shop in shops:
        await shop.synced()
    found = await row_of_all(shops)
    assert (found.lost, found.doubled) == (0, 0)


def _fields(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__struct_fields__}
