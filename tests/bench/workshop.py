"""What a group measures with: repetitions, room on a real disk, PostgreSQL when it asks for it."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Self

import asyncpg

from tests.lab.postgres import PostgresServer


class Workshop:
    """One run of the bench, as a context that leaves no process and no file."""

    def __init__(self, *, disk: Path, repetitions: int) -> None:
        self.repetitions = repetitions
        self._things = ExitStack()
        room = TemporaryDirectory(prefix="store-agent-bench-", dir=disk)
        self._room = self._things.enter_context(room)
        self._postgres: PostgresServer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._things.close()

    def directory(self) -> Path:
        """A new empty directory on the disk under test."""
        return Path(mkdtemp(dir=self._room))

    def postgres(self) -> PostgresServer:
        """The server that all groups share, started when first asked for."""
        if self._postgres is None:
            server = PostgresServer(data_dir=self.directory())
            self._postgres = self._things.enter_context(server)
        return self._postgres

    async def postgres_version(self) -> str:
        """Of the shared server."""
        connection = await asyncpg.connect(self.postgres().dsn("postgres"))
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()
