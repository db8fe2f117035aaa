"""Notices that HQ's database was restored from a backup, before anything is served from it.

Two things tell it, neither of them a store. The database says in which PostgreSQL, and as which
database there, it was last served: a dump that was restored lives elsewhere. And it counts on while
it is served; each server keeps the last count that it saw in a file of its own, one for each
incarnation: a database that knows a smaller one was set back as it lay. `store-hq restored` begins
a new incarnation, about which nothing is known yet.
"""

import os
from pathlib import Path
from typing import Self

import msgspec
from asyncpg import Connection, Pool

from agent.base.logging import get_logger
from sync.hq.database import UNAVAILABLE

BEAT_S = 10.0
"""What was lost since the last count before a backup is not noticed."""

_FILE = "database-{hq_epoch}.anchor"

_IS_SET_UP = """
SELECT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass('hq') AND attname = 'beats')
"""

_STANDING = """
SELECT hq_epoch::text AS hq_epoch, cluster, database_oid, beats,
    (SELECT system_identifier::text FROM pg_control_system()) AS own_cluster,
    (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS own_oid
FROM hq
"""

_SETTLE = """
UPDATE hq SET cluster = $1, database_oid = $2 WHERE cluster IS NULL
"""

_BEAT = "UPDATE hq SET beats = beats + 1 RETURNING hq_epoch::text, beats"

_WAY_OUT = "stop every `store-hq run`, run `store-hq restored`, start them again"

_log = get_logger(__name__)


class DatabaseSetBackError(Exception):
    """The database is a restored copy, and nobody has said so; the text says what to do."""


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the database says of itself."""

    hq_epoch: str
    cluster: str | None
    database_oid: int | None
    beats: int
    own_cluster: str
    own_oid: int

    @classmethod
    async def of(cls, connection: Connection) -> Self:
        return cls(**await connection.fetchrow(_STANDING))

    @property
    def moved(self) -> bool:
        """Whether it was last served from another place."""
        last = self.cluster, self.database_oid
        return self.cluster is not None and last != (self.own_cluster, self.own_oid)


class Anchor:
    """What this server knows of its database without asking it."""

    def __init__(self, directory: Path) -> None:
        """`directory` is the server's own; without it, only this run is remembered."""
        self._directory = directory
        self._seen: dict[str, int] = {}
        self._refused = False

    async def admit(self, connection: Connection) -> None:
        """Return if what `connection` leads to may be served; DatabaseSetBackError.

        A database that was not served yet is told where it lives.
        """
        try:
            standing = await self.look(connection)
        except DatabaseSetBackError as error:
            self._log_change(str(error))
            raise
        self._log_change("")
        if standing is not None and standing.cluster is None:
            await connection.execute(_SETTLE, standing.own_cluster, standing.own_oid)

    async def look(self, connection: Connection) -> _Standing | None:
        """Return what the database says of itself, None before it is set up.

        Raises DatabaseSetBackError.
        """
        if not await connection.fetchval(_IS_SET_UP):
            return None
        standing = await _Standing.of(connection)
        if why := self._why_not(standing):
            raise DatabaseSetBackError(f"{why}; {_WAY_OUT}")
        return standing

    def _why_not(self, standing: _Standing) -> str:
        seen = self._last_seen(standing.hq_epoch)
        if standing.moved:
            return (
                "the database was restored from a backup, or moved: it was last served from "
                "another PostgreSQL or database than this one"
            )
        if standing.beats < seen:
            return (
                f"the database was set back: it counts {standing.beats}, and this server has seen "
                f"it at {seen}"
            )
        return ""

    async def beat(self, pool: Pool) -> None:
        """Count on, and keep the count; drop all connections if the database was set back."""
        try:
            async with pool.acquire() as connection:
                await self.admit(connection)
                row = await connection.fetchrow(_BEAT)
        except DatabaseSetBackError:
            await pool.expire_connections()
            return
        except UNAVAILABLE:  # told by whoever is asked for something meanwhile
            return
        self._keep(row["hq_epoch"], row["beats"])

    def _log_change(self, why: str) -> None:
        if why and not self._refused:
            _log.critical("database_set_back", why=why)
        elif self._refused and not why:
            _log.info("database_served_again")
        self._refused = bool(why)

    def _last_seen(self, hq_epoch: str) -> int:
        if hq_epoch not in self._seen:
            self._seen[hq_epoch] = _read(self._file(hq_epoch))
        return self._seen[hq_epoch]

    def _keep(self, hq_epoch: str, beats: int) -> None:
        self._seen[hq_epoch] = beats
        if self._directory.is_dir():
            _write(self._file(hq_epoch), beats)

    def _file(self, hq_epoch: str) -> Path:
        return self._directory / _FILE.format(hq_epoch=hq_epoch)


def _read(file: Path) -> int:
    """The count in the file; 0 if there is none, or none that can be read."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def _write(file: Path, beats: int) -> None:
    """Put the count on disk, whole or not at all."""
    written = file.with_suffix(".new")
    with written.open("w") as out:
        out.write(f"{beats}\n")
        out.flush()
        os.fsync(out.fileno())
    written.replace(file)
