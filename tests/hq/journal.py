"""A store's journal as tests make it: true events in a true chain, ready to be sent."""

from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.base.strict_json import canonical
from agent.domain.basket import Line
from agent.domain.cash.closing import sign_closing
from agent.domain.cash.events import ShiftClosed
from agent.domain.cash.tally import Count, Figures, ShiftFacts, report_of
from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.line.chain import GENESIS, Envelope, line_hash, line_of
from agent.domain.line.events import EventBody, EventKind
from agent.domain.refunds.events import FreedCoupon, RefundedLine, SaleRefunded
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from sync.protocol.batch import encode_batch
from sync.protocol.messages import BatchHead, Point

NOON = Millis(1_800_000_000_000)
PRICE_FEN = 1_000
CLOSING_KEY = Ed25519PrivateKey.generate()


class Journal:
    """The journal of one store; copy it to play a copied disk."""

    def __init__(self, store: str) -> None:
        self.store = store
        self.lines: list[bytes] = []
        self.install_id = f"install-{store}"
        self.epoch = 0
        self.acked_seq = 0

    def copy(self) -> "Journal":
        """A copy of the disk."""
        twin = Journal(self.store)
        twin.lines = list(self.lines)
        twin.install_id, twin.epoch, twin.acked_seq = self.install_id, self.epoch, self.acked_seq
        return twin

    @property
    def last(self) -> Point:
        """The last place."""
        return self.point(len(self.lines))

    def point(self, seq: int) -> Point:
        """A place."""
        return Point(seq, (line_hash(self.lines[seq - 1]) if seq else GENESIS).hex())

    def sell(
        self,
        *,
        skus: Sequence[str] = ("6901",),
        coupon_id: str | None = None,
        second_coupon_id: str | None = None,
        bound: bool = True,
        member_id: str | None = None,
        at: int = NOON,
    ) -> SaleRecorded:
        """Append a sale of one piece of each of `skus`."""
        total = PRICE_FEN * len(skus)
        presented = [one for one in (coupon_id, second_coupon_id) if one]
        redemptions = tuple(_redemption(one, bound) for one in presented)
        payable = total - sum(use.discount_fen for use in redemptions)
        sale = SaleRecorded(
            sale_id=uuid7(Millis(at)),
            receipt_no=len(self.lines) + 1,
            lines=tuple(_line(sku) for sku in skus),
            redemptions=redemptions,
            tenders=(Tender(kind=TenderKind.CASH, amount_fen=payable),),
            total_fen=total,
            discount_fen=total - payable,
            payable_fen=payable,
            points_earned=payable // 100 if member_id else 0,
            member_id=member_id,
        )
        self.append(EventKind.SALE_RECORDED, sale, at=at)
        return sale

    def refund(
        self,
        sale: SaleRecorded,
        *,
        places: Sequence[int] | None = None,
        at: int = NOON,
        lapsed: bool = False,
    ) -> SaleRefunded:
        """Append the refund of the lines at `places` of a sale, None: of all of it.

        `lapsed`: its coupons can't be used again.
        """
        back = tuple(
            FreedCoupon(redemption_id=use.redemption_id, coupon_id=use.coupon_id)
            for use in sale.redemptions
        )
        lines = tuple(
            RefundedLine(
                place=place,
                sku=line.sku,
                quantity=line.quantity,
                amount_fen=line.amount_fen if place else line.amount_fen - sale.discount_fen,
            )
            for place, line in enumerate(sale.lines)
            if places is None or place in places
        )
        back_fen = sum(line.amount_fen for line in lines)
        body = SaleRefunded(
            refund_id=uuid7(Millis(at)),
            sale_id=sale.sale_id,
            receipt_no=len(self.lines) + 1,
            lines=lines,
            tenders=(Tender(kind=TenderKind.CASH, amount_fen=back_fen),),
            refunded_fen=back_fen,
            points_back=sale.points_earned,
            freed=() if lapsed else back,
            lapsed=back if lapsed else msgspec.UNSET,
            why="customer changed",
            member_id=sale.member_id,
        )
        self.append(EventKind.SALE_REFUNDED, body, at=at)
        return body

    def closing(self, *, z_no: int = 1, till: str = "T1", counted_fen: int = 0) -> ShiftClosed:
        """Return the signed closing of a shift without sales and with 100 yuan in the drawer."""
        facts = ShiftFacts(
            store=self.store,
            till=till,
            shift_id=uuid7(NOON),
            z_no=z_no,
            opened_at=NOON,
            opened_by="c1",
            from_seq=1,
            float_fen=10_000,
        )
        count = Count(closed_at=NOON, closed_by="c1", counted_fen=counted_fen)
        return sign_closing(
            report_of(facts, Figures(), through_seq=len(self.lines), count=count), CLOSING_KEY
        )

    def redeem(self, coupon_id: str, *, bound: bool = True, at: int = NOON) -> Redemption:
        """Append a redemption on an order of the POS."""
        use = _redemption(coupon_id, bound)
        self.append(
            EventKind.COUPON_REDEEMED, CouponRedeemed(redemption=use, order_fen=5_000), at=at
        )
        return use

    def reverse(self, use: Redemption, *, at: int = NOON) -> None:
        """Append the reversal of a redemption."""
        body = RedemptionReversed(
            redemption_id=use.redemption_id, coupon_id=use.coupon_id, why="customer changed"
        )
        self.append(EventKind.REDEMPTION_REVERSED, body, at=at)

    def append(self, kind: str, body: EventBody | dict[str, Any], **overrides: Any) -> None:
        """Append any event; `overrides` replace fields of its envelope (`at`: occurred_at)."""
        at = overrides.pop("at", NOON)
        self.append_raw(kind, canonical(body), at=at, **overrides)

    def append_raw(self, kind: str, body: bytes, *, at: int = NOON, **overrides: Any) -> None:
        """Append an event with these bytes as its body."""
        envelope = Envelope(
            body=msgspec.Raw(body),
            business_date="2027-01-15",
            cashier="c1",
            event_id=uuid7(NOON),
            kind=kind,
            occurred_at=Millis(at),
            prev_hash=self.last.hash,
            seq=len(self.lines) + 1,
            store=self.store,
            till="T1",
        )
        self.lines.append(line_of(msgspec.structs.replace(envelope, **overrides)))

    def batch(self, first: int = 1, last: int | None = None, **overrides: Any) -> bytes:
        """The bytes that send the events `first` to `last` (None: all)."""
        last = len(self.lines) if last is None else last
        head = BatchHead(
            epoch=self.epoch,
            first_seq=first,
            last_seq=last,
            prev_hash=self.point(first - 1).hash,
        )
        head = msgspec.structs.replace(head, **overrides)
        return encode_batch(head, self.lines[first - 1 : last])

    def trail(self) -> tuple[Point, ...]:
        """Every place from new to old."""
        return tuple(self.point(seq) for seq in range(len(self.lines), -1, -1))


def _redemption(coupon_id: str, bound: bool) -> Redemption:
    return Redemption(
        redemption_id=uuid7(NOON),
        coupon_id=coupon_id,
        campaign=1,
        discount_fen=300,
        at_risk=not bound,
        bound=bound,
        policy_version=1,
    )


def _line(sku: str) -> Line:
    return Line(sku=sku, name="milk", quantity=1, unit_price_fen=PRICE_FEN, amount_fen=PRICE_FEN)
