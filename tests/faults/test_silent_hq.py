"""A head office that takes connections and never answers: the till sells, the log stays short."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.faults.agent_process import deliver_feed, run_agent
from tests.faults.head_office import PRICE_FEN, SKUS, STORE
from tests.lab.enrolling import keep, of_nobody

TIMEOUT_S = 60.0
CALLS = 8
"""So many calls of the agent are left without an answer."""
MAX_LINES = 4
"""Warnings for an outage, however long: that the upload failed, and the feed."""


class SilentHq:
    """Takes connections, and says nothing."""

    def __init__(self) -> None:
        self._calls = asyncio.Semaphore(0)

    async def called(self, times: int) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            for _ in range(times):
                await self._calls.acquire()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._calls.release()
        await reader.read()
        writer.close()


@asynccontextmanager
async def silent_hq() -> AsyncIterator[tuple[SilentHq, int]]:
    hq = SilentHq()
    server = await asyncio.start_server(hq.take, "127.0.0.1", 0)
    yield hq, server.sockets[0].getsockname()[1]
    server.close()


async def test_a_machine_that_is_not_enrolled_is_told_what_to_do(
    tmp_path: Path,
) -> None:
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    await deliver_feed(state_dir)
    settings = 'hq.urls = ["http://127.0.0.1:9"]\n'
    async with run_agent(state_dir, settings=settings) as (_, till):
        line = (await till.get("/api/v1/status")).json["line"]
        assert line["last_error"] == "key_missing"
        assert "store-agent enroll CODE" in line["detail"]


async def test_an_hq_that_never_answers_is_told_once_and_not_at_each_try(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    await deliver_feed(state_dir)
    keep(of_nobody(STORE), state_dir)
    async with silent_hq() as (hq, port):
        settings = (
            f'hq.urls = ["http://127.0.0.1:{port}"]\n'
            "hq.poll_seconds = 1\nhq.request_timeout_ms = 400\n"
        )
        async with run_agent(state_dir, settings=settings) as (agent, till):
            await hq.called(CALLS)
            sale = {
                "till": "T1",
                "cashier": "C1",
                "lines": [{"sku": SKUS[0]}],
                "tenders": [{"kind": "cash", "amount_fen": PRICE_FEN}],
            }
            assert (await till.post("/api/v1/sales", sale)).status == 201
            told = [line for line in await agent.end() if line["level"] == "warning"]
    assert 1 <= len(told) <= MAX_LINES, told
    assert {line["code"] for line in told} == {"timeout"}
