"""Keys are renewed while all runs: a store knows head office by its root, and HQ its store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from agent.services.line.renew_key import RENEW_AFTER_DAYS
from agent.store.sqlite import connect
from sync.enrolment_file import Enrolment, read_enrolment
from tests.lab.chain import Chain
from tests.lab.enrolling import keep
from tests.lab.line import LineCut
from tests.lab.replacing import copy_disk, set_disk_back
from tests.lab.service import console_script
from tests.lab.store_site import StoreSite
from tests.lab.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOLD_S = 60.0
STORE = "MB001"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    """A head office of its own, which is restarted, and one store."""
    async with Chain(stores=[STORE], directory=tmp_path_factory.mktemp("chain")) as chain:
        yield chain


@pytest.fixture
def site(chain: Chain) -> StoreSite:
    return chain.stores[STORE]


async def store_hq(chain: Chain, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(console_script("store-hq"), *words, "--config", str(chain.hq.config_file)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out
    return out.decode()


def on_disk(site: StoreSite) -> Enrolment:
    found = read_enrolment(site.place.state_dir)
    assert found is not None
    return found


async def stands_as(site: StoreSite, state: str) -> bool:
    line = (await site.status()).line
    return (line.last_error or line.upload) == state


async def is_well(site: StoreSite) -> None:
    await until("the store syncs", partial(stands_as, site, "idle"), timeout_s=TOLD_S)


async def test_a_store_that_was_cut_off_knows_head_office_by_its_root(
    chain: Chain, site: StoreSite
) -> None:
    """Head office signs by another key, and the former one is revoked, while the line is cut."""
    await is_well(site)
    await until("the policy is kept", partial(keeps_policy, site), timeout_s=TOLD_S)
    before = on_disk(site)
    await site.line.cut(LineCut.REFUSE)
    [old] = [
        key["kid"]
        for key in msgspec.json.decode(await store_hq(chain, "keys", "list", "--json"))
        if key["signs"] == "answers"
    ]
    await store_hq(chain, "keys", "add", "--answers")
    await store_hq(chain, "keys", "revoke", old, "--yes")
    await chain.hq.server.stop()
    await chain.hq.server.start()
    await site.line.mend()

    await until("the key set is kept", partial(keeps_another, site, before), timeout_s=TOLD_S)
    await is_well(site)

    await site.agent.stop()
    for file in site.place.state_dir.glob("store*"):
        file.unlink()
    await site.agent.start()
    await is_well(site)


async def test_a_key_is_renewed_by_itself_through_a_kill_and_a_copy_of_before_is_fenced(
    chain: Chain, site: StoreSite, tmp_path: Path
) -> None:
    await is_well(site)
    copy = tmp_path / "copy"
    await copy_disk(site, copy)
    await site.agent.stop()
    live_long(site)
    first = on_disk(site)
    starting = asyncio.create_task(site.agent.start())
    await until("a renewal begins", partial(has_begun, site, first), timeout_s=TOLD_S)
    await site.agent.kill()
    starting.cancel()
    await asyncio.wait({starting})
    await site.agent.start()
    await until("it is renewed", partial(is_renewed, site, first), timeout_s=TOLD_S)
    await is_well(site)
    assert "key_since" in await store_hq(chain, "stores", "show", STORE)

    await set_disk_back(site, copy)
    await until("it is fenced", partial(stands_as, site, "key_renewed"), timeout_s=TOLD_S)
    assert (await site.status()).line.upload == "fenced"


def live_long(site: StoreSite) -> None:
    """Let the agent's own days have gone by since its key was made."""
    keep(msgspec.structs.replace(on_disk(site), key_since=0), site.place.state_dir)
    with closing(connect(str(site.place.state_dir / "store.db"), read_only=False)) as db:
        db.execute("DELETE FROM counted_day")
        db.execute("INSERT INTO counted_day VALUES (?, '', 0, 0, 0)", (RENEW_AFTER_DAYS,))
        db.execute("COMMIT") if db.in_transaction else None


async def keeps_policy(site: StoreSite) -> bool:
    return on_disk(site).policy != ""


async def keeps_another(site: StoreSite, before: Enrolment) -> bool:
    return on_disk(site).key_set != before.key_set


async def has_begun(site: StoreSite, before: Enrolment) -> bool:
    return on_disk(site) != before


async def is_renewed(site: StoreSite, before: Enrolment) -> bool:
    found = on_disk(site)
    return found.former_key == before.private_key and not found.next_key
