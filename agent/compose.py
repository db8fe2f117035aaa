"""Compose: the whole agent from its parts. Starts in order, stops in reverse."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from agent.base.answers import Answers
from agent.base.clock import Clock, SystemClock
from agent.base.loop_lag import LoopLag
from agent.base.notify import Notifier
from agent.hq_line import HqLine
from agent.opening import make_state_dir, open_desk
from agent.ops.backup.nightly import Nightly
from agent.ops.metrics.source import WATCHED, MetricsSource
from agent.rolled_back import rolled_back_version
from agent.schedule import Schedule, time_or_none
from agent.services.cash.late_shifts import ClosingReminder
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.clock_watch import ClockWatch
from agent.services.house.fleet import Fleet, wanted
from agent.services.house.mending import mend_tables
from agent.services.house.recording import Recording, RecordingStatus
from agent.services.house.status import StatusSource, backup_status
from agent.services.house.status_watch import StatusWatch
from agent.services.house.training import TrainingGround
from agent.services.line.apply_changes import ChangeApplier
from agent.serving import LocalApi
from agent.settings import Settings
from agent.staged_settings import with_staged
from agent.state_dir import DATABASE_FILE, TRAINING_DIR
from agent.till_devices import TillDevices
from sync.transport.link import LinkState


class StoreAgent:
    """One running agent."""

    def __init__(
        self, settings: Settings, *, notifier: Notifier, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._notifier = notifier
        self._clock = clock or SystemClock()
        self._stack = AsyncExitStack()
        self.port = 0
        """The local API's port, known after start."""

    async def start(self) -> None:
        """Return when the local API answers; raise StartRefusedError before anything is open."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def stop(self) -> None:
        """Stop in reverse order; what was accepted is on disk."""
        await self._stack.aclose()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Start, tell systemd, serve until `stop` is set, stop."""
        await self.start()
        try:
            self._notifier.ready(self._serving())
            # A part that breaks down ends the process: systemd starts a new one.
            async with asyncio.TaskGroup() as group:
                watches = [group.create_task(part.join()) for part in self._parts]
                await self._notifier.run_watchdog(stop, self._writer_answers)
                for watch in watches:
                    watch.cancel()
        finally:
            self._notifier.stopping("finishing what was accepted")
            await self.stop()

    async def _start(self) -> None:
        settings, clock, link = self._settings, self._clock, LinkState()
        state_dir = make_state_dir(settings)
        desk = await open_desk(settings, state_dir, clock=clock, stack=self._stack)
        self._writer_answers = desk.database.answer
        recording = Recording(desk.database, clock=clock, told=self._tell)
        await recording.start()
        self._stack.push_async_callback(recording.stop)
        settings, fleet = await self._staged(settings, desk, recording)
        till = TillDevices(settings, news=desk.news, clock=clock)
        desk = till.equip(desk, is_online=lambda: link.status.online)
        self._stack.push_async_callback(till.stop)
        till.start(desk)
        line = HqLine(settings, desk, fleet=fleet, link=link, clock=clock, version=app_version())
        self._stack.push_async_callback(line.stop)
        await line.open()
        desk = replace(desk, claims=line.claims)
        clock_watch = ClockWatch(desk.time, clock)
        reminder = ClosingReminder(desk, remind_at=time_or_none(settings.store.closing_reminder))
        status = StatusSource(
            desk,
            version=app_version(),
            recording=lambda: recording.status,
            fleet=fleet,
            line=line.status,
            feed=line.feed_failure,
            devices=till.devices.report,
            backup=lambda: backup_status(state_dir, configured=settings.backup.wanted),
            clock_step=lambda: clock_watch.last_step,
            late_shifts=reminder.late,
        )
        nightly = Nightly(settings, mend=partial(mend_tables, desk))
        schedule = Schedule(
            settings,
            desk,
            follower=line.follower,
            status_watch=StatusWatch(status, desk.news),
            clock_watch=clock_watch,
            nightly=nightly,
            comparing=line.comparing,
            reminder=reminder,
            renewal=line.renewal,
        )
        self._parts = (desk.database, recording, line.uploader, nightly)
        await line.be_greeted()
        ground = self._training_ground(desk, till, state_dir)
        await self._serve(
            desk,
            ground,
            status=status,
            recording=recording,
            changes=line.changes,
            state_dir=state_dir,
        )
        schedule.start()
        self._stack.push_async_callback(schedule.stop)

    def _serving(self) -> str:
        return f"store {self._settings.store.code}: serving on port {self.port}"

    def _tell(self, recording: RecordingStatus) -> None:
        hindered = f"NO SALE CAN BE RECORDED: {recording.detail}"
        self._notifier.status(self._serving() if recording.possible else hindered)

    async def _staged(
        self, settings: Settings, desk: StoreDesk, recording: Recording
    ) -> tuple[Settings, Fleet]:
        """Put what head office stages under the store's own settings, for this run."""
        known = await desk.database.read(wanted)
        self._settings, staged = with_staged(settings, known)
        return self._settings, Fleet(
            staged,
            version=app_version(),
            can_record=lambda: recording.status.possible,
            rolled_back=rolled_back_version(Path(settings.paths.state_dir)),
        )

    def _training_ground(
        self, desk: StoreDesk, till: TillDevices, state_dir: Path
    ) -> TrainingGround:
        async def print_there(training: StoreDesk) -> None:
            self._stack.push_async_callback(till.print_for(training).stop)

        ground = TrainingGround(
            desk,
            real=state_dir / DATABASE_FILE,
            training=state_dir / TRAINING_DIR / DATABASE_FILE,
            opened=print_there,
        )
        self._stack.push_async_callback(ground.close)
        return ground

    async def _serve(
        self,
        desk: StoreDesk,
        ground: TrainingGround,
        *,
        status: StatusSource,
        recording: Recording,
        changes: ChangeApplier,
        state_dir: Path,
    ) -> None:
        answers, lag = Answers(*WATCHED), LoopLag()
        lag.start()
        self._stack.push_async_callback(lag.stop)
        metrics = MetricsSource(
            status=status,
            database=desk.database,
            state_dir=state_dir,
            answers=answers,
            lag=lag,
            clock=self._clock,
            version=app_version(),
        )
        api = LocalApi(
            self._settings,
            desk,
            ground,
            status=status,
            answers=answers,
            metrics=metrics.page,
            recording=recording,
            changes=changes,
            state_dir=state_dir,
            version=app_version(),
        )
        self._stack.push_async_callback(api.stop)
        self.port = await api.start()


def app_version() -> str:
    """Return the installed version."""
    return version("store-agent")
