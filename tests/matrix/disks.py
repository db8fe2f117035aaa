"""Disks and databases set back, cloned and emptied: with real processes and copied files."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sync.hq.stores import find_store
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.postgres_binaries import find_binaries
from tests.lab.replacing import replace_pc, set_disk_back
from tests.lab.service import console_script
from tests.matrix.books import record, row
from tests.matrix.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

_NUMBERS = count(1)
CUT_AFTER_BYTES = (0, 1, 40, 150, 250, 400, 700)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    async with Chain(stores=[], directory=tmp_path_factory.mktemp("chain")) as chain:
        yield chain


@pytest_asyncio.fixture(loop_scope="session")
async def shop(chain: Chain) -> AsyncIterator[Shop]:
    async with open_shop(chain, f"MX{next(_NUMBERS):03d}") as shop:
        yield shop


async def test_control_the_judge_sees_a_lost_and_a_doubled_sale(
    shop: Shop, record_property: Any
) -> None:
    await shop.sell(2)
    await shop.synced()
    status, held = await shop.site.status(), await shop.held()
    found = row([*shop.told, "a sale that nobody recorded"], [*held, held[0]], status)
    assert (found.lost, found.named, found.doubled) == (1, 0, 1)
    record(record_property, found)


async def test_answer_lost(shop: Shop, record_property: Any) -> None:
    for after in CUT_AFTER_BYTES:
        shop.site.line.sever_after(after)
        await shop.sell(2)
    await shop.synced()
    found = await shop.row()
    assert (found.lost, found.doubled, found.at_hq) == (0, 0, 14)
    record(record_property, found)


async def test_old_copy(shop: Shop, tmp_path: Path, record_property: Any) -> None:
    await shop.sell(3)
    copy = await shop.copy(tmp_path / "copy")
    await shop.sell(3)
    await shop.synced()
    await set_disk_back(shop.site, copy)
    await shop.sell(1)
    await shop.synced()
    found = await shop.row()
    assert (found.lost, found.doubled, found.at_hq) == (0, 0, 7)
    record(record_property, found)


async def test_old_copy_unsent(shop: Shop, tmp_path: Path, record_property: Any) -> None:
    """The whole directory was set back, its anchor with it: nobody but the papers knows of them."""
    await shop.sell(3)
    await shop.synced()
    copy = await shop.copy(tmp_path / "copy")
    await shop.site.line.cut(LineCut.REFUSE)
    await shop.sell(2)
    await set_disk_back(shop.site, copy)
    await shop.site.line.mend()
    await shop.sell(1)
    await shop.synced()
    found = await shop.row()
    assert (found.lost, found.named, found.doubled, found.at_hq) == (2, 0, 0, 4)
    record(record_property, found)


async def test_old_copy_that_sold_before_it_synced(
    shop: Shop, tmp_path: Path, record_property: Any
) -> None:
    await shop.sell(3)
    copy = await shop.copy(tmp_path / "copy")
    await shop.sell(3)
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    await set_disk_back(shop.site, copy)
    await shop.sell(2)
    await shop.site.line.mend()
    await shop.synced()
    found = await shop.row()
    assert (found.lost, found.doubled, found.at_hq) == (0, 0, 8)
    assert (await shop.site.status()).set_back.reason == "set_back"
    record(record_property, found)


async def test_database_without_its_wal(shop: Shop, record_property: Any) -> None:
    await shop.sell(3)
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    await shop.sell(2)
    await shop.site.agent.kill()
    (shop.site.place.state_dir / "store.db-wal").unlink()
    await shop.site.agent.start()
    await shop.site.line.mend()
    await shop.sell(1)
    await shop.synced()
    found = await shop.row()
    assert (found.lost, found.named, found.doubled) == (2, 2, 0)
    record(record_property, found)


@pytest.mark.parametrize("first", ["clone", "original"])
async def test_cloned(shop: Shop, tmp_path: Path, first: str, record_property: Any) -> None:
    """Both sell while nobody is heard, the original more; the shorter journal is left behind, and
    its screen says so by itself, without another sale."""
    await shop.sell(3)
    await shop.synced()
    copy = await shop.copy(tmp_path / "copy")
    await shop.site.line.cut(LineCut.REFUSE)
    async with shop.second_pc(copy, tmp_path / "second") as clone:
        await clone.line.cut(LineCut.REFUSE)
        await shop.sell(2)
        await shop.sell(1, clone)
        pcs = [clone, shop.site] if first == "clone" else [shop.site, clone]
        await pcs[0].line.mend()
        await shop.synced(pcs[0])
        await pcs[1].line.mend()
        fenced = await shop.until_state("fenced", clone)
        await shop.synced(shop.site)
        found = row(shop.told, await shop.held(), fenced)
    assert (found.lost, found.doubled, found.at_hq) == (0, 0, 6)
    record(record_property, found)


async def test_old_copy_heard_once(shop: Shop, tmp_path: Path, record_property: Any) -> None:
    await shop.sell(2)
    copy = await shop.copy(tmp_path / "copy")
    await shop.sell(3)
    await shop.synced()
    async with shop.second_pc(copy, tmp_path / "second") as old:
        await asyncio.sleep(3)
        assert (await old.status()).set_back.reason == "set_back"
        async with shop.chain.hq.connection() as connection:
            status = await find_store(connection, shop.site.code)
        assert (status.epoch, status.accepted) == (1, 5), "a hello alone moves nothing"
    await shop.sell(2)
    await shop.synced()
    found = await shop.row()
    assert (found.lost, found.doubled, found.at_hq) == (0, 0, 7)
    record(record_property, found)


async def test_replaced(shop: Shop, record_property: Any) -> None:
    await shop.sell(3)
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    await shop.sell(1)
    await shop.site.line.mend()
    await replace_pc(shop.chain, shop.site)
    await shop.sell(2)
    await shop.synced()
    found = await shop.row()
    assert found.doubled == 0
    assert found.lost <= 1
    record(record_property, found)


async def test_hq_restored(tmp_path: Path, record_property: Any) -> None:
    async with (
        Chain(stores=[], directory=tmp_path / "chain") as chain,
        open_shop(chain, "MX901") as shop,
    ):
        await shop.sell(3)
        await shop.synced()
        dump = tmp_path / "dump"
        _pg("pg_dump", "--format=custom", f"--file={dump}", chain.hq.dsn)
        await shop.sell(3)
        await shop.synced()
        await chain.hq.server.stop()
        chain.hq.postgres.drop_database("head_office")
        chain.hq.postgres.create_database("head_office")
        _pg("pg_restore", f"--dbname={chain.hq.dsn}", str(dump))
        await _say_restored(chain)
        await chain.hq.server.start()
        await shop.sell(2)
        await shop.synced()
        found = await shop.row()
    assert (found.lost, found.doubled, found.at_hq) == (0, 0, 8)
    record(record_property, found)


async def test_hq_on_an_empty_database(tmp_path: Path, record_property: Any) -> None:
    async with (
        Chain(stores=[], directory=tmp_path / "chain") as chain,
        open_shop(chain, "MX902") as shop,
    ):
        await shop.sell(3)
        await shop.synced()
        await chain.hq.server.stop()
        chain.hq.postgres.drop_database("head_office")
        await chain.hq.start()  # sets an empty one up, with the same keys
        await shop.sell(2)
        refused = await shop.until_state("rejected")
        assert refused.acked_seq == 3
        assert refused.outbox.pending == 2
        found = row(shop.told, await shop.held(), refused)
        assert (found.at_hq, found.doubled) == (0, 0)
        record(record_property, found)


async def _say_restored(chain: Chain) -> None:
    command = [console_script("store-hq"), "restored", "--yes"]
    await asyncio.to_thread(
        subprocess.run, [*command, "--config", str(chain.hq.config_file)], check=True
    )


def _pg(program: str, *arguments: str) -> None:
    subprocess.run([find_binaries().path(program), *arguments], check=True)
