"""The laboratory's chain: real processes that start, die, come back, and are never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from sync.hq.stores import list_stores
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.process_tree import family, wait_for_end
from tests.lab.service import Service, ServiceStartError
from tests.lab.store_site import StoreSite
from tests.lab.until import NotInTimeError, until

LAUNCHER = """
import asyncio, sys
from pathlib import Path
from tests.lab.chain import Chain

async def main():
    async with Chain(stores=["MB001"], directory=Path(sys.argv[1])) as chain:
        postgres = Path(sys.argv[1]) / "hq/postgres/cluster/postmaster.pid"
        print(postgres.read_text().split()[0], chain.hq.server.pid, end=" ")
        print(*[site.agent.pid for site in chain.stores.values()], flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
REACHED_S = 20.0


async def epoch(site: StoreSite) -> int:
    return (await site.status()).epoch


async def meets_hq(site: StoreSite) -> bool:
    return await epoch(site) > 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    """Two stores that said hello."""
    names = {"MB001": "北京", "MB002": "上海"}
    async with Chain(stores=names, directory=tmp_path_factory.mktemp("chain")) as chain:
        for site in chain.stores.values():
            await until("the store said hello", partial(meets_hq, site), timeout_s=REACHED_S)
        yield chain


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.xdist_group("pair of stores")
async def test_every_agent_meets_head_office_over_its_own_line(pair: Chain) -> None:
    for site in pair.stores.values():
        assert site.line.counts.connections > 0
    async with pair.hq.connection() as connection:
        stores = await list_stores(connection)
    assert [(store.store, store.name) for store in stores] == [("MB001", "北京"), ("MB002", "上海")]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.xdist_group("pair of stores")
async def test_a_cut_line_keeps_its_store_from_head_office_and_no_other(pair: Chain) -> None:
    cut, whole = pair.stores.values()
    await cut.line.cut(LineCut.REFUSE)

    async def offline() -> bool:
        return not (await cut.status()).line.online

    await until("the store noticed", offline, timeout_s=REACHED_S)
    assert (await whole.status()).line.online
    await cut.line.mend()


async def test_what_was_killed_comes_back_with_its_data(tmp_path: Path) -> None:
    async with Chain(stores=["MB001"], directory=tmp_path) as chain:
        site = chain.stores["MB001"]
        await until("the store said hello", partial(meets_hq, site), timeout_s=REACHED_S)
        before, key = await epoch(site), site.api_key()

        await site.agent.kill()
        await chain.hq.server.kill()
        await chain.hq.kill_postgres()
        await chain.hq.start_postgres()
        await chain.hq.server.start()
        await site.agent.start()

        assert (await epoch(site), site.api_key()) == (before, key)


async def test_a_chain_that_is_started_again_keeps_its_data(tmp_path: Path) -> None:
    async with Chain(stores=["MB001"], directory=tmp_path) as chain:
        site = chain.stores["MB001"]
        await until("the store said hello", partial(meets_hq, site), timeout_s=REACHED_S)
        root_key, kept = chain.hq.root_key, site.place.enrolment_file.read_text()
    async with Chain(stores=["MB001"], directory=tmp_path) as chain:
        site = chain.stores["MB001"]
        assert await epoch(site) == 1
        assert (chain.hq.root_key, site.place.enrolment_file.read_text()) == (root_key, kept)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_no_process_outlives_its_launcher(tmp_path: Path, number: signal.Signals) -> None:
    launcher = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", LAUNCHER, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert launcher.stdout is not None
    postgres, *services = (int(pid) for pid in (await launcher.stdout.readline()).split())
    pids = {*services, *family(postgres)}
    assert len(pids) > 3
    os.kill(launcher.pid, number)
    await launcher.communicate()
    assert all(wait_for_end(pid) for pid in pids)


async def test_a_service_that_ends_before_it_is_ready_is_told_with_its_own_words(
    tmp_path: Path,
) -> None:
    service = Service("the talker", ["sh", "-c", "echo no such luck"], log=tmp_path / "log")
    with pytest.raises(ServiceStartError, match="the talker did not start:\nno such luck"):
        await service.start()
    assert service.pid is None


async def test_waiting_for_what_never_comes_ends_and_says_what_it_was() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(NotInTimeError, match="still not: pigs fly"):
        await until("pigs fly", never, timeout_s=0.01)
