"""What tills ask of their store, and what each answer must be."""

import hashlib
from dataclasses import dataclass
from typing import assert_never

import msgspec

from agent.base.clock import Clock
from agent.domain.outcome import Reason
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.errors import (
    AlreadyReversedError,
    BelongsToSaleError,
    UnknownRedemptionError,
)
from agent.services.coupons.redeem import (
    RedemptionAnswer,
    RedemptionOrder,
    ReversalAnswer,
    ReversalOrder,
    redeem,
    reverse,
)
from agent.services.desk.caller import Caller
from agent.services.desk.errors import RequestError
from agent.services.desk.once import Ticket
from agent.services.desk.wire import LineOrder
from agent.services.refunds.errors import NothingLeftError, PiecesNotLeftError
from agent.services.refunds.refund import PiecesBack, Refund, RefundAnswer, Refunds
from agent.services.selling.errors import TendersMismatchError, UnknownSaleError
from agent.services.selling.sell import Sale, SaleAnswer, sell
from agent.store.idempotency import Answer, KeyReusedError
from tests.system.promises.books import ChainBook, Fact, StoreBook, keep
from tests.system.promises.head_office import (
    AT_RISK_COUNT,
    AT_RISK_SILENT_MS,
    BOUND_OFF_FEN,
    CHAIN_OFF_PERCENT,
    PRICES_FEN,
    Coupon,
)
from tests.system.promises.store import Store

CASHIER = "C1"
ORDER_FEN = 5_000
RECORDED, NOT_RECORDED = 201, 200

Order = Sale | Refund | RedemptionOrder | ReversalOrder
_POS = Caller(client="pos")


@dataclass(frozen=True, kw_only=True)
class Request:
    """Something asked under an Idempotency-Key."""

    store: str
    key: str
    order: Order
    coupon: Coupon | None = None
    """Presented with the order."""
    redemption_id: str = ""
    """To be taken back."""
    sale_id: str = ""
    """To be given back."""

    @property
    def ticket(self) -> Ticket:
        """How the store recognises the request."""
        told = (self.redemption_id + self.sale_id).encode() + msgspec.json.encode(self.order)
        return Ticket(client="pos", key=self.key, request_hash=hashlib.sha256(told).digest())


@dataclass(frozen=True, kw_only=True)
class Basket:
    """What a customer brings to a till."""

    till: str
    sku: str
    quantity: int
    member_id: str | None

    def sale(self, coupon: Coupon | None) -> Sale:
        """The order, paid as the coupon makes it."""
        payable = self.total_fen - (discount_fen(coupon, self.total_fen) if coupon else 0)
        return Sale(
            till=self.till,
            cashier=CASHIER,
            lines=(LineOrder(sku=self.sku, quantity=self.quantity),),
            coupons=(coupon.token,) if coupon else (),
            member_id=self.member_id,
            tenders=(Tender(kind=TenderKind.CASH, amount_fen=payable),),
        )

    @property
    def total_fen(self) -> int:
        """Before the discount."""
        return PRICES_FEN[self.sku] * self.quantity


def redemption(till: str, coupon: Coupon) -> RedemptionOrder:
    """Return the order to use a coupon on an order that the POS keeps."""
    return RedemptionOrder(till=till, cashier=CASHIER, code=coupon.token, order_fen=ORDER_FEN)


def reversal(till: str) -> ReversalOrder:
    """Return the order to take a redemption back."""
    return ReversalOrder(till=till, cashier=CASHIER, why="customer changed")


def refund(till: str, pieces: int | None, back_fen: int) -> Refund:
    """Return the order to give pieces of a sale back, None: all that is left of it."""
    return Refund(
        till=till,
        cashier=CASHIER,
        why="customer changed",
        lines=None if pieces is None else (PiecesBack(place=0, quantity=pieces),),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=back_fen),),
        approved_by="S1",
    )


