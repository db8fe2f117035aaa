"""What head office stages counts from the next start, under the store's own settings."""

from pathlib import Path
from typing import Any

import pytest

from agent.rolled_back import rolled_back_version
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.fleet import Fleet, FleetStatus, wanted
from agent.services.line.apply_changes import ChangeApplier
from agent.settings import Settings, load_settings
from agent.staged_settings import with_staged
from agent.state_dir import ROLLED_BACK_FILE
from agent.store.line import parked
from sync.protocol.messages import Change
from tests.services.feed import change, page

VERSION = "0.1.0"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "agent.toml"
    file.write_text('[store]\ncode = "MB001"\n[log]\nlevel = "warning"\n')
    return load_settings(file, {})


def rollout(number: int, *, state: str = "wanted", **what: Any) -> Change:
    return change("rollout", str(number), rollout=number, state=state, **what)


def staged(number: int, **values: Any) -> Change:
    return rollout(number, settings={name.replace("__", "."): v for name, v in values.items()})


async def start(desk: StoreDesk, settings: Settings, **more: Any) -> tuple[Settings, Fleet]:
    """What compose does at each start."""
    in_force, made = with_staged(settings, await desk.database.read(wanted))
    return in_force, Fleet(made, version=VERSION, **more)


async def status(desk: StoreDesk, fleet: Fleet) -> FleetStatus:
    return await desk.database.read(fleet.status)


async def states(desk: StoreDesk, fleet: Fleet) -> list[tuple[int, str]]:
    return [(one.rollout, one.state) for one in (await status(desk, fleet)).rollouts]


async def test_a_staged_setting_counts_from_the_next_start_and_ends_with_the_one_after_its_undoing(
    desk: StoreDesk, settings: Settings
) -> None:
    applier = ChangeApplier(desk)
    before, fleet = await start(desk, settings)
    await applier.apply(page(staged(3, hq__poll_seconds=30)))
    assert await states(desk, fleet) == [(3, "waiting")]
    in_force, fleet = await start(desk, settings)
    assert (before.hq.poll_seconds, in_force.hq.poll_seconds) == (5, 30)
    assert await states(desk, fleet) == [(3, "applied")]
    await applier.apply(page(rollout(3, state="withdrawn")))
    again, fleet = await start(desk, settings)
    assert (again, await states(desk, fleet)) == (settings, [])


async def test_the_store_s_own_setting_wins_and_it_is_told(
    desk: StoreDesk, settings: Settings
) -> None:
    await ChangeApplier(desk).apply(page(staged(1, log__level="debug")))
    in_force, fleet = await start(desk, settings)
    assert in_force.log.level == "warning"
    assert await states(desk, fleet) == [(1, "overruled")]


async def test_of_two_that_stage_one_setting_the_newer_counts(
    desk: StoreDesk, settings: Settings
) -> None:
    changes = (staged(2, hq__batch_events=50), staged(1, hq__batch_events=20, hq__poll_seconds=9))
    await ChangeApplier(desk).apply(page(*changes))
    in_force, _ = await start(desk, settings)
    assert (in_force.hq.batch_events, in_force.hq.poll_seconds) == (50, 9)


def test_what_the_package_took_back_is_known_and_a_damaged_note_stops_nothing(
    tmp_path: Path,
) -> None:
    assert rolled_back_version(tmp_path) == ""
    note = tmp_path / ROLLED_BACK_FILE
    note.write_text('{"version": "0.2.0", "why": "/healthz: 503", "at": 1}')
    assert rolled_back_version(tmp_path) == "0.2.0"
    note.write_text("{")
    assert rolled_back_version(tmp_path) == ""


@pytest.mark.parametrize(
    "settings_told",
    [{"hq.urls": ["http://evil"]}, {"log.level": "loud"}, {"hq.poll_seconds": 3_600}],
)
async def test_what_may_not_be_staged_is_parked_and_changes_nothing(
    desk: StoreDesk, settings: Settings, settings_told: dict[str, Any]
) -> None:
    await ChangeApplier(desk).apply(page(rollout(1, settings=settings_told)))
    in_force, _ = await start(desk, settings)
    assert in_force == settings
    assert await desk.database.read(lambda db: parked.is_parked(db, "rollout", "1"))


async def test_a_wanted_version_is_told_until_it_runs_or_was_rolled_back(
    desk: StoreDesk, settings: Settings
) -> None:
    await ChangeApplier(desk).apply(page(rollout(1, version=VERSION), rollout(2, version="0.2.0")))
    _, fleet = await start(desk, settings)
    assert (await status(desk, fleet)).wanted_version == "0.2.0"
    assert await states(desk, fleet) == [(1, "applied"), (2, "wanted")]
    _, fleet = await start(desk, settings, rolled_back="0.2.0")
    assert await states(desk, fleet) == [(1, "applied"), (2, "failed")]


async def test_a_store_that_can_record_no_sale_says_so_of_each_rollout(
    desk: StoreDesk, settings: Settings
) -> None:
    await ChangeApplier(desk).apply(page(staged(1, hq__poll_seconds=9)))
    _, fleet = await start(desk, settings, can_record=lambda: False)
    assert await states(desk, fleet) == [(1, "hindered")]


async def test_hello_is_said_again_when_a_rollout_comes(desk: StoreDesk) -> None:
    calls: list[int] = []
    applier = ChangeApplier(desk, on_news=lambda: calls.append(1))
    await applier.apply(page(staged(1, log__level="debug")))
    assert calls == [1]


async def test_two_stores_share_a_digest_when_all_their_settings_are_the_same(
    desk: StoreDesk, settings: Settings
) -> None:
    _, fleet = await start(desk, settings)
    await ChangeApplier(desk).apply(page(staged(1, hq__poll_seconds=6)))
    _, other = await start(desk, settings)
    _, again = await start(desk, settings)
    digests = [(await status(desk, one)).settings_digest for one in (fleet, other, again)]
    assert digests[0] != digests[1] == digests[2]
