"""A store's PC breaks and another one takes its place; or its disk is set back."""

import asyncio
import shutil
from pathlib import Path

from sync.hq.stores import release_store
from tests.lab.chain import Chain
from tests.lab.enrolling import enrol, keep
from tests.lab.store_site import StoreSite

_MACHINE = "SELECT install_id FROM store_position WHERE store = $1"
_NOT_RELEASED = "UPDATE store_position SET install_id = $2 WHERE store = $1"


async def replace_pc(chain: Chain, site: StoreSite, *, released: bool = True) -> None:
    """Start an enrolled agent with nothing of what was there before.

    Not `released`: to HQ the former machine is the store all the same.
    """
    await site.agent.kill()
    await asyncio.to_thread(shutil.rmtree, site.place.state_dir)
    async with chain.hq.connection() as connection:
        former = await connection.fetchval(_MACHINE, site.code)
        keep(await enrol(connection, chain.hq.key_store, site.code), site.place.state_dir)
        if not released:
            await connection.execute(_NOT_RELEASED, site.code, former)
    await site.agent.start()


async def release(chain: Chain, site: StoreSite) -> None:
    """Let HQ take the next machine that says hello."""
    async with chain.hq.connection() as connection:
        await release_store(connection, site.code)


async def copy_disk(site: StoreSite, target: Path) -> None:
    """Copy the agent's files, while it is stopped for it."""
    await site.agent.stop()
    await asyncio.to_thread(shutil.copytree, site.place.state_dir, target)
    await site.agent.start()


async def set_disk_back(site: StoreSite, copy: Path) -> None:
    """Start the agent on an earlier copy of its files."""
    await site.agent.kill()
    await asyncio.to_thread(shutil.rmtree, site.place.state_dir)
    await asyncio.to_thread(shutil.copytree, copy, site.place.state_dir)
    await site.agent.start()
