"""A setting goes from head office's command line to a store, counts there, and is seen at HQ."""

import asyncio
import subprocess
from functools import partial
from pathlib import Path

import msgspec

from tests.lab.chain import Chain
from tests.lab.service import console_script
from tests.lab.store_site import StoreSite
from tests.lab.until import until

IN_TIME_S = 60.0


async def hq(chain: Chain, *words: str) -> object:
    """Run a command of head office; return its JSON."""
    command = [console_script("store-hq"), *words, "--json", "--config", str(chain.hq.config_file)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout)


async def says(site: StoreSite, state: str) -> bool:
    return [one.state for one in (await site.status()).fleet.rollouts] == [state]


async def seen(chain: Chain, rollouts: list[str]) -> bool:
    shown = await hq(chain, "stores", "show", "MB001")
    return isinstance(shown, dict) and shown["rollouts"] == rollouts


async def test_a_staged_setting_counts_after_the_next_start_and_head_office_sees_it(
    tmp_path: Path,
) -> None:
    async with Chain(stores=("MB001",), directory=tmp_path) as chain:
        [site] = chain.stores.values()
        before = (await site.status()).fleet.settings_digest
        await hq(chain, "rollouts", "create", "--set", "hq.batch_events=50", "--percent", "100")
        await until("it was told", partial(says, site, "waiting"), timeout_s=IN_TIME_S)
        await until("seen", partial(seen, chain, ["1 waiting"]), timeout_s=IN_TIME_S)
        await site.agent.stop()
        await site.agent.start()
        assert await says(site, "applied")
        assert (await site.status()).fleet.settings_digest != before
        await until("seen", partial(seen, chain, ["1 applied"]), timeout_s=IN_TIME_S)
        await hq(chain, "rollouts", "undo", "1", "--yes")
        await until("seen", partial(seen, chain, ["1 withdrawn"]), timeout_s=IN_TIME_S)
