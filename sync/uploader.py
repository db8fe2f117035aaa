"""Brings the outbox to head office: hello, then batch after batch, each confirmed by its hash.

A session begins with hello and ends with the first failure, so that whatever was lost on the way
is found out by the next hello. Nothing is acknowledged that HQ's own hash has not confirmed.
"""

import asyncio
import random
from dataclasses import dataclass
from enum import StrEnum

from agent.base.clock import MINUTE_MS, Clock
from agent.base.logging import get_logger
from sync.batching import Batch, BatchSize
from sync.client import HqClient
from sync.errors import (
    ContradictionError,
    FencedError,
    HqError,
    RejectedError,
    ServerFailedError,
    StuckError,
    TooLargeError,
    TransportFailedError,
    UpgradeNeededError,
)
from sync.greeting import EnterEpoch, ForgetCursor, Send, Step, greeting, next_step
from sync.outage import OutageLog
from sync.outbox import Outbox, OutboxPosition
from sync.protocol.messages import HelloAnswer, Point
from sync.retry import wait_ms
from sync.transport.request import Payload, payload
from sync.waiting import Draw, Sleep, cancel, first_of, unbroken

MAX_HELLOS = 5
"""Hellos in a row that HQ may ask for: reseed and trail take one each."""
IDLE_HELLO_MS = 10 * MINUTE_MS
"""With nothing to send, hello is said again after this: to hear of a backup, a fence, a restore."""


class UploadState(StrEnum):
    """What the uploader is doing."""

    UNCONFIGURED = "unconfigured"
    """No address of HQ is set."""
    STARTING = "starting"
    """Not yet heard from HQ in this run."""
    IDLE = "idle"
    """HQ holds all there is."""
    SENDING = "sending"
    BACKING_OFF = "backing_off"
    """The last try failed; another follows by itself."""
    FENCED = "fenced"
    """Another machine has this store's identity."""
    UPGRADE_NEEDED = "upgrade_needed"
    """HQ no longer speaks this program's protocol."""
    REJECTED = "rejected"
    """HQ refuses this store's requests: a wrong key or address, most likely."""
    STUCK = "stuck"
    """The next event can't be brought to HQ."""
    STOPPED = "stopped"
    CRASHED = "crashed"
    """A defect ended the task; `join` raises it."""


@dataclass(frozen=True, kw_only=True)
class UploadStatus:
    """The uploader as it is shown."""

    state: UploadState
    last_error: str
    """Stable code of the failure that holds; empty when all is well."""
    detail: str
    """What failed, in words."""
    attempt: int
    """Failures in a row."""
    next_try_in_ms: int | None
    """None: no wait is running."""


