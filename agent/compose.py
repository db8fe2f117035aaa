"""Compose: the only file that names concrete classes. Starts in order, stops in reverse."""

import asyncio
import os
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from agent.api.access import Access
from agent.api.app import build_app
from agent.api.dispatch import Dispatch
from agent.api.keys import ApiKeys, ensure_local_key
from agent.api.live import Live
from agent.api.operations.baskets import basket_operations
from agent.api.operations.cashiers import cashier_operations
from agent.api.operations.coupons import coupon_operations
from agent.api.operations.lookup import lookup_operations
from agent.api.operations.prints import print_operations
from agent.api.operations.refunds import refund_operations
from agent.api.operations.sales import sale_operations
from agent.api.operations.sessions import session_operations
from agent.api.operations.shifts import shift_operations
from agent.api.operations.status import status_operations
from agent.api.server import LocalServer
from agent.base.clock import SECOND_MS, Clock, SystemClock
from agent.base.logging import get_logger
from agent.base.notify import Notifier
from agent.domain.chain import ChainBrokenError
from agent.domain.scale_label import ScaleLabels
from agent.services.apply_changes import ChangeApplier
from agent.services.close_shift import Closings
from agent.services.housekeeping import Housekeeping
from agent.services.identity import Identity
from agent.services.outbox import JournalOutbox
from agent.services.refund import Refunds
from agent.services.status import FeedFailure, LineStatus, StatusSource
from agent.services.status_watch import StatusWatch
from agent.services.store_desk import StoreDesk
from agent.services.timekeeper import Timekeeper
from agent.services.training import TrainingGround
from agent.services.trust import Trust
from agent.settings import Settings
from agent.state_dir import (
    API_KEYS_DIR,
    CLOSING_KEY_FILE,
    DATABASE_FILE,
    LOCAL_KEY_FILE,
    PEPPER_FILE,
    TRAINING_DIR,
)
from agent.store import cashiers, journal, sync_state
from agent.store.closing_key import load_closing_key
from agent.store.damage import damage_told
from agent.store.database import Database
from agent.store.errors import JournalBrokenError
from agent.store.lock import StoreLock
from agent.store.pepper import load_pepper
from agent.store.sqlite import Connection
from agent.till.routes import till_routes
from agent.till.shell import Workplace
from agent.till_devices import TillDevices
from sync.client import BearerKey, HqClient, Timeouts
from sync.downloader import Downloader
from sync.link import LinkState
from sync.uploader import Uploader

VERIFY_AT_START = 1_000
"""Newest events whose chain is checked at each start; `outbox verify` checks all."""
JITTER = 0.1
"""Share of an interval by which periodic work is spread, so that a chain's stores don't march."""
STOP_TIMEOUT_S = 5.0

