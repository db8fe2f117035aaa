"""A full disk: the till hears it, nothing is there by halves, and with room all goes on."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.store.lock import LOCK_FILE
from tests.api.till import Answer, Till
from tests.faults.agent_process import (
    LOG_FILE,
    TIMEOUT_S,
    AgentProcess,
    deliver_feed,
    run_agent,
    start_agent,
)
from tests.faults.head_office import PRICE_FEN, SKUS, coupon
from tests.faults.small_disk import fill, make_room, on_small_disk

SIZE = 8 << 20
SALES = "/api/v1/sales"
FULL = (507, "storage_full")
CHECKPOINT_BYTES = 256 << 10
"""A log of many sales, so long that the database has to grow to take it."""

Store = tuple[AgentProcess, Till]


@pytest.fixture
async def content(tmp_path: Path) -> Path:
    """The files of a store that has head office's feed."""
    directory = tmp_path / "content"
    directory.mkdir()
    await deliver_feed(directory)
    return directory


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """Where the small disk is mounted."""
    directory = tmp_path / "state"
    directory.mkdir()
    return directory


@pytest.fixture
def settings() -> str:
    """More lines of the agent's settings."""
    return ""


@pytest.fixture
async def store(state_dir: Path, content: Path, settings: str) -> AsyncIterator[Store]:
    """A running agent whose state directory is a small disk."""
    around = on_small_disk(state_dir, size=SIZE, content=content)
    async with run_agent(state_dir, around=around, settings=settings) as running:
        yield running


async def test_a_sale_on_a_full_disk_is_refused_whole_and_made_once_when_there_is_room(
    store: Store, tmp_path: Path
) -> None:
    agent, till = store
    assert (await till.post(SALES, _sale())).status == 201
    fill(agent.state_dir)
    order = _sale(coupon(2), pay=PRICE_FEN - 500)
    for _ in range(3):
        refused = await till.post(SALES, order, key="a")
        assert (refused.status, refused.code) == FULL
        assert "Retry-After" in refused.headers
    assert await agent.audit(tmp_path / "full") == 1
    make_room(agent.state_dir)
    made = await till.post(SALES, order, key="a")
    assert (made.status, made.json["seq"], made.json["receipt_no"]) == (201, 2, 2)
    assert (await till.post(SALES, order, key="a")).body == made.body
    assert await agent.audit(tmp_path / "room") == 2


async def test_the_till_still_gets_answers_while_the_disk_is_full(store: Store) -> None:
    agent, till = store
    made = await till.post(SALES, _sale(), key="made")
    fill(agent.state_dir)
    assert (await till.post(SALES, _sale())).status == 507
    assert (await till.post(SALES, _sale(), key="made")).body == made.body
    assert (await till.get("/api/v1/status")).json["journal_seq"] == 1
    scanned = await till.post("/api/v1/scans", {"code": coupon(2)}, key=None)
    assert scanned.status == 200


async def test_who_watches_the_pc_hears_without_a_key_that_nothing_can_be_sold_until_it_can(
    store: Store,
) -> None:
    agent, till = store
    assert (await _health(till)).json == {"healthy": True}
    fill(agent.state_dir)
    assert (await till.post(SALES, _sale())).status == 507
    told = await agent.logged("recording_impossible")
    assert told["reason"] == "storage_full"
    assert "df -h" in told["what_to_do"]
    sick = await _health(till)
    assert (sick.status, sick.code) == (503, "cannot_record")
    assert sick.json["extra"]["reason"] == "storage_full"
    assert set(sick.json["extra"]["sentence"]) == {"zh-CN", "en"}
    assert till.key not in sick.body.decode()
    recording = (await till.get("/api/v1/status")).json["recording"]
    assert (recording["possible"], recording["reason"]) == (False, "storage_full")
    assert set(recording["sentence"]) == {"zh-CN", "en"}
    make_room(agent.state_dir)
    await agent.logged("recording_possible_again")
    assert (await _health(till)).status == 200
    assert (await till.get("/api/v1/status")).json["recording"]["possible"]


