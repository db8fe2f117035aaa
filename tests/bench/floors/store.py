"""The floor's SQLite file: four rows a request, durable before the answer, and nothing else."""

import queue
import threading
from asyncio import AbstractEventLoop, Future
from pathlib import Path
from typing import TypeAlias

import pysqlite3

GROUP_MAX = 128
"""Most requests that share one commit."""

Rows: TypeAlias = tuple[str, str, int, bytes]
"""Key, coupon, amount in fen, body."""

_SCHEMA = """
CREATE TABLE answer(key TEXT PRIMARY KEY, status INTEGER) WITHOUT ROWID;
CREATE TABLE redemption(coupon TEXT PRIMARY KEY, sale_id TEXT) WITHOUT ROWID;
CREATE TABLE sale(sale_id TEXT PRIMARY KEY, total_fen INTEGER) WITHOUT ROWID;
CREATE TABLE journal(seq INTEGER PRIMARY KEY, event_id TEXT, body BLOB);
CREATE TABLE position(id INTEGER PRIMARY KEY, acked_seq INTEGER);
INSERT INTO position VALUES (1, 0);
"""


def open_database(path: Path) -> pysqlite3.Connection:
    """A new file in WAL with synchronous=FULL; the connection may change threads."""
    database = pysqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.executescript(_SCHEMA)
    return database


def commit_one(database: pysqlite3.Connection, rows: Rows) -> None:
    """Write the four rows of one request and make them durable."""
    database.execute("BEGIN IMMEDIATE")
    try:
        _insert(database, rows)
    except pysqlite3.Error:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


class GroupWriter:
    """A thread that commits all waiting requests together, each in a savepoint of its own."""

    def __init__(self, database: pysqlite3.Connection, loop: AbstractEventLoop) -> None:
        self._database = database
        self._loop = loop
        self._waiting: queue.SimpleQueue[tuple[Rows, Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._write, name="group writer", daemon=True).start()

    async def commit(self, rows: Rows) -> None:
        """Return when the rows are durable; the database's error when they cannot be written."""
        done = self._loop.create_future()
        self._waiting.put((rows, done))
        await done

    def _write(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < GROUP_MAX and not self._waiting.empty():
                group.append(self._waiting.get())
            self._database.execute("BEGIN IMMEDIATE")
            outcomes = [(done, self._insert_apart(rows)) for rows, done in group]
            self._database.execute("COMMIT")
            self._loop.call_soon_threadsafe(_answer, outcomes)

    def _insert_apart(self, rows: Rows) -> pysqlite3.Error | None:
        self._database.execute("SAVEPOINT request")
        try:
            _insert(self._database, rows)
        except pysqlite3.Error as error:
            self._database.execute("ROLLBACK TO request")
            return error
        finally:
            self._database.execute("RELEASE request")
        return None


def _insert(database: pysqlite3.Connection, rows: Rows) -> None:
    key, coupon, amount_fen, body = rows
    database.execute("INSERT INTO answer VALUES (?, 201)", (key,))
    database.execute("INSERT INTO redemption VALUES (?, ?)", (coupon, key))
    database.execute("INSERT INTO sale VALUES (?, ?)", (key, amount_fen))
    database.execute("INSERT INTO journal(event_id, body) VALUES (?, ?)", (key, body))


def _answer(outcomes: list[tuple[Future[None], pysqlite3.Error | None]]) -> None:
    for done, error in outcomes:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
