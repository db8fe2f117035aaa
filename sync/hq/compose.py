"""A store-hq process: the only place that names what it is made of."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from asyncpg import Pool
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Clock, SystemClock
from agent.base.clock_steps import ClockSteps
from agent.base.kept_socket import SocketKeeper
from agent.base.logging import get_logger
from agent.base.loop_lag import LoopLag
from agent.base.notify import Notifier
from agent.base.periodic import Periodic
from sync.hq.access import Access
from sync.hq.anchor import BEAT_S, Anchor, DatabaseSetBackError
from sync.hq.answer_signing import AnswerSigner
from sync.hq.backups.intake import BackupIntake, shelf_of
from sync.hq.compare.desk import CompareDesk
from sync.hq.contact import ContactBook
from sync.hq.coupons.claims import ClaimDesk
from sync.hq.database import UNAVAILABLE, create_pool
from sync.hq.enrolment import Enroller
from sync.hq.feed.changes import Feed
from sync.hq.feed.listening import ChangeListener
from sync.hq.feed.snapshots import SnapshotDesk
from sync.hq.feed.wake import WakeStreams
from sync.hq.figures import Figures
from sync.hq.intake.hello import HelloDesk
from sync.hq.intake.ingest import Ingest
from sync.hq.introduction import Introducer
from sync.hq.metrics_server import MetricsServer
from sync.hq.migrations import SchemaError, check_schema
from sync.hq.outward.events import EventStream
from sync.hq.renewal import Renewals
from sync.hq.rollouts.watch import RolloutWatch
from sync.hq.server import Desk, Server
from sync.hq.settings import HqSettings
from sync.hq.settlement.settler import Settler
from sync.hq.trust.keys import KeyStore, is_vouched_for

CLOCK_S = 10.0
"""Between looks at this machine's clock."""

_log = get_logger(__name__)


async def run(
    settings: HqSettings, *, notifier: Notifier, keeper: SocketKeeper | None = None
) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are finished.

    Raises SchemaError if the database was not made by `store-hq init`, OSError if the address to
    listen on is taken. A database that does not answer is waited for.
    """
    clock = SystemClock()
    timeout_ms = settings.server.request_timeout_ms
    anchor = Anchor(settings.paths.state_dir)
    async with create_pool(
        settings.database, statement_timeout_ms=timeout_ms, admit=anchor.admit
    ) as pool:
        signing = answer_key(settings)
        await _check_schema(pool, signing)
        settler = Settler(
            pool=pool,
            clock=clock,
            batch_events=settings.settle.batch_events,
            idle_ms=settings.settle.idle_ms,
        )
        wakes = WakeStreams(max_streams=settings.feed.max_streams)
        server = Server(
            desk=desk(settings, pool=pool, clock=clock, settler=settler, wakes=wakes),
            host=settings.server.host,
            port=settings.server.port,
            request_timeout_ms=timeout_ms,
            signer=AnswerSigner(key=signing, clock=clock),
            keeper=keeper,
        )
        listener = ChangeListener(database=settings.database, audience=wakes)
        watch = RolloutWatch(pool=pool, clock=clock)
        monitoring = _monitoring(settings, pool=pool, clock=clock, server=server)
        async with _clock_watched(clock), _anchored(anchor, pool), monitoring:
            await _serve(server, listener, settler, watch, notifier)


@asynccontextmanager
async def _clock_watched(clock: Clock) -> AsyncIterator[None]:
    """Log meanwhile when somebody sets this machine's clock."""
    watch = Periodic(ClockSteps(clock).look, name="clock watch", every_s=CLOCK_S)
    watch.start()
    try:
        yield
    finally:
        await watch.stop()


@asynccontextmanager
async def _anchored(anchor: Anchor, pool: Pool) -> AsyncIterator[None]:
    """Keep meanwhile how far the database came."""
    beats = Periodic(partial(anchor.beat, pool), name="anchor", every_s=BEAT_S, at_once=True)
    beats.start()
    try:
        yield
    finally:
        await beats.stop()