async def test_a_full_disk_is_no_reason_for_systemd_to_start_the_agent_anew(
    state_dir: Path, content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(TIMEOUT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        around = on_small_disk(state_dir, size=SIZE, content=content)
        async with run_agent(state_dir, around=around) as (agent, till):
            fill(agent.state_dir)
            assert (await till.post(SALES, _sale())).status == 507
            await agent.logged("recording_impossible")
            told: list[bytes] = []
            while told.count(b"WATCHDOG=1") < 3 or not any(b"NO SALE" in line for line in told):
                told.append(await asyncio.to_thread(manager.recv, 4096))


async def test_many_sales_at_once_are_each_made_or_refused_whole(
    store: Store, tmp_path: Path
) -> None:
    agent, till = store
    fill(agent.state_dir, leave=SIZE // 8)
    orders = {f"k{number}": _large_sale(till=f"T{number % 4}") for number in range(48)}
    first = await _post_all(till, orders)
    assert set(first.values()) == {(201, None), FULL}
    made = list(first.values()).count((201, None))
    assert await agent.audit(tmp_path / "full") == made
    make_room(agent.state_dir)
    assert set((await _post_all(till, orders)).values()) == {(201, None)}
    assert await agent.audit(tmp_path / "room") == len(orders)


@pytest.mark.parametrize("settings", ["journal.checkpoint_seconds = 1"])
async def test_a_checkpoint_without_room_stops_nothing(store: Store, tmp_path: Path) -> None:
    agent, till = store
    made = 0
    while _log_bytes(agent) < CHECKPOINT_BYTES:
        if made:
            make_room(agent.state_dir)
        for _ in range(20):
            assert (await till.post(SALES, _sale())).status == 201
        made += 20
        fill(agent.state_dir)
    await agent.logged("checkpoint_failed")
    assert (await till.post(SALES, _sale(), key="a")).code == "storage_full"
    assert await agent.audit(tmp_path / "full") == made
    make_room(agent.state_dir)
    assert (await till.post(SALES, _sale(), key="a")).status == 201
    assert await agent.audit(tmp_path / "room") == made + 1


async def test_a_start_without_room_says_what_to_look_at_and_may_be_tried_again(
    state_dir: Path, content: Path
) -> None:
    (content / LOCK_FILE).write_text("1\n")  # as an agent that ran there before left it
    around = on_small_disk(state_dir, size=SIZE, content=content, full=True)
    process = await start_agent(state_dir, around=around)
    _, told = await process.communicate()
    assert b"Is there room on its disk" in told
    assert b"Traceback" not in told
    assert process.returncode == 1  # systemd starts it again


async def _health(till: Till) -> Answer:
    return await till.send("GET", "/healthz", api_key=None)


def _sale(*coupons: str, till: str = "T1", pay: int = PRICE_FEN) -> dict[str, Any]:
    return {
        "till": till,
        "cashier": "C1",
        "lines": [{"sku": SKUS[0]}],
        "coupons": coupons,
        "tenders": [{"kind": "cash", "amount_fen": pay}],
    }


def _large_sale(*, till: str) -> dict[str, Any]:
    """Two hundred lines: a few dozen such sales are more than SQLite keeps in memory."""
    lines = [{"sku": SKUS[number % len(SKUS)]} for number in range(200)]
    return _sale(till=till, pay=200 * PRICE_FEN) | {"lines": lines}


async def _post_all(till: Till, orders: dict[str, Any]) -> dict[str, tuple[int, str | None]]:
    """Post all at once; return status and problem code by key."""
    answers = await asyncio.gather(*(till.post(SALES, o, key=k) for k, o in orders.items()))
    return {
        key: (answer.status, None if answer.status == 201 else answer.code)
        for key, answer in zip(orders, answers, strict=True)
    }


def _log_bytes(agent: AgentProcess) -> int:
    file = agent.state_dir / LOG_FILE
    return file.stat().st_size if file.exists() else 0
