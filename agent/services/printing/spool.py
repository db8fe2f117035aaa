"""The spool's worker: sends queued jobs to the printer, one at a time, in order, each once.

The state goes to disk before the first byte is sent and after the last: what a crash interrupts is
`unknown` afterwards, and never printed again by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol, TypeVar

import msgspec

from agent.base.clock import HOUR_MS, Millis
from agent.base.logging import get_logger
from agent.domain.printing.letterhead import copy_of, moment
from agent.domain.printing.printout import Printout
from agent.services.desk.news import Item, Topic
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.sure_past import SurePast
from agent.store.errors import StoreError
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobKind, JobState, PrintJob
from agent.store.sqlite import Connection, DatabaseError
from drivers.errors import DeviceError, NotReadyError, UnsureError
from drivers.ports import PrintResult

ASK_AGAIN_S = 10.0
"""A printer that was not ready is asked again after so long, or as soon as its state changes."""
RETRY_S = 2.0
"""Between tries to write to the database, or to start the worker again."""
FINISH_S = 5.0
"""So long a job that is being sent may take to end when the agent stops."""
TOO_OLD_MS = 12 * HOUR_MS
"""What waited longer for the printer is given up: nobody waits for that paper any more."""
MAX_DETAIL_CHARS = 300
GATHER_S = 0.02
"""The queue is looked at once for the commits of so long: most of them print nothing."""

INTERRUPTED = "the agent ended while it was being printed"
UNCONFIRMED = "sent; this printer can't confirm"
GIVEN_UP = "waited too long for the printer"

log = get_logger(__name__)
T = TypeVar("T")


class Press(Protocol):
    """What the spool asks of a printer."""

    async def print(self, printout: Printout) -> PrintResult:
        """Print; see drivers.ports.ReceiptPrinter."""

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time the printer's state changes."""

    def is_reachable(self) -> bool:
        """Whether asking it makes sense: it is there, and not known to be silent.

        A job that is begun costs two writes, and is unknown if the power fails meanwhile.
        """

    def cut_off_remains(self) -> None:
        """Say that something of a job may be left in the printer; see ReceiptPrinter."""

    def found(self) -> str:
        """What was found out about what the printer can tell, in words; empty while nothing was."""


class _End(msgspec.Struct, frozen=True):
    state: JobState
    detail: str = ""


class Spool:
    """Works a desk's queue off, as long as it runs."""

    def __init__(self, desk: StoreDesk, press: Press) -> None:
        self._desk = desk
        self._press = press
        self._past = SurePast(desk.time)
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        desk.database.on_commit(self._woken.set)
        press.on_change(self._changed.set)

    def start(self) -> None:
        """Begin; what was being printed when the agent ended is unknown from now on."""
        self._task = asyncio.create_task(self._supervise(), name="print spool")

    async def stop(self) -> None:
        """Let a job that is being sent end, for FINISH_S at most; begin no other."""
        if self._task is None:
            return
        self._stopping = True
        self._woken.set()
        self._changed.set()
        await asyncio.wait({self._task}, timeout=FINISH_S)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def _supervise(self) -> None:
        while not self._stopping:
            try:
                await self._run()
            except Exception:  # printing must never take the tills along
                log.exception("spool_crashed")
                await asyncio.sleep(RETRY_S)

    async def _run(self) -> None:
        interrupted = await self._write(lambda db: print_jobs.interrupted(db, INTERRUPTED))
        if interrupted:
            self._press.cut_off_remains()
        for job_id in interrupted:
            await self._tell(job_id)
        while not self._stopping:
            self._woken.clear()
            self._changed.clear()
            turn = await self._read(print_jobs.next_queued)
            if turn is None:
                await self._woken.wait()
                await asyncio.sleep(GATHER_S)
            elif not self._press.is_reachable():
                await self._wait_for_printer()
            else:
                await self._work_off(*turn)

    async def _work_off(self, job: PrintJob, printout: bytes) -> None:
        attempt = job.attempts + 1
        if not await self._write(lambda db: print_jobs.begin(db, job.job_id, attempt)):
            return
        await self._tell(job.job_id)
        end = await self._send(job, printout)
        at = self._desk.time.now()
        await self._write(
            lambda db: print_jobs.end(db, job.job_id, end.state, detail=end.detail, at=at)
        )
        await self._tell(job.job_id)
        if end.state is JobState.QUEUED:
            await self._wait_for_printer()

    async def _send(self, job: PrintJob, printout: bytes) -> _End:
        """Print it and say how that ended; nothing is sent before it is known what."""
        try:
            paper = self._paper(job, printout)
            result = await self._press.print(paper)
        except NotReadyError as error:
            return _End(JobState.QUEUED, _short(error))
        except UnsureError as error:
            return self._unknown(job, _short(error))
        except (DeviceError, ValueError) as error:
            log.error("print_job_failed", job=job.job_id, title=job.title, why=str(error))
            return _End(JobState.FAILED, _short(error))
        except Exception as error:  # a third party's driver may raise anything
            log.exception("device_driver_failed", job=job.job_id)
            return self._unknown(job, _short(error))
        if result is PrintResult.SENT:
            why = filter(None, (UNCONFIRMED, self._press.found()))
            return _End(JobState.PRINTED, ": ".join(why)[:MAX_DETAIL_CHARS])
        return _End(JobState.PRINTED)

    def _paper(self, job: PrintJob, printout: bytes) -> Printout:
        paper = msgspec.json.decode(printout, type=Printout)
        papers = self._desk.papers
        if not job.copy or job.kind is JobKind.SHIFT or papers is None:
            return paper
        return copy_of(paper, job.copy, at=moment(papers.stationery.letterhead, job.at))

    def _unknown(self, job: PrintJob, detail: str) -> _End:
        log.warning("print_job_unknown", job=job.job_id, title=job.title, why=detail)
        return _End(JobState.UNKNOWN, detail)

    async def _wait_for_printer(self) -> None:
        """Wait for a change of the printer since it was asked, or for ASK_AGAIN_S."""
        at, before = self._desk.time.now(), Millis(self._past.now() - TOO_OLD_MS)
        for job_id in await self._write(
            lambda db: print_jobs.give_up(db, before, detail=GIVEN_UP, at=at)
        ):
            await self._tell(job_id)
        with suppress(TimeoutError):
            if not self._stopping:
                await asyncio.wait_for(self._changed.wait(), ASK_AGAIN_S)

    async def _tell(self, job_id: str) -> None:
        """Publish how the job stands."""
        found = await self._read(lambda db: print_jobs.find(db, job_id))
        if found is not None:
            self._desk.news.publish(Item(topic=Topic.PRINT, facts=found[0]))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self._until_done(lambda: self._desk.database.read(work))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._until_done(lambda: self._desk.database.write(work))

    async def _until_done(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The result, as soon as the database gives one; each of our writes may be repeated."""
        failing = False
        while True:
            try:
                result = await ask()
            except (StoreError, DatabaseError) as error:
                (log.debug if failing else log.warning)("spool_failed", why=str(error))
                failing = True
                await asyncio.sleep(RETRY_S)
            else:
                if failing:
                    log.info("spool_recovered")
                return result


def _short(error: Exception) -> str:
    return str(error)[:MAX_DETAIL_CHARS]