@asynccontextmanager
async def _monitoring(
    settings: HqSettings, *, pool: Pool, clock: Clock, server: Server
) -> AsyncIterator[None]:
    """Answer /metrics meanwhile, if there is a port for it."""
    address = settings.metrics
    if not address.port:
        yield
        return
    lag = LoopLag()
    figures = Figures(
        pool=pool, clock=clock, answers=server.answers, lag=lag, version=version("store-agent")
    )
    metrics = MetricsServer(figures.page, host=address.host, port=address.port)
    async with AsyncExitStack() as stack:
        lag.start()
        stack.push_async_callback(lag.stop)
        await metrics.start()
        stack.push_async_callback(metrics.stop)
        yield


def desk(
    settings: HqSettings, *, pool: Pool, clock: Clock, settler: Settler, wakes: WakeStreams
) -> Desk:
    """Return the routes with all that they need."""
    contacts = ContactBook(pool=pool, clock=clock)
    own_version = version("store-agent")
    return Desk(
        access=Access(pool=pool, clock=clock, on_replaced=contacts.replaced),
        introducer=Introducer(pool=pool, clock=clock, app_version=own_version),
        enroller=Enroller(
            pool=pool, clock=clock, urls=settings.server.urls, app_version=own_version
        ),
        renewals=Renewals(pool=pool, clock=clock),
        hello=HelloDesk(pool=pool, clock=clock, contacts=contacts, app_version=own_version),
        ingest=Ingest(pool=pool, clock=clock, on_received=settler.wake),
        feed=Feed(pool=pool, clock=clock, contacts=contacts, page_rows=settings.feed.page_rows),
        snapshots=SnapshotDesk(pool=pool, clock=clock),
        backups=BackupIntake(pool=pool, clock=clock, shelf=shelf_of(settings.backups)),
        claims=ClaimDesk(pool=pool, clock=clock),
        compare=CompareDesk(pool=pool, clock=clock),
        wakes=wakes,
        stream=EventStream(pool=pool),
        pool=pool,
    )


def answer_key(settings: HqSettings) -> Ed25519PrivateKey:
    """Return the key by which this server signs; SchemaError if `store-hq init` has made none."""
    key = KeyStore(Path(settings.paths.keys_dir)).answer_key()
    if key is None:
        raise SchemaError("this machine has no key to sign answers with; run `store-hq init`")
    return key


async def _check_schema(pool: Pool, signing: Ed25519PrivateKey) -> None:
    try:
        async with pool.acquire() as connection:
            await check_schema(connection)
            if not await is_vouched_for(connection, signing):
                raise SchemaError(
                    "no store believes the key by which this machine signs its answers: it was"
                    " revoked (`store-hq keys add --answers` makes another), or this database does"
                    " not know it (`store-hq init`)"
                )
    except UNAVAILABLE as error:
        _log.warning("database_unavailable", error=repr(error))
    except DatabaseSetBackError:  # logged; each request is told, until people have said it
        pass


async def _serve(
    server: Server,
    listener: ChangeListener,
    settler: Settler,
    watch: RolloutWatch,
    notifier: Notifier,
) -> None:
    stop = _stop_event()
    url = await server.start()
    try:
        _log.info("listening", url=url)
        notifier.ready(f"listening on {url}")
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listener.run(), name="change-listener")
            settling = tasks.create_task(settler.run(), name="settler")
            watching = tasks.create_task(watch.run(), name="rollout-watch")
            tasks.create_task(notifier.run_watchdog(stop), name="watchdog")
            await stop.wait()
            notifier.stopping("finishing requests")
            listening.cancel()
            await asyncio.wait({listening})  # the streams end, for which the server would wait
            await server.stop()
            settling.cancel()
            watching.cancel()
    finally:
        await server.stop()
    _log.info("stopped")


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
