"""What a group measures with: repetitions, room on a real disk, head office and its PostgreSQL."""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self, TypeVar

from tests.bench.chain import Chain
from tests.lab.head_office import HeadOffice
from tests.lab.ports import free_port

T = TypeVar("T")


class Workshop:
    """One run of the bench, as a context that leaves no process and no file."""

    def __init__(self, *, disk: Path, repetitions: int, share: float = 1) -> None:
        """`share` of the usual requests are made in each repetition."""
        self.repetitions = repetitions
        self._share = share
        self._things = ExitStack()
        room = TemporaryDirectory(prefix="store-agent-bench-", dir=disk)
        self._room = self._things.enter_context(room)
        self._runner = self._things.enter_context(asyncio.Runner())
        self._chain: Chain | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._things.close()

    def portion(self, requests: int) -> int:
        """How many of the usual `requests` to make: fewer in a quick run."""
        return round(requests * self._share)

    def directory(self) -> Path:
        """A new empty directory on the disk under test."""
        return Path(mkdtemp(dir=self._room))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The outcome of `work`, in the one loop that the services of this run belong to."""
        return self._runner.run(work)

    def chain(self) -> Chain:
        """The chain that all groups share, its head office started when first asked for."""
        if self._chain is None:
            hq = HeadOffice(self.directory() / "hq", port=free_port())
            self._things.callback(lambda: self.run(hq.stop()))
            self.run(hq.start())
            self._chain = self.run(Chain.found(hq, new_directory=self.directory))
        return self._chain
