"""A writer that breaks down tells everybody who waits, and whoever watches it."""

from pathlib import Path

import pytest

from agent.store.database import Database
from agent.store.errors import CommitUnknownError, StoreError, WriteFailedError
from agent.store.sqlite import Connection


class _Breakdown(BaseException):
    """Not a fault of one job: nothing that the writer could go on from."""


def _break_down(_: Connection) -> None:
    raise _Breakdown


async def test_a_writer_that_breaks_down_answers_its_callers_and_ends_join(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.db")
    database.open()
    with pytest.raises(CommitUnknownError):
        await database.write(_break_down)
    with pytest.raises(WriteFailedError):
        await database.write(lambda db: db.execute("SELECT 1"))
    with pytest.raises(StoreError, match="broke down"):
        await database.join()
    database.close()


async def test_join_returns_when_the_database_is_closed(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.db")
    database.open()
    database.close()
    await database.join()
