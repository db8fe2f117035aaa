"""A rollout goes to a share of the stores, stops by itself when it does harm, and is taken back."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import DAY_MS, Millis
from sync.hq.errors import AdminError
from sync.hq.rollouts import rollouts
from sync.hq.rollouts.choice import is_chosen
from sync.hq.rollouts.rollouts import Rollout
from sync.hq.rollouts.watch import look
from sync.hq.stores import list_stores
from sync.protocol.messages import ParkedChange
from sync.protocol.rollouts import RolloutReport, Running, StagedSettings
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON

SLOWER = StagedSettings(hq__poll_seconds=30)
NOW = Millis(NOON)


@pytest.fixture
async def clients(hq: HeadOffice) -> list[StoreClient]:
    return [await hq.store(f"MB{number:03d}") for number in range(1, 5)]


async def begin(hq: HeadOffice, *, percent: int = 100, **more: Any) -> Rollout:
    given: dict[str, Any] = {
        "settings": SLOWER,
        "version": "",
        "stop_percent": 5,
        "now": NOW,
    } | more
    return await rollouts.create(hq.db, percent=percent, **given)


async def answer(client: StoreClient, rollout: Rollout, state: str, **more: Any) -> None:
    report = RolloutReport(rollout=rollout.rollout, state=state)
    running = Running(settings="abc", rollouts=(report,))
    await client.hello(client.journal(), running=running, **more)


async def told(client: StoreClient) -> list[str]:
    return [body["state"] for body in await client.changes("rollout")]


async def state(hq: HeadOffice, rollout: Rollout) -> tuple[str, str]:
    await look(hq.db, now=Millis(hq.clock.now))
    found = await rollouts.find(hq.db, rollout.rollout)
    return found.state, found.why


@given(store=st.text("ABC0123456789", min_size=2, max_size=8), rollout=st.integers(1, 10**6))
def test_a_store_once_chosen_stays_chosen_and_all_are_in_the_end(store: str, rollout: int) -> None:
    chosen = [is_chosen(store, rollout, percent) for percent in range(101)]
    assert chosen == sorted(chosen)
    assert (chosen[0], chosen[100]) == (False, True)


def test_a_share_is_about_as_large_as_it_says_and_other_stores_in_each_rollout() -> None:
    stores = [f"S{number:05d}" for number in range(4_000)]
    first, second = ({one for one in stores if is_chosen(one, n, 10)} for n in (1, 2))
    assert 300 < len(first) < 500
    assert len(first & second) < 100


async def test_only_the_chosen_are_told_and_raising_tells_the_rest_once(
    hq: HeadOffice, clients: list[StoreClient]
) -> None:
    rollout = await begin(hq, percent=50)
    first = {one.code for one in clients if await told(one)}
    assert first == {one.code for one in clients if is_chosen(one.code, rollout.rollout, 50)}
    await rollouts.raise_to(hq.db, rollout.rollout, 100, now=NOW)
    assert [await told(one) for one in clients] == [["wanted"]] * 4
    with pytest.raises(AdminError, match="can't shrink"):
        await rollouts.raise_to(hq.db, rollout.rollout, 10, now=NOW)


async def test_a_store_that_comes_later_is_told_unless_it_was_paused(hq: HeadOffice) -> None:
    rollout = await begin(hq)
    await rollouts.pause(hq.db, rollout.rollout, now=NOW)
    late = await hq.store("LATE")
    assert await state(hq, rollout) == ("paused", "")
    assert await told(late) == []
    await rollouts.raise_to(hq.db, rollout.rollout, 100, now=NOW)
    later = await hq.store("LATER")
    await look(hq.db, now=NOW)
    assert (await told(late), await told(later)) == (["wanted"], ["wanted"])


@pytest.mark.parametrize(
    "trouble", ["rolled_back", "failed", "hindered", "unread", "parked", "silent"]
)
async def test_it_stops_by_itself_and_is_taken_back_where_nobody_answered(
    hq: HeadOffice, clients: list[StoreClient], trouble: str
) -> None:
    what: dict[str, Any] = {"settings": None, "version": "0.2.0"}
    rollout = await begin(hq, **(what if trouble in ("rolled_back", "failed") else {}))
    harmed, well, *unheard = clients
    await answer(well, rollout, "applied")
    assert (await state(hq, rollout))[0] == "running"
    parked = ParkedChange(entity="rollout", key=str(rollout.rollout), why="old")
    match trouble:
        case "rolled_back":
            await answer(harmed, rollout, "applied")
            await answer(harmed, rollout, "wanted")
        case "failed" | "hindered":
            await answer(harmed, rollout, trouble)
        case "unread":
            await harmed.hello(harmed.journal(), parked_count=1, parked=(parked,))
        case "parked":
            await answer(harmed, rollout, "applied", parked_count=3)
        case _:
            await answer(harmed, rollout, "applied")
            hq.clock.now += DAY_MS + 1
            await answer(well, rollout, "applied")
    assert await state(hq, rollout) == ("stopped", f"1 of 2: {harmed.code} {trouble}")
    assert [await told(one) for one in unheard] == [["wanted", "withdrawn"]] * 2
    assert await told(well) == ["wanted"]


async def test_what_is_below_the_limit_stops_nothing(
    hq: HeadOffice, clients: list[StoreClient]
) -> None:
    rollout = await begin(hq, stop_percent=25)
    for one in clients:
        await answer(one, rollout, "failed" if one is clients[0] else "applied")
    assert (await state(hq, rollout))[0] == "running"


async def test_undo_takes_it_back_everywhere_and_for_good(
    hq: HeadOffice, clients: list[StoreClient]
) -> None:
    rollout = await begin(hq)
    await answer(clients[0], rollout, "applied")
    assert len(await rollouts.undo(hq.db, rollout.rollout, now=NOW)) == 4
    assert [await told(one) for one in clients] == [["wanted", "withdrawn"]] * 4
    with pytest.raises(AdminError, match="was undone"):
        await rollouts.raise_to(hq.db, rollout.rollout, 100, now=NOW)


async def test_hq_shows_what_each_store_runs(hq: HeadOffice, clients: list[StoreClient]) -> None:
    rollout = await begin(hq)
    await answer(clients[0], rollout, "waiting", app_version="0.1.0")
    first = (await list_stores(hq.db))[0]
    shown = (first.app_version, first.settings_digest, list(first.rollouts))
    assert shown == ("0.1.0", "abc", [f"{rollout.rollout} waiting"])


def test_nothing_can_be_staged_that_opens_leaks_or_loses() -> None:
    """A name that joins this list needs its reason in docs/store-it/fleet.md."""
    assert StagedSettings.__struct_encode_fields__ == (
        "log.level",
        "hq.poll_seconds",
        "hq.batch_events",
        "hq.connect_timeout_ms",
        "hq.request_timeout_ms",
        "hq.claim_budget_ms",
        "journal.checkpoint_seconds",
        "journal.prune_seconds",
        "till.language",
        "receipt.header",
        "receipt.footer",
    )
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(b'{"hq.urls":["http://evil"]}', type=StagedSettings)