log = get_logger(__name__)


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

    async def _start(self) -> None:
        settings = self._settings
        state_dir = make_state_dir(settings)
        desk = await self._open_desk(state_dir)
        client = await self._client()
        till = TillDevices(settings, news=desk.news, clock=self._clock)
        desk = till.equip(desk, is_online=lambda: client.link.status.online)
        self._stack.push_async_callback(till.stop)
        till.start(desk)
        uploader, downloader = await self._sync(desk, client)
        status = StatusSource(
            desk,
            version=app_version(),
            line=lambda: _line(client, uploader),
            feed=lambda: _feed(downloader),
            devices=till.devices.report,
        )
        watch = StatusWatch(status, desk.news)
        await watch.start()
        self._stack.push_async_callback(watch.stop)
        self._parts = (desk.database, uploader, watch)
        await self._serve(desk, status, self._training_ground(desk, till, state_dir), state_dir)
        self._schedule(desk, downloader)
        await uploader.start()

    async def _open_desk(self, state_dir: Path) -> StoreDesk:
        lock = StoreLock(state_dir)
        lock.acquire()
        self._stack.callback(lock.release)
        file = state_dir / DATABASE_FILE
        database = Database(file)
        database.open()
        self._stack.push_async_callback(asyncio.to_thread, database.close)
        with damage_told(file):
            return await self._desk_on(database)

    async def _desk_on(self, database: Database) -> StoreDesk:
        settings = self._settings
        trust = Trust(settings.hq.root_key)
        code = settings.store.code
        await database.write(lambda db: sync_state.found(db, store=code, install_id=uuid4().hex))
        await database.read(lambda db: check_tail(db, code))
        if not await database.read(trust.load):
            log.error("kept documents are not signed by hq.root_key; the feed begins anew")
            await database.write(sync_state.forget_cursor)
        time = Timekeeper(
            clock=self._clock,
            zone=ZoneInfo(settings.store.timezone),
            contact_at=(await database.read(sync_state.get)).contact_at,
            newest_journal=await database.read(journal.newest_at),
        )
        return StoreDesk(
            store=code,
            database=database,
            time=time,
            trust=trust,
            scale_labels=ScaleLabels(settings.scale_labels.formats),
        )

    async def _client(self) -> HqClient:
        hq = self._settings.hq
        client = HqClient(
            urls=hq.urls,
            credentials=BearerKey(read_hq_key(self._settings)),
            timeouts=Timeouts(connect_ms=hq.connect_timeout_ms, total_ms=hq.request_timeout_ms),
            user_agent=f"store-agent/{app_version()}",
            link=LinkState(),
            clock=self._clock,
        )
        await client.start()
        self._stack.push_async_callback(client.stop)
        return client

    async def _sync(self, desk: StoreDesk, client: HqClient) -> tuple[Uploader, Downloader]:
        uploader = Uploader(
            outbox=JournalOutbox(desk),
            client=client,
            clock=self._clock,
            app_version=app_version(),
            batch_events=self._settings.hq.batch_events,
        )
        downloader = Downloader(sink=ChangeApplier(desk), client=client, clock=self._clock)
        self._stack.push_async_callback(downloader.stop)
        self._stack.push_async_callback(uploader.stop)
        return uploader, downloader

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
        self, desk: StoreDesk, status: StatusSource, ground: TrainingGround, state_dir: Path
    ) -> None:
        api = self._settings.api
        keys = ApiKeys(state_dir / API_KEYS_DIR)
        ensure_local_key(keys, state_dir / LOCAL_KEY_FILE)
        identity = await self._identity(desk, state_dir)
        access = Access(
            keys=keys,
            sessions=identity.sessions,
            allowed_hosts=api.allowed_hosts,
            allowed_origins=api.allowed_origins,
        )
        closings = Closings(load_closing_key(state_dir / CLOSING_KEY_FILE))
        refunds = Refunds(supervisor_from_fen=self._settings.till.supervisor_refund_fen)
        app = build_app(
            operations=(
                *basket_operations(),
                *coupon_operations(),
                *lookup_operations(),
                *sale_operations(),
                *session_operations(identity.sessions, identity.approvals),
                *cashier_operations(identity.staff),
                *print_operations(closings),
                *refund_operations(refunds),
                *shift_operations(closings),
                *status_operations(status),
            ),
            dispatch=Dispatch(ground.desk_for, identity.approvals),
            desk=desk,
            access=access,
            live=Live(news=desk.news, status=status.report, still_in=access.still_in),
            version=app_version(),
            pages=till_routes(Workplace.of(self._settings)),
        )
        server = LocalServer(app, host=api.host, port=api.port, stop_timeout_s=STOP_TIMEOUT_S)
        self._stack.push_async_callback(server.stop)
        self.port = await server.start()
        log.info("listening", url=f"http://{api.host}:{self.port}", store=desk.store)

    async def _identity(self, desk: StoreDesk, state_dir: Path) -> Identity:
        till = self._settings.till
        pepper = state_dir / PEPPER_FILE
        staff = await desk.database.read(cashiers.all_of)
        if staff and not pepper.exists():
            log.error("the pepper is gone, so no PIN counts: store-agent cashier set-pin for each")
        identity = Identity(
            desk,
            pepper=load_pepper(pepper),
            till=till.code,
            idle_ms=till.idle_lock_seconds * SECOND_MS,
        )
        self._stack.push_async_callback(asyncio.to_thread, identity.close)
        return identity

    def _schedule(self, desk: StoreDesk, downloader: Downloader) -> None:
        journal_settings = self._settings.journal
        house = Housekeeping(desk, retention_days=journal_settings.retention_days)
        scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for job, seconds in (
            (downloader.poll, self._settings.hq.poll_seconds),
            (house.checkpoint, journal_settings.checkpoint_seconds),
            (house.prune, journal_settings.prune_seconds),
        ):
            scheduler.add_job(
                job, "interval", seconds=seconds, jitter=seconds * JITTER, id=job.__qualname__
            )
        scheduler.add_job(downloader.poll, id="first poll")
        scheduler.start()
        self._stack.push_async_callback(_end_schedule, scheduler, downloader)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Start, tell systemd, serve until `stop` is set, stop."""
        await self.start()
        try:
            self._notifier.ready(f"store {self._settings.store.code}: serving on port {self.port}")
            # A part that breaks down ends the process: systemd starts a new one.
            async with asyncio.TaskGroup() as group:
                watches = [group.create_task(part.join()) for part in self._parts]
                await self._notifier.run_watchdog(stop)
                for watch in watches:
                    watch.cancel()
        finally:
            self._notifier.stopping("finishing what was accepted")
            await self.stop()


async def _end_schedule(scheduler: AsyncIOScheduler, downloader: Downloader) -> None:
    """Let a poll that runs end by itself, so that the scheduler does not tell it as a fault."""
    scheduler.pause()
    await downloader.stop()
    await asyncio.sleep(0)
    scheduler.shutdown(wait=False)


def make_state_dir(settings: Settings) -> Path:
    """Return the state directory, made for its owner alone if it was not there."""
    state_dir = Path(settings.paths.state_dir)
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    parent = os.open(state_dir.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)  # the name of a new directory must outlast a power cut, too
    finally:
        os.close(parent)
    return state_dir


def read_hq_key(settings: Settings) -> str:
    """Return the store's bearer key for HQ; empty when there is none, and HQ will refuse us.

    The tills do not need it, so they open all the same.
    """
    file = settings.hq.key_file
    if not file:
        return ""
    try:
        return Path(file).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        log.error(
            "hq.key_file can't be read: put the key there that `store-hq stores add` printed, "
            "readable by the agent's user",
            file=file,
            why=str(error),
        )
        return ""


def app_version() -> str:
    """Return the installed version."""
    return version("store-agent")


def check_tail(db: Connection, store: str) -> None:
    """Refuse to start on a journal whose newest part does not hold together."""
    last = journal.tip(db)
    seq = max(last.seq - VERIFY_AT_START, journal.pruned_through(db))
    base = journal.hash_at(db, seq)
    try:
        if base is None:
            raise ChainBrokenError(seq, "missing")
        journal.verify(db, store, after=journal.Place(seq, base))
    except ChainBrokenError as error:
        raise JournalBrokenError(
            f"{error}. Nothing was changed. Keep the database file as it is, copy it aside, run "
            "`store-agent outbox verify` for the whole picture and call head office: what HQ has "
            "acknowledged is safe there."
        ) from error


def _line(client: HqClient, uploader: Uploader) -> LineStatus:
    link, upload = client.link.status, uploader.status
    return LineStatus(
        online=link.online,
        since=link.since,
        upload=upload.state,
        last_error=upload.last_error,
        detail=upload.detail,
        attempt=upload.attempt,
        next_try_in_ms=upload.next_try_in_ms,
    )


def _feed(downloader: Downloader) -> FeedFailure:
    polled = downloader.status
    return FeedFailure(last_error=polled.last_error, detail=polled.detail)
