"""Anchoring: keeps the anchor beside the database a fraction of a second behind the journal.

Nobody waits for it but who is refused: a sale is acknowledged by its own commit alone. A loss is
proven once the anchor has followed: at rest some milliseconds after the commit, under load at most
GAP_S and one write of it later.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

from agent.base.clock import Millis
from agent.base.logging import get_logger
from agent.services.desk.timekeeper import Timekeeper
from agent.store.database import Database
from agent.store.errors import StoreError
from agent.store.house import anchor as anchors
from agent.store.house import generation
from agent.store.house.anchor import Anchor
from agent.store.line import journal
from agent.store.line.journal import Place
from agent.store.sqlite import DatabaseError

GAP_S = 0.05
"""At least so long between two writes of the anchor."""
PATIENCE_S = 1.0
"""Who is refused waits at most so long for the time to be on disk."""

log = get_logger(__name__)


class Anchoring:
    """One task that follows the journal; implements agent.services.desk.store_desk.Witness."""

    def __init__(
        self, database: Database, *, time: Timekeeper, state_dir: Path, store: str
    ) -> None:
        self._database = database
        self._time = time
        self._state_dir = state_dir
        self._kept = anchors.read(state_dir, store) or Anchor(
            store=store, written=0, seq=-1, hash=""
        )
        self._seen = self._kept.time
        self._generation = generation.in_file(database.path)
        self._committed = asyncio.Event()
        self._lock = asyncio.Lock()
        self._failing = False

    async def start(self) -> None:
        """Let the anchor begin where the journal stands now; follow it from here on."""
        with suppress(StoreError):
            await self.checkpointed()
        await self._keep()
        self._database.on_commit(self._committed.set)
        self._task = asyncio.create_task(self._follow(), name="anchor")

    async def stop(self) -> None:
        """Write the anchor a last time."""
        self._task.cancel()
        await asyncio.wait({self._task})
        await self._keep()

    async def refused_at(self, at: Millis) -> None:
        """Return when `at` is on disk: no restart falls behind it."""
        if at <= self._seen:
            return
        self._seen = at
        writing = asyncio.create_task(self._keep(), name="anchor-time")
        await asyncio.wait({writing}, timeout=PATIENCE_S)

    async def checkpointed(self) -> None:
        """Move the WAL into the database file under a new generation; StoreError.

        The anchor names it once the file itself bears it, so an interruption leaves a file that is
        newer than the anchor says, never one that is older.
        """
        file = self._database.path
        known = max(self._generation, self._kept.generation)
        raised = generation.after(known, self._time.now())
        await self._database.write(lambda db: generation.put(db, raised))
        await self._database.checkpoint()
        found = await asyncio.to_thread(generation.in_file, file)
        if found != self._generation:
            self._generation = found
            await self._keep()

    async def _follow(self) -> None:
        while True:
            await self._committed.wait()
            self._committed.clear()
            await self._keep()
            await asyncio.sleep(GAP_S)

    async def _keep(self) -> None:
        """Write the anchor if something is new; what fails is told once, and tried again later."""
        async with self._lock:
            try:
                await self._write(await self._database.read(journal.tip))
            except (OSError, DatabaseError) as error:
                (log.debug if self._failing else log.warning)("anchor_not_kept", why=str(error))
                self._failing = True
            else:
                self._failing = False

    async def _write(self, tip: Place) -> None:
        if self._seen > (now := self._time.now()):
            self._seen = now  # head office found it far ahead
        kept = self._kept
        seen = self._seen, self._generation
        if (tip.seq, tip.hash.hex(), *seen) == (kept.seq, kept.hash, kept.time, kept.generation):
            return
        anchor = Anchor(
            store=kept.store,
            written=kept.written + 1,
            seq=tip.seq,
            hash=tip.hash.hex(),
            time=self._seen,
            generation=self._generation,
        )
        await asyncio.to_thread(anchors.write, self._state_dir, anchor)
        self._kept = anchor
