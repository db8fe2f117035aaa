"""A store under simulation: its PC, and whoever asks at its till."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from agent.domain.selling.events import Tender, TenderKind
from agent.services.coupons.redeem import (
    RedemptionAnswer,
    RedemptionOrder,
    ReversalOrder,
    redeem,
    reverse,
)
from agent.services.desk.errors import RequestError
from agent.services.desk.once import Ticket
from agent.services.desk.wire import LineOrder
from agent.services.selling.sell import Sale, sell
from agent.store.errors import StoreError
from agent.store.idempotency import Answer
from tests.simulation.head_office import PRICES_FEN, Coupon
from tests.simulation.ledger import Ledger, keep
from tests.simulation.pc import Pc

TILL, CASHIER = "T1", "C1"
PATIENCE_TRIES = 40
TRY_AGAIN_S = 7.0


class Shop:
    """A store: the PC in use, and what is known of disks that are gone."""

    def __init__(self, pc: Pc) -> None:
        self.code = pc.code
        self.pc = pc
        self.ever: set[bytes] = set()
        """Every line that a disk held that is gone."""
        self.proven: set[tuple[int, str]] = set()
        """Places that HQ had acknowledged to such a disk."""
        self.disturbed = False
        """Whether a disk of it was set back, cloned or replaced."""

    def note(self, pc: Pc) -> None:
        """Note what a disk holds that is about to go."""
        self.disturbed = True
        self.ever |= {*pc.lines().values(), *pc.ledger.told.values()}
        acked = pc.standing().acked
        self.proven.add((acked.seq, acked.hash.hex()))


class Till:
    """Asks at one PC, under the same key until it is answered."""

    def __init__(self, pc: Pc) -> None:
        self._pc = pc

    async def sell(self, key: str, sku: str) -> None:
        """Sell one piece."""
        order = Sale(
            till=TILL,
            cashier=CASHIER,
            lines=(LineOrder(sku=sku, quantity=1),),
            tenders=(Tender(kind=TenderKind.CASH, amount_fen=PRICES_FEN[sku]),),
        )
        answer = await self._ask(lambda: sell(self._pc.desk, order, _ticket(key, order)))
        if answer is not None:
            keep(5, "a paid sale", 201, answer.status)

    async def redeem(self, key: str, coupon: Coupon) -> str:
        """Use a coupon; return the redemption, empty if it was refused."""
        order = RedemptionOrder(till=TILL, cashier=CASHIER, code=coupon.token, order_fen=5_000)
        answer = await self._ask(lambda: redeem(self._pc.desk, order, _ticket(key, order)))
        if answer is None:
            return ""
        verdict = msgspec.json.decode(answer.body, type=RedemptionAnswer).verdict
        return verdict.redemption_id or ""

    async def take_back(self, key: str, redemption_id: str) -> None:
        """Take a use back."""
        order = ReversalOrder(till=TILL, cashier=CASHIER, why="changed")
        ticket = _ticket(key, order)
        await self._ask(lambda: reverse(self._pc.desk, redemption_id, order, ticket))

    async def _ask(self, work: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """Return the answer; None: refused, or the PC is gone for good."""
        pc = self._pc
        for _ in range(PATIENCE_TRIES):
            if pc.gone:
                return None
            if pc.running and pc.ready:
                asked = await self._ask_once(work)
                if not asked.cancelled() and not isinstance(asked.exception(), StoreError):
                    return asked.result()
            await asyncio.sleep(TRY_AGAIN_S)
        keep(5, f"an answer of {pc.code}", True, False)
        return None

    async def _ask_once(self, work: Callable[[], Awaitable[Answer]]) -> asyncio.Task[Answer | None]:
        """Ask; return the task when it has ended: cancelled, if the process died meanwhile."""
        assert self._pc.process is not None
        asked = self._pc.process.spawn(_told(work, self._pc.ledger, self._pc), "till")
        await asyncio.wait({asked})
        return asked


async def _told(work: Callable[[], Awaitable[Answer]], ledger: Ledger, pc: Pc) -> Answer | None:
    """Ask; enter what the till is told at the moment when it is told. None: refused."""
    try:
        answer = await work()
    except RequestError:
        return None
    if answer.status == 201:
        told = msgspec.json.decode(answer.body, type=_Told)
        if told.seq not in ledger.told:
            line = pc.lines().get(told.seq)
            keep(1, f"event {told.seq} of {pc.code} is on disk when it is told", True, bool(line))
            ledger.told[told.seq] = line or b""
        verdict = told.verdict
        if verdict is not None and verdict.outcome == "accepted" and verdict.redemption_id:
            ledger.certain[verdict.redemption_id] = verdict.coupon_id
    return answer


class _Verdict(msgspec.Struct):
    outcome: str
    redemption_id: str | None = None
    coupon_id: str = ""


class _Told(msgspec.Struct):
    """What all answers have that tell of an event."""

    seq: int
    verdict: _Verdict | None = None


def _ticket(key: str, order: msgspec.Struct) -> Ticket:
    digest = hashlib.sha256(msgspec.json.encode(order)).digest()
    return Ticket(client="pos", key=key, request_hash=digest)
