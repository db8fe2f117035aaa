"""One till with its POS: sells, redeems and reverses, and tells of every answer that it got."""

from collections.abc import Callable
from hashlib import sha256
from random import Random

import msgspec

from agent.domain.selling.events import Tender, TenderKind
from agent.services.coupons.redeem import RedemptionOrder, ReversalOrder, redeem, reverse
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.selling.sell import Quote, Sale, quote, sell
from agent.store.idempotency import Answer
from tests.faults.audit import RECORDED
from tests.faults.head_office import MEMBERS, SKUS, coupon

CASHIER = "C1"
LINES = 5
ORDER_FEN = 9_900
EVENTS_A_ROUND = 5
_COUPONS_A_ROUND = 3

Tell = Callable[[str, Answer], None]
"""Takes an Idempotency-Key and the answer to it, as soon as the till has it."""


class Till:
    """Makes one request after the other; each must be recorded."""

    def __init__(self, desk: StoreDesk, *, name: str, session: int, tell: Tell) -> None:
        """A till of the same name in another session goes on with its receipt numbers."""
        self._desk = desk
        self._name = name
        self._session = session
        self._tell = tell
        self._random = Random(f"{session} {name}")
        self._requests = 0

    async def work_a_round(self, number: int) -> None:
        """Make EVENTS_A_ROUND events, with the coupons of round `number` of the whole store."""
        first, second, third = (number * _COUPONS_A_ROUND + n for n in range(_COUPONS_A_ROUND))
        await self._sell()
        await self._sell(coupon(first), coupon(second))
        redemption_id = await self._redeem(coupon(third))
        await self._reverse(redemption_id)
        await self._redeem(coupon(third))

    async def _sell(self, *coupons: str) -> None:
        basket = Quote(
            till=self._name,
            cashier=CASHIER,
            lines=tuple(
                LineOrder(sku=sku, quantity=self._random.randint(1, 5))
                for sku in self._random.sample(SKUS, LINES)
            ),
            coupons=coupons,
            member_id=self._random.choice((None, *MEMBERS)),
        )
        payable_fen = (await quote(self._desk, basket)).payable_fen
        cash = Tender(kind=TenderKind.CASH, amount_fen=payable_fen)
        sale = Sale(**msgspec.structs.asdict(basket), tenders=(cash,))
        ticket = self._ticket(sale)
        for _ in ("the answer came late", "so it was asked for again"):
            self._take(ticket, await sell(self._desk, sale, ticket))

    async def _redeem(self, code: str) -> str:
        order = RedemptionOrder(till=self._name, cashier=CASHIER, code=code, order_fen=ORDER_FEN)
        ticket = self._ticket(order)
        answer = await redeem(self._desk, order, ticket)
        self._take(ticket, answer)
        redemption_id: str = msgspec.json.decode(answer.body)["verdict"]["redemption_id"]
        return redemption_id

    async def _reverse(self, redemption_id: str) -> None:
        order = ReversalOrder(till=self._name, cashier=CASHIER, why="客人退货")
        ticket = self._ticket(order)
        self._take(ticket, await reverse(self._desk, redemption_id, order, ticket))

    def _ticket(self, order: msgspec.Struct) -> Ticket:
        self._requests += 1
        return Ticket(
            client="pos",
            key=f"{self._session}.{self._name}.{self._requests}",
            request_hash=sha256(msgspec.json.encode(order)).digest(),
        )

    def _take(self, ticket: Ticket, answer: Answer) -> None:
        if answer.status != RECORDED:
            raise RuntimeError(f"not recorded: {answer.body.decode()}")
        self._tell(ticket.key, answer)