def back_fen(book: StoreBook, sale_id: str, pieces: int | None) -> int:
    """What pieces of a sale's only line give back, by the book; 0 when they can't come back."""
    sale, earlier = book.sale(sale_id), book.refunds(sale_id)
    if sale is None:
        return 0
    (line,) = sale.lines
    back = sum(one.lines[0].quantity for one in earlier)
    by_then = line.quantity if pieces is None else back + pieces
    given = sum(one.refunded_fen for one in earlier)
    return max(sale.payable_fen * min(by_then, line.quantity) // line.quantity - given, 0)


def discount_fen(coupon: Coupon, total_fen: int) -> int:
    """What HQ's campaigns say; the prices leave no fraction of a fen."""
    return BOUND_OFF_FEN if coupon.store else total_fen * CHAIN_OFF_PERCENT // 100


class Tills:
    """The tills of the chain: they ask, and check every answer against the books."""

    def __init__(self, book: ChainBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    async def ask(self, store: Store, request: Request) -> Fact | None:
        """Ask, once more or for the first time; return the event that it made, if any."""
        book, ticket = self._book.stores[store.code], request.ticket
        first_hash, first_answer = book.answers.get(request.key, (None, None))
        try:
            answer = await _perform(store, request)
        except KeyReusedError:
            other = first_hash not in (None, ticket.request_hash)
            keep(1, "the key's first request was another", True, other)
            return None
        except RequestError as error:
            keep(3, "a refusal", self._expected_refusal(request), type(error))
            return None
        if first_answer is not None:
            again = ticket.request_hash, answer
            keep(1, "the first answer again", (first_hash, first_answer), again)
            return None
        book.answers[request.key] = (ticket.request_hash, answer)
        return await self._take(store, request, answer)

    async def check_journal(self, store: Store) -> None:
        """What was acknowledged is in the store's journal, and nothing else."""
        told = [fact.line for fact in self._book.stores[store.code].journal]
        keep(1, f"the journal of {store.code}", told, await store.lines())

    async def _take(self, store: Store, request: Request, answer: Answer) -> Fact | None:
        """Check a first answer; enter the event that it tells of."""
        match request.order:
            case Sale():
                sold = msgspec.json.decode(answer.body, type=SaleAnswer)
                recorded, seq, verdicts = sold.recorded, sold.seq, sold.coupons
            case RedemptionOrder():
                redeemed = msgspec.json.decode(answer.body, type=RedemptionAnswer)
                recorded, seq, verdicts = redeemed.redeemed, redeemed.seq, (redeemed.verdict,)
            case ReversalOrder():
                undone = msgspec.json.decode(answer.body, type=ReversalAnswer)
                keep(3, "no refusal of a reversal", None, self._expected_refusal(request))
                recorded, seq, verdicts = undone.reversed, undone.seq, ()
            case Refund():
                back = msgspec.json.decode(answer.body, type=RefundAnswer)
                keep(3, "no refusal of a refund", None, self._expected_refusal(request))
                recorded, seq, verdicts = back.recorded, back.seq, ()
            case _:
                assert_never(request.order)
        if request.coupon is not None:
            await self._check_verdict(store, request.coupon, verdicts[0])
        accepted = all(verdict.outcome.is_accepted for verdict in verdicts)
        status = RECORDED if accepted else NOT_RECORDED
        keep(5, "what is accepted is recorded", (accepted, status), (recorded, answer.status))
        return await self._enter(store, request, seq, verdicts) if seq is not None else None

    async def _enter(
        self, store: Store, request: Request, seq: int, verdicts: tuple[CouponVerdict, ...]
    ) -> Fact:
        journal = self._book.stores[store.code].journal
        lines = await store.lines()
        keep(1, "the place that was told", (len(journal) + 1,) * 2, (seq, len(lines)))
        fact = Fact.read(lines[-1])
        journal.append(fact)
        await self.check_journal(store)
        told = [verdict.redemption_id for verdict in verdicts]
        keep(1, "redemptions", told, [use.redemption_id for use in fact.redemptions])
        if request.redemption_id:
            keep(1, "what was taken back", [request.redemption_id], list(fact.taken_back))
        self._book.stores[store.code].forget_told(fact)
        if isinstance(request.order, Sale) and isinstance(fact.body, SaleRecorded):
            _check_sale(request.order, fact.body)
        if isinstance(request.order, Refund) and isinstance(fact.body, SaleRefunded):
            _check_refund(self._book.stores[store.code], fact.body)
        return fact

    async def _check_verdict(self, store: Store, coupon: Coupon, verdict: CouponVerdict) -> None:
        """Refused when the store must know why, accepted when there is no reason not to."""
        known = self._known_reason(store.code, coupon)
        if verdict.outcome.is_accepted:
            keep(3, f"{coupon} accepted in {store.code}", None, known)
            if coupon.store is None:
                keep(3, "coupons at risk are within the limits", False, await self._at_limit(store))
            return
        possible = {known} if known else await self._possible_reasons(store, coupon)
        if known is Reason.ALREADY_USED and coupon.coupon_id in self._book.revoked:
            possible.add(Reason.REVOKED)
        keep(3, f"{coupon} {verdict.reason} in {store.code}", True, verdict.reason in possible)

    def _known_reason(self, store: str, coupon: Coupon) -> Reason | None:
        """Why this store must refuse the coupon, by what happened here and what HQ has told."""
        book = self._book.stores[store]
        if coupon.store not in (None, store):
            return Reason.WRONG_STORE
        if coupon.coupon_id in book.told_revoked:
            return Reason.REVOKED
        uses = self._book.uses().get(coupon.coupon_id, [])
        told = any(use.redemption.redemption_id in book.told_used for use in uses)
        return Reason.ALREADY_USED if told or coupon.coupon_id in book.in_use() else None

    async def _possible_reasons(self, store: Store, coupon: Coupon) -> set[Reason]:
        """Why the store may refuse the coupon, by news that it may have or not have."""
        reasons = set()
        if coupon.coupon_id in self._book.revoked:
            reasons.add(Reason.REVOKED)
        if self._book.was_ever_used(coupon.coupon_id):
            reasons.add(Reason.ALREADY_USED)
        told_all = (await store.sync_state()).feed_at > 0
        if not told_all or (coupon.store is None and await self._at_limit(store)):
            reasons.add(Reason.LIMIT_REACHED)
        return reasons

    async def _at_limit(self, store: Store) -> bool:
        """Whether the store may take no further coupon at risk."""
        state = await store.sync_state()
        book = self._book.stores[store.code]
        unconfirmed = {
            use.redemption_id
            for fact in book.journal[state.acked.seq :]
            for use in fact.redemptions
        }
        at_risk = sum(
            use.at_risk and use.redemption_id in unconfirmed for use in book.in_use().values()
        )
        silent_ms = self._clock.wall() - state.contact_at
        return at_risk >= AT_RISK_COUNT or silent_ms > AT_RISK_SILENT_MS

    def _expected_refusal(self, request: Request) -> type[RequestError] | None:
        """Why something can't be taken back in this store."""
        book = self._book.stores[request.store]
        if isinstance(request.order, Refund):
            return _refund_refusal(book, request.sale_id, request.order)
        made = {use.redemption_id: fact.body for fact in book.known for use in fact.redemptions}
        body = made.get(request.redemption_id)
        if body is None:
            return UnknownRedemptionError
        if any(request.redemption_id in fact.taken_back for fact in book.known):
            return AlreadyReversedError
        return BelongsToSaleError if isinstance(body, SaleRecorded) else None


async def _perform(store: Store, request: Request) -> Answer:
    desk, ticket = store.desk, request.ticket
    match request.order:
        case Sale() as order:
            return await sell(desk, order, ticket)
        case RedemptionOrder() as order:
            return await redeem(desk, order, ticket)
        case ReversalOrder() as order:
            return await reverse(desk, request.redemption_id, order, ticket)
        case Refund() as order:
            refunds = Refunds(supervisor_from_fen=0)
            return await refunds.refund(desk, request.sale_id, order, _POS, ticket)


def _check_sale(order: Sale, sale: SaleRecorded) -> None:
    (line,) = order.lines
    paid = sum(tender.amount_fen for tender in order.tenders)
    points = paid // 100 if order.member_id else 0
    expected = (((line.sku, line.quantity),), paid, points, order.member_id)
    sold = tuple((line.sku, line.quantity) for line in sale.lines)
    keep(1, "the sale", expected, (sold, sale.payable_fen, sale.points_earned, sale.member_id))


def _refund_refusal(book: StoreBook, sale_id: str, order: Refund) -> type[RequestError] | None:
    sale = book.sale(sale_id)
    if sale is None:
        return UnknownSaleError
    left = sale.lines[0].quantity - sum(one.lines[0].quantity for one in book.refunds(sale_id))
    pieces = order.lines[0].quantity if order.lines else None
    if left <= 0:
        return NothingLeftError
    if pieces is not None and pieces > left:
        return PiecesNotLeftError
    (tender,) = order.tenders
    fits = tender.amount_fen == back_fen(book, sale_id, pieces)
    return None if fits else TendersMismatchError


def _check_refund(book: StoreBook, refund: SaleRefunded) -> None:
    """All refunds of a sale give no more than was paid; its coupons are free when all is back."""
    sale = book.sale(refund.sale_id)
    refunds = book.refunds(refund.sale_id)
    keep(1, "the sale that was given back", True, sale is not None)
    if sale is None:
        return
    pieces = sum(one.lines[0].quantity for one in refunds)
    whole = pieces == sale.lines[0].quantity
    keep(1, "no piece came back twice", True, pieces <= sale.lines[0].quantity)
    if whole:
        sums = sum(one.refunded_fen for one in refunds), sum(one.points_back for one in refunds)
        keep(1, "all that was paid came back", (sale.payable_fen, sale.points_earned), sums)
    used = {use.redemption_id for use in sale.redemptions}
    freed = {coupon.redemption_id for coupon in refund.uses_back}
    keep(3, "coupons of a sale that came back", used if whole else set(), freed)
