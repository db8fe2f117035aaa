"""Nightly: the whole database is checked, and backed up where that is set up."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from agent.base.logging import get_logger
from agent.ops.backup.errors import DamagedError, NotConfiguredError, NotSentError
from agent.ops.backup.job import Job, Outcome
from agent.ops.backup.order import order_of
from agent.ops.backup.sending import send_backup
from agent.services.house.calendar import NotDoneError
from agent.services.house.healing import tell_the_start
from agent.settings import Settings
from agent.store.errors import StoreError

SETTLE_S = 240.0
"""Waited first: a PC that was off at night does this after its start, when the tills open."""

Mend = Callable[[Mapping[str, int]], Awaitable[None]]
"""Called with the tables in which the disk changed something, and what their digests lack."""

log = get_logger(__name__)


class FoundDamagedError(StoreError):
    """The database is damaged: the agent ends, and its next start sets it aside."""


class Nightly:
    """The night's work, in a child process."""

    def __init__(self, settings: Settings, *, mend: Mend, settle_s: float = SETTLE_S) -> None:
        self._settings = settings
        self._mend = mend
        self._settle_s = settle_s
        self._state_dir = Path(settings.paths.state_dir)
        self._damaged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._failing = ""
        self._unsent: Path | None = None

    async def work(self) -> None:
        """Check and back up; NotDoneError when it is to be tried again."""
        if self._unsent is not None and self._unsent.exists():
            await self._send(self._unsent)
            return
        await asyncio.sleep(self._settle_s)
        outcome = await _in_child(self._job())
        if outcome.code == DamagedError.code:
            log.critical("database_damaged", why=outcome.detail)
            tell_the_start(self._state_dir, outcome.detail)
            self._damaged.set_exception(FoundDamagedError(outcome.detail))
            raise NotDoneError
        if outcome.code:
            (log.debug if outcome.code == self._failing else log.warning)(
                "backup_failed", code=outcome.code, why=outcome.detail
            )
            self._failing = outcome.code
            raise NotDoneError
        self._failing = ""
        if outcome.differing:
            await self._mend_or_later(outcome.differing)
        log.info(
            "database_checked",
            events=outcome.events,
            backup=outcome.file,
            took_ms=outcome.took_ms,
        )
        if outcome.file and self._settings.backup.to_hq:
            await self._send(Path(outcome.file))

    async def _send(self, file: Path) -> None:
        """Leave it at head office; NotDoneError when that is to be tried again, without another."""
        self._unsent = file
        try:
            await send_backup(self._settings, file)
        except NotSentError as error:
            (log.debug if self._failing == error.code else log.warning)(
                "backup_failed", code=error.code, why=str(error)
            )
            self._failing = error.code
            raise NotDoneError from error
        self._unsent, self._failing = None, ""
        log.info("backup_sent", backup=str(file))

    async def _mend_or_later(self, differing: Mapping[str, int]) -> None:
        try:
            await self._mend(differing)
        except StoreError as error:
            log.warning("tables_not_mended", tables=list(differing), why=str(error))
            raise NotDoneError from error

    async def join(self) -> None:
        """Raise FoundDamagedError when the database was found damaged; never return."""
        await asyncio.shield(self._damaged)

    def _job(self) -> Job:
        order = None
        with suppress(NotConfiguredError):
            order = order_of(self._settings)
        return Job(state_dir=str(self._state_dir), order=order)


async def _in_child(job: Job) -> Outcome:
    """Have `job` done by a process of its own, which does not outlive this call."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", "agent.ops.backup.child", stdin=PIPE, stdout=PIPE
    )
    try:
        answer, _ = await child.communicate(msgspec.json.encode(job))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    try:
        return msgspec.json.decode(answer, type=Outcome)
    except msgspec.MsgspecError:
        return Outcome(code="backup_failed", detail=f"it ended with status {child.returncode}")
