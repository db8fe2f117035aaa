"""One writer, group commit: what is acknowledged is committed, and each write stands alone."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.store import database as database_module
from agent.store.database import MAX_GROUP, MAX_WAITING, Database, check_library
from agent.store.errors import AffectedLibraryError, StorageBusyError, StorageFullError
from agent.store.selling.sales import next_receipt_no
from agent.store.sqlite import Connection, IntegrityError

WAIT_S = 10.0
LARGE = 64 << 10


def tills(db: Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT till FROM receipt_counter")}


def numbered(till: str) -> Callable[[Connection], int]:
    """A write that takes the till's next number."""
    return lambda db: next_receipt_no(db, till)


def leave_room(size: int) -> Callable[[Connection], None]:
    """A write that lets the file grow by no more than `size` bytes."""

    def work(db: Connection) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        bytes_each = db.execute("PRAGMA page_size").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + size // bytes_each}")

    return work


def fail_after_writing(db: Connection) -> None:
    next_receipt_no(db, "failed")
    raise ValueError("changed my mind")


class Gate:
    """A write that holds the writer until it is opened."""

    def __init__(self) -> None:
        self._entered = threading.Event()
        self._opened = threading.Event()

    def __call__(self, db: Connection) -> None:
        next_receipt_no(db, "gate")
        self._entered.set()
        assert self._opened.wait(WAIT_S)

    async def entered(self) -> None:
        """Return when the writer stands in the gate."""
        assert await asyncio.to_thread(self._entered.wait, WAIT_S)

    def open(self) -> None:
        self._opened.set()


@asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """Hold the writer: what is written meanwhile waits, and comes into one group."""
    gate = Gate()
    holding = asyncio.create_task(database.write(gate))
    await gate.entered()
    yield
    await asyncio.sleep(0)  # tasks made meanwhile have handed in their writes
    gate.open()
    await holding


async def test_writes_that_wait_share_one_commit(database: Database, beside: Connection) -> None:
    commits: list[None] = []
    database.on_commit(lambda: commits.append(None))
    async with held(database):
        writes = [asyncio.create_task(database.write(numbered(f"T{n}"))) for n in range(MAX_GROUP)]
    assert await asyncio.gather(*writes) == [1] * MAX_GROUP
    assert len(commits) == 2, "the gate's, and one for all that waited behind it"
    assert len(tills(beside)) == 1 + MAX_GROUP


async def test_a_failing_write_takes_only_itself_back(
    database: Database, beside: Connection
) -> None:
    def break_constraint(db: Connection) -> None:
        next_receipt_no(db, "broken")
        db.execute("INSERT INTO receipt_counter VALUES ('broken', 1)")

    async with held(database):
        writes = [
            asyncio.create_task(database.write(work))
            for work in (numbered("T1"), fail_after_writing, break_constraint, numbered("T2"))
        ]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert results[0] == results[3] == 1
    assert isinstance(results[1], ValueError)
    assert isinstance(results[2], IntegrityError)
    assert tills(beside) == {"gate", "T1", "T2"}


async def test_writes_that_together_find_no_room_are_tried_one_by_one(
    database: Database, beside: Connection
) -> None:
    large = [str(n) * LARGE for n in range(4)]
    await database.write(leave_room(LARGE * 3 // 2))
    async with held(database):
        writes = [
            asyncio.create_task(database.write(numbered(till))) for till in ("T1", *large, "T2")
        ]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results[2:5]] == [StorageFullError] * 3
    assert results[0] == results[1] == results[5] == 1
    assert tills(beside) == {"gate", "T1", large[0], "T2"}


async def test_a_result_is_told_after_the_commit_never_before(
    database: Database, beside: Connection
) -> None:
    second = Gate()
    async with held(database):
        early = asyncio.create_task(database.write(numbered("early")))
        await asyncio.sleep(0)
        late = asyncio.create_task(database.write(second))
    await second.entered()
    await asyncio.sleep(0)
    assert not early.done()
    assert "early" not in tills(beside)
    second.open()
    assert await early == 1
    assert "early" in tills(beside)
    await late


async def test_a_caller_that_gives_up_leaves_its_write_as_it_is(
    database: Database, beside: Connection
) -> None:
    async with held(database):
        impatient = asyncio.create_task(database.write(numbered("T1")))
        patient = asyncio.create_task(database.write(numbered("T2")))
        await asyncio.sleep(0)
        impatient.cancel()
    assert await patient == 1
    assert impatient.cancelled()
    assert tills(beside) == {"gate", "T1", "T2"}


async def test_closing_finishes_the_writes_that_wait(file: Path) -> None:
    database = Database(file)
    database.open()
    gate = Gate()
    holding = asyncio.create_task(database.write(gate))
    writes = [asyncio.create_task(database.write(numbered(f"T{n}"))) for n in range(20)]
    await gate.entered()
    closing = asyncio.create_task(asyncio.to_thread(database.close))
    gate.open()
    await closing
    await holding
    assert await asyncio.gather(*writes) == [1] * 20
    again = Database(file)
    again.open()
    assert len(await again.read(tills)) == 21
    await asyncio.to_thread(again.close)


async def test_too_many_waiting_writes_are_told_to_come_back(database: Database) -> None:
    async with held(database):
        waiting = [
            asyncio.create_task(database.write(numbered("T1"))) for _ in range(MAX_WAITING - 1)
        ]
        await asyncio.sleep(0)
        with pytest.raises(StorageBusyError, match=str(MAX_WAITING)):
            await database.write(numbered("T1"))
    assert sorted(await asyncio.gather(*waiting)) == list(range(1, MAX_WAITING))
    assert await database.write(numbered("T1")) == MAX_WAITING


async def test_each_commit_is_synced_and_constraints_hold(database: Database) -> None:
    def pragmas(db: Connection) -> dict[str, object]:
        names = ("synchronous", "foreign_keys")
        return {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    assert await database.write(pragmas) == {"synchronous": 2, "foreign_keys": 1}
    mode = await database.read(lambda db: db.execute("PRAGMA journal_mode").fetchone()[0])
    assert mode == "wal"


async def test_the_reading_connection_can_not_write(database: Database) -> None:
    with pytest.raises(Exception, match="readonly"):
        await database.read(numbered("T1"))


def test_an_affected_library_is_refused_with_what_to_do() -> None:
    with pytest.raises(AffectedLibraryError) as refusal:
        check_library((3, 40, 1))
    for word in ("3.40.1", "3.51.3", "corrupt", "pip install --require-hashes"):
        assert word in str(refusal.value)
    check_library((3, 51, 3))


def test_an_affected_library_never_touches_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "library_version", lambda: (3, 51, 2))
    with pytest.raises(AffectedLibraryError):
        Database(file).open()
    assert not file.exists()
