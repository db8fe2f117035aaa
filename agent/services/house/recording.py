"""Recording: whether a sale can be recorded now, found out by a write that is really made.

This is the one place that says so; `/healthz`, the status, the till page, monitoring and systemd's
status line tell what is found here. A trial goes the way of a sale: through the one writer, with
its commit and fsync. Trials are few, so that they wear no disk: any write that was just put on disk
spares one.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path

from msgspec import Struct

from agent.base.clock import Clock, Millis
from agent.base.logging import get_logger
from agent.domain.outcome import Sentence
from agent.services.house.hindrance import TOLD, Hindrance, hindrance_of
from agent.store.database import Database
from agent.store.errors import StorageBusyError, StoreError
from agent.store.house import trial

EVERY_S = 60.0
"""Between trials while nothing else is written and all is well."""
AGAIN_S = 5.0
"""Between trials while no sale can be recorded, so that the till hears soon that it can again."""
FRESH_S = 10.0
"""Who asks is told what was found so long ago at most: one trial, however many ask."""
GAP_S = 1.0
"""At least so long between trials, whatever fails."""
PATIENCE_S = 5.0
"""A write that takes longer counts as stuck: no cashier waits longer."""

_log = get_logger(__name__)


class RecordingStatus(Struct, frozen=True, kw_only=True):
    """Whether a sale can be recorded."""

    possible: bool
    """By the latest trial."""
    reason: str
    """Stable; empty when it is possible: storage_full, storage_read_only, storage_damaged,
    storage_moved, storage_failed or writer_stuck."""
    sentence: Sentence | None
    """For the cashier; None when it is possible."""
    detail: str
    """For store IT, with the commands to look; empty when it is possible."""
    since: Millis
    """Since when it is so, by this PC's clock."""


class Recording:
    """Finds out whether a sale can be recorded, and keeps the answer fresh."""

    def __init__(
        self, database: Database, *, clock: Clock, told: Callable[[RecordingStatus], None]
    ) -> None:
        """`told` is called whenever it changes."""
        self._database = database
        self._directory = database.path.parent
        self._clock = clock
        self._told = told
        self._hindrance: Hindrance | None = None
        self._status = _well(clock.wall())
        self._checked_at: float | None = None
        self._trial: asyncio.Task[None] | None = None
        self._doubt = asyncio.Event()

    @property
    def status(self) -> RecordingStatus:
        """What was found last."""
        return self._status

    async def start(self) -> None:
        """Begin to look."""
        self._database.on_outcome(self._wrote)
        self._task = asyncio.create_task(self._watch(), name="recording")

    async def stop(self) -> None:
        """Look no longer; does nothing the second time."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def join(self) -> None:
        """Return when the watch has ended by `stop`; raise what ended it otherwise."""
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()

    async def check(self) -> RecordingStatus:
        """Return what is so now, or was FRESH_S ago (GAP_S while it is not possible); answers
        within PATIENCE_S."""
        if self._age_s() >= (FRESH_S if self._status.possible else GAP_S):
            await self._try()
        return self._status

    async def _watch(self) -> None:
        while True:
            if self._doubt.is_set() or self._age_s() >= self._every_s():
                self._doubt.clear()
                await self._try()
            await asyncio.sleep(GAP_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s() - GAP_S):
                    await self._doubt.wait()

    def _every_s(self) -> float:
        return EVERY_S if self._status.possible else AGAIN_S

    def _age_s(self) -> float:
        return inf if self._checked_at is None else _now_s() - self._checked_at

    async def _try(self) -> None:
        """Make a trial, or join the one that runs; return when it is judged."""
        if self._trial is None:
            self._trial = asyncio.create_task(self._write(), name="recording-trial")
        elif self._hindrance is Hindrance.WRITER_STUCK:
            return
        running = self._trial
        await asyncio.wait({running}, timeout=PATIENCE_S)
        if not running.done():
            self._judge(Hindrance.WRITER_STUCK)

    async def _write(self) -> None:
        try:
            await self._database.write(trial.write)
        except StorageBusyError:  # so many sales wait that others find out
            return
        except StoreError as error:
            self._judge(hindrance_of(error, self._directory))
        else:
            self._judge(Hindrance.STORAGE_MOVED if self._database.moved() else None)
        finally:
            self._trial = None

    def _wrote(self, failure: StoreError | None) -> None:
        """Take in how a write of others ended: the trial alone judges, others call for it."""
        if failure is not None or self._database.moved():
            self._doubt.set()
        elif self._status.possible and self._checked_at is not None:
            self._checked_at = _now_s()

    def _judge(self, hindrance: Hindrance | None) -> None:
        self._checked_at = _now_s()
        if hindrance is self._hindrance:
            return
        self._hindrance = hindrance
        since = self._clock.wall()
        self._status = _hindered(hindrance, since, self._directory) if hindrance else _well(since)
        if hindrance:
            _log.error("recording_impossible", reason=hindrance, what_to_do=self._status.detail)
            self._doubt.set()  # look more often from now on
        else:
            _log.info("recording_possible_again")
        self._told(self._status)


def _well(since: Millis) -> RecordingStatus:
    return RecordingStatus(possible=True, reason="", sentence=None, detail="", since=since)


def _hindered(hindrance: Hindrance, since: Millis, directory: Path) -> RecordingStatus:
    words = TOLD[hindrance]
    return RecordingStatus(
        possible=False,
        reason=hindrance,
        sentence=words.sentence,
        detail=words.detail.format(dir=directory),
        since=since,
    )


def _now_s() -> float:
    """Real time, whatever clock the store goes by: a disk is asked, not a calendar."""
    return asyncio.get_running_loop().time()
