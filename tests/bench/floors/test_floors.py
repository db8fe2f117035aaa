"""The floors do the work that they stand for: what they accept is in the database, once."""

import asyncio
from pathlib import Path

import msgspec
import pysqlite3
import pytest

from tests.bench.events import BATCH, batches, events
from tests.bench.floors.agent import WARM_UP_REQUESTS, FloorAgent, Mode
from tests.bench.floors.postgres import EVENTS, columns, event_row
from tests.bench.floors.store import GroupWriter, open_database


@pytest.mark.parametrize("mode", ["single", "group"])
def test_floor_agent_writes_four_rows_for_each_answer(mode: Mode, tmp_path: Path) -> None:
    with FloorAgent(mode=mode, directory=tmp_path) as agent:
        load = agent.redeem(100, callers=8, lines=5)
    assert dict(load.statuses) == {200: 100}
    [file] = tmp_path.glob("*.db")
    database = pysqlite3.connect(file)
    for table in ("answer", "redemption", "sale", "journal"):
        [(rows,)] = database.execute(f"SELECT count(*) FROM {table}")
        assert rows == WARM_UP_REQUESTS + 100
    database.close()


def test_floor_database_is_synced_at_every_commit(tmp_path: Path) -> None:
    database = open_database(tmp_path / "floor.db")
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


async def test_refused_request_leaves_its_group_whole(tmp_path: Path) -> None:
    database = open_database(tmp_path / "floor.db")
    writer = GroupWriter(database, asyncio.get_running_loop())
    asked = [("k1", "coupon", 1, b""), ("k2", "coupon", 1, b""), ("k3", "other", 1, b"")]
    outcomes = await asyncio.gather(*map(writer.commit, asked), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        pysqlite3.IntegrityError,
        type(None),
    ]
    assert database.execute("SELECT key FROM answer").fetchall() == [("k1",), ("k3",)]


def test_event_bodies_have_the_size_that_was_asked_for() -> None:
    for size in (200, 700, 800, 900):
        [event] = events(1, body_bytes=size)
        assert len(bytes(event.body)) == size
        assert msgspec.json.decode(event.body)["lines"]


def test_batches_hold_all_events_in_order() -> None:
    made = events(BATCH + 1)
    first, second = batches(made)
    assert [*first, *second] == made
    assert len(first) == BATCH


def test_rows_are_sent_as_one_array_a_column() -> None:
    made = events(3)
    arrays = columns(event_row("MB001", event) for event in made)
    assert len(arrays) == len(EVENTS.columns)
    assert arrays[2] == (1, 2, 3)
