"""A sync that fails at a commit: nobody knows what is on disk, and the same key settles it."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.till import Till
from tests.faults.agent_process import LOG_FILE, deliver_feed, run_agent
from tests.faults.head_office import PRICE_FEN, SKUS

SALES = "/api/v1/sales"
ORDER: dict[str, Any] = {
    "till": "T1",
    "cashier": "C1",
    "lines": [{"sku": SKUS[0]}],
    "tenders": [{"kind": "cash", "amount_fen": PRICE_FEN}],
}
FAILING = 20
"""The sync of the log that fails: after those of the start."""


@pytest.fixture
async def state_dir(tmp_path: Path) -> Path:
    """The state directory of a store that has head office's feed."""
    directory = tmp_path / "state"
    directory.mkdir()
    await deliver_feed(directory)
    return directory


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
async def test_a_sale_that_may_be_on_disk_is_made_once_by_the_same_key(
    state_dir: Path, tmp_path: Path, error: str
) -> None:
    async with run_agent(state_dir, around=_failing_sync(state_dir, error)) as (agent, till):
        made = await _sell_until_unknown(till)
        answer = await till.post(SALES, ORDER, key=f"k{made}")
        assert (answer.status, answer.json["seq"]) == (201, made + 1)
        assert await agent.audit(tmp_path / "after") == made + 1


async def test_a_sale_that_may_be_on_disk_is_made_once_across_a_kill(
    state_dir: Path, tmp_path: Path
) -> None:
    async with run_agent(state_dir, around=_failing_sync(state_dir, "EIO")) as (_, till):
        made = await _sell_until_unknown(till)
    async with run_agent(state_dir) as (agent, till):
        assert await agent.audit(tmp_path / "restarted") == made + 1  # it was on disk
        answer = await till.post(SALES, ORDER, key=f"k{made}")
        assert (answer.status, answer.json["seq"]) == (201, made + 1)
        assert await agent.audit(tmp_path / "after") == made + 1


async def _sell_until_unknown(till: Till) -> int:
    """Sell under k0, k1, … until an answer is unknown; return how many were made before."""
    for number in range(FAILING):
        answer = await till.post(SALES, ORDER, key=f"k{number}")
        if answer.status != 201:
            assert (answer.status, answer.code) == (503, "commit_unknown")
            return number
    raise AssertionError("no sync failed")


def _failing_sync(state_dir: Path, error: str) -> tuple[str, ...]:
    """What to put before a command: one sync of the log there fails."""
    calls = "fsync,fdatasync"
    fault = f"inject={calls}:error={error}:when={FAILING}"
    path = str(state_dir / LOG_FILE)
    return ("strace", "-D", "-f", "-qq", "-o/dev/null", "-P", path, f"-etrace={calls}", "-e", fault)
