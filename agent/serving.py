"""Serving: the local API with the till page, who may ask there, and what is answered."""

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from agent.api.app import Page, build_app
from agent.api.customer import CustomerEvents
from agent.api.dispatch import Dispatch
from agent.api.entry.access import Access
from agent.api.entry.keys import ApiKeys, ensure_local_key
from agent.api.entry.session_cookie import SessionCookie
from agent.api.live import Live
from agent.api.operation import Operation
from agent.api.operations.cash import shift_operations
from agent.api.operations.coupons import coupon_operations
from agent.api.operations.house import checkup_operations, status_operations
from agent.api.operations.line import feed_operations
from agent.api.operations.printing import print_operations
from agent.api.operations.refunds import refund_operations
from agent.api.operations.selling.baskets import basket_operations
from agent.api.operations.selling.lookup import lookup_operations
from agent.api.operations.selling.sales import sale_operations
from agent.api.operations.staff.cashiers import cashier_operations
from agent.api.operations.staff.sessions import session_operations
from agent.api.server import LocalServer
from agent.base.answers import Answers
from agent.base.clock import SECOND_MS, SystemClock
from agent.base.kept_socket import SocketKeeper
from agent.base.logging import get_logger
from agent.ops.doctor.inside import checkup_inside
from agent.ops.start_refusal import ListenError
from agent.services.cash.close_shift import Closings
from agent.services.coupons.same_code import SameCode
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.checkup import Checkup
from agent.services.house.customer_window import CustomerWindow
from agent.services.house.recording import Recording
from agent.services.house.status import StatusSource
from agent.services.house.training import TrainingGround
from agent.services.line.apply_changes import ChangeApplier
from agent.services.refunds.refund import Refunds
from agent.services.staff.identity import Identity
from agent.settings import Settings
from agent.state_dir import API_KEYS_DIR, CLOSING_KEY_FILE, LOCAL_KEY_FILE, PEPPER_FILE
from agent.store.cash.closing_key import load_closing_key
from agent.store.staff import cashiers
from agent.store.staff.pepper import load_pepper
from agent.till.routes import till_routes
from agent.till.shell import Workplace

STOP_TIMEOUT_S = 5.0

log = get_logger(__name__)


class LocalApi:
    """The local API over a store's desk and its training ground."""

    def __init__(
        self,
        settings: Settings,
        desk: StoreDesk,
        ground: TrainingGround,
        *,
        status: StatusSource,
        answers: Answers,
        metrics: Callable[[], Awaitable[Page]],
        recording: Recording,
        changes: ChangeApplier,
        state_dir: Path,
        version: str,
    ) -> None:
        self._settings = settings
        self._cookie = SessionCookie(settings.api.port)
        self._desk = desk
        self._ground = ground
        self._status = status
        self._answers = answers
        self._metrics = metrics
        self._recording = recording
        self._changes = changes
        self._state_dir = state_dir
        self._version = version
        self._stack = AsyncExitStack()

    async def start(self) -> int:
        """Return the port once it answers."""
        api = self._settings.api
        keys = ApiKeys(self._state_dir / API_KEYS_DIR)
        ensure_local_key(keys, self._state_dir / LOCAL_KEY_FILE)
        identity = await self._identity()
        access = Access(
            keys=keys,
            sessions=identity.sessions,
            cookie=self._cookie,
            allowed_hosts=api.allowed_hosts,
            allowed_origins=api.allowed_origins,
        )
        app = build_app(
            operations=self._operations(identity),
            dispatch=Dispatch(self._ground.desk_for, identity.approvals),
            recording=self._recording,
            access=access,
            live=Live(news=self._desk.news, status=self._status.report, still_in=access.still_in),
            customer=CustomerEvents(self._desk, self._customer_window()),
            version=self._version,
            answers=self._answers,
            metrics=self._metrics,
            cookie=self._cookie.name,
            pages=till_routes(Workplace.of(self._settings), session_cookie=self._cookie.name),
        )
        server = LocalServer(
            app,
            host=api.host,
            port=api.port,
            stop_timeout_s=STOP_TIMEOUT_S,
            keeper=SocketKeeper.from_environ(os.environ),
        )
        self._stack.push_async_callback(server.stop)
        try:
            port = await server.start()
        except OSError as error:
            raise _not_listening(api.host, api.port, error) from error
        log.info("listening", url=f"http://{api.host}:{port}", store=self._desk.store)
        return port

    async def stop(self) -> None:
        """Let no more in, finish what runs."""
        await self._stack.aclose()

    def _operations(self, identity: Identity) -> tuple[Operation, ...]:
        closings = Closings(load_closing_key(self._state_dir / CLOSING_KEY_FILE))
        refunds = Refunds(supervisor_from_fen=self._settings.till.supervisor_refund_fen)
        return (
            *basket_operations(),
            *coupon_operations(SameCode()),
            *feed_operations(self._changes),
            *lookup_operations(),
            *sale_operations(),
            *session_operations(identity.sessions, identity.approvals, self._cookie),
            *cashier_operations(identity.staff),
            *print_operations(closings),
            *refund_operations(refunds),
            *shift_operations(closings),
            *status_operations(self._status),
            *checkup_operations(self._checkup()),
        )

    def _customer_window(self) -> CustomerWindow:
        settings = self._settings
        return CustomerWindow(
            till=settings.till.code,
            store_name=settings.store.name or settings.store.code,
            e_receipt_url=settings.receipt.e_receipt_url,
        )

    def _checkup(self) -> Checkup:
        return checkup_inside(self._settings, self._status, clock=SystemClock())

    async def _identity(self) -> Identity:
        till = self._settings.till
        pepper = self._state_dir / PEPPER_FILE
        staff = await self._desk.database.read(cashiers.all_of)
        if staff and not pepper.exists():
            log.error("pepper_gone", remedy="no PIN counts: store-agent cashier set-pin for each")
        identity = Identity(
            self._desk,
            pepper=load_pepper(pepper),
            till=till.code,
            idle_ms=till.idle_lock_seconds * SECOND_MS,
        )
        self._stack.push_async_callback(asyncio.to_thread, identity.close)
        return identity


def _not_listening(host: str, port: int, error: OSError) -> ListenError:
    where = f"{host}:{port} can't be listened on"
    match error.errno:
        case errno.EADDRINUSE:
            return ListenError(
                f"{where}: address already in use. Who has it: ss -ltnp 'sport = :{port}'; "
                "or set another [api] port"
            )
        case errno.EADDRNOTAVAIL:
            return ListenError(
                f"{where}: this PC has no such address (yet).  ip -br addr; see [api] host"
            )
    return ListenError(f"{where}: {error.strerror or error}; see [api] host and port")
