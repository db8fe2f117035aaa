"""What weeks of trade leave in a store's database, written by the agent's own repositories."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import cycle
from typing import TypeAlias
from zoneinfo import ZoneInfo

from agent.base.clock import SECOND_MS, Millis, SystemClock
from agent.base.ids import uuid7
from agent.base.strict_json import canonical
from agent.domain.basket import total
from agent.domain.coupons.events import CouponRedeemed, Redemption
from agent.domain.line.chain import line_hash
from agent.domain.line.events import EventBody, EventKind
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.domain.selling.receipt import receipt_text
from agent.store import idempotency
from agent.store.coupons import redemptions
from agent.store.idempotency import Answer
from agent.store.line import journal
from agent.store.line.journal import NewEvent, Place
from agent.store.selling import sales
from agent.store.sqlite import Connection
from tests.bench.basket import OFF_FEN, REDEEMED_ORDER_FEN, basket, priced

GAP_MS = 7 * SECOND_MS
"""Between two customers: a million of them take 81 days, less than a journal is kept."""
TILL, CASHIER, CLIENT = "T1", "c1", "pos-1"
TRANSACTION = 10_000
"""Customers that are written at once."""

_ZONE = ZoneInfo("Asia/Shanghai")


class Trade:
    """Writes one customer after the other, the last of `customers` a moment ago."""

    def __init__(self, db: Connection, store: str, campaign: int, *, customers: int) -> None:
        self._db = db
        self._store = store
        self._campaign = campaign
        self._at = SystemClock().wall() - customers * GAP_MS

    def sell(self, coupon_id: str) -> None:
        """A sale of five lines with the coupon."""
        at = self._next()
        lines = priced(basket(at))
        sale = SaleRecorded(
            sale_id=uuid7(at),
            receipt_no=sales.next_receipt_no(self._db, TILL),
            lines=lines,
            redemptions=(self._redemption(coupon_id, at),),
            tenders=(Tender(kind=TenderKind.CASH, amount_fen=total(lines) - OFF_FEN),),
            total_fen=total(lines),
            discount_fen=OFF_FEN,
            payable_fen=total(lines) - OFF_FEN,
            points_earned=0,
        )
        place = self._record(EventKind.SALE_RECORDED, sale, at)
        sales.add(self._db, sale, seq=place.seq, till=TILL)
        receipt = receipt_text(self._store, TILL, sale.receipt_no)
        self._use(sale.redemptions[0], place, at, receipt=receipt, sale_id=sale.sale_id)

    def redeem(self, coupon_id: str) -> None:
        """The coupon on an order that the POS keeps itself."""
        at = self._next()
        redemption = self._redemption(coupon_id, at)
        body = CouponRedeemed(redemption=redemption, order_fen=REDEEMED_ORDER_FEN)
        place = self._record(EventKind.COUPON_REDEEMED, body, at)
        self._use(redemption, place, at)

    def _next(self) -> Millis:
        self._at += GAP_MS
        return Millis(self._at)

    def _redemption(self, coupon_id: str, at: Millis) -> Redemption:
        return Redemption(
            redemption_id=uuid7(at),
            coupon_id=coupon_id,
            campaign=self._campaign,
            discount_fen=OFF_FEN,
            at_risk=False,
            bound=True,
            policy_version=1,
        )

    def _record(self, kind: EventKind, body: EventBody, at: Millis) -> Place:
        """The event in the journal, and about as much kept as the first answer to its request."""
        event = NewEvent(
            event_id=uuid7(at),
            kind=kind,
            body=body,
            occurred_at=at,
            business_date=datetime.fromtimestamp(at / SECOND_MS, _ZONE).date().isoformat(),
            till=TILL,
            cashier=CASHIER,
        )
        place = journal.append(self._db, self._store, event)
        answer = Answer(201, canonical(body))
        key = event.event_id
        idempotency.keep(self._db, CLIENT, key, line_hash(answer.body), answer, at)
        return place

    def _use(
        self,
        redemption: Redemption,
        place: Place,
        at: Millis,
        *,
        receipt: str = "",
        sale_id: str | None = None,
    ) -> None:
        moment = redemptions.Moment(
            seq=place.seq, till=TILL, receipt=receipt, occurred_at=at, sale_id=sale_id
        )
        redemptions.add(self._db, redemption, moment)


Act: TypeAlias = Callable[[Trade, str], None]
"""What a customer does with a coupon."""


def write(
    db: Connection, store: str, campaign: int, coupon_ids: Sequence[str], acts: Sequence[Act]
) -> None:
    """A customer for each coupon, who do `acts` in turn, in transactions of TRANSACTION."""
    trade = Trade(db, store, campaign, customers=len(coupon_ids))
    turns = cycle(acts)
    for first in range(0, len(coupon_ids), TRANSACTION):
        db.execute("BEGIN IMMEDIATE")
        for coupon_id in coupon_ids[first : first + TRANSACTION]:
            next(turns)(trade, coupon_id)
        db.execute("COMMIT")