class Uploader:
    """One task that keeps HQ's copy of the journal up to date."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        client: HqClient,
        clock: Clock,
        app_version: str,
        batch_events: int,
        sleep: Sleep = asyncio.sleep,
        draw: Draw = random.random,
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._clock = clock
        self._app_version = app_version
        self._size = BatchSize(batch_events)
        self._sleep = sleep
        self._draw = draw
        self._logger = get_logger(__name__)
        self._log = OutageLog(self._logger, "upload")
        self._task: asyncio.Task[None] | None = None
        self._state = UploadState.STARTING
        self._error: HqError | None = None
        self._attempt = 0
        self._next_try_at: int | None = None
        self._hello_due = asyncio.Event()

    @property
    def status(self) -> UploadStatus:
        """What the uploader is doing."""
        next_try_in = None
        if self._next_try_at is not None:
            next_try_in = max(0, self._next_try_at - self._clock.monotonic_ms())
        return UploadStatus(
            state=self._state,
            last_error=self._error.code if self._error else "",
            detail=self._error.detail if self._error else "",
            attempt=self._attempt,
            next_try_in_ms=next_try_in,
        )

    async def start(self) -> None:
        """Begin in the background; without an address of HQ there is nothing to begin."""
        if not self._client.configured:
            self._state = UploadState.UNCONFIGURED
        elif self._task is None:
            self._state = UploadState.STARTING
            self._task = asyncio.create_task(self._run(), name="uploader")
            self._task.add_done_callback(self._ended)

    def greet_again(self) -> None:
        """Say hello as soon as nothing is left to send: there is news that only hello tells."""
        self._hello_due.set()

    async def stop(self) -> None:
        """Break off and return when the task has ended; an outcome being written is finished."""
        if self._task is not None:
            await cancel(self._task)
            self._task = None

    async def join(self) -> None:
        """Return when the task has ended by `stop`; raise what ended it otherwise."""
        task = self._task
        if task is not None:
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()

    async def _run(self) -> None:
        while True:
            try:
                epoch, acked = await self._greet()
                await self._send_all(epoch, acked)
            except HqError as error:
                await self._back_off(error)

    async def _greet(self) -> tuple[int, Point]:
        """Say hello until HQ lets us send; return the epoch and the place to send from."""
        self._hello_due.clear()
        trail: tuple[Point, ...] = ()
        for _ in range(MAX_HELLOS):
            position = await self._outbox.position()
            hello = greeting(
                position, trail=trail, app_version=self._app_version, clock=self._clock.wall()
            )
            answer = await self._client.hello(hello)
            await self._outbox.heard(answer)
            step = await self._next_step(answer, position, trail_sent=bool(trail))
            if isinstance(step, Send | EnterEpoch):
                return await unbroken(self._settle(step, position, answer))
            if isinstance(step, ForgetCursor):
                await self._outbox.forget_cursor(step.hq_epoch)
            else:
                trail = tuple(await self._outbox.trail())
        raise ContradictionError("hello_without_end", f"{MAX_HELLOS} hellos in a row")

    async def _next_step(
        self, answer: HelloAnswer, position: OutboxPosition, *, trail_sent: bool
    ) -> Step:
        own_hash: str | None = position.acked.hash
        if answer.accepted_seq != position.acked.seq:
            own_hash = await self._outbox.hash_at(answer.accepted_seq)
        return next_step(answer, position, own_hash=own_hash, trail_sent=trail_sent)

    async def _settle(
        self, step: Send | EnterEpoch, position: OutboxPosition, answer: HelloAnswer
    ) -> tuple[int, Point]:
        self._size.limit(answer.limits)
        if isinstance(step, EnterEpoch):
            await self._outbox.enter_epoch(step.epoch, step.accepted)
            return step.epoch, step.accepted
        await self._outbox.acknowledge(
            step.accepted, backup_through=answer.backup_through, server_time=answer.server_time
        )
        return position.epoch, step.accepted

    async def _send_all(self, epoch: int, acked: Point) -> None:
        """Send what there is and what comes; return when hello is due again."""
        batch = await self._read(epoch, acked)
        while True:
            if batch is None:
                self._well(UploadState.IDLE)
                await first_of(
                    self._outbox.wait_appended(acked.seq),
                    self._rest(IDLE_HELLO_MS),
                    self._hello_due.wait(),
                )
                batch = await self._read(epoch, acked)
                if batch is None:
                    return
            self._state = UploadState.SENDING
            acked, batch = await self._send(batch)

    async def _send(self, batch: "_Prepared") -> tuple[Point, "_Prepared | None"]:
        """Send and acknowledge; return the place confirmed and, read meanwhile, what follows."""
        sent = batch.batch
        following = asyncio.create_task(self._following(sent))
        try:
            confirmed = await self._exchange(batch)
            if confirmed == sent.last:
                return confirmed, await following
        finally:
            await cancel(following)
        return confirmed, await self._read(sent.epoch, confirmed)

    async def _exchange(self, prepared: "_Prepared") -> Point:
        batch = prepared.batch
        try:
            answer = await self._client.send(prepared.payload)
        except TooLargeError as error:
            if len(batch.lines) == 1:
                detail = f"HQ does not take seq {batch.last_seq}"
                raise StuckError("event_too_large", detail) from error
            self._size.too_large(len(batch.lines))
            return batch.after
        except TransportFailedError as error:
            if error.code == "timeout":
                self._size.lost(len(batch.lines))
            raise
        confirmed = batch.confirmed(answer)
        await unbroken(
            self._outbox.acknowledge(
                confirmed,
                backup_through=answer.backup_through,
                server_time=answer.server_time,
                results=answer.results,
            )
        )
        self._size.confirmed()
        self._well(UploadState.SENDING)
        return confirmed

    async def _following(self, batch: Batch) -> "_Prepared | None":
        return await self._read(batch.epoch, batch.last) if batch.full else None

    async def _read(self, epoch: int, after: Point) -> "_Prepared | None":
        lines = await self._outbox.read(after.seq, self._size.events, self._size.bytes)
        if not lines:
            return None
        batch = Batch(epoch=epoch, after=after, lines=lines, full=self._size.is_full(lines))
        return _Prepared(batch=batch, payload=await payload(batch.encoded()))

    async def _back_off(self, error: HqError) -> None:
        """Say what failed and wait.

        A wait for the line ends as soon as HQ answers another call, such as the feed's poll; one
        that HQ asked for, or that only people can end, stands.
        """
        self._attempt += 1
        self._error = error
        self._state = _state_after(error)
        wait = wait_ms(error, self._attempt, draw=self._draw())
        self._log.failed(error, attempt=self._attempt, wait_ms=wait)
        self._next_try_at = self._clock.monotonic_ms() + wait
        waits = [self._rest(wait)]
        if isinstance(error, TransportFailedError) and not isinstance(error, ServerFailedError):
            waits.append(self._client.next_answer())
        try:
            await first_of(*waits)
        finally:
            self._next_try_at = None

    async def _rest(self, milliseconds: int) -> None:
        await self._sleep(milliseconds / 1000)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        self._state = UploadState.CRASHED if error else UploadState.STOPPED
        if error:
            self._logger.critical("uploader_crashed", exc_info=error)

    def _well(self, state: UploadState) -> None:
        self._state = state
        self._error = None
        self._attempt = 0
        self._log.succeeded()


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A batch with its bytes, ready to travel."""

    batch: Batch
    payload: Payload


def _state_after(error: HqError) -> UploadState:
    match error:
        case FencedError():
            return UploadState.FENCED
        case UpgradeNeededError():
            return UploadState.UPGRADE_NEEDED
        case RejectedError():
            return UploadState.REJECTED
        case StuckError():
            return UploadState.STUCK
        case _:
            return UploadState.BACKING_OFF
