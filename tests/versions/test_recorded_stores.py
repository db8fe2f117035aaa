"""This version takes up a store's files of every released one, and understands its feed."""

from pathlib import Path

import msgspec
import pytest

from agent.base.notify import Notifier
from agent.compose import StoreAgent
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.settings import ApiSection, HqSection, PathsSection, Settings, StoreSection
from agent.store.database import Database
from agent.store.house.examination import check_tail
from agent.store.line import journal, parked, sync_state
from agent.store.sqlite import Connection
from sync.protocol.messages import ChangesPage
from tests.services.chain import make_desk
from tests.services.stopped_clock import StoppedClock
from tests.versions.recording import (
    RECORDED_DIR,
    Recording,
    database_of,
    feed_figures,
    recorded,
)

every_recording = pytest.mark.parametrize(("version", "store"), recorded())


def settings_of(recording: Recording, directory: Path) -> Settings:
    return Settings(
        store=StoreSection(code=recording.store),
        paths=PathsSection(state_dir=str(directory)),
        api=ApiSection(port=0),
        hq=HqSection(root_key=recording.root_key),
    )


async def read(desk: StoreDesk, recording: Recording) -> None:
    """Let the store read the recorded feed from its start."""
    applier = ChangeApplier(desk)
    await applier.forget_cursor("")
    for page in recording.pages:
        await applier.apply(msgspec.json.decode(page, type=ChangesPage))


def unread(db: Connection) -> list[object]:
    return [*parked.parked_after(db, 0, 99), *parked.ahead_kinds(db)]


@every_recording
async def test_a_new_store_understands_the_whole_feed(
    version: str, store: str, tmp_path: Path
) -> None:
    recording = Recording.read(RECORDED_DIR / version, store)
    database = Database(tmp_path / "store.db")
    database.open()
    await database.write(lambda db: sync_state.found(db, store=store, install_id="i1"))
    desk = make_desk(database, settings_of(recording, tmp_path), StoppedClock())
    await read(desk, recording)
    assert await database.read(unread) == []
    held = await database.read(feed_figures)
    database.close()
    for table, rows in recording.figures.items():
        assert len(held[table]) == len(rows), table
    same = ("campaign", "article", "opaque_code", "document", "case_file")
    for table in same:
        assert [row[:1] for row in held[table]] == [row[:1] for row in recording.figures[table]]


@every_recording
async def test_the_journal_of_then_is_whole_and_leaves_as_it_was_written(
    version: str, store: str, tmp_path: Path
) -> None:
    recording = Recording.read(RECORDED_DIR / version, store)
    database = Database(database_of(version, store, tmp_path))
    database.open()
    desk = make_desk(database, settings_of(recording, tmp_path), StoppedClock())
    await database.read(check_tail)
    outbox = JournalOutbox(desk)
    position = await outbox.position()
    assert (position.last.seq, position.last.hash) == (len(recording.lines), recording.last_hash)
    assert await outbox.read(0, 500, 2**20) == recording.lines
    database.close()


@every_recording
async def test_the_feed_read_once_more_comes_to_the_same_figures(
    version: str, store: str, tmp_path: Path
) -> None:
    recording = Recording.read(RECORDED_DIR / version, store)
    database = Database(database_of(version, store, tmp_path))
    database.open()
    desk = make_desk(database, settings_of(recording, tmp_path), StoppedClock())
    await read(desk, recording)
    assert await database.read(unread) == []
    held = await database.read(feed_figures)
    database.close()
    for table, rows in recording.figures.items():
        wide = len(rows[0]) if rows else 0  # later versions add columns at the end
        assert [row[:wide] for row in held[table]] == rows, table


@every_recording
async def test_an_upgraded_agent_serves_and_goes_on_in_the_same_journal(
    version: str, store: str, tmp_path: Path
) -> None:
    recording = Recording.read(RECORDED_DIR / version, store)
    database_of(version, store, tmp_path)
    agent = StoreAgent(
        settings_of(recording, tmp_path), notifier=Notifier(address=None, watchdog_interval_s=None)
    )
    await agent.start()
    await agent.stop()
    database = Database(tmp_path / "store.db")
    database.open()
    assert await database.read(lambda db: journal.verify(db, store)) == len(recording.lines)
    database.close()


async def test_a_journal_that_was_changed_is_found_out(tmp_path: Path) -> None:
    """The control of this file: a database in which a single figure differs is refused."""
    version, store = recorded()[-1]
    database = Database(database_of(version, store, tmp_path))
    database.open()
    await database.write(
        lambda db: db.execute("UPDATE journal SET till = 'T9' WHERE seq = 1").rowcount
    )
    with pytest.raises(Exception, match="1"):
        await database.read(check_tail)
    database.close()
